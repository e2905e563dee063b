"""From evidence to words: the last check, labels, notices, abstentions; and every suggested question of the page."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import pytest
from running import TODAY, as_bytes
from scripted_bot import BLOG, COLUMN, GUIDE, TALK, cite, make_passage, say

from rag.answer.abstain import find_gap, find_routes, write_abstention
from rag.answer.labels import list_notices, when, write_date, write_label, write_times
from rag.answer.verify import holds
from rag.bot import Bot
from rag.corpus import Replies
from rag.types import Reason, Sentence, Source


@pytest.fixture(scope="module")
def replies(bot: Bot) -> Replies:
    return bot.replies


def sentence_of(text: str, quote: str) -> Sentence:
    passage = make_passage("p", [quote], COLUMN)
    return Sentence(text=text, label=None, citations=(cite(1, passage, COLUMN),))


@pytest.mark.parametrize(
    ("text", "quote", "kept"),
    [
        ("対象は61歳未満です。", "対象は61歳未満です。", True),
        ("対象は60歳までです。", "対象は61歳未満です。", True),
        ("対象は60歳未満です。", "対象は61歳未満です。", False),
        ("2025年度の案内です。", "令和7年度の案内です。", True),
        ("2024年度の案内です。", "令和7年度の案内です。", False),
        ("初任給は235,000円です。", "初任給は23万5千円です。", True),
        ("初任給は２３．５万円です。", "初任給は235,000円です。", True),
        ("初任給は250,000円です。", "初任給は235,000円です。", False),
        ("派遣は楽しいです。", "派遣は貴重な経験です。", True),
        ("6名が参加しました。", "参加しました。", False),
    ],
)
def test_a_number_that_its_quote_does_not_hold_is_never_shown(text: str, quote: str, kept: bool) -> None:
    assert holds(sentence_of(text, quote)) is kept


@pytest.mark.parametrize(
    ("as_of", "ja", "en"),
    [
        ("2024", "2024年", "2024"),
        ("2024-08", "2024年8月", "August 2024"),
        ("2024-08-05", "2024年8月5日", "5 August 2024"),
    ],
)
def test_dates_are_written_as_each_language_does(as_of: str, ja: str, en: str) -> None:
    assert (write_date(as_of, "ja"), write_date(as_of, "en")) == (ja, en)


@pytest.mark.parametrize(
    ("source", "ja", "en"),
    [
        (TALK, "2024年8月時点", "as of August 2024"),
        (COLUMN, "2024年度(令和6年度)", "fiscal year 2024 (令和6年度)"),
        (GUIDE, "時点の表示なし", "no date on the page (時点の表示なし)"),
    ],
)
def test_the_time_a_source_holds_for_is_shown_or_that_it_shows_none(
    replies: Replies, source: Source, ja: str, en: str
) -> None:
    assert (when(source, replies, "ja"), when(source, replies, "en")) == (ja, en)


def test_a_persons_words_are_labelled_with_name_place_and_experience(replies: Replies) -> None:
    passage = make_passage("p", ["異動は切符です。"], TALK, speaker="佐藤", affiliation="東京都・ICT職")
    assert write_label(passage, [TALK], replies, "ja") == "2024年8月時点・東京都・ICT職 佐藤氏・体験談"
    assert write_label(passage, [TALK], replies, "en") == (
        "as of August 2024 · 佐藤, 東京都・ICT職 · personal experience · in Japanese on the source page"
    )


def test_a_third_partys_words_are_labelled_so_unless_an_official_source_says_the_same(replies: Replies) -> None:
    passage = make_passage("p", ["要点です。"], BLOG)
    assert "第三者情報" in str(write_label(passage, [BLOG], replies, "ja"))
    assert str(write_label(passage, [BLOG, COLUMN], replies, "ja")).endswith("一部は第三者情報")
    times = "2024年度(令和6年度)、時点の表示なし、2023年度(令和5年度)"
    assert write_times([BLOG, COLUMN, GUIDE], replies, "ja") == times


def notices(replies: Replies, *sources: Source, today: date = TODAY, missing: str | None = None) -> list[str]:
    passages = [make_passage(f"p{n}", [f"文{n}です。"], source) for n, source in enumerate(sources)]
    sentences = [say(cite(1, passage, source)) for passage, source in zip(passages, sources, strict=True)]
    return [notice.code for notice in list_notices(sentences, replies, "ja", today, missing)]


@pytest.mark.parametrize(
    ("sources", "today", "codes"),
    [
        ((COLUMN,), date(2024, 5, 1), []),
        ((COLUMN,), date(2025, 3, 31), []),
        ((COLUMN,), date(2025, 4, 1), ["maybe_outdated"]),
        ((TALK,), TODAY, ["experience"]),
        ((GUIDE,), TODAY, ["no_date"]),
        ((BLOG,), TODAY, ["third_party", "maybe_outdated"]),
        ((COLUMN, BLOG), date(2024, 5, 1), ["third_party", "older_year"]),
    ],
)
def test_notices_say_what_the_sources_are(
    replies: Replies, sources: Sequence[Source], today: date, codes: list[str]
) -> None:
    assert notices(replies, *sources, today=today) == codes


def test_a_missing_part_is_named(replies: Replies) -> None:
    assert notices(replies, COLUMN, today=date(2024, 5, 1), missing="補助の金額") == ["part_missing"]


def test_a_longer_name_of_a_route_hides_the_shorter_one(replies: Replies) -> None:
    assert [r.id for r in find_routes("GovTech東京パートナーズの報酬は", replies)] == ["partners"]
    assert [r.id for r in find_routes("キャリア活用採用選考とⅠ類Bの違いは", replies)] == ["career", "first-b"]
    assert find_routes("在宅勤務はできますか", replies) == ()


def test_width_and_case_do_not_hide_a_gap(replies: Replies) -> None:
    gaps = {find_gap(q, replies) for q in ("JLPTは必要ですか", "ＪＬＰＴは必要ですか", "jlptは必要ですか")}
    assert len(gaps) == 1 and None not in gaps


@pytest.mark.parametrize("reason", list(Reason))
@pytest.mark.parametrize("language", ["ja", "en"])
def test_every_reason_has_words_and_a_contact(replies: Replies, reason: Reason, language: str) -> None:
    found = write_abstention(
        reason, replies, "ja" if language == "ja" else "en", values={"asked": 2026, "nearest": 2025, "limit": 1000}
    )
    assert found.reason is reason
    assert "{" not in found.message and found.message
    assert found.contact.url.startswith("https://") and found.contact.name


def test_a_named_route_is_sent_to_its_own_page(replies: Replies) -> None:
    routes = find_routes("キャリア活用採用選考の倍率は", replies)
    found = write_abstention(Reason.NO_EVIDENCE, replies, "ja", routes=routes)
    assert "career" in found.contact.url


@pytest.mark.parametrize("language", ["ja", "en"])
def test_every_suggested_question_is_answered_with_its_evidence(bot: Bot, language: str) -> None:
    assert len(bot.replies.suggestions) >= 10
    for suggestion in bot.replies.suggestions:
        answer = bot.ask(suggestion.ja if language == "ja" else suggestion.en, today=TODAY)
        assert answer.abstained is None, answer.question
        assert answer.language == language
        for sentence in answer.sentences:
            assert holds(sentence)
            assert sentence.label
            for citation in sentence.citations:
                source = citation.source
                assert citation.quote in citation.passage.text
                assert source.fiscal_year or source.as_of or source.as_of_note
        numbers = [c.number for s in answer.sentences for c in s.citations]
        assert numbers == list(range(1, len(numbers) + 1))
        assert as_bytes(answer) == as_bytes(bot.ask(answer.question, today=TODAY))
