"""What this turn asks: the question without the candidate's self-description, completed by the turns before it.

In: the question and the user's former questions, oldest first. Out: the `Turn`s it could be read as; the one with the
best evidence counts. Sex, age, nationality, disability and school of the asker are taken out before retrieval, so that
the same question finds the same facts (DESIGN §1.9); a stated age where nothing else is asked becomes a question about
age. It carries over nouns only, never answers, and uses no model.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from rag.intent import without_excluded
from rag.language.detect import detect
from rag.language.normalise import fold
from rag.language.tokens import Tokenizer
from rag.rivals import Rivals, name_persons, names_any, replaced_by, without_rivals

_POINTS_BACK = re.compile(
    r"それ(?!ぞれ)|そこ(?!そこ)|その(?!他|ほか|まま)|この|これ(?!まで|から)|あれ|あの|そちら|そっち|同じ(?:く|です|なの)|一緒(?:です|なの|\?|か)|彼|前の質問|さっき|先ほど|今の話|上の"
    r"|\b(?:it|its|that|those|they|them|their|he|his|she|her|former|latter)\b(?!')"
)
_CONTINUES = re.compile(
    r"^(?:じゃあ|じゃ|では|でも|ちなみに|あと|それと|それから|他に|他は|ほかに|ほかは|もっと|詳しく|具体的|なぜ|どうして|例えば|つまり|逆に"
    r"|what about|how about|and\b|so\b|then\b|also\b|why\b|more\b|any other|anything else|what else)"
)
_OPENING = re.compile(
    r"^(?:じゃあ|じゃ|では|でも|ちなみに|あと|それと|それから|逆に|and|so|then|also)[、,。 ]*|^(?:what|how) about "
)
_QUESTION = re.compile(
    r"[?？]|(?:か|かな|かね|の|たい(?:です)?|ください|下さい|ほしい(?:です)?|欲しい|教えて|は|って)[。!！.\s]*$|^(?:what|who|when|where|why|how|is|are|do|does|can|could|will|would|should)\b"
)
_SELF = re.compile(
    r"と申します|といいます|my name is|〔[^〕]+〕|(?<!\d)[1-6]\d(?:です|だけど|だが|なん|になり)|(?:\d+|[一二三四五六七八九十]+)(?:歳|才|代)|アラ(?:サー|フォー|フィフ)|男性|女性|女子|男子|主婦|主夫|シングル|妊娠|産後|外国(?:籍|人)|日本(?:国籍|人)|国籍|障害|障がい|車いす|手帳"
    r"|(?<!男)[男女](?:です|なの|だ(?:が|けど|から))|[一-鿿ァ-ヶー]{2,8}人(?:です|なの|だ(?:が|けど|から))|(?<!在)籍(?:です|なの|で、)"
    r"|高卒|短大卒|専門(?:学校)?卒|大卒|院卒|大学院|大学(?:卒|を出|生)|高専|学生|既卒|新卒|フリーター|無職|ニート|会社員|公務員|正社員|派遣社員|契約社員|エンジニア|(?<![a-z])se(?![a-z])|プログラマ|営業(?:職)?|事務職?をし|教員|看護師"
    r"|住んで|住む|在住|出身|働いて(?:い|る|き)|勤め|務め|勤続|経験(?:は|が|も)?\d|年(?:目|ほど|くらい)|考えてい|迷って|検討して|目指して|転職(?:を|し)|\bi(?:'m| am|'ve| have| work)\b|\bas an? \w+"
)
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
_LIVES = re.compile(
    r"海外(?:在住|に住)|国外|都外|地方(?=在住|に住)|(?<=今は)[一-鿿]{2,4}(?=在住)|(?:living|live) (?:abroad|overseas)"
)
_WORKED = re.compile(
    r"(?:経験|歴|勤続|キャリア)[^、。]{0,6}?\d+年|\d+年[^、。]{0,8}(?:経験|勤|働|やって)|\d+ years[^,.]{0,12}(?:experience|as an?|work)|experience[^,.]{0,12}\d+ years"
)
_BARE = re.compile(r"応募|受験|申し?込み?|エントリー|無理|大丈夫|平気|可能|資格|対象|試験|選考|ict職?|apply|eligible")
_YEAR = re.compile(
    r"(?:令和|平成)(?:元|\d{1,2})年度?(?:の|に|は|版|分)?|\d{4}年度(?:の|に|は|版|分)?|(?:今|本|来|次|昨|前)年度?(?:の|に|は)?|去年度?(?:の|に|は)?|(?:this|next|last) (?:fiscal )?year'?s?|(?:in )?(?:fy|fiscal(?: year)?) ?\d{4}"
)
_SUBJECT = re.compile(r"(?:は|が(?!あ)|を|って|とか|について)(?!$)")
TURNS, CARRIED = 3, 3
BARE = 8  # characters up to which a follow-up (「5期は?」) is read alone only where it names a term of the glossary
NEW = -1.5  # logits: 「休暇は?」 after a question about hours is likelier to lean on it than to open a topic of its own


@dataclass(frozen=True, kw_only=True)
class Turn:
    """`text` is what to retrieve for; `carried` are words of former turns in it; `bias` (logits) is for its support.

    `leans`: whether former turns complete it.
    """

    question: str
    text: str
    carried: tuple[str, ...] = ()
    bias: float = 0.0
    leans: bool = False


def read_turns(
    question: str, history: Sequence[str], tokenizer: Tokenizer, rivals: Sequence[Rivals] = ()
) -> tuple[Turn, ...]:
    """The readings of a question, the likeliest first; never empty.

    A question that names one of two `rivals` drops the other that was named before it: 「DQとは」 「GQは?」.
    """
    core = without_self(question, tokenizer)
    alone = Turn(question=question, text=without_year(core))
    if history:
        turns = _continue(alone, fold(core).strip(), history, tokenizer, rivals)
    else:
        asked = _only_questions(core, tokenizer)
        turns = (alone,) if asked == core else (alone, replace(alone, text=without_year(asked)))
    turns = tuple(reading for turn in turns for reading in _set_aside(turn, tokenizer))
    return tuple(replace(turn, text=with_requirements(turn.text, question, rivals, tokenizer)) for turn in turns)


_NEVER_DID = re.compile(
    r"(?:を(?:した|やった))?(?:経験が)?こと(?:が|は|も)?(?:一度も|まったく|全く|全然|一切)?(?:ない|なく|ありません)"
)


def _set_aside(turn: Turn, tokenizer: Tokenizer) -> tuple[Turn, ...]:
    """A reading without what the question sets aside, where it names something else, and the reading as it is.

    「ITの仕事をしたことが一度もない」 is read as 「ITの仕事の経験がない」, as the material says it.
    """
    if _NEVER_DID.search(fold(turn.text)):
        said = _NEVER_DID.sub(lambda m: "の経験がない" if m[0].startswith("を") else "経験がない", fold(turn.text))
        turn = replace(turn, text=said)
    rest = without_excluded(turn.text)
    if rest == fold(turn.text) or not _names_something(rest, tokenizer):
        return (turn,)
    return (replace(turn, text=rest), turn)


def _continue(
    alone: Turn, folded: str, history: Sequence[str], tokenizer: Tokenizer, rivals: Sequence[Rivals]
) -> tuple[Turn, ...]:
    """The readings of a question that may lean on the turns before it; `folded` is what it asks."""
    points, continues = bool(_POINTS_BACK.search(folded)), bool(_CONTINUES.search(folded))
    said = _OPENING.sub("", folded)
    carried = _topic(history, tokenizer, whole=points or not _OWN_TOPIC.search(said))
    if not carried or not (points or continues or _short(folded, tokenizer)):
        return (alone,)
    former = without_year(fold(without_self(history[-1], tokenizer))).strip()
    if not points and (old := replaced_by(said, former, rivals, tokenizer)):
        kept = tuple(word for word in _nouns(former, tokenizer) if old.name not in word)
        anew = replace(alone, text=old.said_anew, carried=kept, bias=1.0, leans=True)
        return (anew, replace(anew, text=said, carried=(), bias=NEW))
    carried = without_rivals(carried, folded, rivals, both=points)
    if not carried:
        return (alone,)
    named = name_persons(_OPENING.sub("", alone.text), carried, tokenizer)
    joined = _join(named, carried, fold(named).strip(), tokenizer)
    bias = 1.0 if points or continues else 0.0
    completed = replace(alone, text=joined, carried=carried, bias=bias, leans=True)
    if points or not _names_something(said, tokenizer):
        return (completed,)
    if len(folded) > BARE:
        return (completed, alone)
    return (completed, replace(alone, bias=NEW)) if tokenizer.concepts.find(said) else (completed,)


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
    """A question whether one may apply for a route, and nothing else, together with what a route asks for."""
    folded = fold(text)
    routes = [names for r in rivals if r.always for names in (r.one, r.other)]
    named = any(names_any(folded, names) for names in routes)
    if _OTHER_CONDITION.search(fold(question)):
        return text
    asks = _CONDITIONS.search(folded) and (named or len(folded) < 20)
    if not (asks or (named and _MAY_APPLY.search(folded))):
        return text
    rest = _MAY_APPLY.sub(" ", _CONDITIONS.sub(" ", _AGED.sub(" ", folded)))
    for name in sorted(frozenset().union(*routes), key=len, reverse=True):
        rest = rest.replace(name, " ")
    if _names_something(_OF_ROUTE.sub(" ", rest), tokenizer):
        return text
    return f"{text} ({_REQUIRED_EN})" if detect(text) == "en" else f"{_REQUIRED_JA} {text}"


_REQUIRED_EN, _REQUIRED_JA = "age limit, work experience", "対象 年齢 職務経験"

_OWN_TOPIC = re.compile(r"[一-鿿ァ-ヶーa-z0-9](?:は|って)|(?:誰|だれ|どこ|何)[がにでを]")

_LISTED = re.compile(r"と、|[、,，・]|(?<=[一-鿿ァ-ヶーa-z])と(?=[一-鿿ァ-ヶーa-z])|および|及び|\band\b")
_TOGETHER = re.compile(r"まとめて|一度に|両方|それぞれ|並べて|順(?:に|番に)|\bboth\b|\brespectively\b")
_REQUEST = re.compile(
    r"(?:を|は|の)?(?:まとめて|一度に|両方|それぞれ|並べて|順(?:に|番に))|(?:を|について)?(?:教えて|知りたい).*$|(?:は|って)?[?？]?$"
)
_INTERROGATIVE = re.compile(r"いつ|何|誰|だれ|どこ|どんな|どの|どれ|いくら|いくつ|なぜ|どう|(?:ます|です|の)か$")
PARTS = 4


def split_parts(text: str, tokenizer: Tokenizer) -> tuple[str, ...]:
    """The parts of a question that lists several things, each completed by the topic of the first; else none.

    「選考の対象年齢と、採用時の職級をまとめて教えて」 becomes 「選考の対象年齢」 and 「選考 採用時の職級」.
    """
    if text.endswith(f"({_REQUIRED_EN})"):
        asked = text.removesuffix(f"({_REQUIRED_EN})")
        return (f"age limit: {asked}", f"years of work experience: {asked}")
    folded = fold(text).strip()
    pieces = [_REQUEST.sub("", piece.strip()).strip(" をはので。.") for piece in _LISTED.split(folded)]
    parts = [piece for piece in pieces if len(piece) <= 40 and _names_something(piece, tokenizer)]
    if len(parts) < 2 or len(parts) > PARTS:
        return ()
    if not (_TOGETHER.search(folded) or len(parts) > 2 or all(_INTERROGATIVE.search(part) for part in parts)):
        return ()
    first, *others = parts
    topic = first.rpartition("の")[0]
    return (first, *(f"{topic} {part}".strip() for part in others))


def _join(text: str, carried: tuple[str, ...], folded: str, tokenizer: Tokenizer) -> str:
    own = {w.token for w in tokenizer.words(folded)} | {g for g, _, _ in tokenizer.concepts.find(folded)}
    new = [
        word
        for word in carried
        if not own & ({g for g, _, _ in tokenizer.concepts.find(word)} or {w.token for w in tokenizer.words(word)})
    ]
    words = " ".join(new)
    return f"{text} ({words})" if detect(text) == "en" else f"{words} {text}"


def without_year(text: str) -> str:
    """The question without the year it asks for: evidence is asked for the year apart from the words."""
    kept = _YEAR.sub("", fold(text) if _YEAR.search(fold(text)) else text).strip()
    return kept if len(kept) >= 2 else text


def without_self(question: str, tokenizer: Tokenizer) -> str:
    """The question without the clauses in which the asker speaks of themselves.

    Where only those clauses name anything, an age stays as the word for it, so that its rule is found.
    """
    clauses = [c for c in _CLAUSE.findall(question) if c.strip(" 、。.,")]
    if len(clauses) < 2:
        return f"{_age_word(question)} {question}" if _asks_of_age_alone(question, tokenizer) else question
    spoken = [
        bool(_SELF.search(fold(c))) and not _asks(c) and not _TOPIC.search(c) and not _SELECTION.search(c)
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
    if _names_something(rest, tokenizer):
        return f"{_age_word(question)} {rest}" if about_age and len(rest) < 40 else rest
    if about_age:
        return f"{_age_word(question)} {rest}"
    return question


def _conditions_named(folded: str, rest: str, tokenizer: Tokenizer) -> str:
    """What a bare 「応募できますか」 is about by what was said before it: where one lives, how long one has worked.

    Only conditions that hold alike for everyone: the schooling, sex or nationality told with them changes nothing.
    """
    bare = _BARE.search(rest) or _MAY_APPLY.search(rest)
    if not bare or _names_something(_MAY_APPLY.sub(" ", _BARE.sub(" ", rest)), tokenizer):
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
    return not _names_something(_AGE.sub("", folded), tokenizer)


def _only_questions(text: str, tokenizer: Tokenizer) -> str:
    """The sentences that ask, where those around them name nothing of the field; else the text as it is."""
    sentences = [s for s in re.findall(r".+?(?:[。!?！？]+|$)", text, re.DOTALL) if s.strip()]
    asked = "".join(s for s in sentences if _asks(s.rstrip("。")))
    around = "".join(s for s in sentences if not _asks(s.rstrip("。")))
    alone = asked and around and not tokenizer.concepts.find(fold(around)) and _names_something(asked, tokenizer)
    return asked if alone else text


def _asks(clause: str) -> bool:
    return bool(_QUESTION.search(fold(clause).strip())) and not clause.rstrip("、").endswith(("が", "けど", "ので"))


def _names_something(text: str, tokenizer: Tokenizer) -> bool:
    return bool(tokenizer.concepts.find(fold(text))) or any(
        w.noun and not w.light and len(w.surface) > 1 for w in tokenizer.words(text)
    )


def _short(folded: str, tokenizer: Tokenizer) -> bool:
    """「任期は?」「令和6年度は何名でしたか」「窓口の仕事でも大丈夫?」: too few nouns to stand alone for sure.

    Nor does a question that names neither topic nor subject nor object: 「都の職員以外も対象なの?」.
    """
    if not folded.isascii() and len(folded) <= 24 and not _SUBJECT.search(folded):
        return True
    nouns = {w.token for w in tokenizer.words(folded) if w.noun and not w.surface.isdigit()}
    return len(nouns) <= 3 and len(folded) <= (60 if folded.isascii() else 24)


def _topic(history: Sequence[str], tokenizer: Tokenizer, *, whole: bool) -> tuple[str, ...]:
    """The nouns of the nearest earlier question that names a topic: its concepts first, then its other nouns.

    With those of the questions that it leans on; where this turn has a topic of its own (not `whole`), only those of
    the first: 「GovTech東京はいつできた?」 「理事長は?」 「職員は何人?」.
    """
    for position in range(len(history) - 1, max(-1, len(history) - 1 - TURNS), -1):
        question = without_self(history[position], tokenizer)
        words = _nouns(question, tokenizer)
        if words and position > 0 and _leans(question, tokenizer):
            before = _topic(history[:position], tokenizer, whole=whole)
            return tuple(dict.fromkeys((*before, *words) if whole or not before else before))[:CARRIED]
        if words:
            return words
    return ()


def _leans(question: str, tokenizer: Tokenizer) -> bool:
    folded = fold(question).strip()
    return bool(_POINTS_BACK.search(folded) or _CONTINUES.search(folded)) or _short(folded, tokenizer)


def _nouns(question: str, tokenizer: Tokenizer) -> tuple[str, ...]:
    folded = without_year(fold(question))
    spans = [(start, end) for _, start, end in tokenizer.concepts.find(folded)]
    found = [folded[start:end] for start, end in spans]
    run: list[tuple[int, int]] = []
    for word in tokenizer.words(folded):
        inside = any(start <= word.start and word.end <= end for start, end in spans)
        if not word.noun or inside:
            continue
        if run and run[-1][1] == word.start:
            run[-1] = (run[-1][0], word.end)
        else:
            run.append((word.start, word.end))
    found += [folded[start:end] for start, end in run if end - start >= 2 and not folded[start:end].isdigit()]
    return tuple(dict.fromkeys(found))[:CARRIED]
