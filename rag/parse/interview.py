"""A published interview: who answers what, under which section title.

In: the lines of a page. Out: a page in which one section is one speaker's answer, with the question it answers.
The form: list lines, a title, a lead, profiles 「名前(所属)」, section titles, the interviewer's questions without a
name before them, answers 「名前:」 whose later paragraphs carry no name, remarks that begin with ※.
No name, title or question is known beforehand. It does not summarise, and takes no remark into an answer.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from rag.parse.text import About, Line, Page, Placed, asks, bare_question, compose, is_bullet, marks_question

Role = Literal["aside", "title", "section", "question", "profile", "answer", "body"]

_NAME = r"[^\W\d_][^\s:：。、「」『』()（）\d/・]{0,14}?(?:[ \u3000][^\W\d_][^\s:：。、「」()（）\d/]{0,9}?)?"
_ANSWER = re.compile(
    rf"^(?P<name>{_NAME})(?:さん|氏)?(?:[(（](?P<affiliation>[^:：。]{{1,60}})[)）])?\s*[:：]\s*(?P<said>(?!//).*)$"
)
_PROFILE = re.compile(rf"^(?P<name>{_NAME})(?:さん|氏)?\s*[(（](?P<affiliation>[^。]{{1,60}})[)）]$")
_LABEL = re.compile(
    r"(?:公開|(?:最新|最終)?更新|掲載|作成|投稿|取材)?日|日[時程付]|期[間限]|場所|会場|対象|定員|費用|時間|資格|条件|住所|電話(?:番号)?"
    r"|メール|連絡先|注意?|備考|例|出典|写真|文|取材(?:・文)?|撮影|構成|編集|担当|タグ|カテゴリー?|[質疑]?問い?|答え?|回答"
    r"|[QA]|URL|https?|TEL|FAX|E-?mail|Note|Date",
    re.I,
)
_INTERVIEWER = re.compile(r"聞き手|インタビュアー|司会者?|進行|編集部|記者|ライター|Interviewer", re.I)
_META = re.compile(r"^(?:(?:公開|更新|最新更新|最終更新|掲載|作成|投稿)日|タグ|カテゴリー?)\s*[:：]")
_TAG = re.compile(r"^\s*(?:[-*・•]\s*|[#＃](?=[^\s#]))")
_REMARK = re.compile(r"^\s*[※＊*]\s*\S")
_SAID_ALOUD = re.compile(r"(?:です|ます|でした|ました|ましょう|ません|ください|たい|[ねよ])[!！?？]+$")
_ENDS_SENTENCE = re.compile(r"[。．、，…]$|(?<=[a-z])\.$")
_TO_ONESELF = re.compile(r"(?:ではないで(?:しょう|す)か|のではと|の(?:だろう)?か|だろうか|ないか)[。?？]?$")
_TO_SPEAKER = re.compile(
    r"(?:[のん]ですよ?ね|でしたね|ましたね|れますね|(?:素晴らしい|すばらしい|頼もしい|心強い|興味深い)ですね)[。!！]?$"
    r"|(?:られ|され|いらっしゃ|おっしゃ)[^。]{0,14}ね[。!！]?$|^なるほど|ありがとうございま(?:す|した)[。!！]?$"
)


@dataclass(frozen=True, kw_only=True)
class Speaker:
    """Someone who answers. `affiliation` is from the profile line, None without one."""

    name: str
    affiliation: str | None


@dataclass
class _Place:
    """Where the walk down the page is; `profile` says that the section is a profile's, not a section title's."""

    title: str
    section: str
    profile: bool = False
    question: list[str] = field(default_factory=list)
    speaker: Speaker | None = None


def has_form(lines: Sequence[Line]) -> bool:
    """Whether speakers that are profiled, or come back, give two answers or more."""
    speakers = _speakers(lines)
    return sum(_answerer(line, speakers) is not None for line in lines) >= 2


def arrange(lines: Sequence[Line], *, title: str | None, fallback: str) -> Page:
    """The interview's page. `title` is the page's, None to take its first line that is no list item.

    `fallback` names the page where no line does.
    """
    speakers = _speakers(lines)
    roles = _roles(lines, speakers, title)
    named = title or next((line.text for line, role in zip(lines, roles, strict=True) if role == "title"), fallback)
    place = _Place(title=named, section=named)
    placed = [_put(line, role, place, speakers) for line, role in zip(lines, roles, strict=True)]
    return compose(named, placed)


def _speakers(lines: Sequence[Line]) -> dict[str, Speaker]:
    """By name: those with a profile, and where somebody is profiled or asked, those that tell twice or more."""
    profiles = {m["name"]: m["affiliation"] for line in lines if (m := _PROFILE.match(line.text))}
    answers: defaultdict[str, list[int]] = defaultdict(list)
    for at, line in enumerate(lines):
        if (found := _ANSWER.match(line.text)) and _may_answer(found["name"]):
            answers[found["name"]].append(at)
            if found["affiliation"]:
                profiles.setdefault(found["name"], found["affiliation"])
    known = {name: _affiliation(name, profiles) for name in answers}
    telling = {name for name, places in answers.items() if _tells(lines, places)}
    asked = any(known.values()) or any(_is_asked_above(lines, answers[name]) for name in telling)
    return {
        name: Speaker(name=name, affiliation=affiliation)
        for name, affiliation in known.items()
        if affiliation or (asked and name in telling)
    }


def _may_answer(name: str) -> bool:
    return not (_LABEL.fullmatch(name) or _INTERVIEWER.fullmatch(name))


def _tells(lines: Sequence[Line], answers: Sequence[int]) -> bool:
    """Whether sentences follow the name twice or more, as they seldom do a label (対象者: …)."""
    said = [_said(lines, at) for at in answers]
    return sum(bool(re.search(r"[。!！?？]|\.(?:\s|$)", words)) for words in said) >= 2


def _is_asked_above(lines: Sequence[Line], answers: Sequence[int]) -> bool:
    above = [lines[at - 1].text for at in answers if at]
    return any(asks(text) or marks_question(text) or _asked_by_name(text) for text in above)


def _said(lines: Sequence[Line], at: int) -> str:
    """The first words of the answer, which may stand on the line below the name."""
    found = _ANSWER.match(lines[at].text)
    return (found["said"] if found else "") or (lines[at + 1].text if at + 1 < len(lines) else "")


def _affiliation(name: str, profiles: Mapping[str, str]) -> str | None:
    """The profile may give the full name (青柳 環) where the answers give the family name."""
    full = next((known for known in profiles if known == name or re.split(r"[ \u3000]", known)[0] == name), None)
    return profiles[full] if full else None


def _answerer(line: Line, speakers: Mapping[str, Speaker]) -> Speaker | None:
    found = _ANSWER.match(line.text)
    return speakers.get(found["name"]) if found and not line.heading else None


def _roles(lines: Sequence[Line], speakers: Mapping[str, Speaker], title: str | None) -> list[Role]:
    roles: list[Role] = ["body"] * len(lines)
    spoken = [at for at, line in enumerate(lines) if _answerer(line, speakers)]
    _mark_top(lines, roles, spoken[0], title)
    marked = any(line.heading and role != "title" for line, role in zip(lines, roles, strict=True))
    for at in spoken:
        roles[at] = "answer"
    for at, line in enumerate(lines):
        if roles[at] == "answer":
            continue
        if _REMARK.match(line.text):
            roles[at] = "aside"
        elif roles[at] == "body" and (_asked_by_name(line.text) or marks_question(line.text)):
            roles[at] = "question"
        elif roles[at] == "body" and line.heading:
            roles[at] = "question" if asks(line.text) else "section"
    for before, at in zip([-1, *spoken], spoken, strict=False):
        again = before < 0 or _answerer(lines[before], speakers) == _answerer(lines[at], speakers)
        _mark_introduction(lines, roles, range(before + 1, at), again=again, marked=marked)
    if not marked:
        _mark_end(lines, roles, spoken[-1])
    return roles


def _mark_top(lines: Sequence[Line], roles: list[Role], until: int, title: str | None) -> None:
    """Above the first answer: list lines (dates, tags), title, profiles. A list item after prose is prose."""
    titled = prose = False
    for at in range(until):
        text = lines[at].text
        if _META.match(_TAG.sub("", text)) or (not prose and _TAG.match(text)):
            roles[at] = "aside"
        elif _REMARK.match(text):
            continue
        elif not titled and (title is None or text == title):
            roles[at], titled = "title", True
        elif _PROFILE.match(text):
            roles[at] = "profile"
        else:
            prose = True


def _mark_introduction(lines: Sequence[Line], roles: list[Role], between: range, *, again: bool, marked: bool) -> None:
    """Section title and question among the last two lines before an answer.

    `again`: the same speaker goes on, or nobody has spoken yet, so that something must have been asked in between.
    Without it the last line is a question only if it looks like one: it may end the answer above.
    `marked`: the form says which lines are headings, so that no other line is a section title.
    """
    tail = _tail(roles, between)
    if not tail:
        _mark_title_of_question(lines, roles, between, marked=marked)
        return
    last, above = tail[-1], tail[-2] if len(tail) > 1 else None
    titled = not marked and above is not None and _titles(lines[above].text)
    if not (marked or titled or asks(lines[last].text)) and _titles(lines[last].text):
        roles[last] = "section"
        return
    beneath_heading = last > between.start and roles[last - 1] == "section"
    if not _is_asked(lines[last].text, certain=again or titled or beneath_heading):
        return
    roles[last] = "question"
    if above is not None and titled:
        roles[above] = "section"
    elif above is not None and (_asks_speaker(lines[above].text) or _remarks(lines[above].text)):
        roles[above] = "question"


def _tail(roles: Sequence[Role], between: range) -> list[int]:
    """The plain lines right above an answer, a profile's first paragraph left out."""
    start = between.stop
    while start > between.start and roles[start - 1] == "body":
        start -= 1
    return list(range(start + (start > between.start and roles[start - 1] == "profile"), between.stop))


def _mark_title_of_question(lines: Sequence[Line], roles: list[Role], between: range, *, marked: bool) -> None:
    """Where a sign (Q. , ――) marks the question, only the line above it may be a section title."""
    asked = next((at for at in between if roles[at] == "question"), between.start)
    if not marked and asked > between.start and roles[asked - 1] == "body" and _titles(lines[asked - 1].text):
        roles[asked - 1] = "section"


def _mark_end(lines: Sequence[Line], roles: list[Role], last: int) -> None:
    """What follows the last answer: from a short line that is no sentence on, it is no longer the answer."""
    for at in range(last + 1, len(lines)):
        text = lines[at].text
        if roles[at] == "body" and len(text) <= 40 and _titles(text) and not re.search(r"[!！?？]$", text):
            roles[at] = "section"


def _put(line: Line, role: Role, place: _Place, speakers: Mapping[str, Speaker]) -> Placed:
    """Move the place on by this line, and say which section the line lies in."""
    if role == "answer":
        return _put_answer(line, place, speakers)
    if role == "body":
        return Placed(text=line.text, about=_about(place))
    if role in ("section", "profile"):
        found = _PROFILE.match(line.text) if role == "profile" else None
        place.section, place.profile = (found["name"] if found else line.text), role == "profile"
        place.question, place.speaker = [], None
    elif role == "question":
        if place.speaker:
            place.question, place.speaker = [], None
        if place.profile:
            place.section, place.profile = place.title, False
        asked = _ANSWER.match(line.text)
        place.question.append(asked["said"] if asked and _asked_by_name(line.text) else bare_question(line.text) or "")
    return Placed(text=line.text)


def _put_answer(line: Line, place: _Place, speakers: Mapping[str, Speaker]) -> Placed:
    found = _ANSWER.match(line.text)
    place.speaker = _answerer(line, speakers)
    if place.profile:
        place.section, place.profile = place.title, False
    return Placed(text=line.text, about=_about(place), skip=found.start("said") if found else 0)


def _about(place: _Place) -> About:
    return About(
        heading_path=(place.section,),
        question=_join(place.question) or None,
        speaker=place.speaker.name if place.speaker else None,
        affiliation=place.speaker.affiliation if place.speaker else None,
    )


def _join(sentences: Sequence[str]) -> str:
    """As one text: Latin sentences with a space between them."""
    return (" " if all(s and s[-1].isascii() for s in sentences) else "").join(sentences)


def _asked_by_name(text: str) -> bool:
    found = _ANSWER.match(text)
    return bool(found and _INTERVIEWER.fullmatch(found["name"]))


def _is_asked(text: str, *, certain: bool) -> bool:
    """`certain`: its place says that it is a question; then only a long paragraph is none."""
    if certain:
        return len(text) <= 120 or (len(text) <= 200 and asks(text))
    return _asks_speaker(text) or _remarks(text)


def _asks_speaker(text: str) -> bool:
    return len(text) <= 120 and asks(text) and not _TO_ONESELF.search(text)


def _remarks(text: str) -> bool:
    """Whether the line tells the speaker something about the speaker (〜されてきたのですね。)."""
    return len(text) <= 80 and bool(_TO_SPEAKER.search(text))


def _titles(text: str) -> bool:
    """Whether the line may be a section title: short, and not ended as a sentence of speech or an item of a list."""
    return (
        len(text) <= 60
        and not is_bullet(text)
        and not _ENDS_SENTENCE.search(text)
        and not (text.endswith(("」", "』")) and "。" in text)
        and not _SAID_ALOUD.search(text)
        and not _asks_speaker(text)
        and not _PROFILE.match(text)
    )
