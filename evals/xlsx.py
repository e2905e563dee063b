"""A set <-> an XLSX workbook: the questions with drop-downs, a sheet that explains the columns, one of choices.

In and out: bytes of a file. Texts are written as texts, so that none becomes a formula; a formula, a date or an error
in a cell is refused by name when read, never computed. What the cells mean is sheets.py's.
"""

from __future__ import annotations

import io
import math
import zipfile
from collections.abc import Iterable, Sequence
from typing import Any

from openpyxl import Workbook, load_workbook
from openpyxl.cell.cell import Cell
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils.exceptions import InvalidFileException
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from evals.cases import CATEGORIES, LANGUAGES, REASONS, CaseSet
from evals.sheets import (
    AFTER_FACTS,
    BEFORE_FACTS,
    CellFault,
    SheetError,
    Table,
    column_name,
    column_words,
    heads,
    read_rows,
    write_rows,
)
from evals.words import say
from rag.parse.detect import ZIP_DAMAGE
from rag.types import ContentError

LONGEST = 32_767  # characters a cell can hold
LINE_HEIGHT = 16.0  # points
ROWS = 2000  # as far as the drop-downs reach
LARGEST = 200 << 20  # bytes a workbook may unpack to
MOST_CELLS = 2_000_000
CHOICES = {"language": LANGUAGES, "category": CATEGORIES, "reason": REASONS}
_HEAD = PatternFill("solid", fgColor="1F4E79")
_WRAP = Alignment(wrap_text=True, vertical="top")
_REFUSED = {
    "f": "数式は使えません。値を文字で入れてください",
    "e": "エラー値が入っています。消すか、文字で入れてください",
    "b": "TRUE・FALSE は使えません。文字で入れてください",
    "d": "日付の形式です。先頭に ' を付けて、文字で入れてください",
}


def write_xlsx(case_set: CaseSet) -> bytes:
    """The workbook's bytes.

    Raises:
        ContentError: a cell would be longer than a workbook can hold.
    """
    rows = write_rows(case_set)
    book = Workbook()
    sheet = book.active
    assert isinstance(sheet, Worksheet)
    sheet.title = say("sheet", "cases")
    facts = len(rows[0]) - len(BEFORE_FACTS) - len(AFTER_FACTS)
    _fill(sheet, rows)
    _dress(sheet, [key for key, _ in heads(facts)])
    _write_choices(book)
    _add_choices(sheet, [key for key, _ in heads(facts)])
    _write_guide(book)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _fill(sheet: Worksheet, rows: Sequence[Sequence[str]]) -> None:
    for number, row in enumerate(rows, start=1):
        for at, text in enumerate(row, start=1):
            if len(text) > LONGEST:
                raise ContentError(
                    f"{number}行 {column_name(at - 1)}列: {LONGEST:,}文字を超えるので、XLSX に書けません"
                )
            if text:
                _put(sheet, number, at, text)


def _put(sheet: Worksheet, row: int, column: int, text: str) -> Cell:
    """Write a text as a text: never a formula, also not when someone edits the cell."""
    cell = sheet.cell(row=row, column=column)
    assert isinstance(cell, Cell)
    cell.value = text
    cell.data_type = "s"
    cell.number_format = "@"
    cell.quotePrefix = text.startswith(("=", "+", "-", "@", "'"))
    return cell


def _dress(sheet: Worksheet, keys: Sequence[str]) -> None:
    sheet.freeze_panes = "B2"
    for at, key in enumerate(keys, start=1):
        column = sheet.column_dimensions[column_name(at - 1)]
        column.width = float(str(column_words(key)["width"]))
        column.number_format, column.alignment = "@", _WRAP  # in rows yet to be written too: 「10-15」 stays a text
        head = sheet.cell(row=1, column=at)
        head.font, head.fill = Font(bold=True, color="FFFFFF"), _HEAD
    for row in sheet.iter_rows(min_row=1, max_row=max(sheet.max_row, 2)):
        for cell in row:
            cell.alignment = _WRAP
    for number, texts in enumerate(sheet.iter_rows(values_only=True), start=1):
        lines = (
            _count_lines(str(text or ""), float(str(column_words(k)["width"])))
            for text, k in zip(texts, keys, strict=True)
        )
        sheet.row_dimensions[number].height = LINE_HEIGHT * max(lines)
    sheet.auto_filter.ref = f"A1:{column_name(len(keys) - 1)}{max(sheet.max_row, 2)}"


def _count_lines(text: str, width: float) -> int:
    """The lines that a text fills in a column of that width (letters), roughly: no program sizes rows by itself."""
    return sum(max(1, math.ceil(sum(1 if c.isascii() else 2 for c in line) / (width - 2))) for line in text.split("\n"))


def _write_choices(book: Workbook) -> None:
    sheet = book.create_sheet(say("sheet", "choices"))
    for at, (group, names) in enumerate(CHOICES.items(), start=1):
        _put(sheet, 1, at, str(column_words(group)["ja"])).font = Font(bold=True)
        sheet.column_dimensions[column_name(at - 1)].width = 26.0
        for number, name in enumerate(names, start=2):
            _put(sheet, number, at, say(group, name))


def _add_choices(sheet: Worksheet, keys: Sequence[str]) -> None:
    for at, (group, names) in enumerate(CHOICES.items()):
        column = column_name(at)
        strict = group != "reason"  # several reasons may stand in one cell, one a line
        rule = DataValidation(
            type="list", formula1=f"'{say('sheet', 'choices')}'!${column}$2:${column}${len(names) + 1}",
            allow_blank=True, showErrorMessage=strict, errorTitle="選択肢から選んでください",
            error="一覧にない言葉です。▼から選んでください。",
        )  # fmt: skip
        sheet.add_data_validation(rule)
        place = column_name(keys.index(group))
        rule.add(f"{place}2:{place}{ROWS}")


def _write_guide(book: Workbook) -> None:
    sheet = book.create_sheet(say("sheet", "guide"))
    lines = [("列", "書き方")] + [
        (str(column_words(key)["ja"]), str(column_words(key)["help"])) for key in (*BEFORE_FACTS, "fact", *AFTER_FACTS)
    ]
    lines += [
        ("", ""),
        ("行を足す", "いちばん下の行の次に書いてください。空の行は読み飛ばされます。"),
        ("改行", "セルの中で改行すると、項目が分かれます(Alt+Enter)。"),
        ("数式", "= で始まる数式は使えません。取り込むときに、そのセルの場所をお知らせします。"),
        ("記号", "\\x{20} のような文字は、空白など目に見えない文字の控えです。そのままにしてください。"),
    ]
    for number, (one, two) in enumerate(lines, start=1):
        for at, text in enumerate((one, two), start=1):
            if text:
                cell = _put(sheet, number, at, text)
                cell.alignment = _WRAP
                cell.font = Font(bold=number == 1 or at == 1)
    sheet.column_dimensions["A"].width, sheet.column_dimensions["B"].width = 24.0, 90.0


def read_xlsx(data: bytes, name: str) -> CaseSet:
    """The set that a workbook holds: its sheet of questions, else its first.

    Raises:
        SheetError: with every faulty cell.
        ContentError: it is no XLSX file.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            _require_size(sum(part.file_size for part in packed.infolist()), LARGEST, name)
        book = load_workbook(io.BytesIO(data), data_only=False, keep_vba=False, keep_links=False)
    except (*ZIP_DAMAGE, InvalidFileException, OSError, SyntaxError) as error:
        raise ContentError(
            "XLSX として読めません。表計算ソフトで「Excel ブック(.xlsx)」として保存し直してください", path=name
        ) from error
    sheet = book[say("sheet", "cases")] if say("sheet", "cases") in book.sheetnames else book.worksheets[0]
    _require_size(sheet.max_row * sheet.max_column, MOST_CELLS, name)
    faults: list[CellFault] = []
    rows = tuple(tuple(_text(cell, sheet, faults) for cell in row) for row in sheet.iter_rows())
    if not rows:
        raise SheetError([CellFault(sheet=sheet.title, row=1, column="A", heading="", message="シートが空です")])
    heading = rows[0]
    named = tuple(_with_heading(fault, heading) for fault in faults)
    return read_rows(Table(sheet=sheet.title, rows=rows, faults=named), name)


def _require_size(size: int, limit: int, name: str) -> None:
    if size > limit:
        raise ContentError("表が大きすぎます。使っていない行・列・シートを消してから保存し直してください", path=name)


def _text(cell: Any, sheet: Worksheet, faults: list[CellFault]) -> str:  # Cell or MergedCell
    value = cell.value
    if value is None:
        return ""
    problem = _REFUSED.get(cell.data_type)
    if problem is not None or not isinstance(value, str | int | float):
        message = problem or "文字ではない値です。文字で入れてください"
        faults.append(
            CellFault(sheet=sheet.title, row=cell.row, column=column_name(cell.column - 1), heading="", message=message)
        )
        return ""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _with_heading(fault: CellFault, heads_row: Iterable[str]) -> CellFault:
    names = {column_name(at): text for at, text in enumerate(heads_row)}
    heading = "" if fault.row == 1 else names.get(fault.column, "")
    return CellFault(sheet=fault.sheet, row=fault.row, column=fault.column, heading=heading, message=fault.message)
