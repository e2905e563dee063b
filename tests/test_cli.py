"""The command line: exit codes, exact JSON, bad input in one sentence, and no network.

What needs a process of its own (cold start, a namespace without routes) has one; the rest calls `main` in this one.
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from running import TODAY, copy_home, run_command
from small_corpus import write_small_corpus

from rag.releases import ReleaseStore
from rag.settings import Settings
from rag.types import NOTICE_CODES, OutsideError, Reason
from ui.commands.terminal import japan_today, read_day
from ui.server import check_port

ROOT = Path(__file__).resolve().parent.parent
INTERVIEW = Path(__file__).parent / "data" / "interview.txt"
INTERVIEW_URL = "https://www.digital-recruit.metro.tokyo.lg.jp/interview/ict-career/"
ANSWER_KEYS = ["question", "language", "mode", "release", "sentences", "abstained", "notices", "related", "elapsed_ms"]
CITATION_KEYS = [
    "number", "passage_id", "quote", "title", "url", "publisher", "kind", "standing", "wording", "as_of",
    "as_of_note", "fiscal_year", "speaker",
]  # fmt: skip
ASKED = "技の地図とは何ですか"


def run_process(home: Path, *arguments: str, before: tuple[str, ...] = ()) -> subprocess.CompletedProcess[str]:
    environment = {k: v for k, v in os.environ.items() if not k.startswith("ICTNAVI_")}
    return subprocess.run(
        [*before, sys.executable, "-m", "ui.cli", *arguments],
        cwd=ROOT, env=environment | {"ICTNAVI_HOME": str(home)}, capture_output=True, text=True,
        stdin=subprocess.DEVNULL, check=False,
    )  # fmt: skip


@pytest.fixture
def home(small_settings: Settings, tmp_path: Path) -> Path:
    """A data folder of this test's own, with the small release served."""
    return copy_home(small_settings.home, tmp_path / "home")


def release_folder(home: Path) -> Path:
    store = ReleaseStore(home)
    return store.folder(store.current())


def test_the_answer_is_exactly_the_json_of_the_design(home: Path) -> None:
    done = run_process(home, "ask", ASKED, "--json", "--today", "2026-11-23")
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    answer: dict[str, Any] = json.loads(done.stdout)
    assert list(answer) == ANSWER_KEYS
    assert (answer["question"], answer["language"], answer["mode"], answer["abstained"]) == (
        ASKED, "ja", "extractive", None,
    )  # fmt: skip
    assert answer["release"] == ReleaseStore(home).current()
    for sentence in answer["sentences"]:
        assert list(sentence) == ["text", "label", "citations"]
        assert all(list(citation) == CITATION_KEYS for citation in sentence["citations"])
    assert all(list(notice) == ["code", "message"] for notice in answer["notices"])
    assert {notice["code"] for notice in answer["notices"]} <= set(NOTICE_CODES)
    assert all(list(r) == ["passage_id", "question", "title", "url"] for r in answer["related"])
    assert isinstance(answer["elapsed_ms"], float)


@pytest.mark.parametrize(
    ("question", "reason"),
    [
        ("私は受かりますか", Reason.INDIVIDUAL),
        ("情報専門員の残業は何時間ですか", Reason.NO_EVIDENCE),
        ("", Reason.EMPTY),
        ("😀🎉", Reason.EMPTY),
        ("\x00\x01", Reason.EMPTY),
        ("あ" * 5000, Reason.TOO_LONG),
    ],
)
def test_an_abstention_ends_with_three(home: Path, question: str, reason: Reason) -> None:
    done = run_command(home, "ask", question, "--json")
    assert (done.code, done.err) == (3, "")
    answer = json.loads(done.out)
    assert list(answer) == ANSWER_KEYS
    assert answer["sentences"] == []
    assert list(answer["abstained"]) == ["reason", "message", "contact"]
    assert answer["abstained"]["reason"] == reason.value
    assert list(answer["abstained"]["contact"]) == ["name", "url"]
    assert run_command(home, "ask", question).code == 3


def test_an_answer_on_the_terminal_shows_sentence_number_and_source(home: Path) -> None:
    done = run_command(home, "ask", ASKED)
    assert done.code == 0
    assert "20項目" in done.out and "[1]" in done.out and "https://example.org/guide/" in done.out


def write_lines(path: Path, *lines: str) -> Path:
    path.write_text("\n".join(lines), "utf-8")
    return path


def test_many_questions_are_asked_in_one_go(home: Path, tmp_path: Path) -> None:
    source = write_lines(
        tmp_path / "in.jsonl",
        "\ufeff" + json.dumps({"id": "a", "question": ASKED}),
        "",
        json.dumps({"id": 2, "turns": ["情報専門員は何歳まで受けられますか", "2023年度はどうでしたか"]}),
        json.dumps({"id": None, "question": "私は受かりますか"}),
    )
    done = run_command(home, "ask", "--jsonl", str(source), str(tmp_path / "out.jsonl"), "--today", "2026-11-23")
    assert done.code == 0, done.err
    answers = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text("utf-8").splitlines()]
    assert [list(answer) for answer in answers] == [["id", *ANSWER_KEYS]] * 3
    assert [a["id"] for a in answers] == ["a", 2, None]
    assert answers[1]["question"] == "2023年度はどうでしたか"
    assert "45歳未満" in answers[1]["sentences"][0]["text"]
    assert answers[2]["abstained"]["reason"] == "individual"


@pytest.mark.parametrize("line", ["nonsense", "[]", '{"id": 2}', '{"id": 2, "turns": "x"}', '{"id": 2, "turns": [1]}'])
def test_a_faulty_line_is_named_before_anything_is_asked(home: Path, tmp_path: Path, line: str) -> None:
    source = write_lines(tmp_path / "in.jsonl", '{"id": 1, "question": "x"}', line)
    done = run_command(home, "ask", "--jsonl", str(source), str(tmp_path / "out.jsonl"))
    assert done.code == 1
    assert "in.jsonl:2" in done.err and len(done.err.splitlines()) == 1
    assert not (tmp_path / "out.jsonl").exists()


def test_lines_that_cannot_be_read_or_written_are_one_sentence(home: Path, tmp_path: Path) -> None:
    source = write_lines(tmp_path / "in.jsonl", json.dumps({"id": 1, "question": ASKED}))
    missing = run_command(home, "ask", "--jsonl", str(tmp_path / "nowhere.jsonl"), str(tmp_path / "out.jsonl"))
    assert (missing.code, len(missing.err.splitlines())) == (2, 1)
    unwritable = run_command(home, "ask", "--jsonl", str(source), str(tmp_path / "no folder" / "out.jsonl"))
    assert (unwritable.code, len(unwritable.err.splitlines())) == (1, 1)
    assert "out.jsonl" in unwritable.err


@pytest.mark.parametrize(
    ("arguments", "settings", "named"),
    [
        (("ask", ASKED, "--today", "明日"), {}, "明日"),
        (("ask", ASKED, "--today", "2026-02-30"), {}, "2026-02-30"),
        (("ask",), {}, "ictnavi ask"),
        (("ask", ASKED), {"ICTNAVI_PORT": "abc"}, "ICTNAVI_PORT"),
        (("ask", ASKED), {"ICTNAVI_PORT": "70000"}, "ICTNAVI_PORT"),
        (("ask", ASKED), {"ICTNAVI_QUESTION_LIMIT": "1"}, "ICTNAVI_QUESTION_LIMIT"),
        (("ask", ASKED), {"ICTNAVI_EMBEDDINGS": "nosuch"}, "ICTNAVI_EMBEDDINGS"),
        (("ask", ASKED), {"ICTNAVI_EMBEDDINGS": "nosuch:model"}, "nosuch:model"),
        (("corpus", "build"), {"ICTNAVI_EMBEDDINGS": "nosuch:model"}, "nosuch"),
        (("corpus", "remove", "unknown"), {}, "unknown"),
        (("corpus", "add", str(INTERVIEW), "--kind", "interview"), {}, "--url"),
    ],
)
def test_a_wrong_option_or_setting_ends_with_two_and_is_named_in_one_line(
    home: Path, arguments: tuple[str, ...], settings: dict[str, str], named: str
) -> None:
    served = ReleaseStore(home).current()
    done = run_command(home, *arguments, **settings)
    assert done.code == 2, done.err
    assert named in done.err and len(done.err.splitlines()) == 1
    assert ReleaseStore(home).current() == served
    assert ReleaseStore(home).newest_candidate() is None


@pytest.mark.parametrize(
    "arguments", [("nonsense",), ("ask", "a", "b"), ("ask", ASKED, "--nonsense"), ("release", "nonsense")]
)
def test_what_no_command_knows_ends_with_two(home: Path, arguments: tuple[str, ...]) -> None:
    done = run_command(home, *arguments)
    assert done.code == 2
    assert done.err.strip() and "Traceback" not in done.err


def test_without_a_release_one_sentence_that_says_what_to_do(tmp_path: Path) -> None:
    done = run_process(tmp_path / "empty", "ask", ASKED)
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1
    assert "ictnavi corpus build" in done.stderr
    assert not (tmp_path / "empty" / "releases").exists()


@pytest.mark.parametrize(
    "arguments",
    [
        ("ask", ASKED), ("corpus", "build"), ("release", "list"), ("release", "publish"), ("release", "rollback"),
        ("corpus", "add", str(INTERVIEW), "--url", "https://example.org/a", "--kind", "interview", "--title", "対談",
         "--publisher", "県", "--standing", "official"),
    ],
)  # fmt: skip
def test_a_file_in_place_of_the_data_folder_is_one_sentence(
    small_settings: Settings, tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    (tmp_path / "home").write_text("a file", "utf-8")
    done = run_command(tmp_path / "home", *arguments, ICTNAVI_CORPUS=str(small_settings.corpus))
    assert done.code == 1
    assert len(done.err.splitlines()) == 1
    assert str(tmp_path / "home") in done.err
    assert (tmp_path / "home").read_text("utf-8") == "a file"


@pytest.mark.parametrize("damage", ["cut", "missing"])
@pytest.mark.parametrize(
    "name", ["manifest.json", "passages.jsonl", "replies.toml", "bm25/words/scores.npz", "chroma/chroma.sqlite3"]
)
def test_a_damaged_release_is_found_before_it_answers(home: Path, name: str, damage: str) -> None:
    path = release_folder(home) / name
    data = path.read_bytes()
    path.unlink() if damage == "missing" else path.write_bytes(data[: len(data) // 2])
    for arguments in (("ask", ASKED), ("release", "verify")):
        done = run_command(home, *arguments)
        assert done.code == 1, arguments
        assert Path(name).name in done.err and len(done.err.splitlines()) == 1
    assert run_command(home, "release", "list").code == 0


def test_a_damaged_candidate_is_not_served(home: Path, small_settings: Settings) -> None:
    served = ReleaseStore(home).current()
    assert run_command(home, "corpus", "build", ICTNAVI_CORPUS=str(small_settings.corpus)).code == 0
    candidate = ReleaseStore(home).newest_candidate()
    assert candidate is not None
    (home / "releases" / candidate.id / "documents.jsonl").write_text("{}", "utf-8")
    done = run_command(home, "release", "publish")
    assert done.code == 1
    assert "documents.jsonl" in done.err and len(done.err.splitlines()) == 1
    assert ReleaseStore(home).current() == served
    assert run_command(home, "ask", ASKED).code == 0


def test_releases_are_listed_verified_and_refused_by_name(home: Path) -> None:
    served = ReleaseStore(home).current()
    listed, verified = run_command(home, "release", "list"), run_command(home, "release", "verify")
    assert (listed.code, verified.code) == (0, 0)
    assert served in listed.out and "公開中" in listed.out
    assert served in verified.out
    for arguments in (("verify", "20200101T000000Z-00000000"), ("publish", "nonsense"), ("rollback",), ("publish",)):
        done = run_command(home, "release", *arguments)
        assert (done.code, len(done.err.splitlines())) == (1, 1), arguments


def test_corpus_check_counts_and_names_what_is_wrong(home: Path, tmp_path: Path) -> None:
    shipped = run_command(home, "corpus", "check", "--today", "2026-11-23")
    assert shipped.code == 0, shipped.err
    assert "誤りはありません" in shipped.out
    corpus = write_small_corpus(tmp_path / "corpus")
    with (corpus / "policies" / "work.md").open("a", encoding="utf-8") as sheet:
        sheet.write("\n## 出典のない節\n\n出典のない文です。\n")
    (corpus / "en" / "selection.md").write_text("---\nid: [\n---\n", "utf-8")
    (corpus / "replies.toml").write_text("[broken", "utf-8")
    done = run_command(home, "corpus", "check", ICTNAVI_CORPUS=str(corpus))
    assert done.code == 1
    for place in ("work.md:", "selection.md:", "replies.toml:"):
        assert place in done.err
    assert "Traceback" not in done.err


def test_an_original_of_a_shipped_page_replaces_its_digest(shipped_home: Path, tmp_path: Path) -> None:
    home = copy_home(shipped_home, tmp_path / "home")
    options = ("--kind", "interview", "--title", "対談", "--publisher", "ある県", "--standing", "official")
    done = run_command(home, "corpus", "add", str(INTERVIEW), "--url", INTERVIEW_URL, *options, "--as-of", "2024-08")
    assert done.code == 0, done.err
    difference = run_command(home, "corpus", "diff")
    assert "+ ict-career-original" in difference.out and "- ict-career-digest" in difference.out
    assert run_command(home, "release", "publish").code == 0
    question = (
        "ask",
        "三宅さんは、外から来た人にはどんな共通点があると言っていますか",
        "--json",
        "--today",
        "2026-11-23",
    )
    answer = json.loads(run_command(home, *question).out)
    cited = [c for s in answer["sentences"] for c in s["citations"]]
    assert (cited[0]["wording"], cited[0]["speaker"], cited[0]["as_of"]) == ("original", "三宅", "2024-08")
    passages = (release_folder(home) / "passages.jsonl").read_text("utf-8")
    assert '"ict-career-digest' not in passages


def test_a_port_in_use_is_named_with_the_setting_that_changes_it(home: Path) -> None:
    with socket.socket() as busy:
        busy.bind(("127.0.0.1", 0))
        busy.listen()
        port = busy.getsockname()[1]
        with pytest.raises(OutsideError, match=f"{port}.*ICTNAVI_PORT"):
            check_port("127.0.0.1", port)
        done = run_command(home, "serve", ICTNAVI_PORT=str(port))
    assert (done.code, len(done.err.splitlines())) == (1, 1)
    assert "ICTNAVI_PORT" in done.err
    check_port("127.0.0.1", port)


def test_a_host_that_is_not_this_machine_is_refused() -> None:
    with pytest.raises(OutsideError, match=r"192\.0\.2\.1"):
        check_port("192.0.2.1", 7860)


def test_the_day_is_japans_unless_it_is_given() -> None:
    assert read_day("2026-11-23") == TODAY
    assert read_day(None) == japan_today()


def test_it_answers_with_the_network_cut(home: Path) -> None:
    unshare = shutil.which("unshare")
    assert unshare, "util-linux is part of every system this runs on"
    probe = subprocess.run([unshare, "-rn", "true"], check=False, capture_output=True, text=True)
    if probe.returncode:
        pytest.skip(f"this kernel forbids network namespaces to unprivileged users: {probe.stderr.strip()}")
    asked = ("ask", ASKED, "--json", "--today", "2026-11-23")
    cut, plain = run_process(home, *asked, before=(unshare, "-rn")), run_process(home, *asked)
    assert cut.returncode == 0, cut.stderr
    answers = [json.loads(done.stdout) | {"elapsed_ms": 0} for done in (cut, plain)]
    assert answers[0] == answers[1]
