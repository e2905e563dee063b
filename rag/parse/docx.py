"""Word documents to lines: paragraphs, headings by style, tables as 「見出し: 値」.

In: a .docx file's bytes. Out: lines with the headings above each. The archive is unpacked once, counted as it goes,
before anything is parsed. Hidden, deleted and alternative text, comments, headers and footers never enter.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from typing import Any

import docx
from docx.opc.exceptions import OpcError
from docx.oxml.ns import qn
from lxml import etree

from rag.parse.detect import ZIP_DAMAGE, clean
from rag.parse.text import Outline, Reading
from rag.types import ContentError

MAX_UNPACKED = 25 * 1024 * 1024
MAX_MEMBERS = 1000
_BLOCK = 64 * 1024
_DAMAGE = (
    OpcError,
    etree.LxmlError,
    *ZIP_DAMAGE,
    IndexError,
    AttributeError,
    TypeError,
    OSError,
)
_HEADING = re.compile(r"^(?:heading|見出し)\s*([1-9])", re.I)
_LEFT_OUT = {
    qn(tag) for tag in ("w:del", "w:moveFrom", "w:rt", "w:txbxContent", "w:instrText", "w:delText", "w:pPr")
} | {"{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"}
_BREAKS = {qn("w:br"), qn("w:cr")}


def read_docx(data: bytes, name: str) -> Reading:
    """The document's lines; its title is the first paragraph of style Title or Heading 1.

    Raises:
        ContentError: truncated, damaged, encrypted, or unpacking to more than 25 MB or 1,000 members.
    """
    try:
        _check_archive(data, name)
        document = docx.Document(io.BytesIO(data))
        levels = _levels(document)
        outline = Outline()
        title = _walk(document.element.body, levels, outline)
    except _DAMAGE as error:
        raise ContentError("Word 文書(.docx)が壊れているので、Word で開いて保存し直してください", path=name) from error
    marked = any(line.heading and line.text != title for line in outline.lines)
    return Reading(lines=tuple(outline.lines), title=title, marked=marked)


def _check_archive(data: bytes, name: str) -> None:
    """Unpack every member, counting what really comes out: an archive's own figures can lie."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        members = archive.infolist()
        if len(members) > MAX_MEMBERS:
            raise ContentError(
                f"Word 文書の中の部品が {MAX_MEMBERS:,} 個を超えているので、分けて保存し直してください", path=name
            )
        if any(member.flag_bits & 1 for member in members):
            raise ContentError("暗号化された Word 文書なので、保護を外して保存し直してください", path=name)
        total = 0
        for member in members:
            with archive.open(member) as packed:
                head = b""
                while block := packed.read(_BLOCK):
                    head = head or block
                    total += len(block)
                    if total > MAX_UNPACKED:
                        raise ContentError(
                            "Word 文書を開くと 25 MB を超えるので、画像を減らすか分けてください", path=name
                        )
                if member.filename.endswith((".xml", ".rels")) and b"<!DOCTYPE" in head:
                    raise ContentError(
                        "Word 文書に外部の定義が含まれているので、Word で保存し直してください", path=name
                    )


def _levels(document: Any) -> dict[str, int]:  # python-docx ships no types
    """Heading level by style id: 0 is the title. A style made from a heading style is one as well."""
    levels: dict[str, int] = {}
    for style in document.styles:
        base, seen = style, 0
        while base is not None and seen < 10:
            found = _HEADING.match(base.name or "")
            if found or base.name in ("Title", "表題"):
                levels[style.style_id] = int(found.group(1)) if found else 0
                break
            base, seen = getattr(base, "base_style", None), seen + 1
    return levels


def _walk(body: Any, levels: dict[str, int], outline: Outline) -> str | None:
    """Add the blocks in order; returns the title's text, None where no style marks one."""
    titles: dict[int, str] = {}
    for block in _blocks(body):
        if block.tag == qn("w:tbl"):
            _add_table(block, outline)
            continue
        for paragraph in (block, *_boxes(block)):
            level = _level(paragraph, levels) if paragraph is block else None
            text = _text(paragraph)
            if level is None:
                for line in text.split("\n"):
                    outline.body(line)
            elif text := " ".join(text.split()):
                titles.setdefault(level, text)
                outline.heading(text, level)
    return titles.get(0) or titles.get(1)


def _blocks(parent: Any) -> Iterator[Any]:
    """Paragraphs and tables, those within content controls and insertions too."""
    for child in parent.iterchildren():
        if child.tag in (qn("w:p"), qn("w:tbl")):
            yield child
        elif child.tag in (qn("w:sdt"), qn("w:sdtContent"), qn("w:ins"), qn("w:customXml"), qn("w:smartTag")):
            yield from _blocks(child)


def _boxes(paragraph: Any) -> Iterator[Any]:
    """The paragraphs of text boxes that hang on this one; each box is stored twice, the fallback is left out."""
    for box in paragraph.iter(qn("w:txbxContent")):
        if not any(up.tag in _LEFT_OUT - {qn("w:txbxContent")} for up in box.iterancestors()):
            yield from (block for block in _blocks(box) if block.tag == qn("w:p"))


def _level(paragraph: Any, levels: dict[str, int]) -> int | None:
    style = paragraph.find(f"{qn('w:pPr')}/{qn('w:pStyle')}")
    return levels.get(style.get(qn("w:val"))) if style is not None else None


def _text(node: Any) -> str:
    return clean("".join(_pieces(node)))


def _pieces(node: Any) -> Iterator[str]:
    for child in node.iterchildren():
        if child.tag in _LEFT_OUT or (child.tag == qn("w:r") and _is_hidden(child)):
            continue
        if child.tag == qn("w:t"):
            yield child.text or ""
        elif child.tag == qn("w:tab"):
            yield " "
        elif child.tag in _BREAKS:
            yield "\n"
        elif child.tag == qn("w:noBreakHyphen"):
            yield "-"
        else:
            yield from _pieces(child)


def _is_hidden(run: Any) -> bool:
    vanish = run.find(f"{qn('w:rPr')}/{qn('w:vanish')}")
    return vanish is not None and vanish.get(qn("w:val")) not in ("0", "false", "off")


def _add_table(table: Any, outline: Outline) -> None:
    """A line a row: 「見出し: 値」, the columns' heads before the values where there are three columns or more."""
    rows = [_cells(row) for row in table.iterchildren(qn("w:tr"))]
    heads = rows[0] if len(rows) > 1 and len(rows[0]) > 2 else []
    for at, row in enumerate(rows):
        if at == 0 and heads:
            outline.body(" / ".join(cell for cell in row if cell))
            continue
        named = [
            f"{heads[x]} {cell}" if x < len(heads) and heads[x] else cell for x, cell in enumerate(row) if x and cell
        ]
        label = row[0] if row else ""
        outline.body(": ".join(part for part in (label, " / ".join(named)) if part))


def _cells(row: Any) -> list[str]:
    """The row's cells, each repeated as often as it spans columns; nested tables are read as their text."""
    cells: list[str] = []
    for cell in row.iterchildren(qn("w:tc")):
        text = " ".join(" ".join(_text(paragraph) for paragraph in cell.iter(qn("w:p"))).split())
        span = cell.find(f"{qn('w:tcPr')}/{qn('w:gridSpan')}")
        width = int(span.get(qn("w:val"), "1")) if span is not None else 1
        cells += [text, *[""] * min(width - 1, 60)]
    return cells
