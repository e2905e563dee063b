"""What an answer looks like as markup: safe whatever stands in it, and with every label a reader needs."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from urllib.parse import urlsplit

import pytest
from lxml import html as lxml_html
from lxml.html import HtmlElement
from scripted_bot import (
    AGE,
    AGE_SENTENCES,
    COLUMN,
    ROTATION,
    ROTATION_SENTENCES,
    TALK,
    THIRD_PARTY,
    ScriptedBot,
    cite,
    make_passage,
    say,
)

from rag.types import KINDS, NOTICE_CODES, STANDINGS, Abstention, Answer, Contact, Notice, Reason, Related, Sentence
from ui.conversation import Conversation, show_messages, show_sources
from ui.furniture import name_service
from ui.markup import address_of_words, break_phrases, escape_text, format_date, format_fiscal_year, link
from ui.offers import JUDGED, choose_offers, list_candidates
from ui.panel import Turn, kind_name, mark_quotes, render_panel
from ui.render import render_answer, render_question
from ui.texts import LANGUAGES, choose_language, read_words

JA, EN = read_words("ja"), read_words("en")
WORDS = {"ja": JA, "en": EN}
HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "![a](https://evil.example/x.png?q=1)",
    "[押して](javascript:alert(1))",
    "<a href='https://evil.example'>公式</a>",
    "`code` **「太字」** _下線_ # 見出し ~~x~~ $$x^2$$",
    "https://evil.example/ www.evil.example a@evil.example",
    "</div></div><h1>乗っ取り</h1>",
    "\n\n# 見出し\n\n![x](//evil.example/y.png)",
    "{{ constructor }} ${alert(1)}",
]
INVISIBLE = "\u202e\u200b\u2066\ufeff\U000e0041\ufe0f\x00\x07"


def make_answer(sentences: tuple[Sentence, ...] = AGE_SENTENCES, **fields: object) -> Answer:
    values = {"question": "何歳まで", "language": "ja", "mode": "extractive", "release": "r", "sentences": sentences}
    return Answer(**(values | fields))  # type: ignore[arg-type]


def parse(markup: str) -> HtmlElement:
    return lxml_html.fragment_fromstring(markup, create_parent="body")


def text_of(markup: str) -> str:
    return "".join(parse(markup).itertext())


def make_hostile(text: str) -> Answer:
    """An answer that carries the text in every place that takes one."""
    source = replace(COLUMN, title=text, publisher=text, as_of_note=text, url="https://example.org/" + text)
    passage = make_passage("x", [text + "。"], source, speaker=text, affiliation=text, question=text)
    sentence = Sentence(text=text, label=text, citations=(cite(1, passage, source),))
    related = Related(passage_id="p", question=text, title=text, url=text)
    notices = (Notice(code="third_party", message=text),)
    return make_answer((sentence,), notices=notices, related=(related,), question=text)


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_becomes_neither_element_nor_link_nor_markdown(text: str) -> None:
    answer = make_hostile(text)
    pieces = [
        render_question(text, "ja", JA),
        render_answer(answer, 1, JA),
        render_panel([Turn(number=1, question=text, answer=answer)], WORDS),
    ]
    for markup in pieces:
        body = parse(markup)
        assert not body.xpath("//script | //img | //iframe | //h1")
        hosts = {urlsplit(href).hostname for href in body.xpath("//@href") if not href.startswith("#")}
        assert hosts <= {"example.org"}
        assert not [name for element in body.iter() for name in element.attrib if name.startswith("on")]
        assert "\n" not in markup
        visible = re.sub(r"<[^>]*>|&#?\w+;", "", markup)
        assert not set(visible) & set("*_`[]#~$<>")


@pytest.mark.parametrize("text", HOSTILE)
def test_escaped_text_reads_as_it_was_typed(text: str) -> None:
    assert text_of(escape_text(text)) == text.replace("\n", " ")


def test_invisible_and_turning_characters_are_dropped_and_name_variants_stay() -> None:
    assert escape_text(f"採{INVISIBLE}用") == "採用"
    assert escape_text("辻\U000e0100") == "辻\U000e0100"
    assert escape_text("辻\U000e0100\U000e0148\U000e0149\u3164\u034f") == "辻\U000e0100"  # a run carries hidden words


def test_phrases_break_without_changing_what_is_copied() -> None:
    sentence = "キャリア活用採用選考(ICT区分)の対象年齢は、令和7年4月1日時点で61歳未満です。"
    broken = break_phrases(sentence, "ja")
    assert broken.count("<wbr>") > 2
    assert text_of(broken) == sentence
    assert "<wbr>" not in break_phrases("Open to people under 61.", "en")


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "data:text/html,x", "", "//evil.example", 'https://a/"x', "ftp://a/b"]
)
def test_only_web_addresses_are_linked(url: str) -> None:
    assert link(url, "名前") == "名前"


def test_every_sentence_shows_its_numbers_and_label() -> None:
    body = parse(render_answer(make_answer(), 3, JA))
    sentences = body.xpath("//p[@class='sentence']")
    assert len(sentences) == len(AGE_SENTENCES)
    for sentence, shown in zip(AGE_SENTENCES, sentences, strict=True):
        numbers = [f"[{citation.number}]" for citation in sentence.citations]
        assert [mark.text for mark in shown.xpath(".//a[@class='cite']")] == numbers
        assert shown.xpath(".//span[@class='label']")[0].text_content() == sentence.label
        assert shown.xpath(".//span[@class='pop-quote']")[0].text == sentence.citations[0].quote


def test_every_number_leads_to_its_source_and_anchors_are_unique_over_turns() -> None:
    talk = Conversation().add("何歳まで", make_answer()).add("異動", make_answer(ROTATION_SENTENCES))
    chat = parse("".join(message["content"] for message in show_messages(talk, ScriptedBot().replies)))
    panel = parse(show_sources(talk))
    targets = panel.xpath("//@id")
    leads = [href[1:] for href in chat.xpath("//a[contains(@class, 'cite')]/@href")]
    assert leads
    assert set(leads) <= set(targets)
    ids = [*chat.xpath("//@id"), *targets]
    assert len(ids) == len(set(ids))
    assert {href[1:] for href in panel.xpath("//a[@class='back']/@href")} <= set(chat.xpath("//@id"))


def test_source_card_shows_everything_needed_to_judge_it() -> None:
    card = parse(render_panel([Turn(number=1, question="異動", answer=make_answer(ROTATION_SENTENCES))], WORDS))
    first = card.get_element_by_id("src-1-1")
    shown = "".join(first.itertext())
    for part in (TALK.title, TALK.publisher, "体験談", "公式", "原文", "2024年8月", "佐藤（東京都・ICT職）"):
        assert part in shown
    assert first.xpath(".//mark")[0].text == ROTATION.quote(ROTATION.sentences[0])
    assert "".join(first.xpath(".//blockquote")[0].itertext()) == ROTATION.text


def test_original_links_to_the_quoted_words_and_digest_to_the_page() -> None:
    card = parse(render_panel([Turn(number=1, question="異動", answer=make_answer(ROTATION_SENTENCES))], WORDS))
    assert all("#:~:text=" in href for href in card.xpath("//a[@class='out']/@href"))
    digest = parse(render_panel([Turn(number=1, question="年齢", answer=make_answer())], WORDS))
    assert digest.xpath("//a[@class='out']/@href")[0] == COLUMN.url


@pytest.mark.parametrize(
    ("url", "words", "expected"),
    [
        ("https://a.example/p", "原則5年", "https://a.example/p#:~:text=%E5%8E%9F%E5%89%875%E5%B9%B4"),
        ("https://a.example/p#c2", "a-b, c&d", "https://a.example/p#c2:~:text=a%2Db%2C%20c%26d"),
        (
            "https://a.example/p",
            "0123456789abcdef" + "x" * 30 + "fedcba9876543210",
            "https://a.example/p#:~:text=0123456789abcdef,fedcba9876543210",
        ),
    ],
)
def test_text_fragment_is_encoded(url: str, words: str, expected: str) -> None:
    assert address_of_words(url, words) == expected


def test_out_links_open_in_a_new_tab_without_an_opener() -> None:
    panel = parse(render_panel([Turn(number=1, question="年齢", answer=make_answer())], WORDS))
    outward = [a for a in panel.xpath("//a") if not a.get("href").startswith("#")]
    assert outward
    assert all(a.get("target") == "_blank" and "noopener" in a.get("rel") for a in outward)


def test_news_is_an_announcement_where_official_and_press_elsewhere() -> None:
    def kind(standing: str) -> str:
        source = replace(COLUMN, kind="news", standing=standing)  # type: ignore[arg-type]
        return kind_name(source, JA)

    assert (kind("official"), kind("third_party")) == ("発表", "報道")


def test_quotes_of_one_number_are_all_marked_in_one_card() -> None:
    two = Sentence(text="年齢と人数です。", label=None, citations=(cite(1, AGE, COLUMN, 0), cite(1, AGE, COLUMN, 1)))
    panel = parse(render_panel([Turn(number=1, question="年齢", answer=make_answer((two,)))], WORDS))
    assert len(panel.xpath("//article")) == 1
    marked = "".join("".join(mark.itertext()) for mark in panel.xpath("//mark"))
    assert marked == AGE.quote(AGE.sentences[0]) + AGE.quote(AGE.sentences[1])


def test_context_keeps_the_passage_s_lines() -> None:
    assert (
        mark_quotes("前の文。\n引用の文。\n後の文。", ["引用の文。"])
        == "前の文。<br><mark>引用の文。</mark><br>後の文。"
    )


def test_long_context_is_cut_around_the_quote() -> None:
    text = "あ" * 400 + "ここが引用です。" + "い" * 400
    marked = mark_quotes(text, ["ここが引用です。"])
    assert marked.startswith("…あ")
    assert marked.endswith("い…")
    assert "<mark>ここが引用です。</mark>" in marked
    assert len(text_of(marked)) < 400


def test_context_begins_and_ends_with_whole_sentences_where_it_can() -> None:
    text = "あ" * 200 + "。前の文です。ここが引用です。後の文です。" + "い" * 200
    marked = mark_quotes(text, ["ここが引用です。"])
    assert text_of(marked) == "…前の文です。ここが引用です。後の文です。…"


def test_dates_under_the_answer_are_named_once_and_undated_sources_say_so() -> None:
    shown = text_of(render_answer(make_answer(), 1, JA))
    assert "資料の時点令和6年度（2024年度）、時点の表示なし、令和5年度（2023年度）" in shown


@pytest.mark.parametrize(("mode", "word"), [("extractive", "そのまま引用"), ("model", "文章生成モデル")])
def test_answer_says_what_wrote_it(mode: str, word: str) -> None:
    assert word in text_of(render_answer(make_answer(mode=mode), 1, JA))


def test_notices_stand_as_tag_and_message() -> None:
    body = parse(render_answer(make_answer(notices=THIRD_PARTY), 1, JA))
    assert [tag.text for tag in body.xpath("//strong[@class='tag']")] == ["第三者の情報", "以前の年度"]
    assert THIRD_PARTY[0].message in "".join(body.itertext())


def test_abstention_shows_reason_contact_and_related_and_no_sources() -> None:
    related = Related(passage_id="p", question="何歳まで受けられますか", title="要点", url="https://example.org/r")
    abstained = Abstention(
        reason=Reason.NO_EVIDENCE,
        message="資料には見当たりません。",
        contact=Contact(name="FAQ", url="https://example.org/f"),
    )
    answer = make_answer((), abstained=abstained, related=(related,))
    body = parse(render_answer(answer, 1, JA))
    assert "資料には見当たりません。" in "".join(body.itertext())
    assert body.xpath("//@href") == ["https://example.org/f", "https://example.org/r"]
    assert render_panel([Turn(number=1, question="x", answer=answer)], WORDS) == ""


def test_sources_of_an_earlier_answer_fold_away_under_an_abstention() -> None:
    abstained = ScriptedBot().ask("残業", today=date(2026, 11, 23))
    panel = parse(show_sources(Conversation().add("何歳まで", make_answer()).add("残業", abstained)))
    assert [element.tag for element in panel] == ["details"]
    assert panel[0].get("open") is None


def test_japanese_names_are_marked_in_an_english_answer() -> None:
    english = make_answer((say(cite(1, AGE, COLUMN)),), language="en")
    card = parse(render_panel([Turn(number=1, question="age", answer=english)], WORDS))
    assert card.xpath("//a[@class='src-title']/span[@lang='ja']")
    assert not parse(render_panel([Turn(number=1, question="年齢", answer=make_answer())], WORDS)).xpath("//h3//@lang")


def test_each_part_carries_its_own_language() -> None:
    english = make_answer((say(cite(1, AGE, COLUMN)),), language="en")
    body = parse(render_answer(english, 1, EN))
    assert body[0].get("lang") == "en"
    assert body.xpath("//p[@class='sentence']/span/@lang")[0] == "ja"


@pytest.mark.parametrize(
    ("date", "ja", "en"),
    [
        ("2024", "2024年", "2024"),
        ("2024-08", "2024年8月", "August 2024"),
        ("2024-08-05", "2024年8月5日", "5 August 2024"),
    ],
)
def test_dates_are_written_for_people(date: str, ja: str, en: str) -> None:
    assert (format_date(date, "ja"), format_date(date, "en")) == (ja, en)


@pytest.mark.parametrize(
    ("year", "shown"),
    [(2024, "令和6年度（2024年度）"), (2019, "令和元年度（2019年度）"), (2011, "平成23年度（2011年度）")],
)
def test_fiscal_years_carry_both_counts(year: int, shown: str) -> None:
    assert format_fiscal_year(year, "ja") == shown


def test_answer_names_who_runs_it_and_the_official_page_of_its_route() -> None:
    replies = ScriptedBot().replies
    route = replies.routes[0]
    of_route = replace(AGE, route=route.id)
    for passage, contact in ((of_route, route.contact), (AGE, "general")):
        answer = make_answer((say(cite(1, passage, COLUMN)),))
        body = parse(render_answer(answer, 1, JA, name_service(replies, answer)))
        assert replies.operator.ja in "".join(body.itertext())
        assert replies.contact(contact, "ja").url in body.xpath("//dl//@href")


def test_related_material_stands_under_abstentions_alone() -> None:
    related = Related(passage_id="p", question="何歳まで受けられますか", title="要点", url="https://example.org/r")
    assert "https://example.org/r" not in render_answer(make_answer(related=(related,)), 1, JA)


def test_offers_are_near_and_never_asked_before() -> None:
    suggestions = ScriptedBot().replies.suggestions
    talk = Conversation().add("何歳まで受けられますか", make_answer())
    offered = list_candidates(suggestions, talk, "ja")
    assert "何歳まで受けられますか" not in offered
    assert any("キャリア活用" in each for each in offered[:3])
    assert set(list_candidates(suggestions, talk, "en")) <= {each.en for each in suggestions}
    assert list_candidates(suggestions, Conversation(), "ja") == []


def test_rewordings_of_an_abstention_begin_with_what_comes_closest() -> None:
    abstained = ScriptedBot().ask("残業", today=date(2026, 11, 23))
    suggestions = ScriptedBot().replies.suggestions
    closest = abstained.related[0].question
    assert list_candidates(suggestions, Conversation().add("残業", abstained), "ja")[0] == closest
    assert closest not in list_candidates(suggestions, Conversation().add("残業", abstained), "en")


def test_only_what_has_an_answer_is_offered_and_the_judge_is_not_worn_out() -> None:
    judged: list[str] = []

    def has_answer(question: str) -> bool:
        judged.append(question)
        return question.endswith("3") or question.endswith("5")

    assert choose_offers([f"問{n}" for n in range(50)], has_answer) == ["問3", "問5"]
    assert len(judged) == JUDGED
    assert choose_offers(["問3"] * 9, has_answer) == ["問3"] * 3


def test_taking_back_gives_the_last_question_once_more() -> None:
    talk = Conversation().add("一つ目", make_answer()).add("二つ目", make_answer())
    question, before = talk.take_back()
    assert (question, before.questions()) == ("二つ目", ("一つ目",))
    broken = replace(talk, unanswered="三つ目")
    question, before = broken.take_back()
    assert (question, before.questions(), before.unanswered) == ("三つ目", ("一つ目", "二つ目"), "")
    assert Conversation().take_back() == ("", Conversation())


def test_old_turns_leave_and_numbers_go_on() -> None:
    talk = Conversation()
    for _ in range(25):
        talk = talk.add("何歳まで", make_answer())
    assert [turn.number for turn in talk.turns] == list(range(6, 26))


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("ja,en;q=0.9", "ja"),
        ("en-US,en;q=0.9,ja;q=0.8", "en"),
        ("fr", "en"),
        ("", "ja"),
        ("*", "ja"),
        ("JA-jp", "ja"),
    ],
)
def test_language_follows_the_browser(header: str, language: str) -> None:
    assert choose_language(header) == language


def test_every_notice_and_kind_has_words_in_both_languages() -> None:
    for language in LANGUAGES:
        words = read_words(language)
        for name in (
            *(f"tag_{n}" for n in NOTICE_CODES),
            *(f"kind_{n}" for n in KINDS),
            *(f"standing_{n}" for n in STANDINGS),
        ):
            assert words.say(name)
