"""`corpus add`: what a file or a page needs to become a source, asked for where an option leaves it out.

In: a path or an address, the options, a way to ask (None where there is no terminal). Out: a kept `Original`. It
refuses before it writes; reading the file is part of the check.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from rag import originals, overlay
from rag.corpus.sources import RIGHTS
from rag.originals import Original
from rag.parse.detect import MAX_BYTES
from rag.parse.stated import stated_as_of
from rag.refresh import MakeFetcher, fetch_page, keep_page, reach_out
from rag.settings import Settings
from rag.types import AS_OF, KINDS, STANDINGS, ContentError, Language, SettingError, Source

Prompt = Callable[..., Any]


@dataclass(frozen=True, kw_only=True)
class Answers:
    """The options of `corpus add`; None where one was left out."""

    kind: str | None
    title: str | None
    url: str | None
    publisher: str | None
    standing: str | None
    as_of: str | None
    fiscal_year: int | None
    lang: str | None
    rights: str | None


def add_file(settings: Settings, path: Path, given: Answers, *, prompt: Prompt | None) -> Original:
    """Read, describe and keep one file.

    Raises:
        SettingError: an option is wrong, or missing with nobody to ask.
        ContentError: the file can't be read.
    """
    data = _read(path)
    known = overlay.load(settings.corpus, settings.home).sources
    url = _need("url", given.url, prompt, check=lambda value: value.startswith(("http://", "https://")))
    source_id = originals.identify(url, given.title or path.name, known.values())
    page = known.get(source_id)
    lang = cast("Language | None", _one_of("lang", given.lang, ("ja", "en")) if given.lang else None)
    unsaid = Source(id=source_id, title=source_id, url=url, publisher="", kind="news", standing="official")
    document = Original(source=unsaid, name=path.name, data=data, lang=lang).document()
    as_of = _as_of(given, stated_as_of(document.text), prompt)
    source = Source(
        id=source_id,
        title=_need("title", given.title, prompt, default=page.title if page else None),
        url=url,
        publisher=_need("publisher", given.publisher, prompt, default=page.publisher if page else None),
        kind=_one_of("kind", _need("kind", given.kind, prompt, default=page.kind if page else None), KINDS),
        standing=_one_of(
            "standing", _need("standing", given.standing, prompt, default=page.standing if page else None), STANDINGS
        ),
        fiscal_year=given.fiscal_year,
        as_of=as_of,
        as_of_note=None if as_of or given.fiscal_year else "時点表示なし",
        rights=given.rights or "text",
    )
    original = Original(source=source, name=path.name, data=data, lang=lang)
    originals.keep(settings.home, original, document)
    return original


def add_page(
    settings: Settings, url: str, given: Answers, *, prompt: Prompt | None, make_fetcher: MakeFetcher = reach_out
) -> Original:
    """Fetch, describe and keep one page. The right to show its text must be said: it is not ours to suppose.

    Raises:
        SettingError: an option is wrong, or missing with nobody to ask.
        OutsideError: the page can't be fetched.
        ContentError: it can't be read.
    """
    page = fetch_page(settings, url, make_fetcher=make_fetcher)
    known = page.known
    as_of = _as_of(given, page.as_of or (None if page.fiscal_year is None else "none"), prompt)
    year = given.fiscal_year or page.fiscal_year
    source = Source(
        id=page.source_id,
        title=_need("title", given.title, prompt, default=known.title if known else page.document.title),
        url=page.url,
        publisher=_need("publisher", given.publisher, prompt, default=known.publisher if known else None),
        kind=_one_of("kind", _need("kind", given.kind, prompt, default=known.kind if known else None), KINDS),
        standing=_one_of(
            "standing", _need("standing", given.standing, prompt, default=known.standing if known else None), STANDINGS
        ),
        fiscal_year=year,
        as_of=as_of,
        as_of_note=None if as_of or year else "時点表示なし",
        rights=_one_of("rights", _need("rights", given.rights, prompt, default="digest"), RIGHTS),
    )
    return keep_page(settings, page, source)


def _as_of(given: Answers, stated: str | None, prompt: Prompt | None) -> str | None:
    """The option, else what the page itself states, else asked for; None where a fiscal year stands for it."""
    value = given.as_of or (None if given.fiscal_year else stated)
    if value is None and given.fiscal_year is None:
        value = _need("as_of", None, prompt, default="none")
    if value is None or value.lower() == "none":
        return None
    if not AS_OF.fullmatch(value):
        raise SettingError(f"--as-of {value} は YYYY・YYYY-MM・YYYY-MM-DD ではありません")
    return value


def _read(path: Path) -> bytes:
    try:
        if path.stat().st_size > MAX_BYTES:
            raise ContentError(f"大きすぎます({MAX_BYTES >> 20} MBまで)", path=str(path))
        return path.read_bytes()
    except OSError as error:
        raise ContentError(f"読めません({error.strerror})", path=str(path)) from error


def _need(
    name: str,
    value: str | None,
    prompt: Prompt | None,
    *,
    default: str | None = None,
    check: Callable[[str], bool] = bool,
) -> str:
    option = f"--{name.replace('_', '-')}"
    if value is None and prompt is not None:
        value = str(prompt(option, default=default)).strip()
    if value is None:
        raise SettingError(f"{option} がありません。端末がないときは、必要な項目をすべてオプションで書いてください")
    if not check(value):
        raise SettingError(f"{option} {value} は使えません")
    return value


def _one_of(name: str, value: str, choices: tuple[str, ...]) -> Any:  # a Literal of rag.types once it is among them
    if value not in choices:
        raise SettingError(f"--{name} {value} は使えません({'・'.join(choices)} のいずれか)")
    return value
