"""Passages: their offsets, their sentences, and that nothing is lost and no sentence cut."""

from __future__ import annotations

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from rag.chunk import LONGEST, SentenceSplitter, cut
from rag.language.sentences import split_sentences
from rag.parse.markdown import parse_markdown
from rag.types import Document, Section, Statement

HEAD = "---\nid: pay\ntitle: 給与\nlang: ja\nroute: career\nspeakers: {平井: 都, 関貫: 都庁}\n---\n"


def sheet(body: str) -> Document:
    return parse_markdown((HEAD + body).encode(), path="policies/pay.md")


def without_space(text: str) -> str:
    return "".join(text.split())


def check_passages(document: Document) -> None:
    """The invariants every cut must keep."""
    passages = cut(document)
    assert [p.id for p in passages] == [f"{document.id}#{n:03d}" for n in range(1, len(passages) + 1)]
    for passage in passages:
        assert passage.text == document.text[passage.start : passage.end] == passage.text.strip() != ""
        (section,) = [s for s in document.sections if s.start <= passage.start < passage.end <= s.end]
        assert (passage.question, passage.askings, passage.speaker, passage.heading_path, passage.route) == (
            (section.question, section.askings, section.speaker, section.heading_path, section.route)
        )
        assert len(passage.text) <= LONGEST or len(passage.sentences) == 1
    bodies = "".join(document.text[section.start : section.end] for section in document.sections)
    assert without_space("".join(passage.text for passage in passages)) == without_space(bodies)
    quoted = [
        (passage.start + s.start, passage.start + s.end, s.source_ids)
        for passage in passages
        for s in passage.sentences
    ]
    assert quoted == [
        (begin, end, statement.source_ids)
        for section in document.sections
        for statement in section.statements
        for begin, end in units(document, statement)
    ]


def units(document: Document, statement: Statement) -> list[tuple[int, int]]:
    """What may be quoted of a statement: of a digest the whole, of an original each sentence."""
    sentences = split_sentences(document.text[statement.start : statement.end])
    places = [(statement.start + s.start, statement.start + s.end) for s in sentences]
    return [(places[0][0], places[-1][1])] if document.wording == "digest" and places else places


def test_a_section_is_one_passage_whose_statements_are_quoted_whole() -> None:
    document = sheet("## 給与\n\n### 初任給は\nquestions:\n- 月給は\n\n一です。二です。[^a]\n三です。[^b][^c]\n")
    (passage,) = cut(document)
    assert passage.id == "pay#001"
    assert passage.text == "一です。二です。\n三です。"
    assert [(passage.quote(s), s.source_ids) for s in passage.sentences] == [
        ("一です。二です。", ("a",)),
        ("三です。", ("b", "c")),
    ]
    assert (passage.title, passage.question, passage.askings) == ("給与", "初任給は", ("月給は",))
    assert (passage.heading_path, passage.route, passage.lang) == (("給与", "初任給は"), "career", "ja")


def test_each_speakers_answer_is_a_passage_of_its_own() -> None:
    document = sheet("## やりがいは\n\nspeaker: 平井\n楽しい。[^a]\n\nspeaker: 関貫\n難しい。[^a]\n")
    assert [(p.speaker, p.affiliation, p.text) for p in cut(document)] == [
        ("平井", "都", "楽しい。"),
        ("関貫", "都庁", "難しい。"),
    ]


def test_a_long_section_becomes_several_passages_with_the_same_question_and_speaker() -> None:
    lines = "".join(f"これは{n:03d}番目の文であり、二十字を少し超えます。[^a]\n" for n in range(60))
    document = sheet(f"## 問\nquestions:\n- 別の問い\n\nspeaker: 平井\n{lines}")
    passages = cut(document)
    assert len(passages) > 1
    assert {(p.question, p.askings, p.speaker) for p in passages} == {("問", ("別の問い",), "平井")}
    assert sum(len(p.sentences) for p in passages) == 60
    assert all(len(p.text) > LONGEST / 2 for p in passages[:-1])
    check_passages(document)


def test_a_sentence_longer_than_a_passage_stays_whole() -> None:
    long = "あ" * (LONGEST + 50) + "。"
    document = sheet(f"## 問\n短い文です。[^a]\n{long}[^a]\n短い文です。[^a]\n")
    assert [p.text for p in cut(document)] == ["短い文です。", long, "短い文です。"]
    check_passages(document)


def test_a_body_of_exactly_the_longest_length_stays_one_passage() -> None:
    half = "あ" * (LONGEST // 2 - 1) + "。"
    document = sheet(f"## 問\n{half}{half}[^a]\n")
    assert [len(p.text) for p in cut(document)] == [LONGEST]


SENTENCES = st.builds(
    lambda n, c: c * n + "。", st.integers(1, 400), st.sampled_from(["あ", "「い。」", "う、", "A b ", "（え。お"])
)
STATEMENTS = st.lists(SENTENCES, min_size=1, max_size=3).map("".join)


@given(st.lists(st.lists(STATEMENTS, min_size=1, max_size=6), max_size=4), st.sampled_from(["\n", "", " \n\n "]))
def test_passages_lose_nothing_and_cut_no_sentence(sections: list[list[str]], between: str) -> None:
    text, made = "", []
    for number, statements in enumerate(sections):
        text += f"見出し{number}\n\n"
        start, placed = len(text), []
        for words in statements:
            placed.append(Statement(start=len(text), end=len(text) + len(words), source_ids=(f"s{number}",)))
            text += words + between
        made.append(Section(heading_path=(f"見出し{number}",), start=start, end=len(text), statements=tuple(placed)))
        text += "\n"
    check_passages(
        Document(id="d", lang="ja", wording="original", title="題", text=text, sections=tuple(made), sha256="0")
    )


def test_text_outside_statements_is_kept_though_it_is_not_quoted() -> None:
    text = "前置き。" * 100 + "引ける文。" + "後書き。" * 100
    statement = Statement(start=400, end=405, source_ids=("a",))
    section = Section(heading_path=("題",), start=0, end=len(text), statements=(statement,))
    document = Document(id="d", lang="ja", wording="original", title="題", text=text, sections=(section,), sha256="0")
    passages = cut(document)
    assert "".join(p.text for p in passages) == text
    assert [p.quote(s) for p in passages for s in p.sentences] == ["引ける文。"]


def test_a_section_without_words_gives_no_passage() -> None:
    section = Section(heading_path=("題",), start=0, end=2, statements=())
    assert (
        cut(Document(id="d", lang="ja", wording="original", title="題", text=" \n", sections=(section,), sha256="0"))
        == ()
    )


@given(st.text(alphabet="あ。\n A.b「」", max_size=400), st.integers(1, 60))
def test_the_splitters_chunks_joined_are_the_text(text: str, size: int) -> None:
    chunks = SentenceSplitter(chunk_size=size).split_text(text)
    assert "".join(chunks) == text
    words = [text[s.start : s.end] for s in split_sentences(text)]
    assert all(sum(word in chunk for chunk in chunks) >= 1 for word in words)


def test_every_sheet_of_the_corpus_keeps_the_invariants() -> None:
    folder = Path(__file__).parent.parent / "corpus"
    sheets = [path for path in sorted(folder.rglob("*.md")) if path.name != "README.md"]
    assert sheets
    for path in sheets:
        check_passages(parse_markdown(path.read_bytes(), path=path.name))
