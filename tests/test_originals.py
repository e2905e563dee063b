"""Originals in and out: added on the command line, answered in their own words, taken back without a trace.

The interview is the invented one of tests/data; its page is the one that the small corpus digests.
"""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from docx import Document as WordDocument
from pypdf import PdfWriter
from running import TODAY, Done, as_bytes, copy_home, run_command
from small_corpus import TALK_TITLE, TALK_URL

from rag import originals
from rag.bot import Bot
from rag.language.normalise import fold
from rag.originals import identify, same_page
from rag.releases import ReleaseStore
from rag.settings import Settings
from rag.types import Answer, ContentError, SettingError, Source
from ui.adding import Answers, add_file

INTERVIEW = Path(__file__).parent / "data" / "interview.txt"
QUESTIONS = (
    "青柳さんが転職した理由は何ですか",
    "三宅さんは異動をどう感じていますか",
    "外から来た人にはどんな共通点がありますか",
    "情報専門員は何歳まで受けられますか",
    "最後に、迷っている人へひとことお願いします",
)
OPTIONS = {
    "--kind": "interview",
    "--title": TALK_TITLE,
    "--publisher": "なぎさ県",
    "--standing": "official",
    "--rights": "text",
}


def options(**changes: str | None) -> list[str]:
    """The options of `corpus add` but for --url; `changes` by name, None leaves one out."""
    given = {**OPTIONS, **{f"--{name.replace('_', '-')}": value for name, value in changes.items()}}
    return [word for name, value in given.items() if value is not None for word in (name, value)]


@dataclass(frozen=True, kw_only=True)
class Place:
    """A data folder of one's own beside the small corpus."""

    settings: Settings

    @property
    def home(self) -> Path:
        return self.settings.home

    def run(self, *arguments: str) -> Done:
        return run_command(self.home, *arguments, ICTNAVI_CORPUS=str(self.settings.corpus))

    def add(self, path: Path, url: str = TALK_URL, **changes: str | None) -> Done:
        return self.run("corpus", "add", str(path), "--url", url, *options(**changes))

    def served(self) -> str:
        return ReleaseStore(self.home).current()


def make_place(small_settings: Settings, folder: Path) -> Place:
    home = copy_home(small_settings.home, folder / "home")
    return Place(settings=Settings(home=home, corpus=small_settings.corpus))


@pytest.fixture
def place(small_settings: Settings, tmp_path: Path) -> Place:
    return make_place(small_settings, tmp_path)


@dataclass(frozen=True, kw_only=True)
class Story:
    """One original's life, told once: the answers at each step and what the commands said."""

    place: Place
    before: dict[str, Answer]
    beside_candidate: dict[str, Answer]
    after: dict[str, Answer]
    rolled_back: dict[str, Answer]
    added: Done
    difference: Done
    shipped: Done
    removed: Done
    without: str


@pytest.fixture(scope="module")
def story(small_settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Story:
    place = make_place(small_settings, tmp_path_factory.mktemp("story"))
    bot = Bot.open(place.settings)

    def ask() -> dict[str, Answer]:
        return {question: bot.ask(question, today=TODAY) for question in QUESTIONS}

    steps: dict[str, Any] = {"before": ask(), "added": place.add(INTERVIEW), "beside_candidate": ask()}
    steps |= {"difference": place.run("corpus", "diff"), "shipped": place.run("corpus", "diff", "--shipped")}
    assert place.run("release", "publish", "--reason", "原文を追加").code == 0
    steps["after"] = ask()
    assert place.run("release", "rollback", "--reason", "確かめるため").code == 0
    steps["rolled_back"] = ask()
    bot.close()
    steps["removed"] = place.run("corpus", "remove", "talk")
    candidate = ReleaseStore(place.home).newest_candidate()
    assert candidate is not None
    return Story(place=place, without=candidate.inputs_hash, **steps)


def cited(answers: dict[str, Answer], question: str) -> list[dict[str, Any]]:
    return [c for s in answers[question].to_json()["sentences"] for c in s["citations"]]


def test_an_original_becomes_a_candidate_and_changes_no_answer_yet(story: Story) -> None:
    assert story.added.code == 0, story.added.err
    assert "talk" in story.added.out and "release publish" in story.added.out
    assert [as_bytes(a) for a in story.beside_candidate.values()] == [as_bytes(a) for a in story.before.values()]


@pytest.mark.parametrize(("question", "speaker"), [(QUESTIONS[0], "青柳"), (QUESTIONS[1], "三宅")])
def test_the_published_original_answers_in_its_own_words(story: Story, question: str, speaker: str) -> None:
    text = fold(INTERVIEW.read_text("utf-8"))
    citations = cited(story.after, question)
    assert citations
    for citation in citations:
        assert (citation["wording"], citation["speaker"], citation["as_of"]) == ("original", speaker, "2023-11")
        assert (citation["url"], citation["title"]) == (TALK_URL, TALK_TITLE)
        assert fold(citation["quote"]) in text
    assert "2023年11月時点" in str(story.after[question].sentences[0].label)
    assert f"{speaker}氏" in str(story.after[question].sentences[0].label)


def test_what_only_the_original_says_is_answered_from_it(story: Story) -> None:
    citations = cited(story.after, QUESTIONS[4])
    assert citations and all(c["wording"] == "original" for c in citations)


def test_the_digest_of_that_page_steps_back_and_the_others_stay(story: Story) -> None:
    assert {c["wording"] for q in QUESTIONS[:3] for c in cited(story.before, q)} == {"digest"}
    assert "talk-digest" not in json.dumps([a.to_json() for a in story.after.values()])
    assert [c["quote"] for c in cited(story.after, QUESTIONS[3])] == [
        c["quote"] for c in cited(story.before, QUESTIONS[3])
    ]


def test_the_difference_names_what_came_and_what_went(story: Story) -> None:
    for done in (story.difference, story.shipped):
        assert done.code == 0
        assert "+ talk-original" in done.out
        assert "- talk-digest" in done.out
        assert "- selection" not in done.out


def test_rollback_restores_the_former_answers_byte_for_byte(story: Story) -> None:
    assert [as_bytes(a) for a in story.after.values()] != [as_bytes(a) for a in story.before.values()]
    assert [as_bytes(a) for a in story.rolled_back.values()] == [as_bytes(a) for a in story.before.values()]


def test_removed_originals_leave_a_candidate_like_the_first(story: Story) -> None:
    assert story.removed.code == 0, story.removed.err
    store = ReleaseStore(story.place.home)
    assert story.without == store.manifest(story.place.served()).inputs_hash
    assert originals.read_all(story.place.home) == ()


def test_the_reasons_stand_in_the_log(story: Story) -> None:
    lines = (story.place.home / "log.jsonl").read_text("utf-8").splitlines()
    assert [json.loads(line)["reason"] for line in lines[-2:]] == ["原文を追加", "確かめるため"]


def test_a_page_nobody_knows_gets_a_source_of_its_own(place: Place) -> None:
    done = place.add(INTERVIEW, url="https://example.org/interview/other/")
    assert done.code == 0, done.err
    (held,) = originals.read_all(place.home)
    assert held.source.id not in {"talk", "guide"}
    assert held.source.as_of == "2023-11"  # stated on the page itself
    candidate = ReleaseStore(place.home).newest_candidate()
    assert candidate is not None
    passages = (place.home / "releases" / candidate.id / "passages.jsonl").read_text("utf-8")
    assert "talk-digest#" in passages and f"{held.source.id}-original#" in passages


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"kind": None}, "--kind"),
        ({"title": None}, "--title"),
        ({"publisher": None}, "--publisher"),
        ({"standing": None}, "--standing"),
        ({"kind": "diary"}, "diary"),
        ({"standing": "friend"}, "friend"),
        ({"as_of": "去年"}, "去年"),
        ({"lang": "fr"}, "fr"),
        ({"url": "ftp://example.org/a"}, "ftp://example.org/a"),
    ],
)
def test_without_a_terminal_a_missing_or_wrong_option_is_named_in_one_line(
    place: Place, changes: dict[str, str | None], named: str
) -> None:
    done = place.add(INTERVIEW, **{"url": "https://example.org/new", **changes})  # type: ignore[arg-type]
    assert done.code == 2
    assert named in done.err and len(done.err.splitlines()) == 1
    assert not (place.home / "originals").exists()


def test_a_terminal_is_asked_only_for_what_is_left_out(place: Place) -> None:
    asked: list[tuple[str, object]] = []

    def prompt(text: str, default: object = None) -> str:
        asked.append((text, default))
        return {"--standing": "third_party", "--publisher": "ある県"}.get(text, "")

    given = Answers(
        kind="interview", title="対談", url="https://example.org/x", publisher=None, standing=None, as_of=None,
        fiscal_year=None, lang=None, rights=None,
    )  # fmt: skip
    held = add_file(place.settings, INTERVIEW, given, prompt=prompt)
    assert asked == [("--publisher", None), ("--standing", None)]
    assert (held.source.publisher, held.source.standing, held.source.as_of) == ("ある県", "third_party", "2023-11")
    with pytest.raises(SettingError):
        add_file(place.settings, INTERVIEW, given, prompt=None)


def blank_pdf() -> bytes:
    writer, data = PdfWriter(), io.BytesIO()
    writer.add_blank_page(width=200, height=200)
    writer.write(data)
    return data.getvalue()


def cut_docx() -> bytes:
    document, data = WordDocument(), io.BytesIO()
    document.add_paragraph("情報専門員の選考は毎年行われます。" * 50)
    document.save(data)
    return data.getvalue()[: len(data.getvalue()) // 2]


@pytest.mark.parametrize(
    ("name", "make"),
    [
        ("blank.pdf", blank_pdf),
        ("cut.docx", cut_docx),
        ("broken.pdf", lambda: b"%PDF-1.7\nnothing more"),
        ("picture.txt", lambda: b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 8),
        ("picture.pdf", lambda: b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 8),
        ("program.html", lambda: b"\x7fELF" + bytes(500)),
        ("old.doc", lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)),
        ("zip.docx", lambda: b"PK\x05\x06" + bytes(18)),
        ("empty.txt", lambda: b""),
        ("spaces.txt", " \n　\n".encode),
        ("nul.txt", lambda: b"\x00" * 200),
    ],
)
def test_a_file_that_cannot_be_read_is_one_sentence_and_changes_nothing(
    place: Place, tmp_path: Path, name: str, make: Callable[[], bytes]
) -> None:
    served = place.served()
    (tmp_path / name).write_bytes(make())
    done = place.add(tmp_path / name, as_of="2025")
    assert done.code == 1
    assert name in done.err and len(done.err.splitlines()) == 1
    assert not (place.home / "originals").exists()
    assert place.served() == served
    assert ReleaseStore(place.home).newest_candidate() is None


def test_a_file_that_is_not_there_is_one_sentence(place: Place, tmp_path: Path) -> None:
    for path in (tmp_path / "nowhere.txt", tmp_path):
        done = place.add(path)
        assert (done.code, len(done.err.splitlines())) == (1, 1)


def test_a_page_is_read_as_a_page_and_not_under_a_false_name(place: Place, tmp_path: Path) -> None:
    page = f"<html><body><main><h1>{TALK_TITLE}</h1><p>灯台の番をする人を募ります。</p></main></body></html>"
    for name in ("page.pdf", "page.html"):
        (tmp_path / name).write_text(page, "utf-8")
    refused = place.add(tmp_path / "page.pdf", url="https://example.org/lighthouse", as_of="2025-01")
    assert refused.code == 1
    assert "page.pdf" in refused.err and "HTML" in refused.err
    done = place.add(tmp_path / "page.html", url="https://example.org/lighthouse", as_of="2025-01")
    assert done.code == 0, done.err
    (held,) = originals.read_all(place.home)
    assert "灯台の番をする人を募ります。" in held.document().text
    assert "<p>" not in held.document().text


def test_a_damaged_record_says_how_to_be_rid_of_it(place: Place) -> None:
    folder = place.home / "originals" / "talk"
    folder.mkdir(parents=True)
    (folder / "source.json").write_text("{", "utf-8")
    with pytest.raises(ContentError, match="corpus remove talk"):
        originals.read_all(place.home)
    assert place.run("corpus", "build").code == 1
    assert place.run("corpus", "remove", "talk").code == 0


def test_removing_what_was_never_added_is_refused(place: Place) -> None:
    for name in ("nobody", "..", "../releases", "."):
        assert place.run("corpus", "remove", name).code == 2
    assert place.served()


def source(url: str, name: str = "talk") -> Source:
    return Source(id=name, title="t", url=url, publisher="p", kind="faq", standing="official")


@pytest.mark.parametrize(
    ("left", "right", "same"),
    [
        ("https://example.org/a/", "http://EXAMPLE.org/a", True),
        ("https://example.org/a#top", "https://example.org/a", True),
        ("https://example.org/a?page=2", "https://example.org/a", False),
        ("https://example.org/a", "https://example.org/b", False),
        ("https://example.org/A", "https://example.org/a", False),
    ],
)
def test_two_addresses_of_one_page(left: str, right: str, same: bool) -> None:
    assert same_page(left, right) is same
    assert (identify(left, "t", [source(right)]) == "talk") is same


def test_the_name_of_an_unknown_page_is_its_own_and_stays() -> None:
    names = [identify(url, "題名", ()) for url in ("https://example.org/あ", "https://example.org/い", "")]
    assert len(set(names)) == 3
    assert names == [identify(url, "題名", ()) for url in ("https://example.org/あ", "https://example.org/い", "")]
    assert all(name.isascii() and "/" not in name for name in names)


def test_a_withdrawn_original_is_purged_from_every_release(place: Place) -> None:
    def run_all(commands: Sequence[Sequence[str]]) -> list[int]:
        return [place.run(*command).code for command in commands]

    assert place.add(INTERVIEW).code == 0
    codes = run_all([("release", "publish"), ("release", "purge", "talk-original")])
    assert codes == [0, 1]  # it is being served
    codes = run_all([("corpus", "remove", "talk"), ("release", "publish"), ("release", "purge", "talk-original")])
    assert codes == [0, 0, 0]
    word = "海図のない場所".encode()
    assert not [p for p in place.home.rglob("*") if p.is_file() and word in p.read_bytes()]
