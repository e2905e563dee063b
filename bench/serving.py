"""The product as processes: a cold `ictnavi ask`, how soon the page is there, and what the server holds in memory.

Questions go through the page's own protocol (Gradio's queue), a conversation of ten questions at a time.
"""

from __future__ import annotations

import json
import os
import re
import secrets
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from bench.figures import Figure, find_percentile
from rag.settings import PREFIX, ROOT, Settings

COLD_RUNS, TURNS = 5, 10
START_SECONDS = 120.0


def make_environment(settings: Settings, **more: object) -> dict[str, str]:
    """The environment of a process with these settings; `more` goes before them."""
    given = {"home": settings.home, "corpus": settings.corpus, **more}
    return {**os.environ, **{f"{PREFIX}{name.upper()}": str(value) for name, value in given.items()}}


def ask_from_cold_shell(settings: Settings, question: str) -> Iterator[Figure]:
    """The median of several runs of `ictnavi ask`, each a process of its own."""
    times = []
    for _ in range(COLD_RUNS):
        began = time.perf_counter()
        subprocess.run(
            [sys.executable, "-m", "ui.cli", "ask", question, "--json"],
            cwd=ROOT,
            env=make_environment(settings),
            stdout=subprocess.DEVNULL,
            check=False,  # an abstention ends with 3
        )
        times.append(time.perf_counter() - began)
    yield Figure(name=f"ictnavi ask(起動から、{COLD_RUNS}回の中央値)", value=statistics.median(times), unit="s", goal=3)


# one process asks here what many clients would, so the limits (questions a minute) are set where they don't bind
LOOSE = {"client_rate": 100_000, "total_rate": 1_000_000}


@contextmanager
def started(settings: Settings, **more: object) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    """`app.py` on a free port, with `more` settings or LOOSE limits: the process, and the page's address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    given = {"host": "127.0.0.1", "port": port, "log_level": "warning", **(more or LOOSE)}  # its log is not figures
    process = subprocess.Popen([sys.executable, "app.py"], cwd=ROOT, env=make_environment(settings, **given))
    try:
        yield process, f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(timeout=30)


def wait_for_page(process: subprocess.Popen[bytes], address: str) -> str:
    """The page's HTML, as soon as it is given out."""
    deadline = time.monotonic() + START_SECONDS
    with httpx.Client(timeout=30, trust_env=False) as client:
        while time.monotonic() < deadline and process.poll() is None:
            try:
                reply = client.get(f"{address}/")
                if reply.status_code == httpx.codes.OK:
                    return reply.text
            except httpx.TransportError:
                pass
            time.sleep(0.05)
    raise SystemExit(f"ページが {START_SECONDS:.0f} 秒以内に開きません")


def serve_page(settings: Settings, questions: Sequence[str]) -> Iterator[Figure]:
    """From the start of the process to the page; then every question through the page, and the memory after them."""
    began = time.perf_counter()
    with started(settings) as (process, address):
        html = wait_for_page(process, address)
        yield Figure(name="ページが開くまで(app.py の起動から)", value=time.perf_counter() - began, unit="s", goal=10)
        yield Figure(name="サーバーのメモリ(開いた直後)", value=read_memory(process.pid), unit="MiB")
        times = list(ask_through_page(address, html, questions))
        yield Figure(name=f"ページ経由の答え({len(times)}問、p50)", value=find_percentile(times, 50), unit="ms")
        yield Figure(name=f"ページ経由の答え({len(times)}問、p95)", value=find_percentile(times, 95), unit="ms")
        memory = read_memory(process.pid)
        yield Figure(name=f"サーバーのメモリ({len(times)}問のあと)", value=memory, unit="MiB", goal=1024)


def read_memory(process_id: int) -> float:
    """Resident memory in MiB, as the kernel (or, away from Linux, `ps`) tells it."""
    status = Path(f"/proc/{process_id}/status")
    if status.exists():
        (kilobytes,) = re.findall(r"^VmRSS:\s+(\d+) kB$", status.read_text("ascii"), re.M)
    else:
        kilobytes = subprocess.run(
            ["ps", "-o", "rss=", "-p", str(process_id)], capture_output=True, text=True, check=True
        ).stdout
    return int(kilobytes) / 1024


def ask_through_page(address: str, html: str, questions: Sequence[str]) -> Iterator[float]:
    """Milliseconds from the question to the completed answer, one question after the other."""
    found = re.search(r"window\.gradio_config = (\{.*?\});</script>", html, re.DOTALL)
    if found is None:
        raise SystemExit("ページに Gradio の設定がありません")
    event = next(d for d in json.loads(found.group(1))["dependencies"] if d["api_name"] == "answer")
    with httpx.Client(base_url=address, timeout=60, trust_env=False) as client:
        session = ""
        for number, question in enumerate(questions):
            session = session if number % TURNS else secrets.token_hex(6)
            began = time.perf_counter()
            _ask(client, event, session, question)
            yield (time.perf_counter() - began) * 1000


def _ask(client: httpx.Client, event: dict[str, Any], session: str, question: str) -> None:
    body = {
        "data": [question, None, None],  # the two states are the server's own
        "fn_index": event["id"],
        "session_hash": session,
        "trigger_id": event["targets"][0][0],
    }
    client.post("/gradio_api/queue/join", json=body).raise_for_status()
    with client.stream("GET", "/gradio_api/queue/data", params={"session_hash": session}) as stream:
        for line in stream.iter_lines():
            message = json.loads(line.removeprefix("data:")) if line.startswith("data:") else {}
            if message.get("msg") == "process_completed":
                if not message["success"]:
                    raise SystemExit(f"ページが「{question}」に答えません")
                return
    raise SystemExit(f"ページが「{question}」の途中で切れました")
