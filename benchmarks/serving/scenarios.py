"""SCENARIOS: the one table of what is asked. A new one is a function here and a row at the foot."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from benchmarks.serving.contestants import bare, staydown
from benchmarks.serving.load.plan import Request
from benchmarks.serving.measuring import Scenario
from benchmarks.serving.questions import Asked, batches, mixed, signals_questions

ADDRESSES: Final = {staydown.NAME: "/v1/match", bare.NAME: "/{name}"}
"""Where a contestant is asked by signals."""


@dataclass(frozen=True, slots=True, eq=False)
class Material:
    """
    Of what requests are made.

    Args:
        key: That is trusted.

        asked: Values.

        seed: For everything that is drawn.
    """

    key: str
    asked: Asked
    seed: int


Build = Callable[[str, Material], Scenario]


def _miss(name: str, material: Material) -> Scenario:
    return Scenario(name, {who: _strangers(who, name, material) for who in ADDRESSES})


def _hit(name: str, material: Material) -> Scenario:
    return Scenario(name, {who: _copies(who, name, material) for who in ADDRESSES})


def _mixed(name: str, material: Material) -> Scenario:
    return Scenario(
        name,
        {who: mixed(_copies(who, name, material), _strangers(who, name, material), material.seed) for who in ADDRESSES},
    )


def _batch(size: int) -> Build:
    def build(name: str, material: Material) -> Scenario:
        paths = {staydown.NAME: "/v1/match/batch", bare.NAME: f"/{name}"}
        requests = {
            who: batches(path, material.key, material.asked, size=size, seed=material.seed)
            for who, path in paths.items()
        }
        return Scenario(name, requests, hashes=size)

    return build


def _strangers(who: str, name: str, material: Material) -> Sequence[Request]:
    expected = b'"allow"' if who == staydown.NAME else b""
    return signals_questions(
        ADDRESSES[who].format(name=name), material.key, material.asked.strangers, expected=expected
    )


def _copies(who: str, name: str, material: Material) -> Sequence[Request]:
    expected = b'"tkd_' if who == staydown.NAME else b""
    path = ADDRESSES[who].format(name=name)
    return signals_questions(path, material.key, material.asked.copies, expected=expected)


SCENARIOS: Final[dict[str, Build]] = {
    "signals_miss": _miss,
    "signals_hit": _hit,
    "signals_mixed": _mixed,
    "batch_100": _batch(100),
    "batch_1000": _batch(1_000),
}
"""Name → what makes its requests."""
