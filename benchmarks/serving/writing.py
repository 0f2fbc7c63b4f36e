"""Clients that report and decide: alone, while others ask, or as a steady stream beside whatever is measured."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urlsplit

import numpy as np

from benchmarks.serving.contestants.server import RunningServer
from benchmarks.serving.contestants.staydown import NAME as STAYDOWN
from benchmarks.serving.load.deciding import DecidingPlan, DecidingResult
from benchmarks.serving.load.plan import LoadResult
from benchmarks.serving.load.run import Load, deciding
from benchmarks.serving.measuring import Scenario, loaded_beside, median_of, thinned

CLIENTS: Final = 6
"""That report and decide."""

REPORT_AND_DECIDE: Final = "report_and_decide"
UNDER_LOAD: Final = "report_and_decide_under_load"


@dataclass(slots=True)
class Decided:
    """
    One scenario in which is decided.

    Args:
        name: ``"report_and_decide"``.

        processes: Of the server.

        references: How many values it knew.

        beside: What else it is asked meanwhile; None for nothing.

        rounds: What came of each.

        others: What came of what was asked beside, of each.
    """

    name: str
    processes: int
    references: int
    beside: Scenario | None = None
    rounds: list[DecidingResult] = field(default_factory=list)
    others: list[LoadResult | None] = field(default_factory=list)


def plan_for(
    server: RunningServer, keys: Sequence[str], *, measure_s: float, rate_per_s: float | None = None
) -> DecidingPlan:
    """Plan `CLIENTS` that report with the last key and decide with the first."""
    where = urlsplit(server.address)
    assert where.hostname is not None
    assert where.port is not None
    return DecidingPlan(where.hostname, where.port, keys[-1], keys[0], CLIENTS, measure_s, rate_per_s)


def decide_round(server: RunningServer, keys: Sequence[str], decided: Decided, load: Load) -> None:
    """Let the clients report and decide for as long as a load is measured, settling included."""
    plan = plan_for(server, keys, measure_s=load.settle_s + load.measure_s)
    with loaded_beside(server, decided.beside, STAYDOWN, load) as beside, deciding(plan) as result:
        decided.rounds.append(result())
    decided.others.append(beside())


def decided_row(decided: Decided) -> dict[str, Any]:
    """Work out what is reported: requests are reports and decisions together, latencies those of decisions."""
    rounds = [_figures(one, other) for one, other in zip(decided.rounds, decided.others, strict=True)]
    names = ("requests_per_s", "p50_ms", "p95_ms", "p99_ms", "report_p50_ms", "report_p99_ms", "decisions_per_s")
    return {
        "name": decided.name,
        "contestant": STAYDOWN,
        "processes": decided.processes,
        "connections": CLIENTS,
        "references": decided.references,
        **{name: median_of(rounds, name) for name in names},
        "errors": sum(sum(one.errors.values()) for one in decided.rounds),
        "errors_by_kind": _errors(decided.rounds),
        "beside": None if decided.beside is None else decided.beside.name,
        "beside_requests_per_s": median_of(rounds, "beside_requests_per_s"),
        "rounds": rounds,
    }


def _figures(one: DecidingResult, other: LoadResult | None) -> dict[str, Any]:
    calls = len(one.report_ms) + len(one.decide_ms)
    return {
        "requests_per_s": calls / one.measured_s,
        "decisions_per_s": len(one.decide_ms) / one.measured_s,
        **_percentiles(one.decide_ms, ""),
        **_percentiles(one.report_ms, "report_"),
        **_percentiles(one.seen_ms, "seen_"),
        "errors": dict(one.errors),
        "beside_requests_per_s": None if other is None else other.answered_per_s,
        "latencies_ms": thinned(np.asarray(one.decide_ms)),
    }


def _percentiles(samples: Sequence[float], prefix: str) -> Mapping[str, float | None]:
    shares = (50, 95, 99)
    found: Sequence[float | None] = np.percentile(samples, shares).tolist() if len(samples) else [None] * len(shares)
    return {f"{prefix}p{share}_ms": value for share, value in zip(shares, found, strict=True)}


def _errors(rounds: Sequence[DecidingResult]) -> dict[str, int]:
    kinds = sorted({kind for one in rounds for kind in one.errors})
    return {kind: sum(one.errors[kind] for one in rounds) for kind in kinds}
