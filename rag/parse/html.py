"""HTML to lines: the main content with its headings, tables and accordions; nothing that a reader would not see.

In: a page's bytes. Out: lines with the headings above each. Navigation, scripts, comments, alternative texts and text
hidden by `hidden`, by an inline style or by a simple rule of the page's own style sheet never enter.
It does not fetch, run scripts, or read outside style sheets.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from lxml import etree
from lxml.html import HtmlElement, HTMLParser, document_fromstring

from rag.parse.detect import clean, decode_page
from rag.parse.text import Outline, Reading, asks
from rag.types import ContentError

_SKIP = re.compile(
    r"nav|footer|aside|script|style|noscript|template|iframe|object|embed|svg|canvas|video|audio|select|option|input"
    r"|textarea|datalist|head|link|meta|rt|rp|map|area|math"
)
_SKIP_ROLES = frozenset({"navigation", "banner", "contentinfo", "search", "complementary", "dialog", "alertdialog"})
_HEADINGS = {f"h{level}": level for level in range(1, 7)}
_BLOCK = re.compile(
    r"address|article|blockquote|body|caption|center|dd|details|div|dl|dt|fieldset|figcaption|figure|form|h[1-6r]|header"
    r"|hgroup|legend|li|main|ol|p|pre|section|summary|table|tbody|td|tfoot|th|thead|tr|ul"
)
_HIDING = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*(?:hidden|collapse)|font-size\s*:\s*0(?:px|em|pt|rem|%)?\s*(?:;|!|$)"
    r"|(?<![\w-])opacity\s*:\s*0(?:\.0+)?\s*(?:;|!|$)",
    re.I,
)
_BRACE = re.compile(r"([{}])")
_SIMPLE = re.compile(r"(?:\w+)?([.#][\w-]+)")
_SPACE = re.compile(r"[ \t\n\f]+")
_WIDE = r"[\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef]"
_SOURCE_BREAK = re.compile(rf"(?<={_WIDE})[ \t\f]*\n[ \t\n\f]*(?={_WIDE})")
_BREAK = "\v"
_MAX_CELLS = 20_000


@dataclass(frozen=True, kw_only=True)
class _Cell:
    """A table's cell, repeated at every place that it spans."""

    text: str
    head: bool


@dataclass
class _Walk:
    """The walk down the tree: finished lines in `outline`, the running line in `buffer`."""

    hidden: frozenset[str]
    outline: Outline = field(default_factory=Outline)
    buffer: list[str] = field(default_factory=list)


def read_html(data: bytes, name: str) -> Reading:
    """The page's lines and title (its h1, else its title element).

    Raises:
        ContentError: the charset is unknown, or there is no element at all.
    """
    text = clean(decode_page(data, name=name))
    try:
        root = document_fromstring(
            text.encode("utf-8"), parser=HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True)
        )
    except (etree.LxmlError, ValueError) as error:
        raise ContentError("HTML として読めないので、ブラウザーで保存し直してください", path=name) from error
    walk = _Walk(hidden=_hidden_by_style(root))
    content = _content(root)
    for element in content:
        _visit(walk, element, inside=content[0].tag != "body")
    _flush(walk)
    return Reading(lines=tuple(walk.outline.lines), title=_title(root, walk), marked=True)


def _content(root: HtmlElement) -> list[HtmlElement]:
    """The main element; else the only article, or the body."""
    mains = root.xpath(
        "//main[not(ancestor::main)] | //*[@role='main'][not(ancestor::main or ancestor::*[@role='main'])]"
    )
    if mains:
        return list(mains)
    articles = root.xpath("//article")
    bodies = root.xpath("//body") or [root]
    return articles if len(articles) == 1 else bodies[:1]


def _title(root: HtmlElement, walk: _Walk) -> str | None:
    h1 = [heading for heading in root.xpath("//h1") if not _is_hidden(walk, heading)]
    found = [*h1, *root.xpath("//head/title")]
    return next((text for element in found if (text := _line_of(walk, element))), None)


def _visit(walk: _Walk, element: HtmlElement, *, inside: bool) -> None:
    """Add what the element shows; `inside` the main content a header element belongs to the text."""
    tag = element.tag
    if not isinstance(tag, str) or _is_skipped(walk, element) or (tag == "header" and not inside):
        return
    if tag == "br":
        walk.buffer.append(_BREAK)
    elif tag in _HEADINGS:
        _flush(walk)
        walk.outline.heading(_line_of(walk, element), _HEADINGS[tag])
    elif tag == "table" and not _is_layout(element):
        _flush(walk)
        _add_table(walk, element)
    elif tag == "dl":
        _flush(walk)
        _add_list(walk, element, inside=inside)
    elif tag == "details":
        _flush(walk)
        _add_details(walk, element, inside=inside)
    else:
        _visit_children(walk, element, inside=inside)


def _visit_children(walk: _Walk, element: HtmlElement, *, inside: bool) -> None:
    block = _BLOCK.fullmatch(element.tag)
    if block:
        _flush(walk)
    pre = element.tag == "pre"
    walk.buffer.append(_shown(element.text, pre=pre))
    for child in element:
        _visit(walk, child, inside=inside or element.tag in ("main", "article"))
        walk.buffer.append(_shown(child.tail, pre=pre))
    if block:
        _flush(walk)


def _flush(walk: _Walk) -> None:
    """End the running line."""
    text = "".join(walk.buffer)
    walk.buffer.clear()
    for line in text.split(_BREAK):
        walk.outline.body(_fold(line))


def _add_details(walk: _Walk, element: HtmlElement, *, inside: bool) -> None:
    """An accordion: its summary is the heading of what it opens, and of that only."""
    summary = next((child for child in element if child.tag == "summary"), None)
    if summary is None:
        _visit_children(walk, element, inside=inside)
        return
    with walk.outline.under(_line_of(walk, summary)):
        walk.buffer.append(_shown(element.text))
        for child in element:
            if child is not summary:
                _visit(walk, child, inside=inside)
            walk.buffer.append(_shown(child.tail))
        _flush(walk)


def _add_list(walk: _Walk, element: HtmlElement, *, inside: bool) -> None:
    """A description list: 「項目: 値」 lines; a term that asks is the heading of its answer."""
    term = ""
    for item in _items(walk, element):
        if item.tag == "dt":
            if term:
                walk.outline.body(term)
            term = _line_of(walk, item)
        elif item.tag == "dd" and asks(term):
            with walk.outline.under(term):
                _visit_children(walk, item, inside=inside)
            term = ""
        elif item.tag == "dd":
            blocks = any(_BLOCK.fullmatch(str(inner.tag)) for inner in item.iterdescendants())
            lines = _lines_of(walk, item, inside=inside) if blocks else [_line_of(walk, item)]
            walk.outline.body(f"{term}: {lines[0]}" if term and lines else term or (lines[0] if lines else ""))
            for line in lines[1:]:
                walk.outline.body(line)
            term = ""
        else:
            _visit(walk, item, inside=inside)
            _flush(walk)
    if term:
        walk.outline.body(term)


def _items(walk: _Walk, element: HtmlElement) -> Iterator[HtmlElement]:
    """The list's items; a div around a term and its values is looked through."""
    for child in element:
        if not isinstance(child.tag, str) or _is_skipped(walk, child):
            continue
        if child.tag == "div":
            yield from _items(walk, child)
        else:
            yield child


def _lines_of(walk: _Walk, element: HtmlElement, *, inside: bool) -> list[str]:
    """What the element shows, line by line, its own headings and tables included."""
    apart = _Walk(hidden=walk.hidden)
    _visit_children(apart, element, inside=inside)
    _flush(apart)
    return [line.text for line in apart.outline.lines]


def _line_of(walk: _Walk, element: HtmlElement) -> str:
    """What the element shows, in one line."""
    return _fold("".join(_texts(walk, element)).replace(_BREAK, " "))


def _texts(walk: _Walk, element: HtmlElement) -> Iterator[str]:
    yield _shown(element.text)
    for child in element:
        if isinstance(child.tag, str) and not _is_skipped(walk, child):
            apart = child.tag == "br" or _BLOCK.fullmatch(child.tag)
            yield " " if apart else ""
            yield from _texts(walk, child)
            yield " " if apart else ""
        yield _shown(child.tail)


def _is_layout(table: HtmlElement) -> bool:
    """Whether the table only arranges the page: it holds headings, tables or accordions, or is said to."""
    return table.get("role") in ("presentation", "none") or bool(
        table.xpath(".//table | .//h1 | .//h2 | .//h3 | .//h4 | .//h5 | .//h6 | .//details | .//dl")
    )


def _add_table(walk: _Walk, table: HtmlElement) -> None:
    """A line a row: 「見出し: 値」, each value under its column's head where there are three columns or more."""
    for caption in table.xpath("./caption"):
        walk.outline.body(_line_of(walk, caption))
    heads: list[_Cell] = []
    for row in _grid(walk, table):
        if len(row) > 1 and all(cell.head for cell in row):
            heads = row
            walk.outline.body(" / ".join(dict.fromkeys(cell.text for cell in row if cell.text)))
        else:
            walk.outline.body(_row_line(row, heads))


def _row_line(row: list[_Cell], heads: list[_Cell]) -> str:
    label, values = row[0].text, row[1:]
    named: list[str] = []
    for at, cell in enumerate(values, start=1):
        if not cell.text or cell is row[at - 1]:
            continue
        head = heads[at].text if at < len(heads) and len(row) > 2 else ""
        named.append(f"{head} {cell.text}" if head and not cell.head else cell.text)
    if not named:
        return label
    return f"{label}: {' / '.join(named)}" if label else " / ".join(named)


def _grid(walk: _Walk, table: HtmlElement) -> list[list[_Cell]]:
    """The table's rows with every spanned place filled in; at most 20,000 places."""
    rows: list[list[_Cell]] = []
    pending: dict[tuple[int, int], _Cell] = {}
    places = 0
    for y, element in enumerate(table.xpath("./tr | ./thead/tr | ./tbody/tr | ./tfoot/tr")):
        row: list[_Cell] = []
        cells = [] if _is_skipped(walk, element) else [c for c in element if c.tag in ("td", "th")]
        for cell in (c for c in cells if not _is_skipped(walk, c)):
            while (y, len(row)) in pending:
                row.append(pending.pop((y, len(row))))
            made = _Cell(text=_line_of(walk, cell), head=cell.tag == "th")
            width, height = _span(cell, "colspan"), _span(cell, "rowspan")
            places += width * height
            if places > _MAX_CELLS:
                width = height = 1
            for x in range(len(row), len(row) + width):
                pending.update({(y + down, x): made for down in range(1, height)})
            row += [made] * width
        while (y, len(row)) in pending:
            row.append(pending.pop((y, len(row))))
        if row:
            rows.append(row)
    return rows


def _span(cell: HtmlElement, attribute: str) -> int:
    value = (cell.get(attribute) or "1").strip()
    return min(max(int(value), 1), 200) if value.isascii() and value.isdigit() and len(value) < 6 else 1


def _is_skipped(walk: _Walk, element: HtmlElement) -> bool:
    if _SKIP.fullmatch(element.tag) or element.get("role") in _SKIP_ROLES:
        return True
    if element.tag == "dialog" and element.get("open") is None:
        return True
    return _is_hidden(walk, element)


def _is_hidden(walk: _Walk, element: HtmlElement) -> bool:
    if element.get("hidden") is not None or _HIDING.search(element.get("style") or ""):
        return True
    names = {f".{name}" for name in (element.get("class") or "").split()} | {f"#{element.get('id')}"}
    return bool(names & walk.hidden)


def _hidden_by_style(root: HtmlElement) -> frozenset[str]:
    """The classes and ids that the page's own style sheet hides on screen; @-rules (print …) don't count."""
    sheet = "\n".join(str(style.text or "") for style in root.xpath("//style"))
    names = (name.strip() for selector in _hiding_selectors(sheet) for name in selector.split(","))
    return frozenset(found.group(1) for name in names if (found := _SIMPLE.fullmatch(name)))


def _hiding_selectors(sheet: str) -> Iterator[str]:
    """Walks the braces, in time linear in the sheet."""
    first, *commented = sheet.split("/*")
    pieces = _BRACE.split(first + "".join(piece.partition("*/")[2] for piece in commented))
    selectors: list[str] = []
    running, in_rules = "", 0
    for piece in pieces:
        if piece == "{":
            selectors.append(running.rpartition(";")[2].strip())
            in_rules += selectors[-1].startswith("@")
            running = ""
        elif piece == "}" and selectors:
            selector = selectors.pop()
            if not in_rules and _HIDING.search(running):
                yield selector
            in_rules -= selector.startswith("@")
            running = ""
        else:
            running = piece


def _shown(text: str | None, *, pre: bool = False) -> str:
    """The text as laid out: a line break of the source is none, but in `pre`."""
    return (text or "").replace("\n", _BREAK) if pre else (text or "")


def _fold(text: str) -> str:
    """White space as a browser folds it; a break of the source between Japanese characters is nothing."""
    return _SPACE.sub(" ", _SOURCE_BREAK.sub("", text)).strip()
