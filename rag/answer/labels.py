"""What stands beside a sentence: as-of or 年度, who speaks, 体験談, 第三者情報; and the notices under an answer.

In: sources and passages, today's date, the templates of replies.toml. Out: label strings and `Notice`s. It takes
everything from metadata, nothing from the sentence.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import date

from rag.corpus.replies import Replies
from rag.language.values import era_year, fiscal_year_of
from rag.types import Citation, Language, Notice, NoticeCode, Passage, Sentence, Source

_MONTHS = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]
TIMES = 3  # shown of one sentence's sources
OLD_AFTER_YEARS = 1  # a rule of an earlier fiscal year than today's may have been replaced


def write_date(as_of: str, language: Language) -> str:
    """2024-08 -> 2024年8月 / August 2024."""
    parts = [int(p) for p in as_of.split("-")]
    if language == "ja":
        return "".join(f"{n}{unit}" for n, unit in zip(parts, "年月日", strict=False))
    year, *rest = parts
    month = f"{_MONTHS[rest[0] - 1]} " if rest else ""
    day = f"{rest[1]} " if len(rest) > 1 else ""
    return f"{day}{month}{year}"


def when(source: Source, replies: Replies, language: Language) -> str:
    """The time a source holds for, in words: its date, else its fiscal year, else its note."""
    labels = replies.labels
    if source.as_of:
        return labels["as_of"].of(language).format(date=write_date(source.as_of, language))
    if source.fiscal_year:
        return labels["fiscal_year"].of(language).format(year=source.fiscal_year, era=era_year(source.fiscal_year))
    note = source.as_of_note or ""
    return labels["no_date"].of(language).format(note=note) if note else ""


def write_label(passage: Passage, sources: Sequence[Source], replies: Replies, language: Language) -> str | None:
    """The label of one sentence; None where there is nothing to say."""
    labels = replies.labels
    parts = [write_times(sources, replies, language)]
    if passage.speaker:
        speaker = labels["speaker"].of(language)
        parts.append(speaker.format(affiliation=passage.affiliation or "", name=passage.speaker).strip(" ,、"))
    if all(s.kind == "interview" for s in sources):
        parts.append(labels["experience"].of(language))
    if third_parties := sum(s.standing == "third_party" for s in sources):
        alone = third_parties == len(sources)
        label = labels["third_party"] if alone else labels.get("partly_third_party", labels["third_party"])
        parts.append(label.of(language))
    if passage.lang != language:
        parts.append(labels["japanese_quote"].of(language))
    return "・".join(p for p in parts if p) if language == "ja" else " · ".join(p for p in parts if p) or None


def write_times(sources: Iterable[Source], replies: Replies, language: Language) -> str:
    """The times that a sentence's sources hold for, at most TIMES of them: one date would speak for the others.

    Official sources go before third parties, dated ones before undated, later ones before earlier; where they are
    more than TIMES, the last of them stands, too, for it is the oldest.
    """
    ordered = sorted(sources, key=_rank, reverse=True)
    times = dict.fromkeys(filter(None, (when(source, replies, language) for source in ordered)))
    return ("、" if language == "ja" else ", ").join(
        times if len(times) <= TIMES else [*list(times)[: TIMES - 1], *list(times)[-1:]]
    )


def _rank(source: Source) -> tuple[bool, bool, str]:
    return source.standing == "official", not _undated(source), _moment(source)


def _moment(source: Source) -> str:
    return source.as_of or (f"{source.fiscal_year}-04" if source.fiscal_year else "")


def list_notices(
    sentences: Sequence[Sentence],
    replies: Replies,
    language: Language,
    today: date,
    missing: str | None,
    touched: Callable[[Citation], bool] = lambda citation: False,
) -> tuple[Notice, ...]:
    """The notices an answer needs, in the order of NOTICE_CODES. `touched`: the cited page has changed since."""
    citations = [c for s in sentences for c in s.citations]
    found: list[NoticeCode] = []
    if any(c.source.standing == "third_party" for c in citations):
        found.append("third_party")
    if any(all(c.source.kind == "interview" for c in s.citations) for s in sentences):
        found.append("experience")
    years = {y for y in map(_held_for, citations) if y}
    if len(years) > 1:
        found.append("older_year")
    if any(_undated(c.source) for c in citations):
        found.append("no_date")
    if years and fiscal_year_of(today) - max(years) >= OLD_AFTER_YEARS:
        found.append("maybe_outdated")
    if any(map(touched, citations)):
        found.append("source_updated")
    notices = [Notice(code=code, message=replies.notices[code].of(language)) for code in found]
    if missing:
        message = replies.notices["part_missing"].of(language).format(missing=missing)
        notices.append(Notice(code="part_missing", message=message))
    return tuple(notices)


def _held_for(citation: Citation) -> int | None:
    """The fiscal year that a rule or figure holds for; experience does not age in this sense."""
    source = citation.source
    if source.kind not in {"rule", "faq", "statistics", "news"}:
        return None
    return source.fiscal_year or (int(source.as_of[:4]) if source.as_of else None)


def _undated(source: Source) -> bool:
    return source.as_of is None and source.fiscal_year is None
