"""Why a question is not to be answered whatever the evidence: a reason read off its wording, or none.

In: a folded question. Out: a `Reason` (unsafe, the asker's own data, a staff member's private matters, a verdict on one
person, another field, an opinion), or None. A rule is a row of word lists that must follow one another in one sentence,
with lists that take the sentence out again. It knows no question by heart and nothing of the corpus; the words are in
words.py.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from rag.reasons import words as w
from rag.types import Reason

_SENTENCE = re.compile(r"(?<=[。?!\n])|(?<=(?<!\bmr)(?<!\bms)(?<!\bdr)(?<!mrs)\.) ")


@dataclass(frozen=True, kw_only=True)
class Rule:
    """Lists that must follow one another within `gap` characters of one sentence; none of `unless` may stand in it.

    `across`: the whole question counts as one sentence.
    """

    reason: Reason
    row: tuple[str, ...]
    gap: int = 20
    unless: tuple[str, ...] = ()
    across: bool = False
    pattern: re.Pattern[str] = field(init=False, repr=False)
    except_for: re.Pattern[str] | None = field(init=False, repr=False)

    def __post_init__(self) -> None:
        between = rf"[^。?!\n]{{0,{self.gap}}}?" if not self.across else rf"[\s\S]{{0,{self.gap}}}?"
        object.__setattr__(self, "pattern", re.compile(between.join(self.row)))
        object.__setattr__(self, "except_for", re.compile("|".join(self.unless)) if self.unless else None)

    def finds(self, folded: str, sentences: tuple[str, ...]) -> bool:
        """Whether the rule holds for one of the sentences."""
        return any(
            self.pattern.search(text) and not (self.except_for and self.except_for.search(text))
            for text in ((folded,) if self.across else sentences)
        )


def _rules(reason: Reason, *rows: Rule | tuple[str, ...]) -> tuple[Rule, ...]:
    return tuple(row if isinstance(row, Rule) else Rule(reason=reason, row=row) for row in rows)


_UNSAFE = _rules(
    Reason.UNSAFE,
    Rule(reason=Reason.UNSAFE, row=(w.RULES, w.BREAK), gap=8),
    (w.UNBOUND_AI,),
    (w.MODE,),
    (w.INTERNALS, w.SHOW),
    (w.ORDERED_EN, w.INTERNALS),
    (w.YOUR_INTERNALS_EN,),
    (w.DICTATE,),
    (w.POSE,),
    (w.OVERRIDE_EN,),
    Rule(reason=Reason.UNSAFE, row=(w.SYSTEM, w.INTRUDE), unless=(w.DEFENCE,)),
    Rule(reason=Reason.UNSAFE, row=(w.INTRUDE, w.SYSTEM), unless=(w.DEFENCE,)),
    Rule(reason=Reason.UNSAFE, row=(w.HACK,), unless=(w.DEFENCE,)),
    Rule(reason=Reason.UNSAFE, row=(w.EXAM, w.CHEAT), gap=10, unless=(w.DEFENCE,)),
    (w.CHEAT_ALONE,),
    Rule(reason=Reason.UNSAFE, row=(w.SITTING, w.PROXY), gap=30, unless=(w.DEFENCE,)),
    Rule(reason=Reason.UNSAFE, row=(w.SITTING, w.AIDED, w.UNNOTICED), gap=30, unless=(w.DEFENCE,)),
    (w.PROXY_EN,),
    (w.LEAK_EN,),
    Rule(reason=Reason.UNSAFE, row=(w.PRETEND, w.DECEIVE), gap=30, unless=(w.PREVENTION,)),
    (w.ANSWERS, w.SHOW),
    (w.ANSWERS_EN,),
    Rule(reason=Reason.UNSAFE, row=(w.CAREER, w.FALSIFY), gap=6),
    Rule(reason=Reason.UNSAFE, row=(w.FALSIFY, w.CAREER), gap=6),
    (w.LIE,),
    (w.HARM,),
)
_OWN_DATA = _rules(
    Reason.USER_PERSONAL_DATA,
    Rule(reason=Reason.USER_PERSONAL_DATA, row=(w.ME, "の?" + w.OWN_RECORD), gap=0),
    Rule(reason=Reason.USER_PERSONAL_DATA, row=(w.ME, w.RECORD, w.DO_IT), gap=14),
    Rule(reason=Reason.USER_PERSONAL_DATA, row=(w.KIN, w.SECRET_RECORD, w.DO_IT), gap=10),
    Rule(
        reason=Reason.USER_PERSONAL_DATA,
        row=(w.SECRET_RECORD, "忘れ|なくし(?!た[いく])|無くし(?!た[いく])"),
        gap=3,
        unless=("たら",),
    ),
    Rule(reason=Reason.USER_PERSONAL_DATA, row=(w.REGISTERED, w.CHANGE_IT), gap=24, unless=(w.IN_GENERAL,)),
    Rule(reason=Reason.USER_PERSONAL_DATA, row=(w.SENT, w.ARRIVED), gap=6, unless=(w.IN_GENERAL,)),
    (w.HERE, w.LET_ME_APPLY),
    (w.THIS_NUMBER, w.REACH),
    (w.ME, w.SAID, w.REMEMBER),
    (w.CALL_BACK,),
    (w.DATA_TYPED,),
    Rule(reason=Reason.USER_PERSONAL_DATA, row=(w.MY_DATA_EN,), unless=(w.GUESS_EN,)),
    (w.ORDER_EN, w.OWN_EN),
)
_STAFF = _rules(
    Reason.STAFF_PERSONAL,
    Rule(reason=Reason.STAFF_PERSONAL, row=(w.NAMED, f"(?:{w.CONTACT}|{w.LIFE}|{w.EARNINGS})"), gap=16),
    Rule(reason=Reason.STAFF_PERSONAL, row=(w.ROLE, f"(?:{w.CONTACT}|{w.LIFE})"), gap=12),
    Rule(reason=Reason.STAFF_PERSONAL, row=(w.ROLE, w.THEIR_EN), gap=40, across=True),
    Rule(reason=Reason.STAFF_PERSONAL, row=(w.TITLED, w.THEIR_EN), gap=80, across=True),
    Rule(reason=Reason.STAFF_PERSONAL, row=(f"(?:{w.LIFE_EN}|how old)", "(?:of|is) " + w.TITLED), gap=16),
    (r"\bwhere\b", w.TITLED, r"\blives?\b"),
    (w.PRIVATE_EN + f"(?:{w.LIFE_EN}|{w.CONTACT})",),
)
_ABOUT_ME = _rules(
    Reason.INDIVIDUAL,
    Rule(reason=Reason.INDIVIDUAL, row=(w.ME, w.OUTCOME), gap=40),
    Rule(reason=Reason.INDIVIDUAL, row=(w.KIN, w.OUTCOME), gap=40),
    Rule(reason=Reason.INDIVIDUAL, row=(w.ME, w.JUDGE), gap=30),
    Rule(reason=Reason.INDIVIDUAL, row=(w.SHOWN, w.JUDGE), gap=30),
    Rule(reason=Reason.INDIVIDUAL, row=(w.JUDGE, w.SHOWN), gap=12),
    Rule(reason=Reason.INDIVIDUAL, row=(w.DO_I, w.HIRED_EN), gap=40, unless=(w.WH_EN, w.CONDITION_EN)),
    Rule(reason=Reason.INDIVIDUAL, row=(w.ODDS_EN, w.KIN), gap=16),
    Rule(reason=Reason.INDIVIDUAL, row=(w.KIN, f"(?:{w.ODDS_EN}|{w.HIRED_EN})"), gap=16),
    (w.LIKE_ME,),
    (w.MY_CHANCE_EN,),
    Rule(reason=Reason.INDIVIDUAL, row=(w.MY_ODDS_EN,), unless=(w.PAST_EN,)),
)
_FOR_ONESELF = _rules(
    Reason.INDIVIDUAL,
    Rule(reason=Reason.INDIVIDUAL, row=(w.OUTCOME, w.ASKED_SHORT), gap=4, unless=(w.TERMS,)),
    (w.FELL,),
    Rule(reason=Reason.INDIVIDUAL, row=(w.TRY, w.CHANCE), gap=6),
    Rule(reason=Reason.INDIVIDUAL, row=(w.FREE_CHANCE, w.THERE_IS), gap=4),
    Rule(reason=Reason.INDIVIDUAL, row=(f"(?:{w.ME}|{w.KIN})", w.FITS), gap=30),
)
_OPINION = _rules(
    Reason.OPINION,
    Rule(reason=Reason.OPINION, row=(w.WHICH, w.BEST), gap=10),
    (w.IF_SO_WHICH,),
    (w.VIEW,),
    Rule(reason=Reason.OPINION, row=(w.HOW_IS,), unless=(w.FIGURE,)),
    (w.RECOMMEND,),
    Rule(reason=Reason.OPINION, row=(w.SHOULD,), unless=(w.WH,)),
    (w.WORTH,),
    (w.LABEL,),
    (w.POLITICS, w.APPRAISE),
    (w.VIEW_EN,),
    (w.BETTER_EN,),
    (w.SHOULD_EN,),
)
_OFF_TOPIC = _rules(
    Reason.OFF_TOPIC,
    Rule(reason=Reason.OFF_TOPIC, row=(w.LEISURE,), unless=(w.AT_WORK,)),
    Rule(reason=Reason.OFF_TOPIC, row=(w.ERRANDS,), unless=(w.OF_JOBS,)),
)


def find_reason(folded: str) -> Reason | None:
    """The first reason that holds, the gravest first; None where the evidence decides."""
    sentences = tuple(s.strip() for s in _SENTENCE.split(folded) if s and s.strip())
    for rules in (_UNSAFE, _OWN_DATA, _STAFF, _individual_rules(folded), _OFF_TOPIC, _OPINION):
        if any(rule.finds(folded, sentences) for rule in rules):
            return rules[0].reason
    return None


def _individual_rules(folded: str) -> tuple[Rule, ...]:
    """A class of people, or those who have passed, may be asked about: then only a named asker makes it a verdict."""
    asker = re.search(w.ME, folded) or re.search(w.KIN, folded)
    if (re.search(w.CLASS_OF_PEOPLE, folded) and not asker) or re.search(w.CLASS_OF_PEOPLE_EN, folded):
        return _NOT_A_CLASS
    return _ABOUT_ME if re.search(w.OF_PEOPLE, folded) else _ABOUT_ME + _FOR_ONESELF


_NOT_A_CLASS = tuple(rule for rule in _ABOUT_ME if w.SHOWN in rule.row)
