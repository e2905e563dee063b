"""A set <-> a CSV file in UTF-8 (with or without BOM) or cp932 (Windows' Shift_JIS).

In and out: bytes. A text that a spreadsheet program would take for a formula is written behind an apostrophe and read
back without it; what cp932 can't hold is written as a code. What the cells mean is sheets.py's.
"""

from __future__ import annotations

import csv
import io
import re
from pathlib import PurePath
from typing import Literal

from evals.cases import CaseSet
from evals.sheets import Table, read_rows, write_rows
from evals.words import say
from rag.types import ContentError

Encoding = Literal["utf-8-sig", "utf-8", "cp932"]
_FORMULA = re.compile(r"'*[=+\-@＝＋－＠\t\r\x00]")
_GUARDED = re.compile(r"'+[=+\-@＝＋－＠\t\r\x00]")


def write_csv(case_set: CaseSet, encoding: Encoding = "utf-8-sig") -> bytes:
    """The file's bytes; lines end as Excel writes them."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    for row in write_rows(case_set, lambda character: _holds(character, encoding)):
        writer.writerow([guard(cell) for cell in row])
    return out.getvalue().encode(encoding)


def _holds(character: str, encoding: Encoding) -> bool:
    try:
        return character.encode(encoding).decode(encoding) == character
    except UnicodeError:
        return False


def guard(cell: str) -> str:
    """A cell that no program takes for a formula."""
    return "'" + cell if _FORMULA.match(cell) else cell


def unguard(cell: str) -> str:
    """The counterpart of `guard`."""
    return cell[1:] if _GUARDED.match(cell) else cell


def read_csv(data: bytes, name: str) -> CaseSet:
    """The set that a CSV file holds.

    Raises:
        SheetError: with every faulty cell; rows are counted as a spreadsheet program shows them.
        ContentError: it is neither UTF-8 nor cp932, or no CSV.
    """
    text = _decode(data, name)
    delimiter = "\t" if "\t" in text.split("\n", 1)[0] else ","
    try:
        rows = tuple(
            tuple(unguard(cell) for cell in row)
            for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
        )
    except csv.Error as error:
        raise ContentError(f"CSV として読めません({error})", path=name) from error
    if not rows:
        raise ContentError("ファイルが空です", path=name)
    return read_rows(Table(sheet=say("sheet", "cases"), rows=rows), PurePath(name).stem)


def _decode(data: bytes, name: str) -> str:
    for encoding in ("utf-8-sig", "cp932"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise ContentError(
        "文字コードが UTF-8 でも Shift_JIS(cp932) でもありません。「CSV UTF-8」で保存し直してください", path=name
    )
