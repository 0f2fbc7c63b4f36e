"""
From a scenario to rows: every contestant under the same load, one after the other, several rounds.

Rounds go through all contestants before the next one begins, so that whatever else the machine does meets all alike;
what is reported is the median over rounds. Beside what a clock says stands the processor time that a request took,
which others on the machine lengthen far less.

Invariant: every latency that was measured is in the result, for the figures to be worked out again.
"""

import statistics
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from benchmarks.serving.contestants.server import RunningServer
from benchmarks.serving.load.plan import LoadResult, Request
from benchmarks.serving.load.run import Load, run_load

_SAMPLES_KEPT = 2_000
"""Of latencies a round, in order, evenly thinned where there are more."""

_BESIDE_CONNECTIONS = 16


@dataclass(frozen=True, slots=True, eq=False)
class Scenario:
    """
    What is asked, of each contestant in its own words.

    Args:
        name: ``"signals_miss"``.

        requests: By contestant.

        hashes: How many values a request asks for.

        beside: What else the service is asked meanwhile, in a closed loop; None for nothing.

        of_files: Whether files are sent, which take longer.
    """

    name: str
    requests: Mapping[str, Sequence[Request]]
    hashes: int = 1
    beside: "Scenario | None" = None
    of_files: bool = False


@dataclass(slots=True)
class Measured:
    """
    One scenario of one contestant at one load.

    Args:
        scenario: What was asked.

        contestant: Who answered.

        processes: Of the server.

        load: How it was loaded.

        references: How many values it knew.

        rounds: What came of each.
    """

    scenario: Scenario
    contestant: str
    processes: int
    load: Load
    references: int
    rounds: list["Round"] = field(default_factory=list)

    def __str__(self) -> str:
        """Say what is measured."""
        rate = "" if self.load.rate_per_s is None else f", {self.load.rate_per_s:g}/s"
        return f"{self.contestant}: {self.scenario.name}, {self.load.connections} connections{rate}"


@dataclass(frozen=True, slots=True)
class Round:
    """
    One round.

    Args:
        result: What the clients tell.

        server_s: Processor time of the server, all its processes, while it was loaded, settling included.

        beside: What those tell who asked something else meanwhile.
    """

    result: LoadResult
    server_s: float
    beside: LoadResult | None = None


def measure_round(server: RunningServer, measured: Measured) -> None:
    """Load a server once and keep what came of it."""
    scenario = measured.scenario
    server.wait_until_idle()
    server_s = server.processor_s()
    with loaded_beside(server, scenario.beside, measured.contestant, measured.load) as beside:
        result = run_load(server.address, scenario.requests[measured.contestant], measured.load)
    measured.rounds.append(Round(result, server.processor_s() - server_s, beside()))


@contextmanager
def loaded_beside(
    server: RunningServer, scenario: Scenario | None, contestant: str, load: Load
) -> Iterator[Callable[[], LoadResult | None]]:
    """Have others ask a server while the block runs; yields what tells afterwards what came of it."""
    if scenario is None:
        yield lambda: None
        return
    other = Load(connections=_BESIDE_CONNECTIONS, settle_s=load.settle_s, measure_s=load.measure_s)
    with ThreadPoolExecutor(1) as threads:
        running = threads.submit(run_load, server.address, scenario.requests[contestant], other)
        yield running.result


def as_row(measured: Measured) -> dict[str, Any]:
    """Work out what is reported of one scenario, contestant and load."""
    load = measured.load
    rounds = [_figures(one, load) for one in measured.rounds]
    rate = median_of(rounds, "requests_per_s")
    return {
        "name": measured.scenario.name + ("" if load.rate_per_s is None else "_open"),
        "contestant": measured.contestant,
        "processes": measured.processes,
        "connections": load.connections,
        "references": measured.references,
        "requests_per_s": rate,
        "p50_ms": median_of(rounds, "p50_ms"),
        "p95_ms": median_of(rounds, "p95_ms"),
        "p99_ms": median_of(rounds, "p99_ms"),
        "errors": sum(sum(one.result.errors.values()) for one in measured.rounds),
        "errors_by_kind": _errors(measured.rounds),
        "loop": "closed" if load.rate_per_s is None else "open",
        "intended_per_s": load.rate_per_s,
        "hashes_per_s": None if rate is None else rate * measured.scenario.hashes,
        "server_processor_ms": median_of(rounds, "server_processor_ms"),
        "clients_processor_share": median_of(rounds, "clients_processor_share"),
        "beside": None if measured.scenario.beside is None else measured.scenario.beside.name,
        "beside_requests_per_s": median_of(rounds, "beside_requests_per_s"),
        "rounds": rounds,
    }


def _figures(one: Round, load: Load) -> dict[str, Any]:
    latencies = np.asarray(one.result.latencies_ms)
    answered = len(latencies) + sum(one.result.errors.values())
    percentiles = np.percentile(latencies, [50, 95, 99]).tolist() if len(latencies) else [None] * 3
    # The clients settle at the same rate as they measure: the server's time is shared out over both.
    asked = answered / load.measure_s * (load.settle_s + load.measure_s)
    return {
        "requests_per_s": one.result.answered_per_s,
        **dict(zip(("p50_ms", "p95_ms", "p99_ms"), percentiles, strict=True)),
        "worst_ms": float(latencies.max()) if len(latencies) else None,
        "errors": dict(one.result.errors),
        "server_processor_ms": one.server_s * 1000 / asked if asked else None,
        "clients_processor_share": one.result.processor_s / one.result.measured_s,
        "beside_requests_per_s": None if one.beside is None else one.beside.answered_per_s,
        "latencies_ms": thinned(latencies),
    }


def thinned(latencies: "np.ndarray[Any, Any]") -> list[float]:
    """Keep so many of them that a result stays readable."""
    step = max(1, -(-len(latencies) // _SAMPLES_KEPT))
    return np.round(latencies[::step], 4).tolist()  # type: ignore[no-any-return]


def _errors(rounds: Sequence[Round]) -> dict[str, int]:
    kinds = sorted({kind for one in rounds for kind in one.result.errors})
    return {kind: sum(one.result.errors[kind] for one in rounds) for kind in kinds}


def median_of(rounds: Sequence[Mapping[str, Any]], name: str) -> float | None:
    """Return the median over the rounds that know it; None if none does."""
    known = [one[name] for one in rounds if one[name] is not None]
    return statistics.median(known) if known else None


def ratios(rows: Sequence[Mapping[str, Any]]) -> dict[str, dict[str, float]]:
    """
    Compare ours with the others at the same scenario and load.

    Returns:
        By scenario, processes and connections: ``of_bare`` and ``times_peer``, requests a second;
        ``processor_of_bare``, the share of our processor time that the bare route takes; ``over_one_process``;
        ``p99_over_p50``.
    """
    by_load: dict[tuple[str, int], dict[str, Mapping[str, Any]]] = {}
    for row in rows:
        rate = "" if row.get("intended_per_s") is None else f" at {row['intended_per_s']:g}/s"
        where = f"{row['name']}{rate}, {row['connections']} connections"
        by_load.setdefault((where, row["processes"]), {})[row["contestant"]] = row
    found = {}
    for (where, processes), each in by_load.items():
        if (ours := each.get("staydown")) and ours["requests_per_s"]:
            alone = by_load.get((where, 1), {}).get("staydown") if processes > 1 else None
            compared = _compared(ours, each.get("bare"), each.get("peer"), alone)
            found[f"{where}, {processes} process{'es' if processes > 1 else ''}"] = compared
    return found


def _compared(
    ours: Mapping[str, Any],
    bare: Mapping[str, Any] | None,
    peer: Mapping[str, Any] | None,
    alone: Mapping[str, Any] | None,
) -> dict[str, float]:
    compared = {"p99_over_p50": _over(ours["p99_ms"], ours["p50_ms"])}
    if bare:
        compared["of_bare"] = _over(ours["requests_per_s"], bare["requests_per_s"])
        compared["processor_of_bare"] = _over(bare["server_processor_ms"], ours["server_processor_ms"])
    if peer:
        compared["times_peer"] = _over(ours["requests_per_s"], peer["requests_per_s"])
    if alone:
        compared["over_one_process"] = _over(ours["requests_per_s"], alone["requests_per_s"])
    return {name: value for name, value in compared.items() if value is not None}


def _over(ours: float | None, other: float | None) -> float | None:
    return None if ours is None or not other else round(ours / other, 4)
