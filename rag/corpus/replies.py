"""replies.toml -> every word the product says of its own accord, in both languages.

In: the file's bytes. Out: Replies: abstentions, notices, labels, gaps, contacts, routes, suggestions, page texts.
It fills no placeholder and decides no answer. Records with words of their own are `Text`s: `.ja`, `.en`, `.of(lang)`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import cast

from rag.corpus.sources import read_url
from rag.corpus.tables import Table, Text, read_toml
from rag.types import NOTICE_CODES, Contact, ContentError, Language, NoticeCode, Reason

LABELS = ("as_of", "fiscal_year", "experience", "third_party", "speaker", "japanese_quote")
PAGE_TEXTS = ("title", "tagline", "ai_notice", "audience", "not_official", "no_personal_data")
IN_ABSTENTIONS = ("asked", "nearest", "limit", "route")
IN_NOTICES = ("missing",)
IN_LABELS = ("date", "year", "era", "note", "name", "affiliation")


@dataclass(frozen=True, kw_only=True)
class ContactEntry(Text):
    """Where a candidate asks on; its words are the contact's name."""

    id: str
    url: str

    def in_language(self, language: Language) -> Contact:
        """The contact as an answer shows it."""
        return Contact(name=self.of(language), url=self.url)


@dataclass(frozen=True, kw_only=True)
class Route(Text):
    """A selection route or staff group; its words are its name. `terms` are what questions call it; `entry`: it leads
    to ICT職, so that a question that names no route is answered for it too."""

    id: str
    terms: tuple[str, ...]
    contact: str
    entry: bool = False


@dataclass(frozen=True, kw_only=True)
class AbstentionReply(Text):
    """What is said for one reason; `contact` is a contact's id."""

    contact: str


@dataclass(frozen=True, kw_only=True)
class Gap(Text):
    """Something known to stand nowhere in the material. It is asked for where a question meets every list of `terms`
    with at least one word and none of `unless`."""

    id: str
    terms: tuple[tuple[str, ...], ...]
    contact: str
    unless: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Suggestion(Text):
    """A question offered on the page, and its topic."""

    topic: Text


@dataclass(frozen=True, kw_only=True)
class Replies:
    """All in the file's order. A right file has every Reason, every NoticeCode, LABELS and PAGE_TEXTS."""

    operator: Text
    contacts: tuple[ContactEntry, ...]
    routes: tuple[Route, ...]
    abstentions: Mapping[Reason, AbstentionReply]
    notices: Mapping[NoticeCode, Text]
    labels: Mapping[str, Text]
    gaps: tuple[Gap, ...]
    suggestions: tuple[Suggestion, ...]
    page: Mapping[str, Text]

    def contact(self, identifier: str, language: Language) -> Contact:
        """The contact of that id, as an answer shows it. KeyError where there is none."""
        return {entry.id: entry for entry in self.contacts}[identifier].in_language(language)


def read_replies(data: bytes, path: str, problems: list[ContentError]) -> Replies | None:
    """Read the file, noting every problem; None where it isn't TOML at all."""
    top = read_toml(data, path, problems)
    if top is None:
        return None
    operator = top.table("operator")
    contacts = tuple(_read_contact(table) for table in top.entries("contact"))
    known = {entry.id for entry in contacts}
    abstentions = _read_named(top, "abstain", tuple(reason.value for reason in Reason), extra=False)
    notices = _read_named(top, "notice", NOTICE_CODES, extra=False)
    replies = Replies(
        operator=_read_text(operator) if operator else Text(ja="", en=""),
        contacts=contacts,
        routes=tuple(_read_route(table, known) for table in top.entries("route")),
        abstentions={Reason(name): _read_abstention(table, known) for name, table in abstentions.items()},
        # the names are those of NOTICE_CODES: others are refused
        notices={cast("NoticeCode", name): _read_text(table, IN_NOTICES) for name, table in notices.items()},
        labels={name: _read_text(each, IN_LABELS) for name, each in _read_named(top, "label", LABELS).items()},
        gaps=tuple(_read_gap(table, known) for table in top.entries("gap")),
        suggestions=tuple(_read_suggestion(table) for table in top.entries("suggest")),
        page={name: _read_text(table) for name, table in _read_named(top, "page", PAGE_TEXTS).items()},
    )
    top.refuse_unread()
    return replies


def _read_named(top: Table, key: str, required: Iterable[str], *, extra: bool = True) -> dict[str, Table]:
    """The tables `[key.name]`: every required name, and others only where `extra` allows them."""
    holder = top.table(key)
    if holder is None:
        return {}
    names = [*required, *(name for name in holder.values if extra and name not in required)]
    tables = {name: table for name in names if (table := holder.table(name))}
    holder.refuse_unread()
    return tables


def _read_text(table: Table, placeholders: tuple[str, ...] = ()) -> Text:
    text = table.both(placeholders)
    table.refuse_unread()
    return text


def _read_contact(table: Table) -> ContactEntry:
    text = table.both()
    entry = ContactEntry(ja=text.ja, en=text.en, id=table.text("id"), url=read_url(table))
    table.refuse_unread()
    return entry


def _known_contact(table: Table, known: set[str]) -> str:
    """The table's `contact`, which must be the id of one."""
    identifier = table.text("contact")
    if identifier and identifier not in known:
        table.refuse(
            f"contact「{identifier}」は [[contact]] にありません({'・'.join(sorted(known)) or 'まだ1つもありません'})"
        )
    return identifier


def _read_route(table: Table, known: set[str]) -> Route:
    text = table.both()
    route = Route(
        ja=text.ja,
        en=text.en,
        id=table.text("id"),
        terms=table.texts("terms"),
        contact=_known_contact(table, known),
        entry=table.flag("entry"),
    )
    table.refuse_unread()
    return route


def _read_abstention(table: Table, known: set[str]) -> AbstentionReply:
    text = table.both(IN_ABSTENTIONS)
    reply = AbstentionReply(ja=text.ja, en=text.en, contact=_known_contact(table, known))
    table.refuse_unread()
    return reply


def _read_gap(table: Table, known: set[str]) -> Gap:
    text = table.both()
    terms = table.text_lists("terms")
    gap = Gap(
        ja=text.ja,
        en=text.en,
        id=table.text("id"),
        terms=terms,
        contact=_known_contact(table, known),
        unless=table.texts("unless", required=False),
    )
    table.refuse_unread()
    return gap


def _read_suggestion(table: Table) -> Suggestion:
    text, topic = table.both(), table.table("topic")
    table.refuse_unread()
    return Suggestion(ja=text.ja, en=text.en, topic=_read_text(topic) if topic else Text(ja="", en=""))
