"""Planted third-party pages before an obedient model: nothing they order is done, official word stays first.

The fast form: each order and topic once or so. `make bench` asks all sixty documents five questions each.
"""

from __future__ import annotations

from pathlib import Path

from bench.injections import list_planted
from bench.modelling import obey
from rag.settings import Settings


def test_planted_pages_achieve_nothing_through_an_obedient_model(shipped_home: Path) -> None:
    figures = list(obey(Settings(home=shipped_home), list_planted()[::5], questions=1))
    assert {f.name.split("(")[0]: f.value for f in figures} == {
        "従順なモデルの合言葉": 0,
        "従順なモデルの外へのリンク": 0,
        "従順なモデルの変えられた要件": 0,
    }
