"""A published interview: every answer with its speaker, its question and its section title; nothing lost."""

from __future__ import annotations

from pathlib import Path

import pytest

from rag.parse import parse
from rag.types import Document, Section

DATA = Path(__file__).parent / "data"
SHIP = "船の図面から、町の書類へ。「道具は同じだった」と気づくまで"
SEA = "部署をまたぐと、見える海が変わる"
LEARN = "学ぶ時間を、仕事の中に置く"
COMMON = "外から来た人には、どんな共通点があると感じますか?"
PATH = "入ってからの歩みを順に教えてください。"
ROOMS = "四年で三つの部屋を経験されたのですね。"
LAST = "最後に、迷っている人へひとことお願いします。"


def read(text: str, name: str = "interview.txt") -> Document:
    return parse(text.encode(), name=name, document_id="nagisa", source_id="nagisa-page")


def body(document: Document, section: Section) -> str:
    return document.text[section.start : section.end]


@pytest.fixture(scope="module")
def interview() -> Document:
    return read((DATA / "interview.txt").read_text(encoding="utf-8"))


def test_every_answer_has_its_title_question_and_speaker(interview: Document) -> None:
    told = [(s.heading_path[0], s.question, s.speaker) for s in interview.sections if s.speaker]
    assert told == [
        (SHIP, "いまの担当を聞かせてください。", "青柳"),
        (SHIP, "なぜ造船会社から県庁へ移ったのですか?", "青柳"),
        (SHIP, COMMON, "三宅"),
        (SHIP, COMMON, "青柳"),
        (SEA, PATH, "青柳"),
        (SEA, PATH, "青柳"),
        (SEA, ROOMS, "青柳"),
        (SEA, ROOMS, "三宅"),
        (LEARN, "技術と役所の知識、両方が要るそうですね。学ぶための支えには何がありますか?", "青柳"),
        (LEARN, LAST, "三宅"),
        (LEARN, LAST, "青柳"),
    ]


def test_affiliation_comes_from_the_profile_line_even_under_the_full_name(interview: Document) -> None:
    told = {(s.speaker, s.affiliation) for s in interview.sections if s.speaker}
    assert told == {("青柳", "なぎさ県/情報専門員"), ("三宅", "うみかぜ機構")}


def test_lead_and_profiles_are_sections_without_a_speaker(interview: Document) -> None:
    silent = [s for s in interview.sections if not s.speaker]
    assert [s.heading_path for s in silent] == [(interview.title,), ("青柳 環",), ("三宅",)]
    assert interview.title.startswith("港の町役場に")
    assert body(interview, silent[1]).endswith("釣り竿の手入れに夢中です!")
    assert all(s.question is None for s in silent)


def test_a_later_paragraph_stays_with_its_answer_whatever_it_ends_with(interview: Document) -> None:
    bodies = [body(interview, s) for s in interview.sections]
    assert any(b.startswith("きっかけは台風") and b.endswith("嬉しかったですね。") for b in bodies)
    assert any(b.startswith("急がない人") and b.endswith("役に立つのだろうか?") for b in bodies)
    assert any("- 資格の受験料の補助\n" in b and b.endswith("よく使いました。") for b in bodies)


def test_the_name_before_an_answer_is_outside_the_section(interview: Document) -> None:
    for section in interview.sections:
        assert not body(interview, section).startswith(("青柳", "三宅:", "三宅："))


def test_remarks_stay_in_the_text_and_out_of_every_section(interview: Document) -> None:
    for remark in ("※部屋の名前は、当時の呼び方です。", "※ 本文の内容は2023年11月時点のものです"):
        assert remark in interview.text
        assert not any(remark in body(interview, s) for s in interview.sections)
    assert any("税務の部屋※で" in body(interview, s) for s in interview.sections)


def test_no_line_of_the_page_is_lost(interview: Document) -> None:
    lines = (DATA / "interview.txt").read_text(encoding="utf-8").split("\n")
    assert interview.text.split("\n") == [line for line in lines if line]
    covered = "".join(body(interview, s) for s in interview.sections)
    outside = [line for line in lines if line and line.split(":")[-1].split("：")[-1].strip() not in covered]
    questions = {s.question for s in interview.sections if s.question}
    titles = {s.heading_path[0] for s in interview.sections if s.speaker} | {interview.title}
    rest = [line for line in outside if line not in questions | titles and not line.startswith(("- ", "※"))]
    assert rest == ["青柳 環(なぎさ県/情報専門員)", "三宅(うみかぜ機構)"]


def test_sections_rest_on_the_source_over_their_whole_body(interview: Document) -> None:
    at = 0
    for section in interview.sections:
        (statement,) = section.statements
        assert (statement.start, statement.end, statement.source_ids) == (
            section.start,
            section.end,
            ("nagisa-page",),
        )
        assert section.start >= at
        at = section.end
    assert (interview.wording, interview.digest_of, interview.lang) == ("original", "nagisa-page", "ja")


def test_blank_lines_between_paragraphs_change_nothing(interview: Document) -> None:
    spaced = read((DATA / "interview.txt").read_text(encoding="utf-8").replace("\n", "\r\n\r\n"))
    assert (spaced.text, spaced.sections) == (interview.text, interview.sections)


def test_a_speaker_without_a_profile_is_known_by_coming_back() -> None:
    document = read(
        "灯台を守る\n\n仕事の始まりは?\n浜田さん: 朝の四時です。\nまず灯を消します。\n"
        "大変なことは?\n浜田さん: 風の日です。"
    )
    told = [(s.speaker, s.affiliation, s.question, body(document, s)) for s in document.sections]
    assert told == [
        ("浜田", None, "仕事の始まりは?", "朝の四時です。\nまず灯を消します。"),
        ("浜田", None, "大変なことは?", "風の日です。"),
    ]


def test_one_who_always_answers_second_is_a_speaker_too() -> None:
    document = read(
        "灯台を守る\n朝は何をしますか?\n浜田: 灯を消します。\n岬: 私は眠っています。\n"
        "夜は何をしますか?\n浜田: 灯をともします。\n岬: 私は見回ります。"
    )
    assert [(s.speaker, s.question) for s in document.sections] == [
        ("浜田", "朝は何をしますか?"),
        ("岬", "朝は何をしますか?"),
        ("浜田", "夜は何をしますか?"),
        ("岬", "夜は何をしますか?"),
    ]


def test_a_sign_or_a_named_interviewer_marks_the_question() -> None:
    document = read(
        "灯台を守る\n――朝は早いそうで。\n浜田: 四時に起きます。\n夜のこと\nQ2. 夜は\n浜田: 九時に寝ます。\n"
        "聞き手: 休みの日は。\n浜田: 釣りです。"
    )
    told = [(s.heading_path[0], s.question) for s in document.sections]
    assert told == [
        ("灯台を守る", "朝は早いそうで。"),
        ("夜のこと", "夜は"),
        ("夜のこと", "休みの日は。"),
    ]


def test_a_name_alone_on_its_line_speaks_the_lines_below() -> None:
    document = read(
        "灯台\n浜田(岬の会)\n灯を守る人。\n朝は何をしますか?\n浜田:\n灯を消します。\n夜は何をしますか?\n浜田:\n灯をともします。"
    )
    assert [(s.speaker, body(document, s)) for s in document.sections if s.speaker] == [
        ("浜田", "灯を消します。"),
        ("浜田", "灯をともします。"),
    ]


def test_the_page_below_the_last_answer_is_not_the_answer() -> None:
    document = read("灯台\n朝は?\n浜田: 早いです。\n夜は?\n浜田: 遅いです。\n関連する読みもの\n- 岬の一年")
    assert document.sections[1].speaker == "浜田"
    assert document.sections[2].heading_path == ("関連する読みもの",)
    assert document.sections[2].speaker is None


def test_a_label_that_comes_back_is_no_speaker() -> None:
    document = read(
        "説明会の案内\n日時: 五月です。\n場所: 役場です。\n日時: 六月です。\n対象者: 大人です。\n対象者: 学生です。"
    )
    assert all(s.speaker is None for s in document.sections)


def test_an_english_interview_keeps_speakers_apart() -> None:
    document = read(
        "Life at the harbour\nWhat do you do every day?\nMori: I count boats. I like it.\nWhy did you join?\n"
        "Mori: My father did. So did I.\nSato: I moved from a bank. It was time.\n"
        "Any advice?\nSato: Come and see. Ask."
    )
    assert [(s.question, s.speaker) for s in document.sections] == [
        ("What do you do every day?", "Mori"),
        ("Why did you join?", "Mori"),
        ("Why did you join?", "Sato"),
        ("Any advice?", "Sato"),
    ]
    assert document.lang == "en"


def test_an_interview_published_as_html_uses_its_headings() -> None:
    page = (
        "<html><body><main><h1>灯台を守る</h1><p>岬の話です。</p><p>浜田(岬の会)</p><p>灯を守る人。</p>"
        "<h2>朝の灯。それは静かです。</h2><p>何時に起きますか?</p><p>浜田:四時です。</p><p>眠いですね。</p>"
        "<h3>夜はどうしますか?</h3><p>浜田:灯をともします。</p><h2>岬の地図</h2><p>地図の文です。</p></main></body></html>"
    )
    document = read(page, "page.html")
    assert [(s.heading_path, s.question, s.speaker, body(document, s)) for s in document.sections] == [
        (("灯台を守る",), None, None, "岬の話です。"),
        (("浜田",), None, None, "灯を守る人。"),
        (("朝の灯。それは静かです。",), "何時に起きますか?", "浜田", "四時です。\n眠いですね。"),
        (("朝の灯。それは静かです。",), "夜はどうしますか?", "浜田", "灯をともします。"),
        (("岬の地図",), None, None, "地図の文です。"),
    ]
