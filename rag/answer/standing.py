"""Official word before a third party's: where evidence opens with the latter, the official sentence that says as much.

In: the chosen sentences and all that were ranked. Out: the chosen ones, an official one first where there is one that
meets as much of the question and holds the kind of fact asked for (DESIGN §1.3). It adds one sentence or none.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from rag.evidence import Candidate
from rag.intent import Intent

AS_MUCH = 0.95  # share of the third party's coverage of the question that an official sentence must reach
AS_NEAR = 0.7  # share of its score
ALIKE = 0.6  # likeness of an asking from which a passage was written for such a question
SURELY = 0.9  # likeness from which it was, whatever words its sentences use
CLOSE = 0.85  # share of its score from which one of the two, words or asking, is enough
MOST = 4


def official_first(
    chosen: Sequence[Candidate], ranked: Sequence[Candidate], intent: Intent, likeness: Callable[[Candidate], float]
) -> tuple[Candidate, ...]:
    """The sentences in the order in which they are to be said.

    `likeness` (0 … 1) is how like the question the closest asking of a candidate's passage is.
    """
    if not chosen or chosen[0].official or intent.experience:
        return tuple(chosen)
    lead = chosen[0]
    fit = (c for c in ranked if _stands_in(c, lead, intent) and _answers(c, lead, likeness(c)))
    best = next(fit, None)
    if best is None:
        return tuple(chosen)
    rest = [c for c in chosen if (c.at, c.number) != (best.at, best.number)]
    return (best, *rest)[:MOST]


def _stands_in(candidate: Candidate, lead: Candidate, intent: Intent) -> bool:
    if not candidate.official or candidate.hit.passage.lang != lead.hit.passage.lang:
        return False
    if intent.wanted is not None and lead.wanted and not candidate.wanted:
        return False
    if intent.years and not candidate.years & intent.years:
        return False
    if candidate.score < AS_NEAR * lead.score:
        return False
    return not candidate.hit.passage.speaker


def _answers(candidate: Candidate, lead: Candidate, likeness: float) -> bool:
    """Whether it meets as much of the question as the third party's: by its words and its asking, or surely by one."""
    as_much = candidate.words >= AS_MUCH * lead.words
    if candidate.score < CLOSE * lead.score:
        return as_much and likeness >= ALIKE
    return (as_much and (likeness >= ALIKE or candidate.wanted)) or likeness >= SURELY
