"""Row 20: hostile and huge evaluation files end in a set or one error; no question of a set is in the index."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from evals.cases import Case, CaseSet, load_set
from evals.csv_file import write_csv
from evals.files import read_set_file
from evals.xlsx import read_xlsx, write_xlsx
from rag.bot import Bot
from rag.types import IctnaviError


def make_set(rows: int) -> CaseSet:
    return CaseSet(
        name="large",
        cases=tuple(
            Case(
                id=f"c{n}", turns=(f'質問{n}\n二行目、「引用"」=1',), language="ja", category="direct", facts=(("a",),)
            )
            for n in range(rows)
        ),
    )


def files(rows: int) -> dict[str, bytes]:
    """Forms that people or attackers send."""
    made = make_set(rows)
    plain = write_csv(made, "utf-8")
    return {
        "bom.csv": write_csv(made, "utf-8-sig"),
        "cp932.csv": write_csv(made, "cp932"),
        "plain.csv": plain,
        "lines.jsonl": made.to_bytes(),
        "half.csv": plain[: len(plain) // 2],
        "quote.csv": plain + b'"',
        "nul.csv": plain.replace(b"c1,", b"c\x001,"),
        "long.csv": plain + b"x" * 5_000_000,
        "wide.csv": b"," * 100_000,
        "utf16.csv": plain.decode().encode("utf-16"),
        "deep.jsonl": b"[" * 100_000,
        "number.jsonl": b'{"id": ' + b"9" * 10_000 + b"}",
        "binary.xlsx": bytes(range(256)) * 50,
        "empty.csv": b"",
    }


def read_all(folder: Path, rows: int) -> tuple[int, int, float]:
    """(read, refused in one error, longest seconds); anything else that is raised fails the test.

    A file cut in two may be read as far as it goes; the first four must be read whole.
    """
    read = refused = 0
    longest = 0.0
    for name, data in files(rows).items():
        (folder / name).write_bytes(data)
        began = time.thread_time()
        try:
            found = len(read_set_file(folder / name).cases)
            assert found == rows or read >= 4
            read += 1
        except IctnaviError:
            refused += 1
        longest = max(longest, time.thread_time() - began)
    return read, refused, longest


def test_odd_files_are_a_set_or_one_error(tmp_path: Path) -> None:
    read, refused, _ = read_all(tmp_path, 50)
    assert read >= 4 and refused >= 8


@pytest.mark.parametrize("name", ["../practice", "/etc/passwd", "a/b", "..", "practice\0"])
def test_a_set_s_name_leads_nowhere(name: str, tmp_path: Path) -> None:
    with pytest.raises(IctnaviError):
        load_set(name, tmp_path)


@pytest.mark.full
@pytest.mark.timeout(1800)
def test_ten_thousand_rows_and_no_case_in_the_index(bot: Bot, tmp_path: Path, record_row: Callable[..., None]) -> None:
    read, refused, longest = read_all(tmp_path, 10_000)
    book = write_xlsx(make_set(10_000))
    assert len(read_xlsx(book, "large").cases) == 10_000
    questions = {c.question for name in ("practice", "dev") for c in load_set(name, tmp_path).cases}
    texts = "\n".join(p.text for p in bot._served.index.passages)
    found = sum(q in texts for q in questions)
    record_row(
        20, bar="落ちる 0、問題の文が資料にある 0",
        measured=f"0(読めた{read}、断った{refused}、最長{longest:.1f}秒)、{found}",
        scale="10,000行の表(BOM・cp932・引用符・数式)ほか15の形、practice と dev の全問",
    )  # fmt: skip
    assert read >= 4 and read + refused == len(files(1))
    assert found == 0
