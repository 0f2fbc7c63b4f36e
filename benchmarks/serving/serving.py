"""
`python -m benchmarks serving`: how many questions a second the service answers over HTTP, and how long each takes.

A real server (`staydown serve`) over a prepared record, loaded by processes of their own. Beside it, in the same run
and under the same load: the bare route, which parses the same body on the same server software and answers a constant,
and the peer's way, python-threatexchange's index behind a plain Flask look-up.

Ctrl-C keeps what was measured until then, and ends every process.
"""

import argparse
import signal
from collections.abc import Callable, Sequence
from contextlib import suppress
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.environment import environment
from benchmarks.interrupting import termination_like_ctrl_c
from benchmarks.report import load_average, progress_line, publish
from benchmarks.serving.contestants.bare import encoder
from benchmarks.serving.databases import database
from benchmarks.serving.measuring import ratios
from benchmarks.serving.questions import COPY_BITS
from benchmarks.serving.references import open_bank
from benchmarks.serving.report import plot_serving, print_serving
from benchmarks.serving.run import ALL_SCENARIOS, CONTESTANTS, Run

_SOFTWARE = ("uvicorn", "uvloop", "httptools", "starlette", "fastapi")


def main(argv: Sequence[str]) -> int:
    """Measure, print or write, and return the exit status."""
    options = _parsed(argv)
    runs: list[Run] = []
    load = load_average()
    status = 128 + signal.SIGINT
    with (
        TemporaryDirectory(prefix="staydown-") as temporary,
        progress_line() as progress,
        suppress(KeyboardInterrupt),
        termination_like_ctrl_c(),
    ):
        Path(temporary).chmod(0o755)  # a PostgreSQL that is started runs as another user, who must get there
        _measure(options, Path(options.keep or temporary).resolve(), runs, progress)
        status = 0
    if not runs:
        return status
    result = _result(options, runs[0]) | {"load_average_before": load, "interrupted": status != 0}
    publish(result, options.json, show=lambda: print_serving(result))
    if options.plot:
        plot_serving(result, options.plot)
    return status


def _measure(options: argparse.Namespace, keep: Path, runs: list[Run], progress: Callable[[str], None]) -> None:
    with database(options.database, keep, f"{options.references}-{options.seed}") as (folder, url):
        bank = open_bank(
            folder,
            url,
            references=options.references,
            seed=options.seed,
            progress=progress,
            decode_workers=options.decode_workers,
        )
        run = Run(bank, options, keep, progress)
        runs.append(run)
        for processes in options.processes:
            run.measure(processes)


def _result(options: argparse.Namespace, run: Run) -> dict[str, Any]:
    rows = run.rows()
    return {
        "benchmark": "serving",
        "environment": environment(),
        "load_average": load_average(),
        "database": "PostgreSQL" if options.database != "sqlite" else "SQLite",
        "seed": options.seed,
        "references": options.references,
        "photos_banked": run.photos_banked,
        "copy_bits": COPY_BITS,
        "rounds": options.rounds,
        "measured_s": options.duration,
        "client_processes": options.client_processes,
        "decisions_beside_per_s": options.decisions,
        "bare_encoder": encoder()[0],
        "software": {name: version(name) for name in _SOFTWARE},
        "scenarios": rows,
        "ratio": ratios(rows),
        "memory": run.memory,
        "skipped": run.skipped,
    }


def _parsed(argv: Sequence[str]) -> argparse.Namespace:
    options = _parser().parse_args(argv)
    if options.quick:
        options.processes, options.connections, options.rounds, options.duration = [1], [16], 1, 2
        options.rates = [] if options.rates is None else options.rates
    return options


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks serving", description=__doc__)
    what = parser.add_argument_group("what is asked, and of whom")
    what.add_argument("--scenarios", nargs="+", choices=ALL_SCENARIOS, default=list(ALL_SCENARIOS), metavar="NAME")
    what.add_argument("--contestants", nargs="+", choices=CONTESTANTS, default=list(CONTESTANTS), metavar="NAME")
    what.add_argument("--decisions", type=float, default=0, help="a second, reported and decided beside all else")
    what.add_argument("--photos", type=Path, metavar="DIR", help="of which pictures are made; made up if left out")
    what.add_argument("--clips", type=Path, metavar="DIR", help="of which a video is made; made up if left out")
    what.add_argument("--peer-python", metavar="PATH", help="a Python with the peer's packages; by default one is made")
    known = parser.add_argument_group("what is known")
    known.add_argument("--references", type=_count, default=10_000_000, help="PDQ values (1e7)")
    known.add_argument("--peer-references", type=_count, default=1_000_000, help="of these, known to the peer (1e6)")
    known.add_argument("--banked-photos", type=int, default=200, help="taken down before pictures are asked for")
    known.add_argument(
        "--keep", metavar="DIR", help="where references are prepared once and found again; they grow a little each run"
    )
    known.add_argument("--database", default="sqlite", help="sqlite, postgresql (started), or the URL of an empty one")
    how = parser.add_argument_group("how")
    how.add_argument("--processes", type=int, nargs="+", default=[1, 2], help="of each server")
    how.add_argument("--connections", type=int, nargs="*", default=[1, 16, 64], help="of closed loops")
    how.add_argument(
        "--rates",
        type=float,
        nargs="*",
        help="of open loops, requests/s; by default half of what 16 connections ask by signals",
    )
    how.add_argument("--duration", type=float, default=5, help="seconds measured a round")
    how.add_argument("--settle", type=float, default=1, help="seconds before they count")
    how.add_argument("--rounds", type=int, default=3, help="of which the median is reported")
    how.add_argument("--client-processes", type=int, default=1, help="that send the requests")
    how.add_argument("--decode-workers", type=int, default=2, help="processes of a server that decode")
    how.add_argument("--quick", action="store_true", help="one process, 16 connections, one round of 2 s, no open loop")
    how.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", metavar="PATH", help="write the result there; - for standard output")
    parser.add_argument("--plot", metavar="DIR", help="draw requests a second there")
    return parser


def _count(text: str) -> int:
    return int(float(text))
