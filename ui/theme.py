"""The page's Gradio theme: system Japanese fonts, one quiet green, square and flat; light and dark.

Colours are those of ui/static/page.css, which lays the page out; here they reach Gradio's own parts (buttons, boxes,
focus). No font is downloaded.
"""

from __future__ import annotations

from typing import Any

import gradio as gr

FONTS = ("Hiragino Sans", "Hiragino Kaku Gothic ProN", "BIZ UDPGothic", "Noto Sans CJK JP", "Noto Sans JP", "Meiryo")
LIGHT = {
    "body_background_fill": "#ffffff",
    "body_text_color": "#1a1d1c",
    "body_text_color_subdued": "#55605c",
    "background_fill_primary": "#ffffff",
    "background_fill_secondary": "#f5f7f6",
    "border_color_primary": "#c9d1ce",
    "block_background_fill": "#ffffff",
    "input_background_fill": "#ffffff",
    "input_border_color": "#66716d",
    "input_border_color_focus": "#005c50",
    "input_placeholder_color": "#66716d",
    "button_primary_background_fill": "#005c50",
    "button_primary_background_fill_hover": "#00443b",
    "button_primary_text_color": "#ffffff",
    "button_secondary_background_fill": "#ffffff",
    "button_secondary_background_fill_hover": "#eef4f2",
    "button_secondary_text_color": "#005c50",
    "link_text_color": "#005c50",
}
DARK = {
    "body_background_fill": "#121615",
    "body_text_color": "#e8edeb",
    "body_text_color_subdued": "#a7b3af",
    "background_fill_primary": "#121615",
    "background_fill_secondary": "#1b211f",
    "border_color_primary": "#3a4542",
    "block_background_fill": "#121615",
    "input_background_fill": "#1b211f",
    "input_border_color": "#82908b",
    "input_border_color_focus": "#7fd1c1",
    "input_placeholder_color": "#a7b3af",
    "button_primary_background_fill": "#7fd1c1",
    "button_primary_background_fill_hover": "#a3e0d4",
    "button_primary_text_color": "#0b1f1b",
    "button_secondary_background_fill": "#121615",
    "button_secondary_background_fill_hover": "#20302c",
    "button_secondary_text_color": "#7fd1c1",
    "link_text_color": "#7fd1c1",
}


def make_theme() -> gr.themes.Base:
    """The theme to mount the page with."""
    theme = gr.themes.Base(font=[*FONTS, "sans-serif"], font_mono=["monospace"], radius_size=gr.themes.sizes.radius_sm)
    settings: dict[str, Any] = {**LIGHT, **{f"{name}_dark": colour for name, colour in DARK.items()}}
    flat = {"button_primary_shadow": "none", "button_secondary_shadow": "none", "block_shadow": "none"}
    theme.set(**settings, **flat, block_border_width="0px", input_border_width="1px")
    return theme
