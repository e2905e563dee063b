"""Corpus -> candidate: what a release holds, what stops a build, and a model of one's own through LangChain."""

from __future__ import annotations

import json
import shutil
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from zlib import crc32

import numpy as np
import pytest
from running import TODAY, copy_home, run_command
from small_corpus import write_small_corpus

from rag.bot import Bot
from rag.build import (
    build_checked,
    build_release,
    compare_passages,
    compare_shipped,
    compare_with,
    gather_material,
    holds_document,
    publish,
)
from rag.records import read_documents, read_passages, read_sources
from rag.releases import ReleaseStore
from rag.settings import Settings
from rag.types import ContentError, OutsideError, ReleaseError, SettingError

SELECTION = "policies/selection.md"


@pytest.fixture
def settings(small_settings: Settings, tmp_path: Path) -> Settings:
    """A data folder and a corpus of this test's own, the small release served."""
    return Settings(
        home=copy_home(small_settings.home, tmp_path / "home"), corpus=write_small_corpus(tmp_path / "corpus")
    )


def edit(settings: Settings, path: str, old: str, new: str) -> None:
    text = (settings.corpus / path).read_text("utf-8")
    assert old in text
    (settings.corpus / path).write_text(text.replace(old, new), "utf-8")


def test_a_candidate_changes_nothing_that_is_served(settings: Settings) -> None:
    store = ReleaseStore(settings.home)
    served = store.current()
    candidate = build_checked(settings)
    assert store.current() == served != candidate
    found = store.newest_candidate()
    assert found is not None and found.id == candidate


def test_the_same_inputs_have_the_same_name_and_changed_ones_another(settings: Settings) -> None:
    first, again = (gather_material(settings).inputs_hash for _ in range(2))
    assert first == again
    edit(settings, SELECTION, "5人", "6人")
    assert gather_material(settings).inputs_hash != first


def test_a_release_holds_all_that_answers_depend_on(small_settings: Settings) -> None:
    store = ReleaseStore(small_settings.home)
    manifest, folder = store.manifest(store.current()), store.folder(store.current())
    documents = {d.id: d for d in read_documents(folder / "documents.jsonl")}
    sources = {s.id for s in read_sources(folder / "sources.jsonl")}
    passages = read_passages(folder / "passages.jsonl")
    assert manifest.counts["passages"] == len(passages)
    assert manifest.counts["documents"] == len(documents)
    assert {"embedding", "versions", "counts"} <= manifest.details.keys()
    for name in ("glossary.toml", "replies.toml", "embedding.json", "bm25/terms.json", "chroma/chroma.sqlite3"):
        assert name in manifest.files
    for passage in passages:
        assert documents[passage.document_id].text[passage.start : passage.end] == passage.text
        assert {i for span in passage.sentences for i in span.source_ids} <= sources


@pytest.mark.parametrize(
    ("path", "old", "new", "place"),
    [
        ("sources.toml", 'id = "guide"', "id = guide", "sources.toml:3"),
        ("replies.toml", "[operator]", "[operator", "replies.toml:"),
        (SELECTION, "title: 情報専門員の選考", "title: [", "selection.md:"),
        (SELECTION, "---\nid: selection", "id: selection", "selection.md:1"),
        (SELECTION, "5人です。[^guide]", "5人です。", "selection.md:18"),
        (SELECTION, "5人です。[^guide]", "5人です。[^nobody]", "selection.md:18"),
    ],
)
def test_a_broken_corpus_is_named_by_file_and_line_and_builds_nothing(
    settings: Settings, path: str, old: str, new: str, place: str
) -> None:
    edit(settings, path, old, new)
    before = sorted(p.name for p in (settings.home / "releases").iterdir())
    with pytest.raises(ContentError) as caught:
        build_checked(settings)
    assert place in str(caught.value)
    assert "\n" not in str(caught.value)
    assert sorted(p.name for p in (settings.home / "releases").iterdir()) == before
    checked = run_command(settings.home, "corpus", "check", ICTNAVI_CORPUS=str(settings.corpus))
    built = run_command(settings.home, "corpus", "build", ICTNAVI_CORPUS=str(settings.corpus))
    assert (checked.code, built.code) == (1, 1)
    assert place in checked.err and place in built.err


def test_bytes_that_are_no_text_are_named(settings: Settings) -> None:
    (settings.corpus / SELECTION).write_bytes(b"---\nid: \xff\xfe\n")
    with pytest.raises(ContentError, match=r"selection\.md"):
        build_checked(settings)


def test_a_missing_corpus_is_one_sentence(settings: Settings) -> None:
    shutil.rmtree(settings.corpus)
    with pytest.raises(ContentError, match="フォルダがありません"):
        build_release(settings)


def test_the_differences_of_two_releases_are_its_passages(settings: Settings) -> None:
    edit(settings, SELECTION, "合わせて5人です", "合わせて7人です")
    edit(settings, SELECTION, "## 情報専門員の初任給はいくらですか", "## 情報専門員の最初の月給はいくらですか")
    build_checked(settings)
    found = compare_with(settings, None, None)
    assert len(found.changed) == 1
    assert "5人" in found.changed[0] and "7人" in found.changed[0]
    assert compare_shipped(settings) == compare_passages([], [])


def test_publish_without_a_candidate_says_how_to_make_one(small_settings: Settings, tmp_path: Path) -> None:
    settings = Settings(home=copy_home(small_settings.home, tmp_path / "home"), corpus=small_settings.corpus)
    with pytest.raises(ReleaseError, match="corpus build"):
        publish(settings, None)


def test_what_cannot_be_read_is_taken_to_hold_a_withdrawn_document(small_settings: Settings, tmp_path: Path) -> None:
    folder = small_settings.home / "releases" / ReleaseStore(small_settings.home).current()
    assert holds_document(folder, "talk") and holds_document(folder, "talk-digest")
    assert not holds_document(folder, "nobody")
    (tmp_path / "documents.jsonl").write_text("{", "utf-8")
    assert holds_document(tmp_path, "nobody")


@dataclass
class Provider:
    """An OpenAI-compatible server of embeddings; `asked` counts requests, and with `broken` it refuses them all."""

    url: str = ""
    asked: int = 0
    broken: bool = False
    texts: list[str] = field(default_factory=list)

    def answer(self, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        self.asked += 1
        if self.broken:
            return 401, {"error": {"message": "no", "type": "invalid_request_error"}}
        self.texts += body["input"]
        rows = [{"object": "embedding", "index": n, "embedding": embed(t)} for n, t in enumerate(body["input"])]
        usage = {"prompt_tokens": 1, "total_tokens": 1}
        return 200, {"object": "list", "data": rows, "model": body["model"], "usage": usage}


def embed(text: str) -> list[float]:
    """Pairs of characters counted into 64 places."""
    vector = np.zeros(64)
    for at in range(len(text) - 1):
        vector[crc32(text[at : at + 2].encode()) % 64] += 1
    return [float(x) for x in vector / (np.linalg.norm(vector) or 1)]


@pytest.fixture
def provider(monkeypatch: pytest.MonkeyPatch) -> Iterator[Provider]:
    served = Provider()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            assert self.path == "/v1/embeddings"
            status, reply = served.answer(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            data = json.dumps(reply).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, format: str, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        served.url = f"http://127.0.0.1:{server.server_port}/v1"
        monkeypatch.setenv("OPENAI_BASE_URL", served.url)
        monkeypatch.setenv("OPENAI_API_KEY", "no-secret")
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        yield served
        server.shutdown()


def test_a_model_of_ones_own_embeds_release_and_question(settings: Settings, provider: Provider) -> None:
    own = Settings(home=settings.home, corpus=settings.corpus, embeddings="openai:test")
    release = publish(own, build_checked(own))
    assert any("技の地図は、" in text for text in provider.texts)
    bot = Bot.open(own)
    provider.texts.clear()
    answer = bot.ask("技の地図とは何ですか", today=TODAY)
    assert "20項目" in answer.sentences[0].text
    assert (answer.release, provider.texts) == (release, ["技の地図とは何ですか"])

    with pytest.raises(SettingError) as caught:
        Bot.open(settings)
    assert "openai:test" in str(caught.value) and "corpus build" in str(caught.value)
    asked = run_command(settings.home, "ask", "技の地図とは何ですか")
    assert (asked.code, len(asked.err.splitlines())) == (2, 1)

    provider.broken = True
    with pytest.raises(OutsideError, match="openai:test"):
        bot.ask("情報専門員とは何ですか", today=TODAY)
    bot.close()


def test_a_provider_that_refuses_builds_nothing(settings: Settings, provider: Provider) -> None:
    provider.broken = True
    store = ReleaseStore(settings.home)
    before = [info.id for info in store.releases()]
    done = run_command(
        settings.home, "corpus", "build", ICTNAVI_CORPUS=str(settings.corpus), ICTNAVI_EMBEDDINGS="openai:test"
    )
    assert done.code == 1
    assert "openai:test" in done.err and "Traceback" not in done.err
    assert provider.asked > 0
    assert [info.id for info in store.releases()] == before
