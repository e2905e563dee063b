"""`python -m bench.evaluation_shots`: the pictures of docs/evaluation.md, taken of real reports in Chromium.

The shipped corpus is built in a temporary folder; the practice set is run, and the same set with the three questions of
docs/evaluation.md; then the latter once more with 「61歳未満」 changed on purpose, so that there is something to find.
Out: `docs/images/evaluation-*.png`, all but that of the spreadsheet, which is a photograph of LibreOffice Calc. Needs a
Chromium on PATH.
"""

from __future__ import annotations

import io
import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright
from rich.console import Console
from rich.text import Text

from bench.screenshots import CHROMIUM_NAMES, IMAGES
from evals.cases import Case, CaseSet, load_set
from evals.files import keep_set
from evals.runs import RunShelf
from rag.build import build_release, publish
from rag.settings import PREFIX, ROOT, Settings

DAY = "2026-11-27"
ADDED = (
    Case(
        id="mine-001", turns=("社会人で58歳だけど、まだ受けられる?",), language="ja", category="colloquial",
        facts=(("61歳未満", "60歳まで"),), sources=("survey-column-2", "career-changer"),
    ),
    Case(
        id="mine-002", turns=("メンターは誰がしてくれるの?",), language="ja", category="direct",
        facts=(("事務職の管理職",),), sources=("ict-career",),
    ),
    Case(
        id="mine-003", turns=("社員食堂のメニューは?",), language="ja", category="far_unanswerable",
        reasons=("off_topic", "no_evidence"),
    ),
)  # fmt: skip
BEFORE, AFTER = "61歳未満", "63歳未満"
WIDTH = 92  # characters of the terminal


@dataclass(frozen=True, kw_only=True)
class Part:
    """One picture of a report: the element to show, and what to open first."""

    name: str
    selector: str
    width: int = 1000
    height: int = 900


def main() -> None:
    """Build, run twice, photograph."""
    executable = next((path for name in CHROMIUM_NAMES if (path := shutil.which(name))), None)
    if executable is None:
        raise SystemExit("chromium が見つかりません。入れてから、もう一度実行してください")
    with tempfile.TemporaryDirectory(prefix="ictnavi-shots-") as folder:
        home, corpus = Path(folder) / "home", Path(folder) / "corpus"
        shipped = load_set("practice", home)
        keep_set(CaseSet(name="mine", cases=(*shipped.cases, *ADDED)), home)
        serve(home, ROOT / "corpus")
        run(home, shipped.name)
        first = RunShelf(home).folder(RunShelf(home).find("latest"))
        said = run(home, "mine")
        write_faulty_corpus(corpus)
        serve(home, corpus)
        run(home, "mine")
        second = RunShelf(home).folder(RunShelf(home).find("latest"))
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=executable, args=["--no-sandbox"])
            shoot_terminal(browser, said, folder)
            shoot(browser, first, Part(name="first", selector="body"))
            shoot(browser, first, Part(name="phone", selector="body", width=390, height=844))
            shoot(browser, second, Part(name="report", selector="body"))
            shoot(browser, second, Part(name="outcomes", selector="section:has(#h-outcomes)"))
            shoot_worse(browser, second)
            browser.close()


def serve(home: Path, corpus: Path) -> None:
    """Build and publish."""
    settings = Settings(home=home, corpus=corpus)
    publish(settings, build_release(settings), reason="pictures")


def run(home: Path, name: str) -> str:
    """Run a set as a person would; what the command line said."""
    environment = {**os.environ, f"{PREFIX}HOME": str(home), "COLUMNS": str(WIDTH), "FORCE_COLOR": "1"}
    done = subprocess.run(
        [sys.executable, "-m", "evals.cli", "run", name, "--today", DAY],
        cwd=ROOT, env=environment, capture_output=True, text=True, check=True,
    )  # fmt: skip
    return done.stdout.replace(str(home), ".ictnavi")


def write_faulty_corpus(target: Path) -> None:
    """The shipped corpus with one number changed wherever it stands."""
    shutil.copytree(ROOT / "corpus", target)
    for path in target.rglob("*.md"):
        path.write_text(path.read_text("utf-8").replace(BEFORE, AFTER), "utf-8")


def shoot_terminal(browser: Browser, said: str, folder: str) -> None:
    """The command and what it printed, as a terminal shows it."""
    console = Console(record=True, width=WIDTH, file=io.StringIO())
    console.print("$ .venv/bin/ictnavi-eval run mine", style="bold")
    console.print(Text.from_ansi(said.strip("\n")))
    picture = Path(folder) / "terminal.html"
    picture.write_text(console.export_html(inline_styles=True), "utf-8")
    page = browser.new_page(viewport={"width": 900, "height": 700}, device_scale_factor=1.5)
    page.goto(picture.as_uri())
    page.add_style_tag(
        content="body{margin:0;padding:16px;background:#fff;width:max-content}"
        "pre{font-family:'Noto Sans Mono CJK JP',monospace !important;font-size:15px;line-height:1.45;margin:0}"
    )
    page.locator("body").screenshot(path=IMAGES / "evaluation-run.png")
    page.close()


def shoot(browser: Browser, run: Path, part: Part) -> None:
    """The first screenful of a report, or one section of it."""
    page = open_report(browser, run, part)
    path = IMAGES / f"evaluation-{part.name}.png"
    if part.selector.startswith("section"):
        page.locator(part.selector).screenshot(path=path)
    else:
        page.screenshot(path=path)
    page.close()


def shoot_worse(browser: Browser, run: Path) -> None:
    """The list of what got worse, then its first case, opened as a click on its number does."""
    page = open_report(browser, run, Part(name="worse", selector="#worse", height=820))
    page.locator("#worse").scroll_into_view_if_needed()
    page.evaluate("document.querySelector('#worse').scrollIntoView()")
    page.screenshot(path=IMAGES / "evaluation-worse.png")
    first = page.locator("#worse + ol a").first
    anchor = first.get_attribute("href") or ""
    first.click()
    case = page.locator(f"details:has({anchor})")
    if not case.evaluate("element => element.open"):
        case.locator("summary").click()
    case.screenshot(path=IMAGES / "evaluation-case.png")
    page.close()


def open_report(browser: Browser, run: Path, part: Part) -> Page:
    """The Japanese report of a run."""
    page = browser.new_page(viewport={"width": part.width, "height": part.height}, color_scheme="light")
    page.goto((run / "report.ja.html").as_uri())
    return page


if __name__ == "__main__":
    main()
