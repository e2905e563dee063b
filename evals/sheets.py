"""Cases <-> the cells of a spreadsheet: one row a case, all cells text; every faulty cell is named.

In: cases, or a table of texts as a spreadsheet program gave it. Out: the other. Round trips are exact: white space at
an item's edge and characters that a cell or an encoding can't hold are written as \\x{20}. Knows no file format.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from evals.cases import CATEGORIES, LANGUAGES, REASONS, Case, CaseSet, Draft, Fault, find_faults
from evals.words import read_words, say
from rag.types import ContentError

BEFORE_FACTS = ("id", "earlier", "question", "language", "category")
AFTER_FACTS = ("forbidden", "sources", "reason", "year", "pair", "note")
FACT_COLUMNS = 6  # offered at least, so that there is room to write
EMPTY = "\\e"
_ESCAPED = re.compile(r"\\(\\|n|e|x\{([0-9A-Fa-f]{1,6})\})")
_FACT_HEAD = re.compile(r"(\d{1,2})")
_COLUMN_OF = {"turns": "question", "facts": "fact"}  # a case's key -> the column a fault of it is shown at
Holds = Callable[[str], bool]  # whether a character can be written


@dataclass(frozen=True, kw_only=True)
class CellFault:
    """One wrong cell: sheet, row (from 1, as the program shows it), column, its heading, and what is wrong."""

    sheet: str
    row: int
    column: str
    heading: str
    message: str

    def __str__(self) -> str:
        heading = f"({self.heading})" if self.heading else ""
        return f"シート「{self.sheet}」{self.row}行 {self.column}列{heading}: {self.message}"


class SheetError(ContentError):
    """A spreadsheet that can't be taken over; `faults` names every cell."""

    def __init__(self, faults: Sequence[CellFault]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join(str(fault) for fault in faults))


@dataclass(frozen=True, kw_only=True)
class Table:
    """A sheet as read: rows of texts, the first is the heads. `faults` are cells that have no text (formulas …)."""

    sheet: str
    rows: tuple[tuple[str, ...], ...]
    faults: tuple[CellFault, ...] = ()


def column_name(number: int) -> str:
    """0 -> A, 25 -> Z, 26 -> AA."""
    name, number = "", number + 1
    while number:
        number, rest = divmod(number - 1, 26)
        name = chr(ord("A") + rest) + name
    return name


def column_words(key: str) -> Mapping[str, object]:
    """Heading, width and help of a column."""
    return read_words()["column"][key]


def heads(facts: int) -> list[tuple[str, str]]:
    """(key, heading) of every column, in order, with that many columns of facts."""
    named = [(key, str(column_words(key)["ja"])) for key in BEFORE_FACTS]
    named += [("fact", f"{column_words('fact')['ja']}{n}") for n in range(1, facts + 1)]
    return named + [(key, str(column_words(key)["ja"])) for key in AFTER_FACTS]


def write_rows(case_set: CaseSet, holds: Holds = lambda character: True) -> list[list[str]]:
    """The head row, then one row a case. `holds` tells which characters the file can hold."""
    facts = max(FACT_COLUMNS, *(len(case.facts) for case in case_set.cases))
    rows = [[heading for _, heading in heads(facts)]]
    for case in case_set.cases:
        cells = _cells(case)
        listed: list[Sequence[str]] = [*cells[: len(BEFORE_FACTS)], *case.facts]
        listed += [()] * (facts - len(case.facts))
        listed += cells[len(BEFORE_FACTS) :]
        rows.append(["\n".join(escape(item, holds) for item in items) for items in listed])
    return rows


def _cells(case: Case) -> list[Sequence[str]]:
    """The items of each cell, facts left out."""
    return [
        (case.id,), case.turns[:-1], (case.question,),
        (say("language", case.language),), (say("category", case.category),),
        case.forbidden, case.sources, tuple(say("reason", r) for r in case.reasons),
        () if case.year is None else (str(case.year),), () if case.pair is None else (case.pair,),
        (case.note,) if case.note else (),
    ]  # fmt: skip


def escape(item: str, holds: Holds = lambda character: True) -> str:
    """An item as it stands in a cell: on one line, nothing at its edges that a program might drop."""
    if not item:
        return EMPTY
    inner = len(item) - len(item.lstrip()), len(item.rstrip())
    out = []
    for at, character in enumerate(item):
        if character == "\\":
            out.append("\\\\")
        elif character == "\n":
            out.append("\\n")
        elif not inner[0] <= at < inner[1] or not holds(character) or _unprintable(character):
            out.append(f"\\x{{{ord(character):X}}}")
        else:
            out.append(character)
    return "".join(out)


def _unprintable(character: str) -> bool:
    code = ord(character)
    return (
        code < 0x20
        or 0x7F <= code < 0xA0
        or 0xD800 <= code < 0xE000
        or code in {0x2028, 0x2029, 0xFFFE, 0xFFFF, 0xFEFF}
    )


def unescape(text: str) -> str:
    """The counterpart of `escape`. Raises ValueError where a code is no character."""

    def read(match: re.Match[str]) -> str:
        if match[2]:
            return chr(int(match[2], 16))
        return {"\\": "\\", "n": "\n", "e": ""}[match[1]]

    return _ESCAPED.sub(read, text)


def read_rows(table: Table, name: str) -> CaseSet:
    """The set that a table holds; empty rows are passed over.

    Raises:
        SheetError: with every faulty cell.
    """
    faults = list(table.faults)
    columns = _read_heads(table, faults)
    cases: list[Case] = []
    seen: dict[str, int] = {}
    for number, row in enumerate(table.rows[1:], start=2):
        spoilt = frozenset(fault.column for fault in table.faults if fault.row == number)
        if not spoilt and not any(cell.strip() for cell in row):
            continue
        reader = _Row(table=table, number=number, columns=columns, cells=row, spoilt=spoilt)
        case, found = reader.read()
        if reader.id in seen:
            found = (*found, reader.fault("id", f"番号「{reader.id}」は{seen[reader.id]}行にもあります"))
        if reader.id:
            seen.setdefault(reader.id, number)
        faults += found
        if case is not None and not found:
            cases.append(case)
    if not cases and not faults:
        faults.append(CellFault(sheet=table.sheet, row=2, column="A", heading="", message="質問が1つもありません"))
    if faults:
        raise SheetError(sorted(faults, key=lambda f: (f.row, len(f.column), f.column)))
    return CaseSet(name=name, cases=tuple(cases))


def _read_heads(table: Table, faults: list[CellFault]) -> dict[str, list[int]]:
    """Column numbers by key; `fact` may have many."""
    known = {str(column_words(key)["ja"]): key for key in (*BEFORE_FACTS, *AFTER_FACTS)}
    fact = str(column_words("fact")["ja"])
    columns: dict[str, list[int]] = {}
    for at, cell in enumerate(table.rows[0] if table.rows else ()):
        heading = cell.strip()
        key = known.get(heading)
        if key is None and heading.startswith(fact) and _FACT_HEAD.fullmatch(heading.removeprefix(fact)):
            key = "fact"
        if key is None:
            if any(at < len(row) and row[at].strip() for row in table.rows):
                message = f"見出し「{heading}」は使えません({'・'.join([*known, fact + '1〜'])} のいずれか)"
                faults.append(_fault(table, 1, at, message))
        elif key in columns and key != "fact":
            faults.append(_fault(table, 1, at, f"見出し「{heading}」が2つあります"))
        else:
            columns.setdefault(key, []).append(at)
    for key in ("id", "question", "language", "category"):
        if key not in columns:
            faults.append(_fault(table, 1, 0, f"見出し「{column_words(key)['ja']}」の列がありません"))
    return columns


def _fault(table: Table, row: int, at: int, message: str) -> CellFault:
    first = table.rows[0] if table.rows else ()
    heading = first[at].strip() if row > 1 and at < len(first) else ""
    return CellFault(sheet=table.sheet, row=row, column=column_name(at), heading=heading, message=message)


@dataclass(frozen=True, kw_only=True)
class _Row:
    """One row on its way to a case. `spoilt` are the columns whose cells could not be read, and are named already."""

    table: Table
    number: int
    columns: Mapping[str, Sequence[int]]
    cells: Sequence[str]
    spoilt: frozenset[str] = frozenset()

    @property
    def id(self) -> str:
        """The case's id; empty where there is none."""
        return self._one("id")

    def fault(self, key: str, message: str, at: int | None = None) -> CellFault:
        column = at if at is not None else next(iter(self.columns.get(key, ())), 0)
        return _fault(self.table, self.number, column, message)

    def read(self) -> tuple[Case | None, tuple[CellFault, ...]]:
        """The case, or the faults of its cells."""
        faults: list[CellFault] = []
        year = self._year(faults)
        draft = Draft(
            id=self._one("id"),
            turns=(*self._items("earlier"), *self._items("question")),
            language=self._choice("language", LANGUAGES),
            category=self._choice("category", CATEGORIES),
            facts=self._facts(),
            forbidden=self._items("forbidden"),
            sources=self._items("sources"),
            reasons=tuple(_choose("reason", item, REASONS) for item in self._items("reason")),
            year=year,
            pair=self._one("pair") or None,
            note=self._one("note"),
        )
        for key in ("id", "question", "language", "category", "year", "pair", "note"):
            if len(self._items(key)) > 1:
                faults.append(self.fault(key, "1行で書いてください(セルの中で改行しない)"))
        if not self._items("question"):
            faults.append(self.fault("question", "質問がありません"))
        faults = [fault for fault in faults if fault.column not in self.spoilt]
        known = {fault.column for fault in faults} | self.spoilt
        found = [
            self.fault(_COLUMN_OF.get(f.key, f.key), _in_words(f)) for f in find_faults(draft) if not self._follows(f)
        ]
        faults += [fault for fault in found if fault.column not in known]
        return (None, tuple(faults)) if faults or self.spoilt else (Case(**draft.__dict__), ())

    def _follows(self, fault: Fault) -> bool:
        """Whether it may come of a cell that could not be read: facts and reason depend on each other."""
        places = [*self.columns.get("fact", ()), *self.columns.get("reason", ())]
        return fault.key in {"facts", "reason"} and any(column_name(at) in self.spoilt for at in places)

    def _cell(self, at: int) -> str:
        return self.cells[at] if at < len(self.cells) else ""

    def _items(self, key: str) -> tuple[str, ...]:
        return _split(self._cell(self.columns[key][0])) if self.columns.get(key) else ()

    def _one(self, key: str) -> str:
        return next(iter(self._items(key)), "")

    def _choice(self, key: str, known: Iterable[str]) -> str:
        return _choose(key, self._one(key), known)

    def _facts(self) -> tuple[tuple[str, ...], ...]:
        return tuple(items for at in self.columns.get("fact", ()) if (items := _split(self._cell(at))))

    def _year(self, faults: list[CellFault]) -> int | None:
        written = self._one("year").removesuffix("年度").removesuffix("年")
        if not written:
            return None
        if not re.fullmatch(r"\d{4}", written):
            faults.append(self.fault("year", f"「{written}」は西暦4けたの数字ではありません(令和6年度なら 2024)"))
            return None
        return int(written)


def _split(cell: str) -> tuple[str, ...]:
    lines = re.split(r"\r\n|\r|\n", cell)
    return tuple(unescape(line.strip()) for line in lines if line.strip())


def _choose(group: str, written: str, known: Iterable[str]) -> str:
    """The name that a label (or the name itself) stands for; what was written where there is none."""
    return {say(group, name): name for name in known}.get(written, written)


def _in_words(fault: Fault) -> str:
    """A fault with the choices as the drop-downs show them."""
    groups = {"language": LANGUAGES, "category": CATEGORIES, "reason": REASONS}
    if fault.key not in groups or "使えません" not in fault.message:
        return fault.message
    choices = "".join(f"「{say(fault.key, name)}」" for name in groups[fault.key])
    return fault.message.split("(")[0] + f"(選べるもの: {choices})"
