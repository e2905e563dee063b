"""What the page loads besides Gradio: a sub-path in, the markup for the page's <head> out.

The styles, the icon, the one script and the words it says (from ui/texts.toml, as a <meta>, since the script holds
none of its own). Nothing is fetched from elsewhere.
"""

from __future__ import annotations

import html
import json

from ui.texts import LANGUAGES, read_words

SCRIPT_WORDS = ("chat_label", "copied", "not_copied", "trouble", "connection_lost", "not_sent", "close_sources")


def make_head(root_path: str) -> str:
    """The markup; `root_path` is the sub-path without its last slash."""
    said = {language: {name: read_words(language).say(name) for name in SCRIPT_WORDS} for language in LANGUAGES}
    words = html.escape(json.dumps(said, ensure_ascii=False))
    return (
        f'<link rel="stylesheet" href="{root_path}/ui/page.css">'
        f'<link rel="icon" type="image/svg+xml" href="{root_path}/ui/favicon.svg">'
        '<meta name="color-scheme" content="light dark">'
        f'<meta name="ictnavi-words" content="{words}">'
        f'<script src="{root_path}/ui/page.js" defer></script>'
    )
