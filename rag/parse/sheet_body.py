"""The body of one of our sheets: lines -> headings with their askings, speakers and statements.

In: the text below the front matter. Out: a list of headings as they stand, and every problem, with path and line.
It lays no text out (rag/parse/markdown.py does) and does not know which sources and routes exist.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from rag.types import ContentError

_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_HEADING = re.compile(r"(#+)\s*(.*)")
_DIRECTIVE = re.compile(r"(questions|unanswered|speaker|route)\s*[:\uff1a]\s*(.*)")
_MARKS = re.compile(r"(?:\[\^[^\]\s\[]+\]\s*)+")
_MARK = re.compile(r"\[\^([^\]\s\[]+)\]")
LATE_END = re.compile(r"((?:\[\^[^\]\s\[]+\])+)([。．.！？!?」』）)]+)")
_REFUSED = (
    (re.compile(r"[\x00-\x08\x0b-\x1f\x7f\x85\u2028\u2029]"), "制御文字"),
    (re.compile(r"\*\*|__|(?<![\w*])\*[^\s*][^*]*\*"), "太字・強調"),
    (re.compile(r"!\["), "画像"),
    (re.compile(r"\]\("), "リンク"),
    (re.compile(r"^\|| \| "), "表"),
    (re.compile(r"`|^~~~"), "コード"),
    (re.compile(r"^>"), "引用(>)"),
    (re.compile(r"<[A-Za-z/!?]"), "HTML のタグ"),
    (re.compile(r"^(?:-{3,}|={3,}|_{3,}|\*{3,})$"), "区切り線"),
    (re.compile(r"^[*+] |^[0-9]+[.)] "), "「- 」以外の箇条書き"),
)


@dataclass(kw_only=True)
class Run:
    """A statement being read."""

    text: str
    source_ids: tuple[str, ...]
    line: int


@dataclass(kw_only=True)
class Part:
    """What one speaker, or nobody in particular, says under a heading."""

    line: int
    speaker: str | None = None
    runs: list[Run] = field(default_factory=list)


@dataclass(kw_only=True)
class Heading:
    """A heading and what stands under it, up to the next one. `route` is None where it says nothing, "" for none."""

    path: tuple[str, ...]
    level: int
    line: int
    route: str | None = None
    askings: list[str] = field(default_factory=list)
    unanswered: list[str] = field(default_factory=list)
    parts: list[Part] = field(default_factory=list)

    @property
    def begun(self) -> bool:
        """Has a statement or a speaker been read, so that the time for directives is over?"""
        return bool(self.parts)


class BodyReader:
    """Walks the lines once and gathers headings; every line is a heading, a directive, an asking or a statement."""

    def __init__(self, path: str, problems: list[ContentError], speakers: Mapping[str, str | None] | None) -> None:
        """`speakers` is None where the front matter can't be read: then no speaker is refused."""
        self.path, self.problems, self.speakers = path, problems, speakers
        self.headings: list[Heading] = []
        self._list: str | None = None  # which list of questions is being read

    def _refuse(self, line: int, message: str) -> None:
        self.problems.append(ContentError(message, path=self.path, line=line))

    def read(self, body: str, first_line: int) -> None:
        """Fill `headings` from the body, whose first line has this number."""
        bare = self._without_comments(body, first_line)
        for number, (raw, line) in enumerate(zip(body.split("\n"), bare.split("\n"), strict=True), start=first_line):
            if line.strip():
                self._read_line(number, line.strip())
            elif not raw.strip():
                self._list = None
        self._find_empty(first_line)

    def _without_comments(self, body: str, first_line: int) -> str:
        """The body without comments, line for line."""
        bare = _COMMENT.sub(lambda comment: "\n" * comment.group().count("\n"), body)
        if "<!--" in bare:
            line = first_line + bare[: bare.index("<!--")].count("\n")
            self._refuse(line, "<!-- が --> で閉じられていません")
            bare = bare.replace("<!--", "")
        return bare

    def _read_line(self, number: int, line: str) -> None:
        self._refuse_formats(number, line)
        if heading := _HEADING.fullmatch(line):
            self._list = None
            self._read_heading(number, len(heading[1]), heading[2].strip())
        elif not self.headings:
            self._refuse(number, "最初の見出し(##)の前に文があります。見出しの下に移してください")
        elif directive := _DIRECTIVE.fullmatch(line):
            self._list = None
            self._read_directive(number, directive[1], directive[2].strip())
        elif self._list and line.startswith("- "):
            self._read_asking(number, self._list, line[2:].strip())
        else:
            if self._list:
                self._refuse(number, f"{self._list}: の問いは「- 」で始め、終わりに空行を置いてください")
                self._list = None
            self._read_statements(number, line.removeprefix("- ").strip())

    def _refuse_formats(self, number: int, line: str) -> None:
        for pattern, name in _REFUSED:
            if pattern.search(line):
                self._refuse(number, f"{name}は使えません。ふつうの文で書いてください")

    def _read_heading(self, number: int, level: int, title: str) -> None:
        if level not in (2, 3) or not title:
            self._refuse(number, "見出しは「## 」か「### 」に続けて言葉を書いてください")
        if "[^" in title:
            self._refuse(number, "見出しに出典の印は付けられません。文の末尾に付けてください")
        outer = self.headings[-1].path[:1] if self.headings and level > 2 and self._under_outer() else ()
        self.headings.append(Heading(path=(*outer, title), level=level, line=number))

    def _under_outer(self) -> bool:
        """Has there been a ## heading?"""
        return any(heading.level == 2 for heading in self.headings)

    def _read_directive(self, number: int, name: str, value: str) -> None:
        heading = self.headings[-1]
        if name == "speaker":
            self._read_speaker(number, heading, value)
        elif heading.begun:
            self._refuse(number, f"{name}: は見出しの直後、文や speaker: より前に書いてください")
        elif name == "route":
            self._read_route(number, heading, value)
        elif value:
            self._refuse(number, f"{name}: の行には何も続けず、次の行から「- 」で問いを並べてください")
        else:
            self._list = name

    def _read_speaker(self, number: int, heading: Heading, name: str) -> None:
        if self.speakers is not None and name not in self.speakers:
            known = "・".join(self.speakers) or "まだありません"
            self._refuse(number, f"speaker「{name}」が先頭の speakers にありません({known})")
        heading.parts.append(Part(line=number, speaker=name or None))

    def _read_route(self, number: int, heading: Heading, value: str) -> None:
        if not value or heading.route is not None:
            self._refuse(number, "route: はルートの id(どれでもないときは -)を、1つの見出しに1回書いてください")
        heading.route = "" if value == "-" else value

    def _read_asking(self, number: int, name: str, asking: str) -> None:
        heading = self.headings[-1]
        if not asking or "[^" in asking:
            self._refuse(number, f"{name}: の問いが空か、出典の印が付いています。問いの言葉だけを書いてください")
        else:
            (heading.askings if name == "questions" else heading.unanswered).append(asking)

    def _read_statements(self, number: int, line: str) -> None:
        heading = self.headings[-1]
        if not heading.parts:
            heading.parts.append(Part(line=heading.line))
        for text, source_ids in _split_at_marks(line):
            if trouble := _trouble(text, source_ids):
                self._refuse(number, trouble)
            else:
                heading.parts[-1].runs.append(Run(text=text, source_ids=source_ids, line=number))

    def _find_empty(self, first_line: int) -> None:
        """Refuse what has no statement: a sheet, a speaker, a heading (one that only holds ### is fine)."""
        if not self.headings:
            self._refuse(first_line, "見出しも文もありません")
            return
        for heading, following in zip(self.headings, [*self.headings[1:], None], strict=True):
            holds = heading.level == 2 and following is not None and following.level == 3
            if not heading.parts and (heading.askings or heading.unanswered or not holds):
                self._refuse(heading.line, f"見出し「{heading.path[-1]}」の下に文がありません")
            for part in heading.parts:
                # a part without runs and without a speaker had lines that were refused already
                if not part.runs and part.speaker:
                    self._refuse(part.line, f"speaker「{part.speaker}」の文がありません")


def _split_at_marks(line: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Runs of text, each with the ids of the marks behind it; a full stop behind marks belongs in front of them."""
    line = LATE_END.sub(r"\2\1", line)
    at = 0
    for marks in _MARKS.finditer(line):
        yield line[at : marks.start()].strip(), tuple(dict.fromkeys(_MARK.findall(marks.group())))
        at = marks.end()
    if line[at:].strip():
        yield line[at:].strip(), ()


def _trouble(text: str, source_ids: tuple[str, ...]) -> str | None:
    """What is wrong with a statement, if anything."""
    if "[^" in text:
        return "出典の印の形が正しくありません。[^出典id] と書いてください"
    if not source_ids:
        return f"文「{text[:20]}…」の末尾に出典の印 [^出典id] がありません"
    if not text:
        return "出典の印の前に文がありません。文と印を同じ行に書いてください"
    if text[0] in "、,，:\uff1a":
        return "出典の印が文の途中にあります。文の末尾に付けてください"
    return None
