"""
`python -m benchmarks hashing`: how long pictures and videos take to be decoded and hashed, by format and size.

Ours takes every signal that is stored, in every variant that is asked by, from a reduced picture; others take one hash
from full pixels. One core, warm, contestants in turns on the same files. Pictures are real photos enlarged, or made up
where no folder is given.
"""

import argparse
import json
import os
import pickle
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from benchmarks.environment import environment
from benchmarks.hashing.contestants import OF_PICTURES, OF_VIDEOS
from benchmarks.hashing.files import FORMATS, SIZES
from benchmarks.hashing.report import plot_hashing, print_hashing
from benchmarks.interrupting import termination_like_ctrl_c
from benchmarks.report import load_average, progress_line, publish

_ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1", "NUMBA_NUM_THREADS": "1"}
"""As in the service's workers. These are read when a library is loaded, so a process of its own measures."""


def main(argv: Sequence[str]) -> int:
    """Measure, print or write, and return the exit status."""
    options = _parser().parse_args(argv)
    before = load_average()
    rows: list[dict[str, Any]] = []
    status = 128 + signal.SIGINT
    with progress_line() as progress, suppress(KeyboardInterrupt), termination_like_ctrl_c():
        for row in _measured(options):
            progress(f"{row['name']} by {row['contestant']}")
            rows.append(row)
        status = 0
    result = {
        "benchmark": "hashing",
        "environment": environment(),
        "seed": options.seed,
        "load_average_before": before,
        "load_average": load_average(),
        "photos": "given" if options.photos else "made up",
        "rounds": options.rounds,
        "interrupted": status != 0,
        "scenarios": rows,
        "ratio": ratios(rows),
    }
    publish(result, options.json, show=lambda: print_hashing(result))
    if options.plot:
        plot_hashing(result, options.plot)
    return status


def _measured(options: argparse.Namespace) -> Iterator[dict[str, Any]]:
    """Have a process with one thread measure; yields its rows as they come, and ends it at the end."""
    process = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.hashing.measuring"],
        cwd=Path(__file__).parents[2],
        env={**os.environ, **_ONE_THREAD},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        start_new_session=True,  # Ctrl-C is for this process, which then ends it
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        process.stdin.write(pickle.dumps(options))
        process.stdin.close()
        for line in process.stdout:
            yield json.loads(line)
        if process.wait() != 0:
            message = f"measuring ended with status {process.returncode}; the lines above say why"
            raise RuntimeError(message)
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def ratios(rows: Sequence[Mapping[str, Any]]) -> dict[str, dict[str, float]]:
    """Say how many times as long the others took as ours in this process, by name."""
    by_name: dict[str, dict[str, float | None]] = {}
    for row in rows:
        by_name.setdefault(row["name"], {})[row["contestant"]] = row["p50_ms"]
    found = {}
    for name, each in by_name.items():
        if ours := each.get("staydown"):
            found[name] = {who: round(took / ours, 3) for who, took in each.items() if took and who != "staydown"}
    return found


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks hashing", description=__doc__)
    known = tuple(dict.fromkeys(OF_PICTURES + OF_VIDEOS))
    parser.add_argument("--contestants", nargs="+", choices=known, default=list(known), metavar="NAME")
    parser.add_argument("--formats", nargs="*", choices=FORMATS, default=list(FORMATS), metavar="NAME")
    parser.add_argument("--megapixels", nargs="*", choices=SIZES, default=list(SIZES), metavar="N")
    parser.add_argument("--seconds", type=float, nargs="*", default=[2, 10, 60], help="of videos")
    parser.add_argument("--photos", type=Path, metavar="DIR", help="of which pictures are made; made up if left out")
    parser.add_argument("--clips", type=Path, metavar="DIR", help="of which videos are made; made up if left out")
    parser.add_argument("--files", type=int, default=3, help="pictures of each kind")
    parser.add_argument("--rounds", type=int, default=5, help="times that each is hashed")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", metavar="PATH", help="write the result there; - for standard output")
    parser.add_argument("--plot", metavar="DIR", help="draw medians there")
    return parser
