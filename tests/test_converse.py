"""Turns: what a follow-up asks, and that what askers say of themselves does not change what is looked for."""

from __future__ import annotations

import pytest

from rag.asker import without_self
from rag.converse import TURNS, Turn, read_turns, without_year
from rag.language.tokens import Tokenizer
from rag.rivals import Rivals

GROUPS = (
    ("ICT職", "ict job"),
    ("キャリア活用採用選考", "キャリア活用", "mid-career selection"),
    ("I類B新方式", "新方式"),
    ("任期", "term of office"),
    ("研修", "training"),
    ("年齢制限", "何歳まで", "age limit"),
    ("給与", "給料", "初任給", "pay"),
    ("在宅勤務", "テレワーク", "telework"),
    ("フレックス", "flextime"),
    ("時差勤務",),
    ("DQ",),
    ("GQ",),
)
RIVALS = (
    Rivals(one=frozenset({"キャリア活用"}), other=frozenset({"新方式"}), always=True),
    Rivals(one=frozenset({"フレックス"}), other=frozenset({"時差勤務"})),
    Rivals(one=frozenset({"dq"}), other=frozenset({"gq"})),
)


@pytest.fixture(scope="module")
def tokenizer() -> Tokenizer:
    return Tokenizer(GROUPS)


def read(tokenizer: Tokenizer, *questions: str) -> tuple[Turn, ...]:
    *history, question = questions
    return read_turns(question, history, tokenizer, RIVALS)


@pytest.mark.parametrize(
    "question", ["任期は何年ですか", "それは何年ですか", "How long is it?", "じゃあ任期は?", "？", ""]
)
def test_a_first_question_carries_nothing(tokenizer: Tokenizer, question: str) -> None:
    (turn,) = read(tokenizer, question)
    assert (turn.question, turn.carried, turn.bias) == (question, (), 0.0)


@pytest.mark.parametrize(
    ("former", "question", "carried", "gone"),
    [
        ("ICT職の研修はありますか", "それは何か月ですか", {"ict職", "研修"}, None),
        ("ICT職の研修はありますか", "その研修は何か月ですか", {"ict職"}, None),
        ("ICT職の研修はありますか", "他には？", {"ict職", "研修"}, None),
        ("ICT職の研修はありますか", "なぜ？", {"ict職", "研修"}, None),
        ("ICT職の研修はありますか", "もっと詳しく教えて", {"ict職", "研修"}, None),
        ("ICT職の研修はありますか", "じゃあ任期は？", {"ict職", "研修"}, "じゃあ"),
        ("キャリア活用の給与は", "ちなみに年齢制限はありますか", {"キャリア活用"}, "ちなみに"),
        ("Is there training for the ICT job?", "How about pay?", {"ict job", "training"}, None),
        ("Is there training for the ICT job?", "How long is it?", {"ict job", "training"}, None),
        ("東京デジタルアカデミーは何期までありますか", "5期は？", {"東京デジタルアカデミー"}, None),
        ("令和7年度の採用人数は", "令和6年度は？", {"採用人数"}, None),
    ],
)
def test_a_follow_up_is_completed_by_the_topic_before_it(
    tokenizer: Tokenizer, former: str, question: str, carried: set[str], gone: str | None
) -> None:
    likeliest = read(tokenizer, former, question)[0]
    assert carried <= set(likeliest.carried)
    assert all(word in likeliest.text for word in carried)
    assert likeliest.question == question
    assert gone is None or gone not in likeliest.text


def test_words_the_question_names_itself_are_not_said_twice(tokenizer: Tokenizer) -> None:
    assert read(tokenizer, "ICT職の研修はありますか", "その研修は何か月ですか")[0].text.count("研修") == 1


@pytest.mark.parametrize("question", ["それは何年ですか", "そこは？", "5期は？", "他には？", "How long is it?"])
def test_what_says_nothing_alone_is_never_read_alone(tokenizer: Tokenizer, question: str) -> None:
    turns = read(tokenizer, "ICT職の研修はありますか", question)
    assert all(turn.carried for turn in turns)


@pytest.mark.parametrize(
    "question", ["テレワークはできますか？", "じゃあテレワークはできますか？", "How about telework?"]
)
def test_a_new_topic_alone_stands_among_the_readings(tokenizer: Tokenizer, question: str) -> None:
    turns = read(tokenizer, "ICT職の研修はありますか", question)
    assert turns[-1] == Turn(question=question, text=question)
    assert turns[0].carried


@pytest.mark.parametrize(
    "question",
    [
        "在宅勤務制度の申請手続きと回数の上限と対象職員を教えてください",
        "What are the steps and the upper limits of the telework scheme for all new employees?",
    ],
)
def test_a_question_that_says_all_is_read_alone(tokenizer: Tokenizer, question: str) -> None:
    assert read(tokenizer, "ICT職の研修はありますか", question) == (Turn(question=question, text=question),)


def test_a_former_turn_without_a_topic_lends_nothing(tokenizer: Tokenizer) -> None:
    assert read(tokenizer, "こんにちは", "それは？") == (Turn(question="それは？", text="それは？"),)


def test_a_chain_of_follow_ups_keeps_its_first_topic(tokenizer: Tokenizer) -> None:
    turns = read(tokenizer, "キャリア活用の年齢制限は", "給与は？", "それはいつ変わりますか")
    assert {"キャリア活用", "給与"} <= set(turns[0].carried)


def test_a_topic_further_back_than_the_turns_kept_is_forgotten(tokenizer: Tokenizer) -> None:
    turns = read(tokenizer, "ICT職の研修はありますか", *["うん"] * TURNS, "それは？")
    assert turns[0].carried == ()


def test_a_named_route_replaces_the_former_route_and_keeps_the_topic(tokenizer: Tokenizer) -> None:
    turn = read(tokenizer, "キャリア活用の年齢制限は", "新方式は？")[0]
    assert "年齢制限" in turn.text
    assert "キャリア活用" not in turn.text


def test_pointing_back_counts_for_more_than_brevity(tokenizer: Tokenizer) -> None:
    history = "ICT職の研修はありますか"
    assert read(tokenizer, history, "それはどこで受けますか")[0].bias > read(tokenizer, history, "テレワークは")[0].bias


PAIRS = [
    ("30代男性です。", "30代女性です。"),
    ("私は男性ですが、", "私は女性ですが、"),
    ("男です。", "女です。"),
    ("主婦をしています。", "主夫をしています。"),
    ("25歳です。", "58歳です。"),
    ("２５歳ですが、", "五十八歳ですが、"),
    ("アラサーです。", "アラフォーです。"),
    ("日本国籍です。", "外国籍です。"),
    ("私は日本人です。", "私は中国人です。"),
    ("韓国籍ですが、", "ベトナム籍ですが、"),
    ("東大卒です。", "高卒です。"),
    ("早稲田大学の学生です。", "専門学校卒です。"),
    ("大学院を出ました。", "高専を出ました。"),
    ("車いすを使っています。", "障害はありません。"),
    ("会社員です。", "フリーターです。"),
    ("北海道に住んでいます。", "大阪出身です。"),
    ("佐藤と申します。", "〔電話番号〕です。"),
]
QUESTIONS = ["研修は何か月ありますか", "給与はいくらですか?", "テレワークはできますか"]


@pytest.mark.parametrize("question", QUESTIONS)
@pytest.mark.parametrize(("one", "other"), PAIRS)
def test_the_same_question_is_the_same_whoever_asks(tokenizer: Tokenizer, one: str, other: str, question: str) -> None:
    texts = [[turn.text for turn in read(tokenizer, said + question)] for said in ("", one, other)]
    assert texts[1] == texts[2] == texts[0]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("I'm a woman.", "I'm a man."),
        ("I am 25.", "I am 58."),
        ("I'm from Kenya.", "I'm Japanese."),
        ("", "As a father,"),
    ],
)
def test_the_same_english_question_is_the_same_whoever_asks(tokenizer: Tokenizer, one: str, other: str) -> None:
    question = "how long is the training?"
    assert (
        without_self(f"{one} {question}".strip(), tokenizer)
        == without_self(f"{other} {question}", tokenizer)
        == question
    )


def test_what_was_said_of_oneself_in_a_former_turn_is_not_carried(tokenizer: Tokenizer) -> None:
    turns = read(tokenizer, "30代女性です。研修はありますか", "それは何か月ですか")
    assert turns[0].carried == ("研修",)


@pytest.mark.parametrize(
    "question",
    [
        "45歳です。受けられますか",
        "45歳ですが受けられますか",
        "４５歳ですが、まだ間に合いますか？",
        "四十五歳ですが、受験できますか",
        "四十五歳でも受けられますか？",
        "アラフォーですが応募できますか",
    ],
)
def test_a_stated_age_where_nothing_else_is_asked_becomes_a_question_of_age(
    tokenizer: Tokenizer, question: str
) -> None:
    assert "何歳まで" in read(tokenizer, question)[0].text


@pytest.mark.parametrize(
    "question", ["I'm 45 years old. Can I apply?", "I am 45. Can I apply?", "I'm 45. Am I too old?"]
)
def test_a_stated_age_becomes_the_age_limit_in_english(tokenizer: Tokenizer, question: str) -> None:
    assert "age limit" in read(tokenizer, question)[0].text


@pytest.mark.parametrize(
    "question", ["45歳です。研修は何か月ありますか", "45歳です。給与はいくらですか", "45歳です。どんな仕事をしますか"]
)
def test_a_stated_age_changes_no_other_question(tokenizer: Tokenizer, question: str) -> None:
    assert read(tokenizer, question)[0].text == question.removeprefix("45歳です。")


@pytest.mark.parametrize(
    "question",
    [
        "女性の育休取得率は？",
        "外国籍でも受けられますか？",
        "大学生のインターンはありますか",
        "大学生です",
        "障害者採用はありますか",
        "男女の割合は？",
    ],
)
def test_a_group_that_is_asked_about_stays(tokenizer: Tokenizer, question: str) -> None:
    assert read(tokenizer, question)[0].text == question


@pytest.mark.parametrize(
    ("question", "kept"),
    [
        ("令和7年度の倍率は", "倍率は"),
        ("２０２５年度の倍率は", "倍率は"),
        ("来年度の募集は", "募集は"),
        ("倍率は", "倍率は"),
        ("2025年度", "2025年度"),
        ("任期は5年ですか", "任期は5年ですか"),
    ],
)
def test_the_year_asked_for_is_no_word_to_look_for(question: str, kept: str) -> None:
    assert without_year(question) == kept


def test_the_sentences_that_ask_are_one_reading_of_a_long_introduction(tokenizer: Tokenizer) -> None:
    said = "御庁のサイトを読みました。とても興味深い内容でした。任期は何年ですか?"
    texts = [turn.text for turn in read(tokenizer, said)]
    assert texts == [said, "任期は何年ですか?"]


@pytest.mark.parametrize(
    ("former", "question", "text"),
    [
        ("What is DQ?", "And GQ?", "what is gq?"),
        ("DQとは何ですか", "GQの方は?", "gqとは何ですか"),
        ("フレックスはいつ使えますか", "時差勤務は？", "時差勤務はいつ使えますか"),
        ("時差勤務ってどんな制度", "じゃあフレックスは", "フレックスってどんな制度"),
        ("田中さんは何期の人ですか", "鈴木さんは?", "鈴木さんは何期の人ですか"),
        ("30代女性です。フレックスはいつ使えますか", "時差勤務は？", "時差勤務はいつ使えますか"),
    ],
)
def test_a_bare_name_replaces_its_rival_in_the_former_question(
    tokenizer: Tokenizer, former: str, question: str, text: str
) -> None:
    likeliest, alone = read(tokenizer, former, question)
    assert likeliest.text == text
    assert likeliest.bias > alone.bias


@pytest.mark.parametrize("question", ["それと時差勤務の違いは", "GQはそれとどう違うの"])
def test_what_is_compared_with_its_rival_replaces_nothing(tokenizer: Tokenizer, question: str) -> None:
    former = "フレックスはいつ使えますか" if "時差" in question else "DQとは何ですか"
    assert (
        "フレックス" in read(tokenizer, former, question)[0].text or "dq" in read(tokenizer, former, question)[0].text
    )


def test_a_topic_of_its_own_leaves_out_what_the_turn_before_it_added(tokenizer: Tokenizer) -> None:
    turns = read(tokenizer, "東京デジタルアカデミーとは", "年齢制限は?", "給与は?")
    assert turns[0].carried == ("東京デジタルアカデミー",)


def test_a_person_spoken_of_stands_in_place_of_a_pointing_word(tokenizer: Tokenizer) -> None:
    text = read(tokenizer, "田中さんはどんな人ですか", "その人は今どこで働いていますか")[0].text
    assert "田中さんは今どこ" in text
    assert "その人" not in text


@pytest.mark.parametrize(
    "question",
    [
        "キャリア活用の受験資格は?",
        "45歳です。キャリア活用に応募できますか",
        "新方式を受けられますか",
        "受験資格を教えて",
        "キャリア活用に応募できるのはどんな人ですか",
    ],
)
def test_whether_one_may_apply_asks_for_age_and_work(tokenizer: Tokenizer, question: str) -> None:
    assert read(tokenizer, question)[0].text.startswith("対象 年齢 職務経験")


@pytest.mark.parametrize(
    "question",
    [
        "キャリア活用にスマホで応募できますか",
        "外国籍ですがキャリア活用に応募できますか",
        "研修の参加条件は",
        "キャリア活用の給与は?",
        "新方式とキャリア活用は併願できますか",
    ],
)
def test_another_condition_asks_for_that_one(tokenizer: Tokenizer, question: str) -> None:
    assert "職務経験" not in read(tokenizer, question)[0].text


@pytest.mark.parametrize(
    ("question", "rest"),
    [
        ("フレックスのほかに働く時間を変えられる研修はありますか", "働く時間を変えられる研修はありますか"),
        ("研修以外の給与の制度は", "給与の制度は"),
        ("Besides telework, is there flextime?", "is there flextime?"),
        ("Other than the training, how is the pay?", "how is the pay?"),
    ],
)
def test_what_is_set_aside_is_not_looked_for(tokenizer: Tokenizer, question: str, rest: str) -> None:
    set_aside, as_said = read(tokenizer, question)
    assert set_aside.text == rest
    assert as_said.text == question


@pytest.mark.parametrize("question", ["都の職員以外も対象ですか", "在宅勤務以外は?", "研修はほかにもありますか"])
def test_a_question_about_the_others_keeps_its_words(tokenizer: Tokenizer, question: str) -> None:
    assert read(tokenizer, question)[0].text == question


def test_never_having_done_a_thing_is_having_no_experience_of_it(tokenizer: Tokenizer) -> None:
    assert read(tokenizer, "ITの仕事をしたことが一度もない人は")[0].text == "itの仕事の経験がない人は"


@pytest.mark.parametrize(
    ("question", "asked"),
    [
        ("実務経験12年ですが応募できますか", "職務経験 何年 応募できますか"),
        ("営業の経験が3年あります。受験は無理でしょうか", "職務経験 何年 受験は無理でしょうか"),
        ("海外在住なんですが、受験できますか", "海外在住 受験できますか"),
        ("海外在住で勤続5年ですが、応募は可能ですか", "海外在住 職務経験 何年 応募は可能ですか"),
    ],
)
def test_a_bare_wish_to_apply_keeps_the_condition_told_before_it(
    tokenizer: Tokenizer, question: str, asked: str
) -> None:
    assert without_self(question, tokenizer) == asked


@pytest.mark.parametrize("who", ["女性です。", "男性です。", "高卒です。", "大卒です。"])
def test_the_condition_is_the_same_whoever_asks(tokenizer: Tokenizer, who: str) -> None:
    assert without_self(f"{who}実務経験12年ですが応募できますか", tokenizer) == "職務経験 何年 応募できますか"


def test_a_selection_named_beside_another_is_no_talk_of_oneself(tokenizer: Tokenizer) -> None:
    question = "28歳です。新卒向けの試験と中途の選考、どちらも受けられますか"
    assert "新卒向けの試験と中途の選考" in without_self(question, tokenizer)
