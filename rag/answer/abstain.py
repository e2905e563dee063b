"""The words of not answering: reason -> message and contact, from replies.toml.

In: a reason, the gap the question falls into, the route it names. Out: `Abstention`, and which gap words it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from rag.corpus.replies import Gap, Replies, Route
from rag.language.normalise import fold
from rag.types import Abstention, Language, Reason


def find_gap(question: str, replies: Replies) -> Gap | None:
    """The first gap whose every list of terms the question meets, and none of whose `unless`."""
    folded = fold(question)
    return next((gap for gap in replies.gaps if _falls_in(folded, gap)), None)


def _falls_in(folded: str, gap: Gap) -> bool:
    return all(names_one(folded, terms) for terms in gap.terms) and not names_one(folded, gap.unless)


def names_one(folded: str, terms: Sequence[str]) -> bool:
    """Whether a term stands in the text; a Latin term must begin a word (pay: payment, not repay)."""
    pattern = _any_of(tuple(terms))
    return pattern is not None and pattern.search(folded) is not None


@lru_cache(maxsize=4096)  # far more lists than the words file has; compiled anew they take longer than all else
def _any_of(terms: tuple[str, ...]) -> re.Pattern[str] | None:
    return re.compile("|".join(_start(term) + re.escape(term) for term in map(fold, terms))) if terms else None


def _start(term: str) -> str:
    return r"(?<![a-z])" if term[:1].isascii() and term[:1].isalpha() else ""


def find_routes(question: str, replies: Replies) -> tuple[Route, ...]:
    """The routes a question names; a longer name hides the shorter ones within it."""
    folded = fold(question)
    found: list[tuple[int, int, Route]] = []
    for route in replies.routes:
        for term in map(fold, route.terms):
            at = folded.find(term)
            if at >= 0:
                found.append((at, at + len(term), route))
    widest = [f for f in found if not any(o[0] <= f[0] and f[1] <= o[1] and o[1] - o[0] > f[1] - f[0] for o in found)]
    return tuple({route.id: route for _, _, route in widest}.values())


def write_abstention(
    reason: Reason,
    replies: Replies,
    language: Language,
    *,
    gap: Gap | None = None,
    routes: Sequence[Route] = (),
    values: dict[str, object] | None = None,
) -> Abstention:
    """Message and contact: a gap's own words first; a named route's official page as contact."""
    reply = replies.abstentions[reason]
    contact = reply.contact
    message = reply.of(language)
    if reason in {Reason.NO_EVIDENCE, Reason.OTHER_YEAR} and routes:
        contact = routes[0].contact
    if reason is Reason.NO_EVIDENCE and gap is not None:
        contact, message = gap.contact, gap.of(language)
    filled = {"asked": "", "nearest": "", "limit": "", "route": routes[0].of(language) if routes else ""}
    message = message.format(**(filled | {k: str(v) for k, v in (values or {}).items()}))
    return Abstention(reason=reason, message=message, contact=replies.contact(contact, language))
