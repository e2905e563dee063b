"""The table of the threats (SECURITY.md, rows 1-22): what each row's tests measured, beside its bar.

In: `record_row(row, bar=…, measured=…, scale=…)`, called in a test before it asserts. Out: one table at the end of a
run, and with `--security-results FILE` the same as Markdown with date and versions. It judges nothing: a row stands as
passed if the test that recorded it passed. tests/conftest.py takes the hooks from here.
"""

from __future__ import annotations

import platform
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest

KEY = "threat"
PARTS = ("gradio", "chromadb", "langchain-core", "pypdf", "starlette", "uvicorn")
ROWS = {
    1: "質問からの命令", 2: "資料に仕込まれた命令", 3: "答えを塞ぐ資料", 4: "画面への差し込み",
    5: "根拠のない答え", 6: "余計な入口", 7: "他人の会話", 8: "ログイン破り", 9: "管理の機能",
    10: "内部への取り込み", 11: "爆弾・偽装・名前", 12: "表計算の数式", 13: "公開の途中の死", 14: "壊れた索引",
    15: "あふれ", 16: "モデルの故障",
    17: "個人情報", 18: "取り下げた資料", 19: "エラーの漏れ", 20: "評価の表", 21: "供給網", 22: "ディスクと時計",
}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Measured:
    """What one test measured for a row; `scale` says how much of the table's own scale was used."""

    row: int
    bar: str
    measured: str
    scale: str
    full: bool


@pytest.fixture
def record_row(request: pytest.FixtureRequest) -> Callable[..., None]:
    """Note what was measured for a row of the threat table."""

    def record(row: int, *, bar: str, measured: str, scale: str) -> None:
        full = request.node.get_closest_marker("full") is not None
        made = Measured(row=row, bar=bar, measured=measured, scale=scale, full=full)
        request.node.user_properties.append((KEY, asdict(made)))

    return record


def pytest_addoption(parser: pytest.Parser) -> None:
    """Where the table is written to."""
    parser.addoption("--security-results", type=Path, help="write the table of the threats here, as Markdown")


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """Print the table, and write it where that is wanted; only where the long forms ran."""
    found = list(_read(terminalreporter))
    if not any(each["full"] for each in found):
        return
    rows = [
        (str(e["row"]), ROWS[e["row"]], e["bar"], e["measured"], e["scale"], "合格" if e["passed"] else "不合格")
        for e in sorted(found, key=lambda e: (e["row"], not e["full"]))
    ]
    rows += [
        (str(n), name, "", "測っていません", "", "—") for n, name in ROWS.items() if n not in {e["row"] for e in found}
    ]
    terminalreporter.section("脅威の表")
    for row in rows:
        terminalreporter.write_line(" | ".join(row))
    if path := config.getoption("--security-results"):
        path.write_text(write_page(rows), "utf-8")


def _read(terminalreporter: Any) -> Iterator[dict[str, Any]]:
    for outcome in ("passed", "failed"):
        for report in terminalreporter.stats.get(outcome, []):
            if getattr(report, "when", "") == "call":
                for key, value in report.user_properties:
                    if key == KEY:
                        yield {**value, "passed": outcome == "passed"}


def write_page(rows: list[tuple[str, ...]]) -> str:
    """The page docs/security-results.md."""
    head = ("行", "脅威", "目標", "測った値", "量", "結果")
    versions = "、".join(f"{name} {version(name)}" for name in PARTS)
    lines = [
        " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in row) for row in (head, ("---",) * 6, *rows)
    ]
    return (
        "# 脅威の表: 最後に測った値\n\n"
        "`make test-full` が書いたものです。行の意味と守り方は [SECURITY.md](../SECURITY.md) にあります。"
        "「量」は、目標の表が求める量のうち、ここで使った量です。\n\n"
        f"- 測った日時: {datetime.now(UTC):%Y-%m-%d %H:%M} UTC\n"
        f"- Python {platform.python_version()}、{platform.system()} {platform.machine()}\n"
        f"- {versions}\n\n" + "".join(f"| {line} |\n" for line in lines)
    )
