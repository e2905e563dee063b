"""`python -m bench.loading`: the load figures alone, on a fresh data folder that goes away at the end."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

from bench.answering import draw_questions
from bench.building import build_shipped
from bench.figures import Figure, show_figures
from bench.loading import SCENES, measure_load
from bench.loading.scale import FULL, SHORT
from rag.settings import read_settings

SEED = 20261123


def main() -> None:
    """Read the options, measure, show."""
    parser = argparse.ArgumentParser(prog="python -m bench.loading", description="負荷をかけて測る")
    parser.add_argument("--full", action="store_true", help="約束どおりの長さで(約40分)。なければ短い形(約8分)")
    parser.add_argument("--only", nargs="+", default=[], choices=SCENES, help="場面を選ぶ")
    parser.add_argument("--seed", type=int, default=SEED, help=f"質問の抽出の種(既定 {SEED})")
    parser.add_argument("--json", type=Path, help="結果をJSONでも書く")
    options = parser.parse_args()
    show_figures(lambda home: measure(home, options), options.json)


def measure(home: Path, options: argparse.Namespace) -> Iterator[Figure]:
    """The figures under load on a release of the shipped corpus, built first."""
    settings = read_settings(home=home / "home")
    tuple(build_shipped(settings))
    questions = draw_questions(settings, seed=options.seed)
    scale = FULL if options.full else SHORT
    yield from measure_load(settings, questions, scale=scale, seed=options.seed, only=options.only)


if __name__ == "__main__":
    main()
