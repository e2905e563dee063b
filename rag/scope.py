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
from rag.corpus.replies import Gap
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


def gap_of(turn: Turn, replies: Replies) -> Gap | None:
    """The gap that the question falls into.

    What the asker says of themselves counts only where nothing else is asked than whether they may apply:
    「外国籍です。初任給は?」 is about pay, 「外国籍ですが応募できますか」 about nationality.
    """
    if turn.text == turn.question or len(turn.text) < BARE_QUESTION:
        return find_gap(f"{turn.question}\n{turn.text}", replies)
    return find_gap(turn.text, replies)


def stands_beside(gap: Gap, evidence: Evidence, turn: Turn, tokenizer: Tokenizer) -> bool:
    """Whether the evidence answers something although part of what is asked is known to be missing.

    It does where a chosen sentence holds all of the gap's terms that the question does (the material has caught up
    with the gap), or where the question has a further part: a clause about something else than the gap's last list.
    """
    asked = [t for terms in gap.terms for t in terms if names_one(fold(f"{turn.question}\n{turn.text}"), [t])]
    if any(all(names_one(fold(c.text), [t]) for t in asked) for c in evidence.chosen):
        return True
    clauses = [c for c in re.split(r"[。?？、,]|と、|また", turn.text) if c.strip()]
    others = [c for c in clauses if not names_one(fold(c), gap.terms[-1])]
    nouns = ([w for w in tokenizer.words(clause) if w.noun and not w.light] for clause in others)
    return len(clauses) > 1 and any(len(found) >= 2 for found in nouns)
