"""Whether a question lies within what the material can answer: of its field, and outside the gaps known in it.

In: a turn, its query, hits and evidence, the served words. Out: hits that count, a gap, a yes or no. Pure; it writes
no words for people.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from rag.answer.abstain import find_gap, names_one
from rag.converse import Turn
from rag.corpus import Replies
from rag.corpus.replies import Gap, Route
from rag.coverage import known_share
from rag.evidence import Evidence
from rag.evidence.support import meets
from rag.index import Index
from rag.language.normalise import fold
from rag.language.tokens import Tokenizer
from rag.query import Query
from rag.types import Hit, Language

FOREIGN = 0.4  # share of the best score from which passages in the question's own language are enough
RARE = 0.6  # share of the highest idf among what is carried over from which a word is a topic
STRANGE = 0.24  # share of the question that a thing must have to be what is asked for; Latin words weigh less
STRANGE_LATIN = 0.13
LONG_NAME = 4  # characters from which a name of the glossary is known although one of them is wrong
BARE_QUESTION = 9  # characters up to which what is left of a question is only 「応募できますか」


def of_language(hits: Sequence[Hit], language: Language) -> list[Hit]:
    """Passages in the question's language alone, unless those of the other are far better."""
    own = [h for h in hits if h.passage.lang == language]
    return own if own and own[0].score >= FOREIGN * hits[0].score else list(hits)


def on_topic(hits: Sequence[Hit], query: Query, turn: Turn, index: Index) -> list[Hit]:
    """Of a follow-up the passages that speak of a thing carried over, the commonest ones apart, where any does."""
    carried = fold(" ".join(turn.carried))
    known = [
        t for t in query.terms if t.surface in carried and any(a in index.terms.vocabulary for a in t.alternatives)
    ]
    if not known:
        return list(hits)
    rarest = max(term.idf for term in known)
    topics = [term for term in known if term.idf >= RARE * rarest]
    near = [h for h in hits if any(meets(t, index, index.terms.whole(index.position[h.passage.id])) for t in topics)]
    return near or list(hits)


def is_off_topic(query: Query, index: Index, least: float) -> bool:
    """Whether the question names nothing of this field: no term of the glossary but a place, mostly unknown words."""
    named = any(a.startswith("g:") for term in query.terms if term.name != "地名" for a in term.alternatives)
    return not named and known_share(query, index) <= least


_THING = re.compile(r"(?=.*[一-鿿])[一-鿿々ぁ-ん]*[一-鿿][一-鿿々][一-鿿々ぁ-ん]*(?<![ぁ-ん])|[ァ-ヺー]{4,}")
_NAMED_EN = re.compile(r"\b(?:an?|or|the|which|what|any|my) (?:[a-z]+ ){0,1}?$")
_LATIN = re.compile(r"[a-z]{3,}")


def asks_for_stranger(query: Query, index: Index) -> bool:
    """Whether a weighty part of the question is a thing that no text of the material names (光熱費, 昼休み, an MBA).

    Names of persons and places, misspelt words and single characters are left to the evidence.
    """
    for term in query.terms:
        if not term.noun or any(a in index.terms.vocabulary for a in term.alternatives):
            continue
        weight = term.rarity / query.total_rarity
        if term.name is None and _THING.fullmatch(term.surface) and weight >= STRANGE:
            return not _is_misspelt(term.surface, query, index)
        if _LATIN.fullmatch(term.surface) and weight >= STRANGE_LATIN and _is_thing(term.surface, query):
            return True
    return False


def _is_misspelt(surface: str, query: Query, index: Index) -> bool:
    """Whether the word and what stands around it is a name of the glossary but for one character (cio保佐官)."""
    at = query.folded.find(surface)
    for name in index.tokenizer.concepts.terms:
        for start in range(max(0, at + len(surface) - len(name)), at + 1) if len(name) >= LONG_NAME else ():
            window = query.folded[start : start + len(name)]
            if len(window) == len(name) and sum(a != b for a, b in zip(window, name, strict=True)) == 1:
                return True
    return False


def _is_thing(surface: str, query: Query) -> bool:
    """Whether a Latin word is used as a noun: any in Japanese text, in English one after an article or the like."""
    if query.language == "ja":
        return True
    before = re.split(rf"\b{re.escape(surface)}\b(?!')", query.folded)
    return len(before) > 1 and bool(_NAMED_EN.search(before[0]))


_TOPIC = re.compile(r"[^、。]{2,12}?(?:は|って)、?")
_IS_IT_SO = re.compile(r"よね|(?:って|は)(?:本当|ほんと)|でしょ")


def is_of_another(query: Query, evidence: Evidence, routes: Sequence[Route]) -> bool:
    """Whether the question is about an organisation or route beside the ways in, and no chosen passage names it.

    A person named besides is what the question is about: 「GovTech東京の平井さんは」; so is the topic of a supposition:
    「ICT職は、GovTech東京ができた年に新設されたんですよね」.
    """
    person = any(term.name == "人名" for term in query.terms)
    if person or not routes or not evidence.chosen or any(route.entry for route in routes):
        return False
    names = [fold(term) for route in routes for term in route.terms]
    topic = _TOPIC.match(query.folded)
    if topic and _IS_IT_SO.search(query.folded) and not any(name in topic[0] for name in names):
        return False
    texts = (fold(f"{c.hit.passage.title}\n{c.hit.passage.question}\n{c.text}") for c in evidence.chosen[:2])
    return not any(name in text for text in texts for name in names)


def gap_of(turn: Turn, replies: Replies) -> Gap | None:
    """The gap that the question falls into.

    What the asker says of themselves counts only where nothing else is asked than whether they may apply:
    「外国籍です。初任給は?」 is about pay, 「外国籍ですが応募できますか」 about nationality.
    """
    if turn.text == turn.question or len(turn.text) < BARE_QUESTION:
        return find_gap(f"{turn.question}\n{turn.text}", replies)
    return find_gap(turn.text, replies)


# what leads up to a question without asking anything: 「去年落ちたんですが」 "the commuting allowance"
_PREAMBLE = re.compile(
    r"(?:が|けど|けれど|ので|から|し)$"
    r"|^(?=[ -~]+$)(?!.*\b(?:is|are|do|does|did|can|could|will|would|has|have)\b)(?!.*\bwh|.*\bhow\b)"
)


def stands_beside(gap: Gap, evidence: Evidence, turn: Turn, tokenizer: Tokenizer) -> bool:
    """Whether the evidence answers something although part of what is asked is known to be missing.

    It does where a chosen sentence holds all of the gap's terms that the question does (the material has caught up
    with the gap), or where the question has a further part: a clause about something else than the gap's last list.
    """
    asked = [t for terms in gap.terms for t in terms if names_one(fold(f"{turn.question}\n{turn.text}"), [t])]
    if any(all(names_one(fold(c.text), [t]) for t in asked) for c in evidence.chosen):
        return True
    text = turn.question if turn.carried else turn.text
    clauses = [
        c.strip()
        for c in re.split(r"[。?？、,]|と、|また|とか|(?<=[一-鿿ァ-ヶ])や(?=[一-鿿ァ-ヶ])|\b(?:and|or)\b", text)
        if c.strip()
    ]
    others = [c for c in clauses if not names_one(fold(c), gap.terms[-1]) and not _PREAMBLE.search(fold(c))]
    nouns = ([w for w in tokenizer.words(clause) if w.noun and not w.light] for clause in others)
    return len(clauses) > 1 and any(len(found) >= 2 for found in nouns)
