"""A Document -> its passages, the units that are indexed, found and cited.

One section (one heading's body, or one speaker's answer) is one passage; a body of over LONGEST characters becomes
several, each of whole sentences, all with the section's question, speaker and headings. What is lost between passages
is white space only: `document.text[passage.start:passage.end] == passage.text`.
It never cuts a sentence (one longer than LONGEST stays whole), overlaps nothing and adds no words.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from langchain_text_splitters import TextSplitter

from rag.language.sentences import split_sentences
from rag.types import Document, Passage, Section, Span, Statement

LONGEST = 700
"""Characters a passage may have before its section is divided."""


class SentenceSplitter(TextSplitter):
    """LangChain's splitter on our sentences: packs whole ones into chunks of at most `chunk_size` characters.

    The chunks joined are the text, white space included.
    """

    def __init__(self, chunk_size: int = LONGEST) -> None:
        super().__init__(chunk_size=chunk_size, chunk_overlap=0, strip_whitespace=False)

    def split_text(self, text: str) -> list[str]:
        """The chunks of a text, in order."""
        return self.pack(_pieces(text, [sentence.start for sentence in split_sentences(text)]))

    def pack(self, pieces: Sequence[str]) -> list[str]:
        """Join neighbouring pieces (sentences, each with the white space behind it) into chunks."""
        return self._merge_splits(pieces, "")


def cut(document: Document) -> tuple[Passage, ...]:
    """All passages in the document's order; the ids count from 1 (`overtime#001`)."""
    runs = [(section, start, end) for section in document.sections for start, end in _runs(document, section)]
    return tuple(_passage(document, section, (start, end), n) for n, (section, start, end) in enumerate(runs, start=1))


def _runs(document: Document, section: Section) -> list[tuple[int, int]]:
    """Where the passages of a section lie in the document's text, without white space at their ends."""
    body = document.text[section.start : section.end]
    if len(body) <= LONGEST:
        chunks = [body]
    else:
        starts = [start - section.start for start in _starts(document, section)]
        chunks = SentenceSplitter().pack(_pieces(body, starts))
    runs, at = [], section.start
    for chunk in chunks:
        begin = at + len(chunk) - len(chunk.lstrip())
        if chunk.strip():
            runs.append((begin, begin + len(chunk.strip())))
        at += len(chunk)
    return runs


def _starts(document: Document, section: Section) -> list[int]:
    """Where what may be quoted begins, and where the sentences between statements do."""
    text, starts, at = document.text, list[int](), section.start
    for statement in section.statements:
        starts += _starts_within(text, at, statement.start)
        starts += [begin for begin, _ in _units(document, statement)]
        at = statement.end
    return starts + _starts_within(text, at, section.end)


def _starts_within(text: str, start: int, end: int) -> list[int]:
    return [start + sentence.start for sentence in split_sentences(text[start:end])]


def _pieces(text: str, starts: Sequence[int]) -> list[str]:
    """The text divided before every start but the first."""
    return [text[begin:end] for begin, end in pairwise([0, *starts[1:], len(text)])]


def _passage(document: Document, section: Section, run: tuple[int, int], number: int) -> Passage:
    start, end = run
    return Passage(
        id=f"{document.id}#{number:03d}",
        document_id=document.id,
        lang=document.lang,
        wording=document.wording,
        title=document.title,
        heading_path=section.heading_path,
        question=section.question,
        askings=section.askings,
        unanswered=section.unanswered,
        text=document.text[start:end],
        start=start,
        end=end,
        speaker=section.speaker,
        affiliation=section.affiliation,
        route=section.route,
        sentences=_spans(document, section, start, end),
    )


def _spans(document: Document, section: Section, start: int, end: int) -> tuple[Span, ...]:
    """What may be quoted of `text[start:end]`, counted from `start`, with its sources.

    Of an original each sentence; of our own sheets each statement as a whole, for a statement of two sentences is
    written to be read together (「22〜29歳です。年齢は令和8年4月1日時点で数えました。」).
    """
    return tuple(
        Span(start=begin - start, end=stop - start, source_ids=statement.source_ids)
        for statement in section.statements
        for begin, stop in _units(document, statement)
        if start <= begin and stop <= end
    )


def _units(document: Document, statement: Statement) -> list[tuple[int, int]]:
    sentences = split_sentences(document.text[statement.start : statement.end])
    places = [(statement.start + s.start, statement.start + s.end) for s in sentences]
    if document.wording == "digest" and places:
        return [(places[0][0], places[-1][1])]
    return places
