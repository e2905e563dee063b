"""What a question says of the person who asks it, and what is left to answer without that.

In: a question. Out: the question without the clauses about the asker, or with the conditions that a wish to apply is
about. Equal treatment rests here: sex, nationality, disability and schooling change nothing that is looked for.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from rag.language.detect import detect
from rag.language.normalise import fold
from rag.language.tokens import Tokenizer
from rag.rivals import Rivals, names_any

_QUESTION = re.compile(
    r"[?？]|(?:か|かな|かね|の|たい(?:です)?|ください|下さい|ほしい(?:です)?|欲しい|教えて|は|って)[。!！.\s]*$|^(?:what|who|when|where|why|how|is|are|do|does|can|could|will|would|should)\b"
)
_SELF = re.compile(
    r"と申します|といいます|my name is|(?<!\d)[1-6]\d(?:です|だけど|だが|なん|になり)|(?:\d+|[一二三四五六七八九十]+)(?:歳|才|代)|アラ(?:サー|フォー|フィフ)|男性|女性|女子|男子|主婦|主夫|シングル|妊娠|産後|外国(?:籍|人)|日本(?:国籍|人)|国籍|障害|障がい|車いす|手帳"
    r"|(?<!男)[男女](?:です|なの|だ(?:が|けど|から))|[一-鿿ァ-ヶー]{2,8}人(?:です|なの|だ(?:が|けど|から))|(?<!在)籍(?:です|なの|で、)"
    r"|高卒|短大卒|専門(?:学校)?卒|大卒|院卒|大学院|大学(?:卒|を出|生)|高専|学生|既卒|新卒|フリーター|無職|ニート|会社員|公務員|正社員|派遣社員|契約社員|エンジニア|(?<![a-z])se(?![a-z])|プログラマ|営業(?:職)?|事務職?をし|教員|看護師"
    r"|住んで|住む|在住|出身|働いて(?:い|る|き)|勤め|務め|勤続|経験(?:は|が|も)?\d|年(?:目|ほど|くらい)|考えてい|迷って|検討して|目指して|転職(?:を|し)|\bi(?:'m| am|'ve| have| work)\b|\bas an? \w+"
)
_MASKED = re.compile(r"〔[^〕]+〕")  # what rag.privacy leaves of personal data
_TOPIC = re.compile(
    r"(?:は|とは|も|の|なら|って)[、,]?\s*$"
)  # 「男性の取得率は、」 is what is asked about, not who asks
_AGE = re.compile(
    r"(?<!\d)[1-6]\d(?:です|だけど|だが|なん|になり)|(?:\d+|[一二三四五六七八九十]+)(?:歳|才|代)|アラ(?:サー|フォー)|\b\d+[ -]years?[ -]old\b|\bi(?:'m| am) \d\d\b"
)
# what points back at what the asker has just said of themselves: 「IT企業で働いたことがありません。そういう人もいますか」
_SUCH = re.compile(
    r"そういう|そう(?:いっ|し)た|そんな|それ(?:で|だけ|くらい|ぐらい)|こういう|こんな|このよう|そのよう|同じよう|\b(?:that|this) (?:enough|count|ok|a problem|qualify)"
)
_AGE_ASKED = re.compile(
    r"受験|応募|申し?込|出願|間に合|対象|資格|遅|(?:受け(?:ら)?れ(?:ます|ません|る[のか?]|る$|ない))|大丈夫|平気|いけ(?:ます|る)|可能"
    r"|\bok\b|apply|eligible|too old|too late"
)
_CLAUSE = re.compile(
    r".+?(?:[。!?！？]+|(?:です|ます|した|だ|る|い|な|ん)(?:けれども|けれど|けど|が|から)、?|ので(?!す)、?|、|[.,;](?= )|$)",
    re.DOTALL,
)
# 「新卒っぽい試験と中途の選考、どっちも」: a selection named beside another is what is asked about
_SELECTION = re.compile(r"(?:試験|選考|採用|ルート|枠)(?:と|や|か|も)(?!.*(?:受け|落ち|目指|考え|検討|迷))")
_LIVES = re.compile(r"海外(?:在住|に住)|国外|都外|地方(?=在住|に住)|(?:living|live) (?:abroad|overseas)")
_WORKED = re.compile(
    r"(?:経験|歴|勤続|キャリア)[^、。]{0,6}?\d+年|\d+年[^、。]{0,8}(?:経験|勤|働|やって)|\d+ years[^,.]{0,12}(?:experience|as an?|work)|experience[^,.]{0,12}\d+ years"
)
_BARE = re.compile(r"応募|受験|申し?込み?|エントリー|無理|大丈夫|平気|可能|資格|対象|試験|選考|ict職?|apply|eligible")
_CONDITIONS = re.compile(
    r"(?:受験|応募|申込|対象|参加)(?:の)?(?:資格|条件|要件)|条件|応募できるのは|どんな人が(?:応募|受験|受け)"
    r"|(?:what|which) (?:are )?(?:the )?(?:entry )?requirements|requirements|who (?:can|may) apply|qualif\w+ for"
)
_MAY_APPLY = re.compile(
    r"(?:応募|受験|申し?込み?|エントリー)(?:でき|可能|め(?:ます|る)|しても|して(?:い|よ))|受け(?:ら)?れ(?:ます|る|ません)|受けることはでき|対象に(?:なり|入り)"
    r"|\beligible\b|can (?:i|we|someone \w+) (?:apply|enter|take)|\bapply\b"
)
_OTHER_CONDITION = re.compile(r"国籍|外国|障害|障がい|手帳|住|在住|前科|病|citizen|foreign|national|disab|live|visa")
_AGED = re.compile(rf"{_AGE.pattern}|\b(?:at|aged?) \d\d\b|\d+")
_OF_ROUTE = re.compile(
    r"ict職?|選考|試験|採用|区分|人|方|資格|年齢|何歳|age|limit|selection|exam(?:ination)?|route|hiring|type"
)


def with_requirements(text: str, question: str, rivals: Sequence[Rivals], tokenizer: Tokenizer) -> str:
    """A question whether one may apply for a route, and nothing else, together with what a route asked for."""
    folded = fold(text)
    routes = [names for r in rivals if r.always for names in (r.one, r.other)]
    named = any(names_any(folded, names) for names in routes)
    if _OTHER_CONDITION.search(fold(question)):
        return text
    asked = _CONDITIONS.search(folded) and (named or len(folded) < 20)
    if not (asked or (named and _MAY_APPLY.search(folded))):
        return text
    rest = _MAY_APPLY.sub(" ", _CONDITIONS.sub(" ", _AGED.sub(" ", folded)))
    for name in sorted(frozenset().union(*routes), key=len, reverse=True):
        rest = rest.replace(name, " ")
    if names_something(_OF_ROUTE.sub(" ", rest), tokenizer):
        return text
    return f"{text} ({REQUIRED_EN})" if detect(text) == "en" else f"{REQUIRED_JA} {text}"


REQUIRED_EN, REQUIRED_JA = "age limit, work experience", "対象 年齢 職務経験"


def without_self(question: str, tokenizer: Tokenizer) -> str:
    """The question without the clauses in which the asker speaks of themselves.

    Where only those clauses name anything, an age stays as the word for it, so that its rule is found.
    """
    clauses = [c for c in _CLAUSE.findall(question) if c.strip(" 、。.,")]
    if len(clauses) < 2:
        return f"{_age_word(question)} {question}" if _asks_of_age_alone(question, tokenizer) else question
    spoken = [
        _is_own(fold(c), tokenizer) and not asks(c) and not _TOPIC.search(c) and not _SELECTION.search(c)
        for c in clauses
    ]
    spoken = [
        own or (_names_a_person(c, tokenizer) and after)
        for c, own, after in zip(clauses, spoken, [*spoken[1:], False], strict=True)
    ]
    rest = "".join(c for c, own in zip(clauses, spoken, strict=True) if not own).strip()
    if not any(spoken) or not rest or _SUCH.search(fold(rest)):
        return question
    about_age = bool(_AGE.search(fold(question))) and bool(_AGE_ASKED.search(fold(rest)))
    if named := _conditions_named(fold(question), fold(rest), tokenizer):
        return f"{_age_word(question)} {named} {rest}" if about_age else f"{named} {rest}"
    if names_something(rest, tokenizer):
        return f"{_age_word(question)} {rest}" if about_age and len(rest) < 40 else rest
    if about_age:
        return f"{_age_word(question)} {rest}"
    return question


def _is_own(clause: str, tokenizer: Tokenizer) -> bool:
    """Whether a clause is about the asker, and names nothing else but a place: not 「大卒でⅠ類Bで入ったら」."""
    if _MASKED.search(clause):
        return True
    rest = _SELF.sub(" ", clause)
    places = {w.start for w in tokenizer.words(rest) if w.name == "地名"}
    named = [start for _, start, _ in tokenizer.concepts.find(rest) if start not in places]
    return bool(_SELF.search(clause)) and not named


def _conditions_named(folded: str, rest: str, tokenizer: Tokenizer) -> str:
    """What a bare 「応募できますか」 is about by what was said before it: where one lives, how long one has worked.

    Only conditions that hold alike for everyone: the schooling, sex or nationality told with them changes nothing.
    """
    bare = _BARE.search(rest) or _MAY_APPLY.search(rest)
    if not bare or names_something(_MAY_APPLY.sub(" ", _BARE.sub(" ", rest)), tokenizer):
        return ""
    lives, worked = _LIVES.search(folded), _WORKED.search(folded)
    years = "years of work experience" if detect(folded) == "en" else "職務経験 何年"
    return " ".join(filter(None, [lives and lives.group(), worked and years]))


def _names_a_person(clause: str, tokenizer: Tokenizer) -> bool:
    """Whether a clause is nothing but a person's name, as before one's telephone number."""
    nouns = [w for w in tokenizer.words(clause) if w.noun]
    return bool(nouns) and all(w.name == "人名" for w in nouns)


def _age_word(question: str) -> str:
    return "age limit" if detect(question) == "en" else "年齢 何歳まで"


def _asks_of_age_alone(question: str, tokenizer: Tokenizer) -> bool:
    """「四十五歳でも受けられる?」: an age, a wish to apply, and no other topic."""
    folded = fold(question)
    if not (_AGE.search(folded) and _AGE_ASKED.search(folded)):
        return False
    return not names_something(_AGE.sub("", folded), tokenizer)


def asks(clause: str) -> bool:
    """Whether a clause asks something, rather than leading up to it."""
    return bool(_QUESTION.search(fold(clause).strip())) and not clause.rstrip("、").endswith(("が", "けど", "ので"))


def names_something(text: str, tokenizer: Tokenizer) -> bool:
    """Whether a text has a term of the glossary or a noun of some length."""
    return bool(tokenizer.concepts.find(fold(text))) or any(
        w.noun and not w.light and len(w.surface) > 1 for w in tokenizer.words(text)
    )
