"""
`python -m benchmarks cluster_model`: what a cluster of a size that nobody has run would take.

Small banks are run here, in one process: hashes in 1, 2 and 4 slots, references filled up from photos. Costs are fitted
to the times, the largest size is held out and the error there told, and a seeded simulation says what 10^9 and 10^10
hashes and 10^7 to 10^9 references come to: machines, memory, latency, questions a second, price. What is taken for
granted is an option each. `--measured` takes what earlier runs measured, and only reckons.
"""

import argparse
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

from benchmarks.cluster.machines import isolated
from benchmarks.cluster.model.assumptions import Assumption, add_options, chosen, values
from benchmarks.cluster.model.banks import Hashes, References
from benchmarks.cluster.model.costs import FeatureCosts, HashCosts, read_costs
from benchmarks.cluster.model.fitting import Fit, TooFewPointsError
from benchmarks.cluster.model.measured.features import Bank, run_features
from benchmarks.cluster.model.measured.hashes import run_hashes
from benchmarks.cluster.model.measured.hops import check_model, measure_hops
from benchmarks.cluster.model.measured.recorded import recorded_errors
from benchmarks.cluster.model.report import print_model
from benchmarks.cluster.model.simulation import row
from benchmarks.cluster.model.work import lists_needed
from benchmarks.copies.photos import photos
from benchmarks.environment import environment
from benchmarks.interrupting import termination_like_ctrl_c
from benchmarks.report import load_average, progress_line, publish
from index.hashes.backends.multi_index import MIN_TABLE_ROWS

ON_DISK_FROM: Final = 100_000_000
"""References from which on they are held on NVMe: 1.2 TB a copy."""

_CHECKED_HASHES: Final = 200_000

Progress = Callable[[str], None]


def main(argv: Sequence[str]) -> int:
    """Measure or read, reckon, print or write, and return the exit status."""
    parser = _parser()
    options = parser.parse_args(argv)
    assumptions = chosen(parser, options)
    _check(parser, options)
    with termination_like_ctrl_c():
        status = isolated(["-m", "benchmarks", "cluster_model", *argv]) if options.ray else None
        return _reckoned(parser, options, assumptions) if status is None else status


def _reckoned(
    parser: argparse.ArgumentParser, options: argparse.Namespace, assumptions: Mapping[str, Assumption]
) -> int:
    with progress_line() as progress:
        measured = _read(options.measured) if options.measured else _measured(options, progress)
        try:
            hashes, references = read_costs(measured)
        except TooFewPointsError as error:
            parser.error(str(error))
        failed = _asked_over_ray(measured, hashes, values(assumptions), options, progress) if options.ray else None
    assumptions = _with_hops(assumptions, measured.get("hops"))
    assumed = values(assumptions)
    result: dict[str, Any] = {
        "benchmark": "cluster_model",
        "environment": environment(),
        "seed": options.seed,
        "assumptions": {name: _as_json(each) for name, each in assumptions.items()},
        "measured": measured,
        "fit": _fits(hashes, references),
        "recorded": recorded_errors(hashes, references),
        "model": _rows(options, hashes, references, assumed),
        "lists": _lists(options, references),
        "skipped": _skipped(hashes, references, measured, failed),
    }
    publish(result, options.json, show=lambda: print_model(result))
    return 0


def _asked_over_ray(
    measured: dict[str, Any], hashes: HashCosts | None, assumed: Mapping[str, float], options: argparse.Namespace,
    progress: Progress,
) -> str | None:  # fmt: skip
    """Measure hops, and a small cluster beside the model; return why it could not be done."""
    try:
        progress("hops over Ray")
        measured["hops"] = measure_hops(seed=options.seed)
        if hashes is not None:
            progress("three machines, as the model foresees them")
            bank = Hashes(_CHECKED_HASHES, hashes)
            measured["check"] = check_model(bank, _CHECKED_HASHES, measured["hops"], assumed, seed=options.seed)
    except Exception as error:  # Ray gives up on a busy machine; the minutes that were measured before are kept
        return f"{type(error).__name__}: {error}".splitlines()[0]
    return None


def _read(paths: Sequence[Path]) -> dict[str, Any]:
    """Put together what several runs measured; of hops the last counts."""
    found: dict[str, Any] = {"on": [], "hashes": [], "features": []}
    for path in paths:
        for name, each in json.loads(path.read_text())["measured"].items():
            found[name] = [*found[name], *each] if isinstance(each, list) else each
    return found


def _measured(options: argparse.Namespace, progress: Progress) -> dict[str, Any]:
    on = {"environment": environment(), "load_average_before": load_average()}
    hashes, features = [], []
    for count in sorted(options.hashes):
        progress(f"{count:,} hashes")
        hashes += run_hashes(count, options.slots, questions=options.questions, seed=options.seed)
    if options.bank:
        progress("extracting")
        bank = Bank.of(photos(options.bank)[: options.photos], questions=options.pictures)
        for count in sorted(options.references):
            progress(f"{count:,} references")
            features += run_features(bank, count, options.slots, seed=options.seed)
    on["load_average_after"] = load_average()
    return {"on": [on], "hashes": [run.as_json() for run in hashes], "features": [run.as_json() for run in features]}


def _rows(
    options: argparse.Namespace, hashes: HashCosts | None, references: FeatureCosts | None, assumed: Mapping[str, float]
) -> list[dict[str, Any]]:
    rows = []
    if hashes is not None:
        for count in options.to_hashes:
            found = row(Hashes(count, hashes), count, assumed, on_disk=False, seed=options.seed)
            rows.append({"what": f"{count:,} hashes", "items": count} | found)
    if references is not None:
        for count in options.to_references:
            for finer in (False, True):
                bank = References(count, references, finer)
                found = row(bank, count, assumed, on_disk=count >= ON_DISK_FROM, seed=options.seed)
                lists = "lists that grow (not built)" if finer else "4,096 lists"
                rows.append({"what": f"{count:,} references, {lists}", "items": count, "finer": finer} | found)
    return rows


def _lists(options: argparse.Namespace, references: FeatureCosts | None) -> list[dict[str, Any]]:
    """Say what lists that grow would have to buy."""
    if references is None:
        return []
    return [
        {
            "references": count,
            "today_compared": references.compared(count, finer=False),
            "today_ms": references.machine_ms(count, 1, 1.0, finer=False),
            "lists_needed": lists_needed(int(references.rows * count)),
            "finer_compared": references.compared(count, finer=True),
            "finer_ms": references.machine_ms(count, 1, 1.0, finer=True),
        }
        for count in sorted({100_000, 1_000_000, *options.to_references})
    ]


def _fits(hashes: HashCosts | None, references: FeatureCosts | None) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if hashes is not None:
        found["one hash"] = _fit_as_json(hashes.one, ("question", "piece of tables", "hash"))
        found["a hash among a hundred"] = _fit_as_json(hashes.hundred, ("question", "piece of tables", "hash"))
    if references is not None:
        found["a picture"] = _fit_as_json(references.slots, ("descriptor", "slot", "descriptor compared"))
    return found


def _fit_as_json(one: Fit, terms: Sequence[str]) -> dict[str, Any]:
    return {
        "costs_ms": dict(zip(terms, one.costs, strict=True)),
        "fitted_error": one.fitted_error,
        "held_out": [{"slots": slots, "error": error} for slots, error in one.held_out],
    }


def _with_hops(assumptions: Mapping[str, Assumption], hops: Mapping[str, float] | None) -> dict[str, Assumption]:
    """Take what was measured of hops instead of what is assumed, but not instead of what the command line says."""
    found = dict(assumptions)
    for name, value in (hops or {}).items():
        if found[name].source != "the command line":
            found[name] = Assumption(value, found[name].unit, "measured in this run, over Ray on one machine")
    return found


def _skipped(
    hashes: HashCosts | None, references: FeatureCosts | None, measured: Mapping[str, Any], failed: str | None
) -> dict[str, str]:
    found = {}
    if hashes is None:
        found["hashes"] = "--hashes names none"
    if references is None:
        found["references"] = "--bank names no folder of photos"
    if failed or "hops" not in measured:
        found["hops" if "hops" not in measured else "check"] = failed or "taken for granted, --ray measures them"
    return found


def _as_json(one: Assumption) -> dict[str, Any]:
    return {name: value for name, value in asdict(one).items() if name != "most"}


def _check(parser: argparse.ArgumentParser, options: argparse.Namespace) -> None:
    if options.ray and find_spec("ray") is None:
        parser.error("Ray is not installed: pip install 'staydown[cluster]'")
    least = MIN_TABLE_ROWS * max(options.slots)
    if options.hashes and min(options.hashes) < least:
        parser.error(f"--hashes has {min(options.hashes):,}; below {least:,} a slot has no tables, as large ones have")
    if min([*options.slots, *options.to_hashes, *options.to_references, options.questions]) < 1:
        parser.error("sizes, slots and questions have to be at least 1")


def _size(text: str) -> int:
    return int(float(text))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks cluster_model", description=__doc__)
    runs = parser.add_argument_group("what is run here")
    runs.add_argument("--hashes", type=_size, nargs="*", default=[1_000_000, 3_000_000, 10_000_000], metavar="N")
    runs.add_argument("--slots", type=int, nargs="+", default=[1, 2, 4], metavar="N")
    runs.add_argument("--questions", type=int, default=100, help="hits, and as many misses, at each size")
    runs.add_argument("--bank", type=Path, nargs="+", help="folders of photos; without, references are left out")
    runs.add_argument("--photos", type=int, default=500, help="of the bank, at most")
    runs.add_argument("--references", type=_size, nargs="+", default=[3_000, 10_000, 30_000], metavar="N")
    runs.add_argument("--pictures", type=int, default=40, help="asked at each size")
    runs.add_argument("--ray", action="store_true", help="measure hops, and a small cluster beside the model")
    runs.add_argument(
        "--measured", type=Path, nargs="+", metavar="PATH", help="earlier results; nothing is run but --ray"
    )
    to = parser.add_argument_group("what is reckoned")
    to.add_argument("--to-hashes", type=_size, nargs="*", default=[10**9, 10**10], metavar="N")
    to.add_argument("--to-references", type=_size, nargs="*", default=[10**7, 10**8, 10**9], metavar="N")
    add_options(parser)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", metavar="PATH", help="write the result there; - for standard output")
    return parser
