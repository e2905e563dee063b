"""How much load each scene makes: what the promises ask for, and a short form of minutes in all."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Scale:
    """Seconds and counts of every scene."""

    sessions: int = 100
    think: float = 30.0  # seconds between a visitor's questions, on average
    steady: float = 600.0
    burst: int = 50
    crowd: int = 300  # sessions of the overload, which ask ten times as fast as all of `sessions` together
    overload: float = 300.0
    streams: int = 500
    slow: int = 100  # connections whose headers never end
    alone: int = 100  # questions of one visitor after another
    during: float = 120.0  # around a publication, and during an evaluation
    in_flight: int = 30  # questions to a model that takes three seconds
    soak: float = 900.0
    rate: float = 2.0  # questions a second of the soak

    def say(self, name: str) -> str:
        """A scene's share of the full scale, as the table shows it."""
        mine, full = getattr(self, name), getattr(FULL, name)
        return "" if mine == full else f"{mine:g}/{full:g}"


FULL = Scale()
SHORT = Scale(steady=60, overload=45, alone=40, during=45, soak=60)
