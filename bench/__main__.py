"""`make bench`: measure speed and size on a fresh data folder, print them beside what was promised.

Nothing of the user's is read or written: releases are built in a temporary folder that goes away at the end.
Ends with 0 whether or not every goal is met; the figures are for people, tests assert none of them.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

from bench.answering import ask_warm, draw_questions
from bench.browsing import browse_page
from bench.building import SIZES, build_shipped, index_recombined
from bench.figures import Figure, show_figures
from bench.installing import set_up_from_nothing
from bench.loading import measure_load
from bench.loading.scale import FULL, SHORT
from bench.modelling import measure_model_mode
from bench.serving import ask_from_cold_shell, serve_page
from rag.settings import read_settings

SEED = 20261123


def main() -> None:
    """Read the options, measure, show."""
    parser = argparse.ArgumentParser(prog="make bench", description="速さと大きさを測る")
    parser.add_argument("--setup", action="store_true", help="何もない所からの make setup も測る(約1GBを取り込む)")
    most = max(size.count for size in SIZES)
    parser.add_argument(
        "--passages", type=int, default=most, help=f"組み替えて作る文章の数の上限(既定 {most}、0で省く)"
    )
    parser.add_argument("--seed", type=int, default=SEED, help=f"質問の抽出と組み替えの種(既定 {SEED})")
    parser.add_argument("--full", action="store_true", help="負荷を約束どおりの長さでかける(約40分。なければ約8分)")
    parser.add_argument("--no-load", action="store_true", help="負荷の測定を省く")
    parser.add_argument("--json", type=Path, help="結果をJSONでも書く")
    options = parser.parse_args()
    show_figures(lambda home: measure(home, options), options.json)


def measure(home: Path, options: argparse.Namespace) -> Iterator[Figure]:
    """Every figure as it comes; the release built first is the one that later figures use."""
    settings = read_settings(home=home / "home")
    yield from build_shipped(settings)
    questions = draw_questions(settings, seed=options.seed)
    yield from ask_warm(settings, questions[:100])
    yield from measure_model_mode(settings, questions)
    yield from ask_from_cold_shell(settings, questions[0])
    yield from serve_page(settings, questions)
    yield from browse_page(settings, questions[:50])
    for size in (s for s in SIZES if s.count <= options.passages):
        yield from index_recombined(settings, questions, folder=home / str(size.count), size=size, seed=options.seed)
    if not options.no_load:
        yield from measure_load(settings, questions, scale=FULL if options.full else SHORT, seed=options.seed)
    if options.setup:
        yield from set_up_from_nothing(home / "clone")


if __name__ == "__main__":
    main()
