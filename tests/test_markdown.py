"""Our own sheets: what is read out of them, and what is refused at which line."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.parse.markdown import parse_markdown, read_sheet
from rag.types import ContentError, Document, Section

HEAD = "---\nid: a\ntitle: 題\nlang: ja\n---\n"
FIRST_BODY_LINE = 6


def parse(body: str, head: str = HEAD) -> Document:
    return parse_markdown((head + body).encode(), path="policies/a.md")


def section_of(body: str, head: str = HEAD) -> Section:
    (section,) = parse(body, head).sections
    return section


def words_of(document: Document) -> list[list[tuple[str, tuple[str, ...]]]]:
    return [[(document.text[s.start : s.end], s.source_ids) for s in x.statements] for x in document.sections]


def first_problem(text: str) -> ContentError:
    with pytest.raises(ContentError) as caught:
        parse_markdown(text.encode(), path="policies/a.md")
    return caught.value


FULL = """---
id: career-selection
title: キャリア活用採用選考(ICT区分)
lang: ja
chapter: 4
route: career
review_by: 2027-03-31
digest_of: survey
speakers: {平井: GovTech東京, 関貫: 東京都・ICT職}
---

## 受験資格

### 何歳まで受けられますか
questions:
- 年齢制限はありますか
- 50代でも応募できますか <!-- 控え -->
unanswered:
- 平均は何歳ですか

対象は61歳未満です。[^a][^b] <!-- F04-01 -->
「60歳まで」も同じ意味です。[^b]次の文です。[^c] <!-- F04-01
二行目 -->
- 箇条書きの文です。[^a]

## やりがいは何ですか
route: -
questions:
- 楽しいことは

speaker: 平井
平井氏は楽しいと話しています。[^a]

speaker: 関貫
関貫氏は難しいと話しています。[^a]
"""


def test_a_sheet_is_read_with_all_its_parts() -> None:
    data = FULL.encode()
    document = parse_markdown(data, path="policies/career.md")
    assert (document.id, document.lang, document.wording) == ("career-selection", "ja", "digest")
    assert (document.chapter, document.review_by, document.digest_of) == (4, "2027-03-31", "survey")
    assert (document.path, document.sha256) == ("policies/career.md", hashlib.sha256(data).hexdigest())
    assert words_of(document) == [
        [
            ("対象は61歳未満です。", ("a", "b")),
            ("「60歳まで」も同じ意味です。", ("b",)),
            ("次の文です。", ("c",)),
            ("箇条書きの文です。", ("a",)),
        ],
        [("平井氏は楽しいと話しています。", ("a",))],
        [("関貫氏は難しいと話しています。", ("a",))],
    ]
    age, hirai, sekinuki = document.sections
    assert (age.heading_path, age.question) == (("受験資格", "何歳まで受けられますか"), "何歳まで受けられますか")
    assert age.askings == ("年齢制限はありますか", "50代でも応募できますか")
    assert (age.unanswered, hirai.unanswered) == (("平均は何歳ですか",), ())
    assert (age.route, age.speaker, age.affiliation) == ("career", None, None)
    assert (hirai.speaker, hirai.affiliation, hirai.route) == ("平井", "GovTech東京", None)
    assert (sekinuki.speaker, sekinuki.affiliation) == ("関貫", "東京都・ICT職")
    assert hirai.heading_path == sekinuki.heading_path == ("やりがいは何ですか",)
    assert hirai.askings == sekinuki.askings == ("楽しいことは",)


def test_the_sheet_shown_in_the_documentation_is_right() -> None:
    page = (Path(__file__).parent.parent / "docs" / "corpus.md").read_text(encoding="utf-8")
    shown = page.partition("```markdown\n")[2].partition("```")[0]
    document = parse_markdown(shown.encode(), path="docs/corpus.md")
    assert [len(section.statements) for section in document.sections] == [2]


def test_a_sections_text_is_its_statements_and_headings_stand_outside() -> None:
    document = parse_markdown(FULL.encode(), path="a.md")
    for section in document.sections:
        statements = [document.text[s.start : s.end] for s in section.statements]
        assert document.text[section.start : section.end] == "\n".join(statements)
    lines = document.text.split("\n")
    assert {"受験資格", "何歳まで受けられますか", "やりがいは何ですか"} <= set(lines)
    assert not any(sign in document.text for sign in ("[^", "<!--", "questions", "speaker", "年齢制限"))


def test_the_innermost_route_holds_and_a_dash_means_none() -> None:
    head = HEAD.replace("lang: ja", "lang: ja\nroute: career")
    outer = "## 甲\nroute: first-b\n### 乙\n文。[^a]\n### 丙\nroute: govtech\n文。[^a]\n### 丁\nroute: -\n文。[^a]\n"
    body = outer + "## 戊\n文。[^a]\n"
    assert [s.route for s in parse(body, head).sections] == ["first-b", "govtech", None, "career"]


def test_a_full_stop_behind_the_marks_belongs_to_the_statement() -> None:
    assert words_of(parse("## 問\n一です[^a]。二です[^b][^a]。\n")) == [
        [("一です。", ("a",)), ("二です。", ("b", "a"))]
    ]


def test_windows_line_ends_marks_of_order_and_invisible_characters_leave_no_trace() -> None:
    plain = parse("## 問\n東京の文です。[^a]\n")
    text = (HEAD + "## 問\n東\u200b京の文\u202eです。[^a]\n").replace("\n", "\r\n")
    awkward = parse_markdown(b"\xef\xbb\xbf" + text.encode(), path="a.md")
    assert awkward.text == plain.text
    assert awkward.sections == plain.sections


@pytest.mark.parametrize("colon", [":", "："])
def test_directives_may_have_either_colon(colon: str) -> None:
    head = HEAD.replace("lang: ja", "lang: ja\nspeakers: {平井: 都}")
    section = section_of(f"## 問\nquestions{colon}\n- 甲\n\nspeaker{colon} 平井\n文です。[^a]\n", head)
    assert (section.askings, section.speaker) == (("甲",), "平井")


@pytest.mark.parametrize(
    ("body", "line", "words"),
    [
        ("文です。[^a]\n", 0, "最初の見出し"),
        ("## 問\n印のない文です。\n", 1, "末尾に出典の印"),
        ("## 問\n印のある文。[^a]印のない文。\n", 1, "末尾に出典の印"),
        ("## 問\n[^a]\n", 1, "前に文がありません"),
        ("## 問\n文です[^a]、続きです。[^b]\n", 1, "途中"),
        ("## 問\n文です。[^a b]\n", 1, "印"),
        ("## 問\n\n## 次\n文。[^a]\n", 0, "「問」の下に文がありません"),
        ("## 問\n文。[^a]\n\n### 空\n", 3, "「空」の下に文がありません"),
        ("## 問\nquestions:\n- 甲\n\n### 次\n文。[^a]\n", 0, "「問」の下に文がありません"),
        ("", 0, "見出しも文もありません"),
        ("# 大\n文。[^a]\n", 0, "見出しは"),
        ("#### 小\n文。[^a]\n", 0, "見出しは"),
        ("## 問[^a]\n文。[^a]\n", 0, "見出しに出典の印"),
        ("## 問\n**太字**です。[^a]\n", 1, "太字"),
        ("## 問\n*斜体*です。[^a]\n", 1, "太字"),
        ("## 問\n[名](https://example.jp)です。[^a]\n", 1, "リンク"),
        ("## 問\n![絵](a.png)です。[^a]\n", 1, "画像"),
        ("## 問\n| 甲 | 乙 |\n", 1, "表"),
        ("## 問\n`コード`です。[^a]\n", 1, "コード"),
        ("## 問\n<b>字</b>です。[^a]\n", 1, "HTML"),
        ("## 問\n> 引用です。[^a]\n", 1, "引用"),
        ("## 問\n* 文です。[^a]\n", 1, "箇条書き"),
        ("## 問\n1. 文です。[^a]\n", 1, "箇条書き"),
        ("## 問\n文。[^a]\n---\n", 2, "区切り線"),
        ("## 問\n文\x00です。[^a]\n", 1, "制御文字"),
        ("## 問\n文。[^a]\n<!-- 閉じない\n", 2, "閉じられていません"),
        ("## 問\nspeaker: 平井\n文。[^a]\n", 1, "speakers"),
        ("## 問\n文。[^a]\nroute: career\n", 2, "直後"),
        ("## 問\nroute: a\nroute: b\n文。[^a]\n", 2, "1回"),
        ("## 問\nquestions: 甲\n\n文。[^a]\n", 1, "続けず"),
        ("## 問\nunanswered:\n- 甲[^a]\n\n文。[^a]\n", 2, "unanswered: の問い"),
        ("## 問\nquestions:\n- 甲\n文。[^a]\n", 3, "空行"),
        ("## 問\nquestions:\n- 甲[^a]\n\n文。[^a]\n", 2, "問い"),
    ],
)
def test_what_the_format_does_not_allow_is_refused_at_its_line(body: str, line: int, words: str) -> None:
    error = first_problem(HEAD + body)
    assert (error.path, error.line) == ("policies/a.md", FIRST_BODY_LINE + line)
    assert words in str(error)


def test_a_speaker_without_words_is_refused() -> None:
    head = HEAD.replace("lang: ja", "lang: ja\nspeakers: {甲: 都, 乙: 都}")
    error = first_problem(head + "## 問\nspeaker: 甲\nspeaker: 乙\n文。[^a]\n")
    assert error.line == FIRST_BODY_LINE + 2
    assert "甲" in str(error)


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("## 問\n文。[^a]\n", 1, "---"),
        ("---\nid: a\n", 1, "---"),
        ("---\nid: a\ntitle: b: c\nlang: ja\n---\n", 3, "YAML"),
        ("---\nid: a\ntitle: [\n---\n", 3, "YAML"),
        ("---\n- a\n---\n", 2, "名前: 値"),
        ("---\ntitle: 題\nlang: ja\n---\n", 1, "id がありません"),
        ("---\nid: a\nlang: ja\n---\n", 1, "title がありません"),
        ("---\nid: a\ntitle: 題\n---\n", 1, "lang がありません"),
        ("---\nid: a\ntitle: 題\nlang: fr\n---\n", 4, "ja か en"),
        ("---\nid: 日本\ntitle: 題\nlang: ja\n---\n", 2, "英数字"),
        ("---\nid: a\ntitle: 2025\nlang: ja\n---\n", 3, "引用符"),
        ("---\nid: a\ntitle: 題\nlang: ja\nauthor: x\n---\n", 5, "author"),
        ("---\nid: a\ntitle: 題\nlang: ja\nid: b\n---\n", 5, "2回"),
        ("---\nid: a\ntitle: 題\nlang: ja\nreview_by: 2027-3\n---\n", 5, "日付"),
        ("---\nid: a\ntitle: 題\nlang: ja\nreview_by: 2027-02-31\n---\n", 1, "YAML"),
        ("---\nid: a\ntitle: 題\nlang: ja\nchapter: 四\n---\n", 5, "整数"),
        ("---\nid: a\ntitle: 題\nlang: ja\nspeakers: [平井]\n---\n", 5, "所属"),
        ("---\nid: a\ntitle: &t 題\nlang: ja\nroute: *t\n---\n", 1, "別名"),
        ("---\nid: a\ntitle: " + "[" * 900 + "]" * 900 + "\nlang: ja\n---\n", 1, "YAML"),
    ],
)
def test_a_wrong_head_is_refused_at_its_line(text: str, line: int, words: str) -> None:
    error = first_problem(text if "[^a]" in text else text + "## 問\n文。[^a]\n")
    assert (error.path, error.line) == ("policies/a.md", line)
    assert words in str(error)


def test_bytes_that_are_not_utf8_are_refused_at_their_line() -> None:
    with pytest.raises(ContentError, match=r"a\.md:7: UTF-8"):
        parse_markdown((HEAD + "## 問\n").encode() + "日本語。[^a]\n".encode("cp932"), path="a.md")


def test_every_problem_is_reported_in_the_order_of_lines() -> None:
    sheet = read_sheet((HEAD + "## 問\n印がない。\n**太字**。[^a]\n正しい文。[^a]\n## 空\n").encode(), path="a.md")
    assert [problem.line for problem in sheet.problems] == [7, 8, 10]
    assert sheet.document is not None
    assert words_of(sheet.document) == [[("**太字**。", ("a",)), ("正しい文。", ("a",))]]


def test_the_lines_of_sections_and_statements_are_kept() -> None:
    sheet = read_sheet(FULL.encode(), path="a.md")
    lines = FULL.split("\n")
    assert sheet.document is not None
    for section, at, places in zip(sheet.document.sections, sheet.section_lines, sheet.statement_lines, strict=True):
        assert (section.question or "?") in lines[at - 1]
        for statement, place in zip(section.statements, places, strict=True):
            assert sheet.document.text[statement.start : statement.end] in lines[place - 1]


WORDS = (
    st.text(alphabet="東京都の職員はですA1 、", min_size=1).map(str.strip).filter(lambda t: t and t[0] not in "、1-")
)
RUNS = st.lists(
    st.tuples(WORDS.map("文{}。".format), st.lists(st.sampled_from(["a", "b-1", "c"]), min_size=1, unique=True)),
    min_size=1,
)


@given(st.lists(st.lists(RUNS, min_size=1, max_size=3), min_size=1, max_size=4))
def test_no_statement_and_no_mark_is_lost(headings: list[list[list[tuple[str, list[str]]]]]) -> None:
    body = ""
    for number, lines in enumerate(headings):
        body += f"## 問{number}\n\n"
        for runs in lines:
            body += "".join(text + "".join(f"[^{s}]" for s in sources) for text, sources in runs) + "\n"
    expected = [[(text, tuple(ids)) for runs in lines for text, ids in runs] for lines in headings]
    assert words_of(parse(body)) == expected


@given(
    st.binary() | st.text().map(lambda t: (HEAD + t).encode()) | st.text().map(lambda t: f"---\n{t}\n---\n".encode())
)
def test_any_bytes_give_a_sheet_or_problems_never_another_error(data: bytes) -> None:
    sheet = read_sheet(data, path="a.md")
    assert sheet.problems or sheet.document
    assert all(problem.path == "a.md" and problem.line >= 1 for problem in sheet.problems)
