"""The corpus folder: what is loaded, and what the checker finds, with file and line."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest

from rag.corpus import CheckReport, Reading, check, check_files, load_corpus, read_corpus, read_folder
from rag.types import NOTICE_CODES, ContentError, Reason

SOURCES = """[[source]]
id = "faq"
title = "よくある質問"
url = "https://example.jp/faq"
publisher = "東京都"
kind = "faq"
standing = "official"
as_of = "2025-06"

[[source]]
id = "guide"
title = "選考案内"
url = "https://example.jp/guide"
publisher = "東京都"
kind = "rule"
standing = "official"
as_of_note = "時点表示なし"
review_by = "2027-03-31"
"""
GLOSSARY = """[[group]]
terms = ["中途採用", "キャリア活用採用選考"]
english = ["mid-career hire"]

[[never]]
pair = ["賞与", "初任給"]
note = "別のものです。"
"""
SHEET = """---
id: age
title: 年齢
lang: ja
chapter: 4
route: career
review_by: 2027-03-31
---

## 何歳まで受けられますか

61歳未満です。[^faq]
例外があります。[^guide][^faq]
"""
ENGLISH = """---
id: en-age
title: Age
lang: en
---

## Up to what age can I apply?

Under 61. [^guide]
"""


def both(head: str, *rest: str) -> str:
    return "\n".join([head, 'ja = "言葉"', 'en = "words"', *rest, ""])


REPLIES = "\n".join(
    [
        both("[operator]"),
        both("[[contact]]", 'id = "general"', 'url = "https://example.jp/"'),
        both("[[route]]", 'id = "career"', 'terms = ["中途"]', 'contact = "general"', "entry = true"),
        *(both(f"[abstain.{reason.value}]", 'contact = "general"') for reason in Reason),
        *(both(f"[notice.{code}]") for code in NOTICE_CODES),
        *(
            both(f"[label.{name}]")
            for name in ["as_of", "fiscal_year", "experience", "third_party", "speaker", "japanese_quote"]
        ),
        both("[[gap]]", 'id = "hours"', 'terms = [["残業"], ["時間", "hours"]]', 'contact = "general"'),
        both("[[suggest]]", 'topic.ja = "資格"', 'topic.en = "Eligibility"'),
        *(
            both(f"[page.{name}]")
            for name in ["title", "tagline", "ai_notice", "audience", "not_official", "no_personal_data"]
        ),
    ]
)
FILES = {
    "sources.toml": SOURCES,
    "glossary.toml": GLOSSARY,
    "replies.toml": REPLIES,
    "policies/age.md": SHEET,
    "en/age.md": ENGLISH,
}


def encoded(changes: dict[str, str | None]) -> dict[str, bytes]:
    """The files of a right corpus with some of them changed, or left out (None)."""
    merged = {**FILES, **changes}
    return {path: text.encode() for path, text in merged.items() if text is not None}


def report(changes: dict[str, str | None], today: date | None = None) -> CheckReport:
    return check_files(encoded(changes), today=today)


def problems(**changes: str | None) -> list[str]:
    names = {
        "sources": "sources.toml",
        "glossary": "glossary.toml",
        "replies": "replies.toml",
        "sheet": "policies/age.md",
    }
    return [str(problem) for problem in report({names[key]: text for key, text in changes.items()}).problems]


def line_of(text: str, words: str) -> int:
    return text[: text.index(words)].count("\n") + 1


def write(folder: Path, files: dict[str, bytes]) -> Path:
    for path, data in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(data)
    return folder


def test_a_right_corpus_loads_from_its_folder(tmp_path: Path) -> None:
    write(tmp_path, encoded({"README.md": "# 説明\n"}))
    corpus = load_corpus(tmp_path)
    assert list(corpus.sources) == ["faq", "guide"]
    assert corpus.sources["guide"].as_of_note == "時点表示なし"
    assert [document.id for document in corpus.documents] == ["en-age", "age"]
    assert corpus.documents[1].path == "policies/age.md"
    assert corpus.glossary.groups[0].phrases == ("中途採用", "キャリア活用採用選考", "mid-career hire")
    assert (corpus.glossary.never[0].left, corpus.glossary.never[0].right) == ("賞与", "初任給")
    replies = corpus.replies
    assert set(replies.abstentions) == set(Reason)
    assert set(replies.notices) == set(NOTICE_CODES)
    assert replies.operator.of("ja") == replies.operator["ja"] == "言葉"
    assert replies.operator.of("en") == "words"
    assert replies.contact("general", "en").name == "words"
    assert (replies.routes[0].id, replies.routes[0].terms, replies.routes[0].entry) == ("career", ("中途",), True)
    assert replies.gaps[0].terms == (("残業",), ("時間", "hours"))
    assert replies.suggestions[0].topic.en == "Eligibility"


def test_a_right_corpus_has_nothing_to_report_and_is_counted() -> None:
    found = report({}, today=date(2026, 11, 23))
    assert (found.problems, found.warnings) == ((), ())
    coverage = found.coverage
    assert coverage.sheets == {"ja": 1, "en": 1}
    assert coverage.sections == {"ja": 1, "en": 1}
    assert coverage.statements == {"ja": 2, "en": 1}
    assert coverage.sources == {("faq", "official"): 1, ("rule", "official"): 1}
    assert coverage.rules_without_year == ("guide",)
    assert coverage.statements_of_chapter == {4: 2, None: 1}


def test_the_shipped_corpus_loads() -> None:
    corpus = load_corpus(Path(__file__).parent.parent / "corpus")
    cited = {s for d in corpus.documents for x in d.sections for y in x.statements for s in y.source_ids}
    assert cited <= set(corpus.sources)
    assert {"career", "first-b", "experienced", "fixed-term", "govtech", "partners"} <= {
        r.id for r in corpus.replies.routes
    }


def test_a_missing_folder_is_one_clear_error(tmp_path: Path) -> None:
    for act in (load_corpus, check, read_folder):
        with pytest.raises(ContentError, match="資料のフォルダがありません"):
            act(tmp_path / "nowhere")
    (tmp_path / "file").write_text("x")
    with pytest.raises(ContentError, match="資料のフォルダがありません"):
        load_corpus(tmp_path / "file")


def test_an_empty_folder_names_every_missing_file(tmp_path: Path) -> None:
    paths = {problem.path for problem in check(tmp_path).problems}
    assert {"sources.toml", "glossary.toml", "replies.toml"} < paths


def test_loading_raises_the_first_problem_with_path_and_line(tmp_path: Path) -> None:
    write(tmp_path, encoded({"policies/age.md": SHEET.replace("[^guide][^faq]", "")}))
    with pytest.raises(ContentError, match=r"^policies/age\.md:13: ") as caught:
        load_corpus(tmp_path)
    assert (caught.value.path, caught.value.line) == ("policies/age.md", 13)


def test_an_unknown_source_is_named_with_its_line_and_the_nearest_id() -> None:
    (problem,) = problems(sheet=SHEET.replace("[^guide][^faq]", "[^guides][^faq]"))
    assert problem.startswith("policies/age.md:13: 出典「guides」")
    assert "「guide」のことですか" in problem


def test_a_source_that_nobody_cites_is_named() -> None:
    (problem,) = report({"policies/age.md": SHEET.replace("[^guide]", ""), "en/age.md": None}).problems
    assert (problem.path, problem.line) == ("sources.toml", line_of(SOURCES, 'id = "guide"') - 1)
    assert "guide" in problem.message


@pytest.mark.parametrize(
    ("changes", "path", "words"),
    [
        ({"policies/b.md": SHEET.replace("何歳まで", "何歳から")}, "policies/b.md:2", "policies/age.md にもあります"),
        ({"policies/b.md": SHEET.replace("id: age", "id: b")}, "policies/b.md:10", "policies/age.md:10"),
        (
            {"policies/age.md": SHEET.replace("ますか\n", "ますか\nunanswered:\n- 何歳まで、受けられますか?\n")},
            "policies/age.md:10",
            "どちらかを消して",
        ),
        (
            {
                "policies/b.md": SHEET.replace("id: age", "id: b").replace(
                    "何歳まで受けられますか", "何歳まで 受けられますか？"
                )
            },
            "policies/b.md:10",
            "policies/age.md:10",
        ),
        ({"sources.toml": SOURCES + SOURCES[: SOURCES.index("[[", 2)]}, "sources.toml:19", "1 行目にもあります"),
        (
            {"replies.toml": REPLIES + both("[[route]]", 'id = "career"', 'terms = ["甲"]', 'contact = "general"')},
            "replies.toml",
            "id",
        ),
    ],
)
def test_what_stands_twice_is_named(changes: dict[str, str | None], path: str, words: str) -> None:
    found = [str(problem) for problem in report(changes).problems]
    assert len(found) == 1
    assert found[0].startswith(path)
    assert words in found[0]


def test_the_same_question_in_two_languages_or_for_two_speakers_is_no_problem() -> None:
    speakers = SHEET.replace("chapter: 4", "speakers: {甲: 都, 乙: 都}").replace(
        "61歳未満です。", "speaker: 甲\nはい。[^faq]\n\nspeaker: 乙\n61歳未満です。"
    )
    english = ENGLISH.replace("Up to what age can I apply?", "何歳まで受けられますか")
    assert report({"policies/age.md": speakers, "en/age.md": english}).problems == ()


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('as_of_note = "時点表示なし"\n', "", "規則なのに"),
        ('as_of = "2025-06"', 'as_of = "2025-13"', "as_of"),
        ('as_of = "2025-06"', 'as_of = "2025-02-30"', "実在する日付"),
        ('as_of = "2025-06"', "as_of = 2025", "実在する日付"),
        ('review_by = "2027-03-31"', 'review_by = "2027-03"', "YYYY-MM-DD"),
        ('kind = "faq"', 'kind = "blog"', "kind「blog」"),
        ('standing = "official"', 'standing = "unknown"', "standing「unknown」"),
        ('as_of = "2025-06"', 'rights = "all"', "rights"),
        ("https://example.jp/faq", "ftp://example.jp/faq", "https://"),
        ("https://example.jp/faq", "javascript:alert(1)", "https://"),
        ("https://example.jp/faq", "https://", "https://"),
        ('as_of = "2025-06"', 'asof = "2025-06"', "asof は使えない名前"),
        ('as_of = "2025-06"', 'fiscal_year = "R6"', "整数"),
        ('publisher = "東京都"\n', "", "publisher がありません"),
        ('id = "faq"\n', "", "id がありません"),
    ],
)
def test_a_wrong_source_is_refused_at_its_line(old: str, new: str, words: str) -> None:
    changed = SOURCES.replace(old, new, 1)
    line = line_of(SOURCES, "[[source]]") if line_of(SOURCES, old) < 10 else 10
    found = problems(sources=changed)
    assert any(problem.startswith(f"sources.toml:{line}: ") and words in problem for problem in found)


def test_toml_dates_are_dates_too() -> None:
    reading = read_corpus(encoded({"sources.toml": SOURCES.replace('"2027-03-31"', "2027-03-31")}))
    assert reading.problems == ()
    assert reading.corpus().sources["guide"].review_by == "2027-03-31"


@pytest.mark.parametrize("name", ["sources.toml", "glossary.toml", "replies.toml"])
@pytest.mark.parametrize(
    ("broken", "line"), [("[a]\nb = \n", 2), ("[a]\n\n[a]\n", 3), ("a = 1\nb = [", 2), ("a = " + "[" * 5000, 1)]
)
def test_broken_toml_is_one_problem_with_its_line(name: str, broken: str, line: int) -> None:
    found = [problem for problem in report({name: broken}).problems if problem.path == name]
    assert [problem.line for problem in found] == [line]
    assert "TOML として読めません" in found[0].message


def test_bytes_that_are_not_utf8_are_refused_at_their_line() -> None:
    files = encoded({}) | {"glossary.toml": b"# ok\n\x82\xa0\n"}
    assert [str(p)[:23] for p in check_files(files).problems] == ["glossary.toml:2: UTF-8 "]


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("[abstain.no_evidence]", "[abstain.no_evidenc]", "no_evidence がありません"),
        ("[abstain.no_evidence]", "[abstain.no_evidenc]", "no_evidenc は使えない名前"),
        ("[notice.no_date]", "[notice.undated]", "no_date がありません"),
        ("[label.as_of]", "[label.when]", "as_of がありません"),
        ("[page.title]", "[page.name]", "title がありません"),
        ("[operator]", "[owner]", "operator"),
        ('contact = "general"', 'contact = "geneva"', "contact「geneva」"),
        ('url = "https://example.jp/"', 'url = "example.jp"', "https://"),
        ('en = "words"', 'en = ""', "en は空でない"),
        ('en = "words"', 'en = "{name}"', "{name} は使えません"),
        ('terms = [["残業"], ["時間", "hours"]]', 'terms = [["残業"], []]', "terms"),
        ('terms = [["残業"], ["時間", "hours"]]', 'terms = ["残業"]', "terms"),
        ('terms = ["中途"]', "terms = []", "terms"),
        ("entry = true", 'entry = "yes"', "true か false"),
        ('topic.ja = "資格"\n', "", "ja がありません"),
    ],
)
def test_a_wrong_reply_is_refused(old: str, new: str, words: str) -> None:
    found = problems(replies=REPLIES.replace(old, new, 1))
    assert any(problem.startswith("replies.toml:") and words in problem for problem in found)


def test_the_placeholders_of_an_abstention_are_allowed_and_others_named() -> None:
    table = '[abstain.other_year]\nja = "{}"'
    right = REPLIES.replace(table.format("言葉"), table.format("{asked}と{nearest}"))
    assert problems(replies=right) == []
    (problem,) = problems(replies=REPLIES.replace(table.format("言葉"), table.format("{year}")))
    assert problem.startswith(f"replies.toml:{line_of(REPLIES, '[abstain.other_year]')}: ")
    assert "{asked}" in problem


def test_an_unknown_route_is_named_once_in_the_head_and_at_a_sections_heading() -> None:
    (problem,) = problems(sheet=SHEET.replace("route: career", "route: carer"))
    assert problem.startswith("policies/age.md:6: route「carer」")
    (problem,) = problems(sheet=SHEET.replace("ますか\n", "ますか\nroute: experience\n"))
    assert problem.startswith("policies/age.md:10: route「experience」")


def test_an_unknown_digested_source_is_named() -> None:
    (problem,) = problems(sheet=SHEET.replace("chapter: 4", "digest_of: nothing"))
    assert problem.startswith("policies/age.md:5: 出典「nothing」")


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('pair = ["賞与", "初任給"]', 'pair = ["賞与"]', "2つ"),
        ('pair = ["賞与", "初任給"]', 'pair = ["ＡＢ", "ab"]', "2つ"),
        ('pair = ["賞与", "初任給"]', 'pair = ["中途採用", "Mid-Career Hire"]', "同じ同義語の組"),
        ("[[never]]", '[[group]]\nterms = ["中途採用", "転職採用"]\n\n[[never]]', "1 行目の組にもあります"),
        ('english = ["mid-career hire"]', "weight = 2", "weight"),
        ('english = ["mid-career hire"]', 'englisch = ["x"]', "englisch は使えない名前"),
    ],
)
def test_a_wrong_glossary_entry_is_refused(old: str, new: str, words: str) -> None:
    found = problems(glossary=GLOSSARY.replace(old, new))
    assert len(found) == 1
    assert re.match(r"glossary\.toml:\d+: ", found[0])
    assert words in found[0]


def test_all_problems_are_reported_together_in_order() -> None:
    sheet = SHEET.replace("[^faq]\n", "\n", 1).replace("[^guide]", "[^gide]").replace("lang: ja", "lang: ja\nx: 1")
    found = report({"policies/age.md": sheet, "glossary.toml": "[", "sources.toml": SOURCES.replace("https", "ftp")})
    assert [(p.path, p.line) for p in found.problems] == [
        ("glossary.toml", 1),
        ("policies/age.md", 5),
        ("policies/age.md", 13),
        ("policies/age.md", 14),
        ("sources.toml", 1),
        ("sources.toml", 10),
    ]


def test_a_passed_review_date_is_a_warning_on_the_day_after() -> None:
    assert report({}, today=date(2027, 3, 31)).warnings == ()
    warnings = report({}, today=date(2027, 4, 1)).warnings
    assert [(w.path, w.line) for w in warnings] == [("policies/age.md", 7), ("sources.toml", 10)]
    assert report({}, today=date(2027, 4, 1)).problems == ()


@pytest.mark.parametrize(
    "words", ["これは例外です。", "この制度は続きます。", "はい。その期間は1年です。", "同制度は続きます。"]
)
def test_a_sentence_that_points_back_is_a_warning(words: str) -> None:
    found = report({"policies/age.md": SHEET.replace("例外があります。", words)})
    assert [(w.path, w.line) for w in found.warnings] == [("policies/age.md", 13)]
    assert found.problems == ()


@pytest.mark.parametrize(
    "words", ["これまでに10人です。", "同期は5人です。", "制度はこの2つです。", "はい。そのため61歳です。"]
)
def test_a_sentence_that_only_looks_so_is_no_warning(words: str) -> None:
    assert report({"policies/age.md": SHEET.replace("例外があります。", words)}).warnings == ()


def test_a_reading_with_problems_gives_no_corpus() -> None:
    reading = read_corpus(encoded({"replies.toml": None}))
    assert isinstance(reading, Reading)
    with pytest.raises(ContentError, match=r"replies\.toml: ファイルがありません"):
        reading.corpus()
