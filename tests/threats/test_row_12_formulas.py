"""Row 12: no cell of an exported file begins with what a spreadsheet program takes for a formula, and none is lost."""

from __future__ import annotations

import csv
import io
import itertools
from collections.abc import Callable

from evals.cases import Case, CaseSet
from evals.csv_file import read_csv, write_csv
from evals.xlsx import read_xlsx, write_xlsx

ACTIVE = "=+-@＝＋－＠\t\r\0"
BODIES = ("1+1", "cmd|'/C calc'!A0", 'HYPERLINK("https://evil.example","x")', "IMPORTXML(A1)", "SUM(1,2)", "x")
CELLS = [f"{sign}{body}" for sign, body in itertools.product(ACTIVE, BODIES)]
CELLS += [f"'{sign}1" for sign in "=+-@"] + ["''=1", "'", '"=1', ";=1", "a\n=1", "=\n1"]


def make_set() -> CaseSet:
    """Each cell as question and as note."""
    return CaseSet(
        name="hostile",
        cases=tuple(
            Case(
                id=f"c{n}",
                turns=(f"質問 {cell}", cell),
                language="ja",
                category="direct",
                facts=((cell, "x"),),
                note=cell,
            )
            for n, cell in enumerate(cells_kept())
        ),
    )


def cells_kept() -> list[str]:
    """What may stand in a case: an empty line would not."""
    return [cell for cell in CELLS if cell.strip()]


def test_no_exported_cell_is_active_and_none_is_lost(record_row: Callable[..., None]) -> None:
    made, active, lost = make_set(), 0, 0
    for encoding in ("utf-8-sig", "cp932"):
        data = write_csv(made, encoding)  # type: ignore[arg-type]
        rows = list(csv.reader(io.StringIO(data.decode(encoding), newline="")))
        active += sum(cell.startswith(tuple(ACTIVE)) for row in rows for cell in row)
        lost += read_csv(data, "hostile.csv").cases != made.cases
    record_row(
        12,
        bar="動く文字で始まる 0、失われた値 0",
        measured=f"{active}、{lost}",
        scale=f"{len(cells_kept())}の値 × 2文字コード。目標は60",
    )
    assert len(cells_kept()) >= 60
    assert (active, lost) == (0, 0)


def test_a_workbook_keeps_them_as_texts() -> None:
    made = make_set()
    whole = CaseSet(
        name="hostile", cases=tuple(c for c in made.cases if "\0" not in c.question and "\r" not in c.question)
    )
    assert read_xlsx(write_xlsx(whole), "hostile").cases == whole.cases
