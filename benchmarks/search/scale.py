"""
`python -m benchmarks scale`: how search grows from 10^4 hashes up, as far as memory allows.

Invariant: each point is a run of `search` in every respect, raw samples included. 100 million hashes take 17 GB of
memory and some minutes, so the curve ends at 10 million unless `--up-to` says otherwise.
"""

import argparse
from collections.abc import Sequence

from benchmarks.report import plot_scale, print_scale, progress_line, publish
from benchmarks.search.codes import CODE_KINDS
from benchmarks.search.contestants import CONTESTANTS
from benchmarks.search.runner import Workload, measure
from benchmarks.search.search import as_result

SIZES = tuple(10**exponent for exponent in range(4, 9))


def main(argv: Sequence[str]) -> int:
    """Measure, print or write, and return the exit status."""
    options = _parser().parse_args(argv)
    points = []
    with progress_line() as progress:
        for size in (size for size in SIZES if size <= options.up_to):
            workload = Workload(size, options.radius, options.queries, options.threads, options.codes, options.seed)
            seen = [measure(name, workload, progress) for name in options.contestants]
            points.append(as_result(seen, workload))
    publish({"benchmark": "scale", "points": points}, options.json, show=lambda: print_scale(points))
    if options.plot:
        plot_scale(points, options.plot)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks scale", description=__doc__)
    parser.add_argument("--up-to", type=float, default=1e7, metavar="HASHES", help="the largest size, 1e4..1e8")
    parser.add_argument("--radius", type=int, default=31, choices=range(257), metavar="BITS", help="inclusive")
    parser.add_argument("--queries", type=int, default=1000, help="hits, and as many misses")
    parser.add_argument("--threads", type=int, default=1, help="for batches")
    parser.add_argument("--codes", choices=CODE_KINDS, default="random")
    parser.add_argument("--seed", type=int, default=1)
    names = ["staydown", "faiss_flat"]
    parser.add_argument("--contestants", nargs="+", choices=CONTESTANTS, default=names, metavar="NAME")
    parser.add_argument("--json", metavar="PATH", help="write the points there; - for standard output")
    parser.add_argument("--plot", metavar="DIR", help="write the picture into this folder")
    return parser
