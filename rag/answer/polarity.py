"""Whether a sentence points the same way as its quotes: negation, restriction, limits, opposite and strong words.

In: the reading of a sentence and its alignment. Out: whether they disagree, one function a way. Pure. Words and figures
are checks.py's.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from itertools import pairwise

from rag.answer.alignment import Alignment, covers, same_figure
from rag.answer.denials import Atom, Denial, meet, same_denial, same_topic, weigh
from rag.answer.reading import Figure, Reading, Side
from rag.answer.vocabulary import read_vocabulary

_DENIED_STRONG = re.compile(
    r"\b(?:not|no|never|cannot)\b(?: \w+){0,2}? (?:always|guarantee\w*|every\w*|all|any\w*)\b"
    r"|(?:必ず|全員|誰でも|すべて|全て|いつでも|保証)[^。、]{0,14}?(?:ません|な[いく]|ず(?=、|$))"
)
_EARLY = frozenset({"until", "before"})
SAID = 0.6  # share of the words about what is denied, from which it is spoken of
BEHIND = 4  # characters between a word and its negation: 「就学していない」
FEW = 2  # words of a clause up to which all must be met for it to be said


def denies_otherwise(sentence: Reading, alignment: Alignment) -> bool:
    """Whether something is denied that the quotes do not deny, or said that they deny.

    Negations are paired by the words they bear on; what is left, by what their clauses are about. A restriction of the
    quotes that the sentence does not repeat (パソコンに限る) may be told as a negation (スマートフォンではできない).
    """
    quoted = [d for q in alignment.quotes for d in q.reading.denials]
    open_, left = list(quoted), list[Denial]()
    for denial in sentence.denials:
        match = next((d for d in open_ if same_denial(denial, d)), None)
        if match is None:
            left.append(denial)
        else:
            open_.remove(match)
    left = [d for d in left if not d.contrary]
    demanded = [d for d in quoted if not d.contrary and _is_said(d, sentence)]
    dropped = [d for d in demanded if not any(same_denial(o, d) for o in sentence.denials)]
    softer = [d for q in alignment.quotes for d in q.reading.softer]
    told_softly = sentence.softer if len(sentence.softer) > len(softer) else ()
    if not _pair(dropped, [*left, *sentence.inclusions, *told_softly]):
        return True
    unsaid = [
        denial
        for quoted_ones, said_ones in (
            ([r for q in alignment.quotes for r in q.reading.restrictions], sentence.restrictions),
            ([i for q in alignment.quotes for i in q.reading.inclusions], sentence.inclusions),
            (softer, sentence.softer),
        )
        if len(quoted_ones) > len(said_ones)
        for denial in quoted_ones
    ]
    if any(_denies_the_only(d, alignment) for d in left):
        return True
    contrasts = [c for q in alignment.quotes for c in q.reading.contrasts]
    if len(contrasts) > len(sentence.contrasts):
        left = _less_contrasts(left, contrasts)
    return not _pair(left, [*open_, *unsaid])


def _denies_the_only(denial: Denial, alignment: Alignment) -> bool:
    """「1次に適性検査はなく」 for 「1次は適性検査だけ」: what alone is there is denied, and no quote does so."""
    quoted = [d for q in alignment.quotes for d in q.reading.denials]
    only = [r.heads[0] for q in alignment.quotes for r in q.reading.restrictions if r.heads]
    near = [a for a in denial.heads[:2] if a.noun and not a.light]
    return any(meet(a, o) for a in near for o in only) and not any(same_denial(denial, d) for d in quoted)


def _less_contrasts(denials: Sequence[Denial], contrasts: Sequence[Denial]) -> list[Denial]:
    """The negations left once each contrast of the quotes was told by one: right behind its word, about the same."""
    left = list(denials)
    for contrast in contrasts:
        told = (d for d in left if any(0 <= d.start - a.end <= BEHIND and meet(a, contrast.heads[0]) for a in d.topic))
        match = next((d for d in told if same_topic(d, contrast)), None)
        if match is not None:
            left.remove(match)
    return left


def _pair(denials: Sequence[Denial], others: Sequence[Denial]) -> bool:
    """Whether each negation has another of its own that is about the same."""
    free = list(others)
    for denial in denials:
        match = next((d for d in free if same_topic(denial, d)), None)
        if match is None:
            return False
        free.remove(match)
    return True


def restricts_otherwise(sentence: Reading, alignment: Alignment) -> bool:
    """Whether something is said of one thing only, where the quotes restrict and deny nothing, or restrict another
    thing that is said too; or the reverse."""
    quotes = [q.reading for q in alignment.quotes]
    if _restricts_another(sentence, quotes):
        return True
    restricted = any(q.restrictions for q in quotes)
    included, denied = any(q.inclusions for q in quotes), any(q.denials for q in quotes)
    if sentence.restrictions and not restricted:
        if included and not sentence.inclusions and not sentence.denials:
            return True
        return not (included or denied or any(read_vocabulary().restriction.search(q.folded) for q in quotes))
    return bool(sentence.inclusions) and restricted and not included and not denied


def _restricts_another(sentence: Reading, quotes: Sequence[Reading]) -> bool:
    """「試験が廃止され、面接のみ」 for 「試験のみで、面接は廃止」: each tells of both, and restricts the other one."""
    quoted = [r for q in quotes for r in q.restrictions]
    if len(quoted) != 1 or len(sentence.restrictions) != 1 or not quoted[0].heads or not sentence.restrictions[0].heads:
        return False
    said, there = sentence.restrictions[0], quoted[0]
    told = any(covers(q.keys, said.heads[0]) for q in quotes) and covers(sentence.keys, there.heads[0])
    return told and not same_denial(said, there)


def _is_said(denial: Denial, sentence: Reading) -> bool:
    """Whether the sentence speaks of what a quote denies: a word next to it, and most words of its clause."""
    if not any(_is_met(head, sentence) or head.surface in sentence.folded for head in denial.heads[:2]):
        return False
    clause = [a for a in denial.topic if not a.keys & {f.key for f in sentence.figures}]
    if len(clause) <= FEW:
        return all(_is_met(a, sentence) for a in clause)
    first = denial.heads[0]  # what is denied itself counts in full, be it a light word

    def say(atom: Atom) -> float:
        return 1.0 if atom == first else weigh(atom)

    return sum(say(a) for a in clause if _is_met(a, sentence)) >= SAID * sum(map(say, clause))


def _is_met(atom: Atom, sentence: Reading) -> bool:
    return covers(sentence.keys, atom) or any(meet(atom, other) for other in sentence.atoms)


def limits_otherwise(sentence: Reading, alignment: Alignment) -> bool:
    """Whether まで stands where the quotes have から, at a figure or at a word."""
    if _begins_twice(sentence):
        return True
    for said in sentence.figures:
        sides = {q.side for q in alignment.figures if same_figure(said, q)}
        if said.side and sides and None not in sides and said.side not in sides | _alike(said, sides):
            return True
    quoted = [limit for quote in alignment.quotes for limit in quote.reading.limits]
    for limit in sentence.limits:
        sides = {other.side for other in quoted if other.head.keys & limit.head.keys}
        if sides and not any((limit.side in _EARLY) == (side in _EARLY) for side in sides):
            return True
    return False


def _alike(said: Figure, sides: Collection[Side | None]) -> set[Side]:
    """ "until April 2025" for "before April 2025": of a month or a year, English means the same by both."""
    outer: set[Side] = {"until", "before"}
    plain = said.value.kind == "date" and said.value.written.isascii() and str(said.value.low).count("-") < 2
    return outer if plain and outer & set(sides) else set()


def _begins_twice(sentence: Reading) -> bool:
    """「22歳から29歳から」: a range that ends with where it begins says something else than any range."""
    ranges = [f for f in sentence.figures if None not in {f.value.low, f.value.high} and f.value.low != f.value.high]
    if any(f.side == "from" for f in ranges):
        return True
    starts = [f for f in sentence.figures if f.side == "from"]
    return any(0 <= b.start - a.end <= 3 for a, b in pairwise(starts))


def says_the_opposite(sentence: Reading, alignment: Alignment) -> bool:
    """Whether a word is said whose opposite alone stands in the quotes."""
    quoted = "\n".join(quote.reading.folded for quote in alignment.quotes)
    for pair in read_vocabulary().opposites:
        for said, other in (pair, pair[::-1]):
            if said.search(sentence.folded) and other.search(quoted) and not said.search(quoted):
                return True
    return False


def overstates(sentence: Reading, alignment: Alignment) -> bool:
    """Whether 必ず, 全員 and the like are said without such a word in the quotes."""
    words = read_vocabulary()
    said = words.spared.sub("", sentence.folded)
    return bool(words.strong.search(said)) and not any(_is_strong(q.reading, sentence) for q in alignment.quotes)


def _is_strong(quote: Reading, sentence: Reading) -> bool:
    """Whether a quote holds a strong word; one that it denies ("not guaranteed") only lets a sentence deny as well."""
    bare = _DENIED_STRONG.sub("", quote.folded)
    words = read_vocabulary().strong
    return bool(words.search(bare) or (words.search(quote.folded) and (sentence.denials or sentence.softer)))
