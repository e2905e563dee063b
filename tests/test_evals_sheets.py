"""Spreadsheets: exact round trips, every faulty cell named, nothing ever taken for a formula."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook

from evals.cases import CATEGORIES, REASONS, SHIPPED, Case, CaseSet, read_lines
from evals.csv_file import guard, read_csv, unguard, write_csv
from evals.files import keep_set, read_set_file, write_set_file
from evals.sheets import SheetError, column_name, escape, unescape
from evals.xlsx import read_xlsx, write_xlsx
from rag.types import ContentError, SettingError
from tests.evals_bot import CASES

AWKWARD = CaseSet(
    name="awkward",
    cases=(
        Case(
            id="a-1",
            turns=(" =1+1 ", "改行\nと\r\nタブ\tと\\n", '＝HYPERLINK("http://x")'),
            language="ja",
            category="injection",
            facts=(
                ("=cmd|'/C calc'!A0", "-5", "+81", "@SUM(A1)"),
                ("〜～−－・①㈱ﾊﾝｶｸ", "葛󠄀飾 👩‍💻", "\u3000全角空白\u3000"),
            ),
            forbidden=("'=引用符", "''", "\\x{20}", "\\e", "\ufeff印"),
            sources=("rule",),
            year=2024,
            pair="eq,1",
            note='"引用"、カンマ,\n行',
        ),
        Case(id="a-2", turns=("",), language="ja", category="far_unanswerable", reasons=("empty", "off_topic")),
        Case(id="a-3", turns=("\x00\x07制御\x7f\u200b",), language="en", category="english", reasons=("unsafe",)),
    ),
)
TEXT = st.text(max_size=12)
SHOWN = TEXT.filter(lambda text: bool(text.strip()))
NAMES = st.from_regex(r"[a-zA-Z0-9-]{1,10}", fullmatch=True)
COMMON = {
    "turns": st.lists(TEXT, min_size=1, max_size=3).map(tuple),
    "language": st.sampled_from(["ja", "en"]),
    "category": st.sampled_from(CATEGORIES),
    "forbidden": st.lists(SHOWN, max_size=2).map(tuple),
    "sources": st.lists(SHOWN, max_size=2).map(tuple),
    "year": st.none() | st.integers(1990, 2100),
    "pair": st.none() | SHOWN,
    "note": TEXT,
}
FACTS = st.lists(st.lists(SHOWN, min_size=1, max_size=3).map(tuple), min_size=1, max_size=8).map(tuple)
DRAWN = st.one_of(
    st.builds(Case, id=NAMES, facts=FACTS, **COMMON),
    st.builds(Case, id=NAMES, reasons=st.lists(st.sampled_from(REASONS), min_size=1, max_size=2).map(tuple), **COMMON),
)
SETS = st.lists(DRAWN, min_size=1, max_size=4, unique_by=lambda case: case.id).map(
    lambda cases: CaseSet(name="drawn", cases=tuple(cases))
)


def texts(case_set: CaseSet) -> bytes:
    return case_set.to_bytes()


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-8", "cp932"])
def test_awkward_texts_survive_csv_in_every_encoding(encoding: str) -> None:
    assert read_csv(write_csv(AWKWARD, encoding), "awkward.csv") == AWKWARD  # type: ignore[arg-type]


def test_awkward_texts_survive_xlsx() -> None:
    assert read_xlsx(write_xlsx(AWKWARD), "awkward") == AWKWARD
    assert read_xlsx(write_xlsx(CASES), "small").cases == CASES.cases


def test_a_workbook_saved_by_libreoffice_is_read_exactly() -> None:
    """The file is AWKWARD as exported, opened and saved by LibreOffice Calc 7.4."""
    data = (Path(__file__).parent / "data" / "evals-libreoffice.xlsx").read_bytes()
    assert read_xlsx(data, "awkward") == AWKWARD
    rules = load_workbook(io.BytesIO(data))["質問"].data_validations.dataValidation
    assert {rule.formula1.split("!")[1] for rule in rules} == {"$A$2:$A$3", "$B$2:$B$21", "$C$2:$C$11"}


@settings(max_examples=60, deadline=None)
@given(SETS)
def test_any_set_survives_csv(case_set: CaseSet) -> None:
    for encoding in ("utf-8-sig", "cp932"):
        assert read_csv(write_csv(case_set, encoding), "drawn.csv") == case_set  # type: ignore[arg-type]


@settings(max_examples=15, deadline=None)
@given(SETS)
def test_any_set_survives_xlsx(case_set: CaseSet) -> None:
    assert read_xlsx(write_xlsx(case_set), "drawn") == case_set


@pytest.mark.parametrize("path", sorted(SHIPPED.glob("*.jsonl")), ids=lambda path: path.stem)
def test_the_shipped_sets_survive_all_forms_byte_for_byte(path: Path) -> None:
    case_set = read_lines(path.read_bytes(), path.stem, path.name)
    assert read_xlsx(write_xlsx(case_set), path.stem).sha256 == case_set.sha256  # hashes: no case shows up in a failure
    for encoding in ("utf-8-sig", "utf-8", "cp932"):
        assert read_csv(write_csv(case_set, encoding), path.name).sha256 == case_set.sha256  # type: ignore[arg-type]


@given(TEXT)
def test_escaping_and_guarding_can_be_undone(text: str) -> None:
    assert unescape(escape(text)) == text
    assert "\n" not in escape(text)
    assert unguard(guard(text)) == text
    assert not guard(text).startswith(("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠"))


def test_no_cell_of_a_workbook_is_a_formula() -> None:
    book = load_workbook(io.BytesIO(write_xlsx(AWKWARD)))
    assert {cell.data_type for sheet in book for row in sheet.iter_rows() for cell in row} <= {"s", "n"}
    assert all(
        cell.value is None for sheet in book for row in sheet.iter_rows() for cell in row if cell.data_type == "n"
    )


def test_a_workbook_offers_drop_downs_and_explains_its_columns() -> None:
    book = load_workbook(io.BytesIO(write_xlsx(CASES)))
    assert book.sheetnames == ["質問", "選択肢", "書き方"]
    sheet = book["質問"]
    heads = [cell.value for cell in sheet[1]]
    assert heads[:6] == ["番号", "これまでの質問", "質問", "言語", "分類", "要点1"]
    lists = {str(rule.sqref).split(":")[0]: rule.formula1 for rule in sheet.data_validations.dataValidation}
    columns = {name: column_name(heads.index(name)) + "2" for name in ("言語", "分類", "答えない理由")}
    assert lists.keys() == set(columns.values())
    assert lists[columns["分類"]] == f"'選択肢'!$B$2:$B${len(CATEGORIES) + 1}"
    assert [book["選択肢"].cell(row=n, column=2).value for n in (1, 2)] == ["分類", "そのまま聞く"]
    explained = {row[0].value for row in book["書き方"].iter_rows()}
    assert {"番号", "要点", "答えない理由", "示すべき年度"} <= explained


def test_rows_yet_to_be_written_hold_texts_and_every_row_shows_all_its_lines() -> None:
    sheet = load_workbook(io.BytesIO(write_xlsx(CASES)))["質問"]
    heads = [cell.value for cell in sheet[1]]
    assert {sheet.column_dimensions[column_name(at)].number_format for at in range(len(heads))} == {"@"}
    many = next(n for n, row in enumerate(sheet.iter_rows(values_only=True), start=1) if "30人" in row)
    lines = sheet.cell(row=many, column=heads.index("要点2") + 1).value.count("\n") + 1
    assert lines == 2
    assert sheet.row_dimensions[many].height == 2 * sheet.row_dimensions[2].height


def add_row(*rows: dict[str, object]) -> bytes:
    """The small set's workbook with more rows at the bottom, as a person would type them."""
    book = load_workbook(io.BytesIO(write_xlsx(CASES)))
    sheet = book["質問"]
    heads = [cell.value for cell in sheet[1]]
    for at, values in enumerate(rows, start=sheet.max_row + 1):
        for name, value in values.items():
            sheet.cell(row=at, column=heads.index(name) + 1).value = value  # type: ignore[assignment]
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


GOOD = {
    "番号": "new-1",
    "質問": "何歳まで受験できますか",
    "言語": "日本語",
    "分類": "話しことば",
    "要点1": "61歳未満\n60歳まで",
}


def test_a_row_typed_by_a_person_becomes_a_case() -> None:
    case = read_xlsx(add_row({**GOOD, "出典": "rule ", "示すべき年度": 2024, "要点2": 30}), "small").cases[-1]
    assert (case.id, case.category, case.year, case.sources) == ("new-1", "colloquial", 2024, ("rule",))
    assert case.facts == (("61歳未満", "60歳まで"), ("30",))


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"分類": "雑談"}, "シート「質問」9行 E列(分類): 分類「雑談」は使えません(選べるもの: 「そのまま聞く」「"),
        ({"言語": None}, "シート「質問」9行 D列(言語): 言語「」は使えません"),
        ({"質問": None}, "シート「質問」9行 C列(質問): 質問がありません"),
        ({"番号": "age"}, "シート「質問」9行 A列(番号): 番号「age」は2行にもあります"),
        ({"番号": None}, "シート「質問」9行 A列(番号): id「」は使えません"),
        ({"要点1": None}, "シート「質問」9行 F列(要点1): 要点も答えない理由もないので、採点できません"),
        ({"答えない理由": "資料にない"}, "シート「質問」9行 N列(答えない理由): 要点があるのに、答えない理由も"),
        ({"答えない理由": "なんとなく"}, "答えない理由「なんとなく」は使えません(選べるもの: 「資料にない」「"),
        (
            {"示すべき年度": "令和6年度"},
            "シート「質問」9行 O列(示すべき年度): 「令和6」は西暦4けたの数字ではありません",
        ),
        ({"質問": "=1+1"}, "シート「質問」9行 C列(質問): 数式は使えません"),
        ({"質問": True}, "シート「質問」9行 C列(質問): TRUE・FALSE は使えません"),
        ({"メモ": '=HYPERLINK("http://x")'}, "シート「質問」9行 Q列(メモ): 数式は使えません"),
        ({"番号": "a\nb"}, "シート「質問」9行 A列(番号): 1行で書いてください"),
    ],
)
def test_a_faulty_cell_is_named_by_sheet_row_and_column(values: dict[str, object], message: str) -> None:
    with pytest.raises(SheetError) as caught:
        read_xlsx(add_row({**GOOD, **values}), "small")
    assert message in str(caught.value)


def test_a_date_cell_is_refused_and_every_fault_is_named_at_once() -> None:
    from datetime import datetime

    with pytest.raises(SheetError) as caught:
        read_xlsx(add_row({**GOOD, "要点1": datetime(2025, 4, 1), "要点2": "=A1"}), "small")  # noqa: DTZ001
    assert [(f.row, f.column) for f in caught.value.faults] == [(9, "F"), (9, "G")]
    assert "日付の形式です" in str(caught.value)


def test_every_fault_of_a_row_is_named_at_once_and_none_that_only_follows_from_another() -> None:
    rows: list[dict[str, object]] = [
        {**GOOD, "番号": "age", "分類": "雑談", "示すべき年度": "令和6"},
        {**GOOD, "番号": "new-2", "言語": "にほんご", "質問": "=1+1"},
        {**GOOD, "番号": "new-2", "要点1": "=1+1", "分類": "数字"},
    ]
    with pytest.raises(SheetError) as caught:
        read_xlsx(add_row(*rows), "small")
    assert [(f.row, f.column) for f in caught.value.faults] == [
        (9, "A"), (9, "E"), (9, "O"), (10, "C"), (10, "D"), (11, "A"), (11, "E"), (11, "F"),
    ]  # fmt: skip
    assert "「数字・年」「年度のちがい」" in str(caught.value)


def test_unknown_missing_and_double_heads_are_named() -> None:
    for heads, message in (
        (["番号", "質問", "言語", "分類", "要点1", "重要度"], "1行 F列: 見出し「重要度」は使えません"),
        (["番号", "言語", "分類", "要点1"], "見出し「質問」の列がありません"),
        (["番号", "質問", "質問", "言語", "分類"], "1行 C列: 見出し「質問」が2つあります"),
    ):
        out = io.StringIO()
        csv.writer(out).writerow(heads)
        with pytest.raises(SheetError, match="見出し") as caught:
            read_csv(out.getvalue().encode(), "x.csv")
        assert message in str(caught.value)


def test_a_column_order_of_ones_own_and_empty_rows_are_fine() -> None:
    data = "分類,番号,言語,質問,要点1\r\n,,,,\r\ndirect,x-1,ja,何人ですか,30名\r\n".encode("cp932")
    assert read_csv(data, "mine.csv").cases[0].facts == (("30名",),)


@pytest.mark.parametrize("data", [b"\xff\xfe\x00\x81", b""])
def test_a_file_that_is_no_text_is_one_sentence(data: bytes) -> None:
    with pytest.raises(ContentError):
        read_csv(data, "x.csv")


@pytest.mark.parametrize(
    ("field", "value"),
    [("data", 0xFF), ("flags", 0x01), ("packing", 0x63)],
    ids=["its compressed bytes", "a part said to be encrypted", "a packing that nobody knows"],
)
def test_a_workbook_with_a_damaged_part_is_one_sentence(field: str, value: int) -> None:
    data, part = bytearray(write_xlsx(AWKWARD)), b"docProps/core.xml"
    local, central = data.index(part) - 30, data.rindex(part) - 46
    places = {"data": [local + 30 + len(part)], "flags": [local + 6, central + 8], "packing": [local + 8, central + 10]}
    for place in places[field]:
        data[place] = value
    with pytest.raises(ContentError, match="XLSX として読めません"):
        read_xlsx(bytes(data), "x")


def test_a_file_that_is_no_workbook_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(ContentError, match="XLSX として読めません"):
        read_xlsx(b"PK\x03\x04 not really", "x")
    book = Workbook()
    out = io.BytesIO()
    book.save(out)
    with pytest.raises(SheetError):
        read_xlsx(out.getvalue(), "x")
    with pytest.raises(SettingError, match="を読めません"):
        read_set_file(tmp_path / "none.xlsx")
    with pytest.raises(SettingError, match="の形は使えません"):
        read_set_file(tmp_path / "set.ods")


def test_an_imported_set_is_found_by_its_name_before_a_shipped_one(tmp_path: Path) -> None:
    from evals.cases import find_set, load_set

    file = tmp_path / "practice.xlsx"
    write_set_file(CaseSet(name="practice", cases=CASES.cases), file)
    kept = keep_set(read_set_file(file), tmp_path / "home")
    assert find_set("practice", tmp_path / "home") == kept
    assert load_set("practice", tmp_path / "home").cases == CASES.cases
    assert [p.name for p in kept.parent.iterdir()] == ["practice.jsonl"]
    with pytest.raises(SettingError, match="評価セット「nothing」がありません"):
        find_set("nothing", tmp_path / "home")
