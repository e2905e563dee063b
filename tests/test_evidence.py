"""The evidence decision on the small corpus: what may be answered, with which sentences, and why not."""

from __future__ import annotations

from dataclasses import replace

import pytest
from running import TODAY

from rag.bot import Bot
from rag.evidence import Evidence, Field, gather
from rag.evidence.candidates import LEANING
from rag.evidence.support import lead
from rag.intent import read_intent
from rag.query import Weights, analyse
from rag.retrieve import retrieve
from rag.types import Hit, Reason

WEIGHTS = Weights()


def decide(bot: Bot, question: str, *, routes: frozenset[str] = frozenset(), least: float = 0.0) -> Evidence:
    served = bot._served
    query = analyse(question, served.index, WEIGHTS)
    hits = [h for h in retrieve(query, served.index, WEIGHTS) if h.passage.lang == query.language]
    field = Field(
        sources=served.sources,
        routes=routes,
        entry_routes=frozenset(route.id for route in served.replies.routes if route.entry),
    )
    return gather(query, hits, served.index, read_intent(question, TODAY), field, least=least)


def texts(evidence: Evidence) -> list[str]:
    return [candidate.text for candidate in evidence.chosen]


@pytest.mark.parametrize(
    ("question", "fact"),
    [
        ("情報専門員は何歳まで受けられますか", "25歳以上50歳未満"),
        ("情報専門員の採用予定は何人ですか", "5人"),
        ("情報専門員の初任給はいくらですか", "231,500円"),
        ("青柳さんが転職した理由は何ですか", "台風"),
        ("What is the age limit for information specialists?", "under 50"),
    ],
)
def test_a_question_of_the_material_is_answered_by_its_sentence(small_bot: Bot, question: str, fact: str) -> None:
    evidence = decide(small_bot, question)
    assert evidence.reason is None
    assert fact in texts(evidence)[0]


def test_a_year_asked_for_goes_before_a_newer_one(small_bot: Bot) -> None:
    evidence = decide(small_bot, "2023年度の情報専門員は何歳まで受けられましたか")
    assert evidence.reason is None
    assert "45歳未満" in texts(evidence)[0]


def test_a_year_that_is_not_there_is_not_answered_with_another(small_bot: Bot) -> None:
    evidence = decide(small_bot, "2030年度の情報専門員は何歳まで受けられますか")
    assert evidence.reason is Reason.OTHER_YEAR
    assert evidence.nearest_year == 2025
    assert evidence.chosen == ()


@pytest.mark.parametrize(
    "question", ["情報専門員の残業は月に何時間ですか", "おいしいパンの焼き方", "宇宙船の燃料は何ですか"]
)
def test_what_no_sentence_holds_is_no_evidence(small_bot: Bot, question: str) -> None:
    evidence = decide(small_bot, question)
    assert (evidence.reason, evidence.chosen) == (Reason.NO_EVIDENCE, ())


def test_no_hits_are_no_evidence(small_bot: Bot) -> None:
    served = small_bot._served
    query = analyse("情報専門員とは", served.index, WEIGHTS)
    found = gather(query, [], served.index, read_intent("情報専門員とは", TODAY), Field(sources=served.sources))
    assert found.reason is Reason.NO_EVIDENCE


def test_the_threshold_decides(small_bot: Bot) -> None:
    question = "情報専門員は何歳まで受けられますか"
    assert decide(small_bot, question, least=-50).chosen
    assert decide(small_bot, question, least=50).reason is Reason.NO_EVIDENCE


def test_a_kind_of_fact_that_is_missing_counts_against_the_answer(small_bot: Bot) -> None:
    plain = decide(small_bot, "技の地図とは何ですか").support.score
    assert decide(small_bot, "技の地図はいくらですか").support.score < plain


@pytest.mark.parametrize(
    "question",
    [
        "情報専門員の選考", "技の地図とは", "異動をどう感じていますか", "情報専門員の選考では何をしますか",
        "What is the map of skills?",
    ],
)  # fmt: skip
def test_one_to_four_sentences_each_once_and_each_with_its_sources(small_bot: Bot, question: str) -> None:
    evidence = decide(small_bot, question)
    assert 1 <= len(evidence.chosen) <= 4
    assert len(set(texts(evidence))) == len(evidence.chosen)
    for candidate in evidence.chosen:
        assert candidate.sources
        assert candidate.text in candidate.hit.passage.text


def test_a_sentence_that_leans_on_another_never_stands_alone(bot: Bot, small_bot: Bot) -> None:
    evidence = decide(small_bot, "情報専門員は教養試験の準備が要りますか", least=-50)
    found = next(t for t in texts(evidence) if "教養試験" in t)
    first = texts(evidence).index(found)
    assert "論文と面接" in found or "論文と面接" in texts(evidence)[first - 1]
    for suggestion in bot.replies.suggestions:
        assert not LEANING.match(texts(decide(bot, suggestion.ja))[0])


def test_no_route_named_is_answered_for_each_and_a_named_one_for_itself(bot: Bot) -> None:
    both = "".join(texts(decide(bot, "何歳まで受けられますか")))
    assert "Ⅰ類B" in both and "22〜29歳" in both
    assert "キャリア活用" in both and "61歳未満" in both
    one = decide(bot, "キャリア活用採用選考は何歳まで受けられますか", routes=frozenset({"career"}))
    assert one.chosen[0].hit.passage.route == "career"
    assert all("22〜29歳" not in text for text in texts(one))


@pytest.mark.parametrize(
    "question",
    [
        "令和7年度のⅠ類BのICT区分では、最終合格者は何人でしたか",
        "キャリア活用の人は試験の準備に何か月かけましたか",
    ],
)
def test_a_figure_that_the_material_says_is_of_another_thing_is_no_answer(bot: Bot, question: str) -> None:
    assert decide(bot, question).reason is Reason.NO_EVIDENCE


def test_a_figure_of_a_larger_whole_answers_for_the_whole_and_where_it_is_supposed(bot: Bot) -> None:
    whole = decide(bot, "令和7年度のⅠ類全体の最終合格者は何人でしたか")
    assert "1,769人" in texts(whole)[0]
    assert decide(bot, "令和7年度のⅠ類BのICT区分の合格者は1,769人ですよね").reason is None


def test_of_a_year_asked_for_no_sentence_of_another_year_is_shown(bot: Bot) -> None:
    evidence = decide(bot, "How many people passed the FY2023 Type I-B ICT exam, and what was the ratio?")
    assert "2023" in texts(evidence)[0] and not any("fiscal year 2022" in text for text in texts(evidence))


@pytest.mark.parametrize(
    ("answered", "beside"),
    [
        ("デジタルスキルマップとは何ですか", "デジタルスキルマップの点数は何点で合格になりますか"),
        ("海外派遣研修はいつ始まりましたか", "海外派遣研修で1人あたり何円かかりましたか"),
        ("What is a career mentor?", "How many career mentors are there in all?"),
    ],
)
def test_what_is_asked_beside_a_section_is_told_from_what_it_answers(bot: Bot, answered: str, beside: str) -> None:
    assert decide(bot, answered).support.score > 0 > decide(bot, beside).support.score


def test_a_third_party_never_leads_where_an_official_source_speaks(small_bot: Bot) -> None:
    evidence = decide(small_bot, "情報専門員の選考では何をしますか")
    assert evidence.chosen[0].official


def test_the_lead_is_the_distance_to_the_third_best(small_bot: Bot) -> None:
    passage = small_bot._served.index.passages[0]
    hits = [Hit(passage=passage, score=score) for score in (10.0, 9.0, 4.0, 1.0)]
    assert lead(hits[0], hits) == pytest.approx(0.6)
    assert lead(replace(hits[0], score=0.0), hits) == 0.0


@pytest.mark.parametrize(
    ("question", "excluded"),
    [
        ("在宅勤務のほかに休暇はありますか", ("在宅勤務",)),
        ("管理職にならずに働けますか", ("管理職",)),
        ("Besides telework, what is there?", ("telework",)),
        ("都の職員以外も対象ですか", ()),
    ],
)
def test_what_a_question_sets_aside_is_read(question: str, excluded: tuple[str, ...]) -> None:
    assert read_intent(question, TODAY).excluded == excluded


@pytest.mark.parametrize(
    ("question", "form"),
    [
        ("入って2年目で課長になるのが普通ですか", "general"),
        ("面談は毎週やると決まっていますか", "general"),
        ("Does everyone go overseas?", "general"),
        ("事業を全部教えて", "listing"),
        ("List all the courses", "listing"),
        ("職員数の推移は", "trend"),
        ("How has the headcount changed?", "trend"),
        ("普通の事務の人も対象ですか", None),
        ("勤務地は変わりますか", None),
    ],
)
def test_the_form_of_a_question_is_read(question: str, form: str | None) -> None:
    intent = read_intent(question, TODAY)
    assert [name for name in ("general", "listing", "trend") if getattr(intent, name)] == ([form] if form else [])
