"""Tokens: concepts across languages and scripts, what is left out, threads and long texts."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from threading import Barrier

import pytest
import snowballstemmer
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.building import LineTokenizer
from rag.language.normalise import fold
from rag.language.tokens import Tokenizer, bigrams, stem, versions

GROUPS = (
    ("ICT職", "ICT専門職", "ict job", "ict staff"),
    ("キャリア活用採用選考", "キャリア活用", "社会人採用", "mid-career selection"),
    ("採用選考", "selection"),
    ("在宅勤務", "テレワーク", "リモートワーク", "telework", "remote work"),
    ("年齢制限", "age limit"),
    ("任期", "term of office"),
)
ICT, CAREER, SELECTION, TELEWORK, AGE, TERM = (f"g:{n}" for n in range(len(GROUPS)))


@pytest.fixture(scope="module")
def tokenizer() -> Tokenizer:
    return Tokenizer(GROUPS)


@pytest.mark.parametrize(
    ("text", "concepts"),
    [
        ("キャリア活用採用選考の年齢制限", (CAREER, AGE)),
        ("キャリア活用と採用選考", (CAREER, SELECTION)),
        ("ＩＣＴ職のﾃﾚﾜｰｸ", (ICT, TELEWORK)),
        ("ICT専門職とICT職", (ICT, ICT)),
        ("Is there an age limit for the mid-career selection?", (AGE, CAREER)),
        ("ICT jobs and remote work", (ICT, TELEWORK)),
        ("Mid‐career Selections", (CAREER,)),
        ("district jobs, predict job", ()),
        ("ict jobless", ()),
        ("teleworker", ()),
        ("What is キャリア活用?", (CAREER,)),
        ("テレ\u200bワーク", (TELEWORK,)),
        ("研修", ()),
        ("", ()),
    ],
)
def test_terms_of_one_group_are_one_concept_in_both_languages(
    tokenizer: Tokenizer, text: str, concepts: tuple[str, ...]
) -> None:
    assert tokenizer.tokens(text).concepts == concepts


TERMS = [term for group in GROUPS for term in group]


@given(st.lists(st.sampled_from([*TERMS, "の", " and ", "。", "ざいたくきんむ", "s", "職"]), max_size=8).map("".join))
def test_concepts_never_overlap_and_stand_in_reading_order(text: str) -> None:
    found = Tokenizer(GROUPS).concepts.find(fold(text))
    assert all(end <= start for (_, _, end), (_, start, _) in pairwise(found))


def test_a_term_of_two_groups_belongs_to_the_first() -> None:
    both = Tokenizer((("異動",), ("異動", "転勤")))
    assert both.tokens("異動と転勤").concepts == ("g:0", "g:1")


def test_without_a_glossary_nothing_is_a_concept() -> None:
    assert Tokenizer().tokens("キャリア活用 telework").concepts == ()


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ("任期は何年ですか?", ("任期", "年")),
        ("任期を詳しく教えてください", ("任期",)),
        ("どのような研修がありますか", ("研修",)),
        ("What is the term of office?", ("term", "offic")),
        ("Please tell me about training", ("train",)),
    ],
)
def test_words_of_asking_are_left_out(tokenizer: Tokenizer, question: str, words: tuple[str, ...]) -> None:
    assert tokenizer.tokens(question).words == words


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("ﾘﾓｰﾄﾜｰｸ", "リモートワーク"),
        ("受付け", "受付"),
        ("申込み", "申し込み"),
        ("サーバ", "サーバー"),
        ("trainings", "training"),
        ("ＡＷＳ", "aws"),
        ("行う", "行なう"),
    ],
)
def test_ways_of_writing_a_word_give_the_same_words(tokenizer: Tokenizer, one: str, other: str) -> None:
    assert tokenizer.tokens(one).words == tokenizer.tokens(other).words != ()


def test_a_word_keeps_its_script_so_that_quotes_can_be_found(tokenizer: Tokenizer) -> None:
    assert tokenizer.tokens("リモートワークの日").words[0] == "リモート"
    assert tokenizer.tokens("summerの日").words[0] == "summer"


@given(st.text(st.sampled_from("採用試験はＩＣＴ職の61歳ﾃﾚ〜 。\nabc")))
@settings(max_examples=60)
def test_words_tell_where_they_stand_in_folded_text(text: str) -> None:
    folded = fold(text)
    for word in Tokenizer(GROUPS).words(text):
        assert folded[word.start : word.end] == word.surface


def test_a_word_of_the_second_line_tells_its_place_in_the_whole_text(tokenizer: Tokenizer) -> None:
    text = "研修です。\n\n研修の任期"
    starts = [w.start for w in tokenizer.words(text)]
    assert [text[s : s + 2] for s in starts] == ["研修", "研修", "任期"]
    assert starts == sorted(set(starts))


def test_long_units_are_compounds(tokenizer: Tokenizer) -> None:
    assert any("採用選考" in c for c in tokenizer.tokens("採用選考").compounds + tokenizer.tokens("採用選考").concepts)
    assert tokenizer.tokens("telework").compounds == ()


def test_eight_threads_share_one_tokenizer(tokenizer: Tokenizer) -> None:
    texts = [[f"ICT職の任期は{n}年で、在宅勤務は週{k}回できます。\n" * 20 for k in range(5)] for n in range(8)]
    alone = [[tokenizer.tokens(text) for text in some] for some in texts]
    start = Barrier(8)

    def read(some: list[str]) -> list[object]:
        start.wait()
        return [tokenizer.tokens(text) for text in some]

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(read, texts)) == alone


def test_cutting_line_by_line_gives_the_tokens_of_the_whole(tokenizer: Tokenizer) -> None:
    text = "在宅勤務はできますか。\n任期は5年です。\n\nTelework も選べます。\n任期は5年です。"
    assert LineTokenizer(GROUPS).tokens(text) == tokenizer.tokens(text)


def test_words_that_are_kept_are_those_of_the_text(tokenizer: Tokenizer) -> None:
    first = tokenizer.words("在宅勤務はできますか")
    assert tokenizer.words("在宅勤務はできますか") == first != tokenizer.words("任期はありますか")
    assert [w.token for w in first] == list(tokenizer.tokens("在宅勤務はできますか").words)


@pytest.mark.parametrize("unit", ["在宅勤務の任期です。", "在宅勤務の任期", "在宅勤務の任期です。\n"])
def test_texts_longer_than_sudachi_takes_are_read_whole(tokenizer: Tokenizer, unit: str) -> None:
    text = unit * (60_000 // len(unit.encode()))
    assert len(text.encode()) > 49_149
    tokens = tokenizer.tokens(text)
    assert tokens.words.count("任期") == pytest.approx(text.count("任期"), rel=0.01)
    assert tokens.concepts.count(TELEWORK) == text.count("在宅勤務")


def test_a_long_text_keeps_the_places_of_its_words(tokenizer: Tokenizer) -> None:
    text = "任期は未定です。" * 3000
    assert all(text[w.start : w.end] == w.surface for w in tokenizer.words(text))


@given(st.text())
@settings(max_examples=60)
def test_any_text_can_be_read(text: str) -> None:
    tokens = Tokenizer(GROUPS).tokens(text)
    assert all(tokens.words) and all(tokens.compounds)


@pytest.mark.parametrize(
    ("word", "stemmed"),
    [
        ("training", "train"),
        ("applications", "applic"),
        ("pay", "pay"),
        ("aws", "aws"),
        ("web3", "web3"),
        ("任期", "任期"),
    ],
)
def test_english_words_are_stemmed_and_others_stay(word: str, stemmed: str) -> None:
    assert stem(word) == stemmed


def test_bigrams_do_not_cross_punctuation_and_keep_latin_words_whole() -> None:
    assert bigrams("任期、年") == ["任期"]
    assert bigrams("任期は 何年") == ["任期", "期は", "何年"]
    assert bigrams("ＡＷＳの研修") == ["aws", "の研", "研修"]
    assert bigrams("the trainings") == ["train"]
    assert bigrams("") == []


def test_the_versions_that_tokens_depend_on_are_named() -> None:
    assert set(versions()) == {"sudachipy", "sudachidict-core", "snowballstemmer", "tokens"}
    assert all(versions().values())


def test_stems_are_the_same_from_many_threads_at_once() -> None:
    starts = ("nation", "condition", "select", "relat", "form", "hope")
    ends = ("al", "ing", "ed", "ization", "fulness", "ational", "iveness", "ously", "ies", "ement", "er", "ly")
    words = [start + end for start in starts for end in ends]
    alone = [snowballstemmer.stemmer("english").stemWord(word) for word in words]
    for _ in range(20):
        stem.cache_clear()
        with ThreadPoolExecutor(8) as pool:
            assert list(pool.map(lambda _: [stem(word) for word in words], range(8))) == [alone] * 8
