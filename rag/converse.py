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

from rag.asker import REQUIRED_EN, asks, names_something, with_requirements, without_self
from rag.intent import without_excluded
from rag.language.detect import detect
from rag.language.normalise import fold
from rag.language.tokens import Tokenizer
from rag.rivals import Rivals, name_persons, replaced_by, without_rivals

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
    if rest == fold(turn.text) or not names_something(rest, tokenizer):
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
    if points or not names_something(said, tokenizer):
        return (completed,)
    if len(folded) > BARE:
        return (completed, alone)
    return (completed, replace(alone, bias=NEW)) if tokenizer.concepts.find(said) else (completed,)


_OWN_TOPIC = re.compile(r"[一-鿿ァ-ヶーa-z0-9](?:は|って)|(?:誰|だれ|どこ|何)[がにでを]")

_LISTED = re.compile(r"と、|[、,，・]|(?<=[一-鿿ァ-ヶーa-z])と(?=[一-鿿ァ-ヶーa-z])|および|及び|\band\b")
_TOGETHER = re.compile(r"まとめて|一度に|両方|それぞれ|並べて|順(?:に|番に)|\bboth\b|\brespectively\b")
_REQUEST = re.compile(
    r"(?:を|は|の)?(?:まとめて|一度に|両方|それぞれ|並べて|順(?:に|番に))|(?:を|について)?(?:教えて|知りたい).*$|(?:は|って)?[?？]?$"
)
_INTERROGATIVE = re.compile(
    r"いつ|何|誰|だれ|どこ|どんな|どの|どれ|いくら|いくつ|なぜ|どう|(?:ます|です|の)か$"
    r"|^(?:what|when|where|who|how|which|is|are|do|does|can|will)\b"
)
_AS_WELL = re.compile(
    r"[一-鿿ァ-ヶーa-z0-9]と、|それと|それから|あと、|また、|, and (?=(?:what|when|where|who|how|which|is|are|do|does|can|will)\b)"
)
PARTS = 4


def split_parts(text: str, tokenizer: Tokenizer, *, pairs: bool = False) -> tuple[str, ...]:
    """The parts of a question that lists several things, each completed by the topic of the first; else none.

    `pairs`: for a question without an answer: two things are parts, too, if joined by a word for it; a list is not.
    「選考の対象年齢と、採用時の職級をまとめて教えて」 becomes 「選考の対象年齢」 and 「選考 採用時の職級」.
    """
    if text.endswith(f"({REQUIRED_EN})"):
        asked = text.removesuffix(f"({REQUIRED_EN})")
        return (f"age limit: {asked}", f"years of work experience: {asked}")
    folded = fold(text).strip()
    pieces = [_REQUEST.sub("", piece.strip()).strip(" をはので。.") for piece in _LISTED.split(folded)]
    parts = [piece for piece in pieces if len(piece) <= 40 and names_something(piece, tokenizer)]
    if len(parts) < 2 or len(parts) > PARTS:
        return ()
    together = _TOGETHER.search(folded) or (pairs and _AS_WELL.search(folded))
    if not (together or (len(parts) > 2 and not pairs) or all(_INTERROGATIVE.search(part) for part in parts)):
        return ()
    first, *others = parts
    topic = first.rpartition("の")[0]
    return (first, *(f"{topic} {part}".strip() for part in others))


_COMPARES = re.compile(r"違[いうっ]|ちが[いうっ]|異な|比べ|比較|\bdiffer|\bcompare|\bversus\b|\bvs\b")


def split_compared(text: str, tokenizer: Tokenizer) -> dict[str, str]:
    """The names that a question compares, each by its synonym group, with the question what it is; else none.

    「GovTech東京とGovTech東京パートナーズの違い」 asks 「GovTech東京とは」 and 「GovTech東京パートナーズとは」 as well.
    """
    folded = fold(text)
    if not _COMPARES.search(folded):
        return {}
    names = {group: folded[start:end] for group, start, end in tokenizer.concepts.find(folded)}
    if not 2 <= len(names) <= PARTS:
        return {}
    english = detect(text) == "en"
    return {group: f"What is {name}?" if english else f"{name}とは" for group, name in names.items()}


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


def _only_questions(text: str, tokenizer: Tokenizer) -> str:
    """The sentences that ask, where those around them name nothing of the field; else the text as it is."""
    sentences = [s for s in re.findall(r".+?(?:[。!?！？]+|$)", text, re.DOTALL) if s.strip()]
    asked = "".join(s for s in sentences if asks(s.rstrip("。")))
    around = "".join(s for s in sentences if not asks(s.rstrip("。")))
    alone = asked and around and not tokenizer.concepts.find(fold(around)) and names_something(asked, tokenizer)
    return asked if alone else text


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
