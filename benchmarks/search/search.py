"""
`python -m benchmarks search`: exact search side by side, on the same codes and queries, in one run.

Invariant: ratios are taken within a run only, and every answer was checked (`runner.py`). The JSON holds the raw
samples, so that the numbers can be worked out again.
"""

import argparse
from collections.abc import Sequence

from benchmarks.environment import environment
from benchmarks.metrics import numbers
from benchmarks.report import plot_search, print_search, progress_line, publish
from benchmarks.search.codes import CODE_KINDS
from benchmarks.search.contestants import CONTESTANTS
from benchmarks.search.runner import Samples, Workload, measure

OURS = "staydown"


def main(argv: Sequence[str]) -> int:
    """Measure, print or write, and return the exit status."""
    options = _parser().parse_args(argv)
    workload = Workload(options.hashes, options.radius, options.queries, options.threads, options.codes, options.seed)
    with progress_line() as progress:
        seen = [measure(name, workload, progress) for name in options.contestants]
    result = as_result(seen, workload)
    publish(result, options.json, show=lambda: print_search(result))
    if options.plot:
        plot_search(result, options.plot)
    return 0


def as_result(seen: Sequence[Samples], workload: Workload) -> dict[str, object]:
    """
    Put a run into the form that is written: see `benchmarks/README.md`.

    Returns:
        ``ratio`` says how many times slower than ours a contestant's median hit is; empty if ours did not run.
    """
    measured = {samples.name: numbers(samples, workload) for samples in seen if samples.skipped is None}
    ours = measured.get(OURS)
    others = {name: figures for name, figures in measured.items() if name != OURS}
    return {
        "benchmark": "search",
        "hashes": workload.hashes,
        "radius": workload.radius,
        "threads": workload.threads,
        "queries": workload.queries,
        "codes": workload.codes,
        "seed": workload.seed,
        "contestants": [{"name": name, **figures} for name, figures in measured.items()],
        "ratio": {name: round(f["hit_p50_ms"] / ours["hit_p50_ms"], 2) for name, f in others.items()} if ours else {},
        "skipped": {samples.name: samples.skipped for samples in seen if samples.skipped is not None},
        "environment": environment(),
        "raw": [samples.as_dict() for samples in seen if samples.skipped is None],
    }


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks search", description=__doc__)
    parser.add_argument("--hashes", type=_count, default=1_000_000, help="how many codes (1e6 will do)")
    parser.add_argument("--radius", type=int, default=31, choices=range(257), metavar="BITS", help="inclusive")
    parser.add_argument("--queries", type=_count, default=1000, help="hits, and as many misses")
    parser.add_argument("--threads", type=_count, default=1, help="for batches")
    parser.add_argument("--codes", choices=CODE_KINDS, default="random")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--contestants", nargs="+", choices=CONTESTANTS, default=list(CONTESTANTS), metavar="NAME")
    parser.add_argument("--json", metavar="PATH", help="write the result there; - for standard output")
    parser.add_argument("--plot", metavar="DIR", help="write pictures into this folder")
    return parser


def _count(text: str) -> int:
    number = float(text)
    if number < 1 or number != int(number):
        raise argparse.ArgumentTypeError(f"{text} is not a whole number above 0")
    return int(number)
