"""Whether a sentence is let through: by rule on small examples, by share on the paraphrases and their alterations."""

from __future__ import annotations

from collections import Counter

import pytest

from bench.faithfulness import Judge, alter, read_paraphrases
from rag.answer.alignment import Quotable, align
from rag.answer.checks import find_fault
from rag.answer.reading import Reader
from rag.bot import Bot
from rag.language.tokens import Tokenizer

RATIO = "令和5年度(2023年度)は、採用予定9人に対して申込みが58人、1次の受験が38人、最終合格が12人で、倍率は3.2倍でした。"
AGE = "キャリア活用採用選考の対象年齢は61歳未満で、令和7年4月1日時点の年齢で数えました。"
HOURS = "部分休業は、子の就学まで、1日2時間以内で取れます。"
NOT_ALL = "海外派遣研修は英語が必要で、誰でも行けるわけではありません。"
CLOUDS = "都の共通クラウドは各局の土台で、国のガバメントクラウドとは別のものです。"
SIZE = "勧告から、比べる企業の規模が、50人以上から100人以上に変わりました。"
CHILD = "育児短時間勤務は、就学前の子を育てる職員が対象です。"
STAGES = "1次が適性検査だけで、面接はなくなりました。"
HEADS = "関貫氏はGovTech東京で都のクラウドをつくり、平井氏はグループ長として全体を見ています。"
FOUNDED = "GovTech東京は、2023年7月に設立され、同年9月に事業を始めました。"
FORTNIGHT = "平井氏は、隔週(2週間に1回)で1on1ミーティングを行っています。"
BEFORE = "初任給には、採用前の職歴による加算があります。"
CALIFORNIA = "The training went to California in 2022, with visits to 5 American companies in 2 weeks."
SOME = "In some departments remote work is difficult."
ENGLISH = "Applicants had to be under 61 as of 1 April 2025, and no language test is required."


@pytest.fixture(scope="module")
def reader() -> Reader:
    return Reader(Tokenizer([["キャリア活用採用選考", "社会人採用"]]))


def judge(reader: Reader, text: str, *quotes: str) -> str | None:
    quotables = [Quotable(place=(0, n), reading=reader.read(q), head=frozenset()) for n, q in enumerate(quotes)]
    reading = reader.read(text)
    aligned = align(reading, quotables)
    assert aligned is not None
    return find_fault(reading, aligned)


@pytest.mark.parametrize(
    ("text", "quote"),
    [
        ("申込みは58人、最終合格は12人でした。", RATIO),
        ("2023年度は38人が1次を受験し、12人が最終合格しました。", RATIO),
        ("対象年齢は60歳以下です。", AGE),
        ("社会人採用の年齢は、2025年4月1日の時点で数えました。", AGE),
        ("部分休業は1日に2時間まで取れます。", HOURS),
        ("海外派遣研修に誰でも行けるわけではなく、英語が必要です。", NOT_ALL),
        ("都の共通クラウドは、国のガバメントクラウドと同じものではありません。", CLOUDS),
        ("企業の規模は、50人以上ではなく100人以上になりました。", SIZE),
        ("育児短時間勤務は、まだ就学していない子を育てている職員が対象です。", CHILD),
        ("1次では面接が廃止され、適性検査のみとなりました。", STAGES),
        ("グループ長の平井氏は全体を見て、関貫氏はGovTech東京で都のクラウドをつくっています。", HEADS),
        ("Applicants had to be 60 or younger as of 1 April 2025.", ENGLISH),
        ("Applicants had to be no older than 60 as of 1 April 2025.", ENGLISH),
        ("GovTech東京は2023年7月に設立され、その2か月後の9月に事業を始めました。", FOUNDED),
        (
            "The training of 2022 went to California, and five American companies were visited within 2 weeks.",
            CALIFORNIA,
        ),
        ("In some departments remote work is not easy.", SOME),
    ],
)
def test_a_sentence_that_says_the_same_is_let_through(reader: Reader, text: str, quote: str) -> None:
    assert judge(reader, text, quote) is None


@pytest.mark.parametrize(
    ("text", "quote", "fault"),
    [
        ("申込みは59人でした。", RATIO, "figure"),
        ("最終合格は38人でした。", RATIO, "figure_elsewhere"),
        ("申込みが12人、最終合格が58人でした。", RATIO, "figure_elsewhere"),
        ("対象年齢は61歳以下です。", AGE, "figure"),
        ("対象年齢は61歳以上です。", AGE, "figure"),
        ("対象年齢は61歳未満ではありません。", AGE, "negation"),
        ("部分休業は、子の就学から取れます。", HOURS, "limit"),
        ("部分休業は、子の就学まで、1日2時間未満で取れます。", HOURS, "figure"),
        ("海外派遣研修は英語が必要で、誰でも行けます。", NOT_ALL, "negation"),
        ("海外派遣研修は英語が不要で、誰でも行けるわけではありません。", NOT_ALL, "negation"),
        ("警視庁の対象年齢は61歳未満です。", AGE, "name"),
        ("GovTech東京は2023年7月に設立され、翌年9月に事業を始めました。", FOUNDED, "figure"),
        ("平井氏は、週に1回、1on1ミーティングを行っています。", FORTNIGHT, "figure"),
        ("初任給には、採用された後の職歴による加算があります。", BEFORE, "limit"),
        ("The training went to California in 2022, with visits to six American companies.", CALIFORNIA, "figure"),
        ("Remote work is difficult in all departments.", SOME, "opposite"),
        ("対象年齢は61歳未満で、残業や転勤や夜勤の心配も少なく快適です。", AGE, "uncovered"),
        ("都の共通クラウドは、国のガバメントクラウドと同じものです。", CLOUDS, "opposite"),
        ("企業の規模は、100人以上ではなく50人以上になりました。", SIZE, "negation"),
        ("育児短時間勤務は、就学前の子を育てる職員が対象ではありません。", CHILD, "negation"),
        ("1次では適性検査が廃止され、面接のみとなりました。", STAGES, "strong"),
        (
            "グループ長の関貫氏は全体を見て、平井氏はGovTech東京で都のクラウドをつくっています。",
            HEADS,
            "name_elsewhere",
        ),
        ("Applicants had to be over 61 as of 1 April 2025.", ENGLISH, "figure"),
        ("Applicants had to be under 61 and a language test is required.", ENGLISH, "negation"),
    ],
)
def test_a_sentence_that_says_something_else_is_not(reader: Reader, text: str, quote: str, fault: str) -> None:
    assert judge(reader, text, quote) == fault


def test_two_statements_may_carry_one_sentence_and_a_third_is_not_asked(reader: Reader) -> None:
    assert judge(reader, "対象年齢は61歳未満で、部分休業は1日2時間以内で取れます。", AGE, HOURS, RATIO) is None


def test_true_sentences_pass_and_altered_ones_do_not(bot: Bot) -> None:
    """The promised shares, on every sixth paraphrase; `make bench` prints them on all."""
    index = bot._served.index
    sentences = read_paraphrases(index.passages)
    assert len(sentences) >= 180, "資料が変わり、言い換えの元の文が減っています"
    few = sentences[1::6]
    check = Judge(Reader(index.tokenizer))
    dropped = [s.text for s in few if check.fault(s.text, s.passages)]
    assert len(dropped) <= 0.08 * len(few), dropped
    tried, caught = Counter[str](), Counter[str]()
    for altered in alter(few):
        tried[altered.kind] += 1
        caught[altered.kind] += check.fault(altered.text, altered.of.passages) is not None
    shares = {kind: caught[kind] / tried[kind] for kind in tried}
    assert shares["foreign"] >= 0.99 and min(shares.values()) >= 0.95 - 0.05 * (min(tried.values()) < 20), shares
