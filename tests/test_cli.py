"""The command line: exit codes, exact JSON, originals in and out, bad input in one sentence."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
INTERVIEW = Path(__file__).parent / "data" / "interview.txt"
ANSWER_KEYS = ["question", "language", "mode", "release", "sentences", "abstained", "notices", "related", "elapsed_ms"]
CITATION_KEYS = [
    "number", "passage_id", "quote", "title", "url", "publisher", "kind", "standing", "wording", "as_of",
    "as_of_note", "fiscal_year", "speaker",
]  # fmt: skip
INTERVIEW_URL = "https://www.digital-recruit.metro.tokyo.lg.jp/interview/ict-career/"


def run(home: Path, *arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
    environment = {k: v for k, v in os.environ.items() if not k.startswith("ICTNAVI_")}
    environment |= {"ICTNAVI_HOME": str(home), "COLUMNS": "300", **settings}
    return subprocess.run(
        [sys.executable, "-m", "ui.cli", *arguments],
        cwd=ROOT, env=environment, capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False,
    )  # fmt: skip


@pytest.fixture
def home(shipped_home: Path, tmp_path: Path) -> Path:
    """A data folder of this test's own, with the shipped release served."""
    copy = tmp_path / "home"
    shutil.copytree(shipped_home, copy, ignore=shutil.ignore_patterns("copies", "*.lock"))
    return copy


def test_the_answer_is_exactly_the_json_of_the_design(home: Path) -> None:
    done = run(home, "ask", "デジタルスキルマップとは何ですか", "--json", "--today", "2026-11-23")
    assert done.returncode == 0
    answer = json.loads(done.stdout)
    assert list(answer) == ANSWER_KEYS
    assert (answer["language"], answer["mode"], answer["abstained"]) == ("ja", "extractive", None)
    for sentence in answer["sentences"]:
        assert list(sentence) == ["text", "label", "citations"]
        assert all(list(citation) == CITATION_KEYS for citation in sentence["citations"])
    assert all(list(r) == ["passage_id", "question", "title", "url"] for r in answer["related"])


@pytest.mark.parametrize("question", ["私は受かりますか", "", "あ" * 1001])
def test_an_abstention_ends_with_three(home: Path, question: str) -> None:
    done = run(home, "ask", question, "--json")
    assert done.returncode == 3
    answer = json.loads(done.stdout)
    assert answer["sentences"] == []
    assert list(answer["abstained"]) == ["reason", "message", "contact"]


def test_many_questions_are_asked_in_one_go(home: Path, tmp_path: Path) -> None:
    questions = [{"id": "a", "question": "1on1とは"}, {"id": "b", "turns": ["海外派遣研修とは", "いつ始まりましたか"]}]
    (tmp_path / "in.jsonl").write_text("\n".join(json.dumps(q) for q in questions), "utf-8")
    done = run(home, "ask", "--jsonl", str(tmp_path / "in.jsonl"), str(tmp_path / "out.jsonl"))
    assert done.returncode == 0, done.stderr
    answers = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text("utf-8").splitlines()]
    assert [a["id"] for a in answers] == ["a", "b"]
    assert "2022" in answers[1]["sentences"][0]["text"]


def test_a_faulty_line_is_named(home: Path, tmp_path: Path) -> None:
    (tmp_path / "in.jsonl").write_text('{"id": 1, "question": "x"}\nnonsense\n', "utf-8")
    done = run(home, "ask", "--jsonl", str(tmp_path / "in.jsonl"), str(tmp_path / "out.jsonl"))
    assert done.returncode == 1
    assert "in.jsonl:2" in done.stderr
    assert not (tmp_path / "out.jsonl").exists()


@pytest.mark.parametrize(
    ("arguments", "settings"),
    [
        (("ask", "1on1とは", "--today", "明日"), {}),
        (("ask",), {}),
        (("ask", "1on1とは"), {"ICTNAVI_PORT": "abc"}),
        (("ask", "1on1とは"), {"ICTNAVI_EMBEDDINGS": "nosuch"}),
        (("corpus", "build"), {"ICTNAVI_EMBEDDINGS": "nosuch:model"}),
        (("corpus", "remove", "unknown"), {}),
        (("corpus", "add", str(INTERVIEW), "--kind", "interview"), {}),
        (("nonsense",), {}),
    ],
)
def test_a_wrong_option_or_setting_ends_with_two(
    home: Path, arguments: tuple[str, ...], settings: dict[str, str]
) -> None:
    done = run(home, *arguments, **settings)
    assert done.returncode == 2, done.stderr
    assert done.stderr.strip() and "Traceback" not in done.stderr


def test_without_a_release_one_sentence_and_one(tmp_path: Path) -> None:
    done = run(tmp_path / "empty", "ask", "1on1とは")
    assert done.returncode == 1
    assert len(done.stderr.strip().splitlines()) == 1
    assert not (tmp_path / "empty" / "releases").exists()


def test_a_home_that_is_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("a file", "utf-8")
    done = run(tmp_path / "home", "corpus", "build")
    assert done.returncode == 1
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("name", ["passages.jsonl", "replies.toml", "bm25/words/scores.npz"])
def test_a_damaged_release_is_found_before_it_answers(home: Path, name: str) -> None:
    release = home / "releases" / (home / "CURRENT").read_text("utf-8").strip()
    data = (release / name).read_bytes()
    (release / name).write_bytes(data[: len(data) // 2])
    done = run(home, "ask", "1on1とは")
    assert done.returncode == 1
    assert Path(name).name in done.stderr and "Traceback" not in done.stderr
    assert run(home, "release", "verify").returncode == 1


def test_corpus_check_counts_and_names_what_is_wrong(home: Path, tmp_path: Path) -> None:
    done = run(home, "corpus", "check")
    assert done.returncode == 0, done.stderr
    assert "誤りはありません" in done.stdout
    corpus = tmp_path / "corpus"
    shutil.copytree(ROOT / "corpus", corpus)
    with (corpus / "policies" / "01-role.md").open("a", encoding="utf-8") as sheet:
        sheet.write("\n### 出典のない節\n\n出典のない文です。\n")
    done = run(home, "corpus", "check", ICTNAVI_CORPUS=str(corpus))
    assert done.returncode == 1
    assert "01-role.md:" in done.stderr
    assert run(home, "corpus", "build", ICTNAVI_CORPUS=str(corpus)).returncode == 1
    (corpus / "policies" / "01-role.md").write_text("---\nid: [\n---\n", "utf-8")
    (corpus / "replies.toml").write_text("[broken", "utf-8")
    done = run(home, "corpus", "check", ICTNAVI_CORPUS=str(corpus))
    assert done.returncode == 1
    assert "Traceback" not in done.stderr


def add_interview(home: Path) -> subprocess.CompletedProcess[str]:
    return run(
        home, "corpus", "add", str(INTERVIEW), "--kind", "interview", "--url", INTERVIEW_URL, "--title", "対談",
        "--publisher", "東京都デジタルサービス局", "--standing", "official", "--as-of", "2024-08", "--rights", "text",
    )  # fmt: skip


def test_an_original_replaces_its_digest_and_rollback_restores_the_former_answers(home: Path) -> None:
    question = ("ask", "関貫氏はジョブローテーションをどう感じていますか", "--json", "--today", "2026-11-23")

    def answer() -> dict[str, object]:
        return {k: v for k, v in json.loads(run(home, *question).stdout).items() if k != "elapsed_ms"}

    before = answer()
    assert add_interview(home).returncode == 0
    assert answer() == before  # a candidate changes nothing
    assert "-" in run(home, "corpus", "diff").stdout
    published = run(home, "release", "publish", "--reason", "原文を追加")
    assert published.returncode == 0, published.stderr
    after = answer()
    assert "ict-career-digest" not in json.dumps(after)
    assert run(home, "release", "rollback").returncode == 0
    assert answer() == before


def test_an_original_is_answered_in_its_own_words_with_its_speaker(home: Path) -> None:
    text = INTERVIEW.read_text("utf-8")
    add_interview(home)
    run(home, "release", "publish")
    spoken = [line for line in text.splitlines() if ":" in line[:12] or ":" in line[:12]]
    assert spoken
    passages = next((home / "releases" / (home / "CURRENT").read_text("utf-8").strip()).glob("passages.jsonl"))
    records = [json.loads(line) for line in passages.read_text("utf-8").splitlines()]
    originals = [r for r in records if r["wording"] == "original" and r["speaker"] and r["question"]]
    assert originals
    record = originals[0]
    done = run(home, "ask", f"{record['speaker']}さん、{record['question']}", "--json")
    answer = json.loads(done.stdout)
    cited = [c for s in answer["sentences"] for c in s["citations"]]
    assert cited and cited[0]["wording"] == "original"
    assert (cited[0]["speaker"], cited[0]["as_of"]) == (record["speaker"], "2024-08")
    assert cited[0]["quote"] in text or "\n" in cited[0]["quote"]


@pytest.mark.parametrize("data", [b"", b"\x00\x01\x02", b"%PDF-1.4 broken", b"PK\x03\x04 broken"])
def test_a_file_that_cannot_be_read_changes_nothing(home: Path, tmp_path: Path, data: bytes) -> None:
    (tmp_path / "file.docx").write_bytes(data)
    options = ("--kind", "rule", "--url", "https://example.org/a", "--title", "t", "--publisher", "p")
    done = run(
        home, "corpus", "add", str(tmp_path / "file.docx"), *options, "--standing", "official", "--as-of", "2025"
    )
    assert done.returncode == 1
    assert "file.docx" in done.stderr and "Traceback" not in done.stderr
    assert not (home / "originals").exists()


def test_a_withdrawn_document_is_purged_from_every_release(home: Path) -> None:
    add_interview(home)
    run(home, "release", "publish")
    assert run(home, "release", "purge", "ict-career-original").returncode == 1  # it is being served
    assert run(home, "corpus", "remove", "ict-career").returncode == 0
    assert run(home, "release", "publish").returncode == 0
    done = run(home, "release", "purge", "ict-career-original")
    assert done.returncode == 0, done.stderr
    word = INTERVIEW.read_text("utf-8").splitlines()[2][:12].encode()
    assert not [p for p in home.rglob("*") if p.is_file() and word in p.read_bytes()]


def test_it_answers_with_the_network_cut(home: Path) -> None:
    unshare = shutil.which("unshare")
    assert unshare, "util-linux is part of every system this runs on"
    probe = subprocess.run([unshare, "-rn", "true"], check=False, capture_output=True)
    if probe.returncode:
        pytest.skip("this kernel forbids network namespaces to unprivileged users")
    done = subprocess.run(
        [unshare, "-rn", sys.executable, "-m", "ui.cli", "ask", "1on1とは", "--json"],
        cwd=ROOT, env={**os.environ, "ICTNAVI_HOME": str(home)}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
