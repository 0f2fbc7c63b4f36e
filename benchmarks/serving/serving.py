"""
`python -m benchmarks serving`: how many questions a second the service answers over HTTP, and how long each takes.

A real server (`staydown serve`) over a prepared record, loaded by processes of their own. Beside it, in the same run
and under the same load: the bare route, which parses the same body on the same server software and answers a constant.

Ctrl-C keeps what was measured until then, and ends every process.
"""

import argparse
import os
import signal
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from http import HTTPStatus
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import urlsplit

from benchmarks.environment import environment
from benchmarks.report import progress_line, publish
from benchmarks.serving.contestants.bare import NAME as BARE
from benchmarks.serving.contestants.bare import bare, encoder
from benchmarks.serving.contestants.server import RunningServer
from benchmarks.serving.contestants.staydown import NAME as STAYDOWN
from benchmarks.serving.contestants.staydown import staydown
from benchmarks.serving.databases import database
from benchmarks.serving.load.connection import ask_once
from benchmarks.serving.load.run import Load
from benchmarks.serving.measuring import Measured, Scenario, as_row, measure_round, ratios
from benchmarks.serving.questions import COPY_BITS, values_to_ask
from benchmarks.serving.references import Bank, open_bank
from benchmarks.serving.report import print_serving
from benchmarks.serving.scenarios import SCENARIOS, Material

CONTESTANTS = (STAYDOWN, BARE)
_OPEN_CONNECTIONS = 64
_HALF_OF = 16


def main(argv: Sequence[str]) -> int:
    """Measure, print or write, and return the exit status."""
    options = _parsed(argv)
    measured: list[Measured] = []
    status = 0
    with TemporaryDirectory(prefix="staydown-") as temporary, progress_line() as progress:
        Path(temporary).chmod(0o755)  # a PostgreSQL that is started runs as another user, who must get there
        keep = Path(options.keep or temporary).resolve()
        try:
            with database(options.database, keep, f"{options.references}-{options.seed}") as (folder, url):
                bank = open_bank(
                    folder,
                    url,
                    references=options.references,
                    seed=options.seed,
                    progress=progress,
                    decode_workers=options.decode_workers,
                )
                for processes in options.processes:
                    _measure_all(bank, processes, options, measured, progress)
        except KeyboardInterrupt:
            status = 128 + signal.SIGINT
    result = _result(options, measured, interrupted=status != 0)
    publish(result, options.json, show=lambda: print_serving(result))
    return status


def _measure_all(
    bank: Bank,
    processes: int,
    options: argparse.Namespace,
    measured: list[Measured],
    progress: Callable[[str], None],
) -> None:
    """Run every contestant with so many processes and every scenario on each."""
    material = Material(bank.keys[0], values_to_ask(bank.banked, options.seed), options.seed)
    scenarios = [SCENARIOS[name](name, material) for name in options.scenarios]
    with ExitStack() as running:
        progress(f"{processes} process(es) of {STAYDOWN} start")
        servers = {STAYDOWN: running.enter_context(staydown(bank.settings, processes=processes))}
        if BARE in options.contestants:
            answers = _answers(servers[STAYDOWN].address, scenarios)
            servers[BARE] = running.enter_context(bare(answers, bank.settings.data, processes=processes))
        for scenario in scenarios:
            loads = [_load(options, connections) for connections in options.connections]
            _measure(scenario, loads, servers, processes, bank, options, measured, progress)
            open_loads = _open_loads(scenario, processes, options, measured)
            _measure(scenario, open_loads, servers, processes, bank, options, measured, progress)


def _measure(
    scenario: Scenario,
    loads: Sequence[Load],
    servers: Mapping[str, RunningServer],
    processes: int,
    bank: Bank,
    options: argparse.Namespace,
    measured: list[Measured],
    progress: Callable[[str], None],
) -> None:
    """Load every contestant in turns."""
    asked = [who for who in servers if who in scenario.requests]
    here = [Measured(scenario, who, processes, load, bank.references) for load in loads for who in asked]
    for number in range(options.rounds):
        for one in here:
            progress(f"round {number + 1} of {options.rounds}, {processes} process(es), {one}")
            measure_round(servers[one.contestant], one)
            if number == 0:
                measured.append(one)


def _load(options: argparse.Namespace, connections: int) -> Load:
    return Load(
        connections=connections,
        settle_s=options.settle,
        measure_s=options.duration,
        processes=options.client_processes,
    )


def _open_loads(
    scenario: Scenario, processes: int, options: argparse.Namespace, measured: Sequence[Measured]
) -> list[Load]:
    """Return the open loops: the rates that were asked for, or half of what 16 connections reached."""
    rates = options.rates
    if rates is None:
        closed = [
            as_row(one)
            for one in measured
            if (one.scenario, one.contestant, one.processes) == (scenario, STAYDOWN, processes)
        ]
        reached = {row["connections"]: row["requests_per_s"] for row in closed}
        rates = [reached[_HALF_OF] / 2] if reached.get(_HALF_OF) else []
    return [replace(_load(options, _OPEN_CONNECTIONS), rate_per_s=rate) for rate in rates]


def _answers(address: str, scenarios: Sequence[Scenario]) -> dict[str, bytes]:
    """Ask the service each scenario's first question; the bare route answers the same."""
    where = urlsplit(address)
    answers = {}
    for scenario in scenarios:
        request = scenario.requests[STAYDOWN][0]
        status, answer = ask_once(str(where.hostname), int(where.port or 0), [request.before])
        if status >= HTTPStatus.BAD_REQUEST or request.expected not in answer:
            message = f"{scenario.name} was answered {status}: {answer[:500]!r}"
            raise RuntimeError(message)
        answers[scenario.name] = answer
    return answers


def _result(options: argparse.Namespace, measured: Sequence[Measured], *, interrupted: bool) -> dict[str, Any]:
    rows = [as_row(one) for one in measured if one.rounds]
    return {
        "benchmark": "serving",
        "environment": environment(),
        "load_average": os.getloadavg(),
        "database": "PostgreSQL" if options.database != "sqlite" else "SQLite",
        "seed": options.seed,
        "references": options.references,
        "copy_bits": COPY_BITS,
        "rounds": options.rounds,
        "measured_s": options.duration,
        "bare_encoder": encoder()[0],
        "interrupted": interrupted,
        "scenarios": rows,
        "ratio": ratios(rows),
        "skipped": {},
    }


def _parsed(argv: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks serving", description=__doc__)
    parser.add_argument("--scenarios", nargs="+", choices=SCENARIOS, default=list(SCENARIOS), metavar="NAME")
    parser.add_argument("--contestants", nargs="+", choices=CONTESTANTS, default=list(CONTESTANTS), metavar="NAME")
    parser.add_argument("--references", type=lambda text: int(float(text)), default=10_000_000)
    parser.add_argument(
        "--keep", metavar="DIR", help="where references are prepared once and found again; they grow a little each run"
    )
    parser.add_argument("--database", default="sqlite", help="sqlite, postgresql (started), or the URL of an empty one")
    parser.add_argument("--processes", type=int, nargs="+", default=[1, 2], help="of each server")
    parser.add_argument("--connections", type=int, nargs="*", default=[1, 16, 64], help="of closed loops")
    parser.add_argument(
        "--rates", type=float, nargs="*", help="of open loops, requests/s; by default half of what 16 connections reach"
    )
    parser.add_argument("--duration", type=float, default=5, help="seconds measured a round")
    parser.add_argument("--settle", type=float, default=1, help="seconds before they count")
    parser.add_argument("--rounds", type=int, default=3, help="of which the median is reported")
    parser.add_argument("--client-processes", type=int, default=1, help="that send the requests")
    parser.add_argument("--decode-workers", type=int, default=2, help="processes of a server that decode")
    parser.add_argument("--quick", action="store_true", help="a minute's run: one process, 16 connections, one round")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", metavar="PATH", help="write the result there; - for standard output")
    options = parser.parse_args(argv)
    if options.quick:
        options.processes, options.connections, options.rounds, options.duration = [1], [16], 1, 2
        options.rates = [] if options.rates is None else options.rates
    return options
