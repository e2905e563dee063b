"""A web site that changes under the refresh: each page is named as what it is, and no good text is lost."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from changing_site import (
    HOSTS,
    PAGES,
    Change,
    apply,
    list_changes,
    make_pages,
    may_show,
    page_of,
    path_of,
    source_of,
    unique,
    write_page,
    write_site_corpus,
)
from local_site import Site, resolving, serving
from running import TODAY

from rag.bot import Bot
from rag.build import publish
from rag.drift import NAME, read_flags
from rag.fetch import Fetcher
from rag.records import read_documents, read_passages
from rag.refresh import GOOD, RefreshReport, Snapshots, fetch_page, keep_page, read_reports, refresh
from rag.releases import ReleaseStore
from rag.settings import Settings
from rag.types import ContentError, OutsideError, SettingError, Source, StorageError
from ui.printing import OUTCOMES, print_refresh

pytestmark = pytest.mark.timeout(900)  # a machine that is busy with much else


@dataclass(frozen=True, kw_only=True)
class World:
    """A site, a corpus about it, and the product between them."""

    site: Site
    settings: Settings

    def refresh(self, **changes: Any) -> RefreshReport:
        return refresh(self.settings, make_fetcher=self.fetcher, **changes)

    def fetcher(self, hosts: frozenset[str]) -> Fetcher:
        policy = self.site.policy(*hosts, seconds=3.0)
        return Fetcher(policy, resolve=resolving(**{h.replace(".", "__"): "127.0.0.1" for h in HOSTS}))

    def texts(self, release_id: str) -> dict[str, str]:
        """The texts of a release's originals, by source."""
        folder = ReleaseStore(self.settings.home).folder(release_id)
        return {
            d.digest_of or d.id: d.text for d in read_documents(folder / "documents.jsonl") if d.wording == "original"
        }


def make_world(site: Site, folder: Path) -> World:
    corpus = write_site_corpus(folder / "corpus", site.url)
    return World(site=site, settings=Settings(home=folder / "home", corpus=corpus))


@dataclass(frozen=True, kw_only=True)
class Story:
    """Four refreshes: the first, the changed site, the same again, and all well again."""

    world: World
    changes: list[Change]
    first: RefreshReport
    second: RefreshReport
    again: RefreshReport
    healed: RefreshReport


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    with serving(make_pages()) as site:
        world = make_world(site, tmp_path_factory.mktemp("refresh"))
        first = world.refresh()
        assert first.candidate is not None
        publish(world.settings, first.candidate, reason="はじめ")
        changes = list_changes()
        apply(site.pages, changes)
        second = world.refresh()
        again = world.refresh()
        site.pages.update(make_pages())
        yield Story(world=world, changes=changes, first=first, second=second, again=again, healed=world.refresh())


def outcomes(report: RefreshReport) -> dict[str, str]:
    return {page.source_id: page.outcome for page in report.pages}


def test_the_first_refresh_reads_every_page_and_builds_a_candidate(story: Story) -> None:
    assert outcomes(story.first) == {source_of(n): "new" for n in range(PAGES)}
    assert not story.first.needs_attention and not story.first.flags


def test_the_report_names_each_page_as_what_became_of_it(story: Story) -> None:
    expected = {source_of(n): "same" for n in range(PAGES)} | {source_of(c.number): c.outcome for c in story.changes}
    assert outcomes(story.second) == expected
    assert all(page.detail for page in story.second.pages if not page.good)
    assert story.second.needs_attention


def test_no_good_text_is_lost(story: Story) -> None:
    """Whatever became of its page, every text that may be shown is in the candidate, whole."""
    assert story.first.candidate and story.second.candidate
    before, after = (story.world.texts(r) for r in (story.first.candidate, story.second.candidate))
    assert set(before) == set(after) == {source_of(n) for n in range(PAGES) if may_show(n)}
    good = {p.source_id for p in story.second.pages if p.outcome == "changed"}
    for source_id, text in after.items():
        assert (text == before[source_id]) == (source_id not in good)
        assert len(text) > 0.9 * len(before[source_id])
        assert unique(int(source_id[-2:])) in text


def test_pages_in_a_wrong_charset_come_out_right(story: Story) -> None:
    assert story.second.candidate
    texts = story.world.texts(story.second.candidate)
    for number in (31, 33, 35):
        assert f"第{number}区分の採用予定は{90 + number}人です。" in texts[source_of(number)]


def test_text_that_may_not_be_shown_never_becomes_a_passage(story: Story) -> None:
    assert story.second.candidate
    folder = ReleaseStore(story.world.settings.home).folder(story.second.candidate)
    held = "".join(p.text for p in read_passages(folder / "passages.jsonl"))
    for number in range(PAGES):
        assert (unique(number) in held) == may_show(number)


def test_changed_figures_are_flagged_and_nothing_else(story: Story) -> None:
    changed = {c.number for c in story.changes if c.outcome == "changed"}
    assert {int(f.source_id[-2:]) for f in story.second.flags} == changed
    for flag in story.second.flags:
        assert flag.missing == (f"{10 + int(flag.source_id[-2:])}人",)
    assert story.second.new_flags == story.second.flags


def test_a_second_look_finds_nothing_new(story: Story) -> None:
    assert story.again.candidate is None and story.again.new_flags == ()
    assert story.again.flags == story.second.flags
    assert not story.again.needs_attention
    assert {p.source_id for p in story.again.pages if not p.good} == {
        p.source_id for p in story.second.pages if not p.good
    }


def test_when_the_pages_are_back_the_flags_go(story: Story) -> None:
    assert all(page.good for page in story.healed.pages) and story.healed.flags == ()
    assert read_flags(story.world.settings.home / NAME) == ()


def test_what_is_served_changes_only_by_publishing(story: Story) -> None:
    assert ReleaseStore(story.world.settings.home).current() == story.first.candidate


def test_reports_are_kept_for_those_who_come_later(story: Story) -> None:
    kept = read_reports(story.world.settings.home)
    assert [r.started for r in kept] == sorted((r.started for r in kept), reverse=True)
    assert story.healed in kept
    files = sorted((story.world.settings.home / "refresh").glob("*.json"))
    assert json.loads(files[-1].read_text())["counts"]


def test_a_person_can_read_the_summary(story: Story) -> None:
    from io import StringIO

    from rich.console import Console

    shown = StringIO()
    print_refresh(Console(file=shown, width=200), story.second)
    for change in story.changes:
        assert source_of(change.number) in shown.getvalue()
    assert all(OUTCOMES[outcome] in shown.getvalue() for outcome in story.second.counts)
    assert "ictnavi release publish" in shown.getvalue()


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with serving(make_pages()) as site:
        yield make_world(site, tmp_path)


def few(world: World, *numbers: int, **changes: Any) -> RefreshReport:
    return world.refresh(only=[source_of(n) for n in numbers], **changes)


def test_answers_resting_on_a_changed_page_say_so_once_it_is_published(world: World) -> None:
    """And not before, and not those that rest on another page."""
    first = few(world, 2, 4)
    publish(world.settings, first.candidate or ReleaseStore(world.settings.home).releases()[0].id)
    world.site.pages[path_of(2)] = page_of(write_page(2, people=77))
    second = few(world, 2, 4)
    bot = Bot.open(world.settings)

    def codes(number: int) -> list[str]:
        answer = bot.ask(f"第{number}区分の採用予定は何人ですか", today=TODAY)
        assert any(c.source.id == source_of(number) for s in answer.sentences for c in s.citations)
        return [notice.code for notice in answer.notices]

    assert "source_updated" not in codes(2)
    assert second.candidate is not None
    publish(world.settings, second.candidate)
    assert "source_updated" in codes(2)
    assert "source_updated" not in codes(4)
    bot.close()


def test_an_accepted_page_becomes_the_new_baseline(world: World) -> None:
    few(world, 2, 47)
    world.site.pages[path_of(2)] = page_of(write_page(2, people=77))
    world.site.pages[path_of(47)] = page_of(write_page(47, paragraphs=1))
    second = few(world, 2, 47)
    assert outcomes(second) == {source_of(2): "changed", source_of(47): "shorter"} and second.flags
    accepted = few(world, 2, accepted=[source_of(2), source_of(47)])
    assert set(outcomes(accepted).values()) == {"changed"} and accepted.flags == ()
    third = few(world, 2, 47)
    assert set(outcomes(third).values()) == {"same"} and third.flags == ()


def test_only_what_stood_at_the_baseline_can_be_missed(world: World) -> None:
    world.site.pages[path_of(2)] = page_of(write_page(2, people=55))  # never was what our sheet says
    few(world, 2)
    world.site.pages[path_of(2)] = page_of(write_page(2, people=56))
    assert few(world, 2).flags == ()


def test_an_unknown_source_is_refused(world: World) -> None:
    with pytest.raises(SettingError, match="nowhere"):
        world.refresh(only=["nowhere"])


def test_two_refreshes_do_not_mix(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rag.refresh.snapshots.LOCK_SECONDS", 0.05)
    with Snapshots(world.settings.home).lock(), pytest.raises(StorageError, match="ほかの更新"):
        few(world, 2)


def test_without_a_network_everything_stays(world: World) -> None:
    few(world, 1, 2)
    gone = refresh(world.settings, only=[source_of(1), source_of(2)], make_fetcher=lambda hosts: Fetcher(
        world.site.policy(*hosts), resolve=resolving()))  # fmt: skip
    assert set(outcomes(gone).values()) == {"unreachable"} and gone.needs_attention and gone.candidate is None
    assert few(world, 1, 2).flags == ()


def described(page_id: str, url: str, **changes: Any) -> Source:
    return Source(
        **{
            "id": page_id, "title": "灯台のたより", "url": url, "publisher": "なぎさ県", "kind": "news",
            "standing": "official", "as_of": "2026-11-05", "rights": "text", **changes,
        }
    )  # fmt: skip


def test_a_typed_page_becomes_an_original_that_later_refreshes_follow(world: World) -> None:
    path = "/news/lighthouse.html"
    text = "<html><title>令和8年度 灯台のたより</title><h1>令和8年度 灯台のたより</h1><p>公開日:2026年11月5日</p>" + (
        "<p>灯台の光は、海を渡る人の目印です。ことしの点検は12日に終わりました。</p>" * 3
    )
    world.site.pages[path] = page_of(text)
    page = fetch_page(world.settings, world.site.url(path, "a.example"), make_fetcher=world.fetcher)
    assert (page.as_of, page.fiscal_year, page.known) == ("2026-11-05", 2026, None)
    keep_page(world.settings, page, described(page.source_id, page.url))
    world.site.pages[path] = page_of(text.replace("12日", "13日"))
    report = world.refresh(only=[page.source_id])
    assert outcomes(report) == {page.source_id: "changed"} and report.candidate
    assert "13日" in world.texts(report.candidate)[page.source_id]


def test_a_page_without_the_right_to_show_it_is_only_watched(world: World) -> None:
    page = fetch_page(world.settings, world.site.url(path_of(8), "a.example"), make_fetcher=world.fetcher)
    keep_page(world.settings, page, described("watched", world.site.url("/elsewhere", "a.example"), rights="digest"))
    report = few(world, 3)
    assert report.candidate and set(world.texts(report.candidate)) == {source_of(3)}


@pytest.mark.parametrize("path", ["/nothing-here", "/soft"])
def test_a_page_that_is_not_there_is_not_added(world: World, path: str) -> None:
    world.site.pages["/soft"] = page_of("<title>ページが見つかりません</title><p>お探しのページはありません。</p>")
    with pytest.raises((OutsideError, ContentError)):
        fetch_page(world.settings, world.site.url(path, "a.example"), make_fetcher=world.fetcher)
    assert not (world.settings.home / "originals").exists()


def test_every_outcome_has_words_for_people() -> None:
    from typing import get_args

    from rag.refresh import Outcome

    assert set(OUTCOMES) == set(get_args(Outcome)) and set(OUTCOMES) >= GOOD
