"""
`python -m benchmarks cluster`: uploads on several machines, beside the same in one process.

All machines are processes on this one, each a Ray node, where possible in a network namespace of their own: what is
measured is the software, not a network. First a cluster must be right (`equality`, `rounds`, each with nothing wrong
and no error), then it is timed: questions by slots and replicas, what a killed replica, a new machine and a move cost,
and that a lost head leaves what serves as it is. Exit status 1 where anything was wrong.
"""

import argparse
import os
import sys
import time
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.cluster.empty_machine import fill_an_empty_machine
from benchmarks.cluster.equality import features_equal, hashes_equal
from benchmarks.cluster.machines import Machines, isolated, machines, wait_until
from benchmarks.cluster.made_up import Pictures
from benchmarks.cluster.record import Record
from benchmarks.cluster.report import print_cluster
from benchmarks.cluster.rounds import Interruption, Writer, go_round
from benchmarks.cluster.speeds import (
    asks_cluster,
    asks_one,
    commit_hashes,
    commit_pictures,
    hash_scenarios,
    one_process,
    picture_scenarios,
    ranks_cluster,
    ranks_one,
)
from benchmarks.environment import environment
from benchmarks.interrupting import termination_like_ctrl_c
from benchmarks.report import load_average, progress_line, publish
from index.cluster.holder import GRACE_S
from index.cluster.home import Placed, Stage
from index.cluster.placing import spread
from index.errors import ClusterError

NODES = ("a", "b", "c")
_NEW = "d"
_BACK_WITHIN_S = 60.0
_HEAD_LOST_S = 60.0


def main(argv: Sequence[str]) -> int:
    """Measure, print or write, and return the exit status."""
    options = _parser().parse_args(argv)
    if find_spec("ray") is None:
        print("Ray is not installed: pip install 'staydown[cluster]'", file=sys.stderr)
        return 1
    with termination_like_ctrl_c():
        status = isolated(["-m", "benchmarks", "cluster", *argv])
        return _measured(options) if status is None else status


def _measured(options: argparse.Namespace) -> int:
    load = load_average()
    result: dict[str, Any] = {
        "benchmark": "cluster",
        "environment": environment(),
        "load_average_before": load,
        "isolated": "STAYDOWN_BENCHMARK_ISOLATED" in os.environ,
        "seed": options.seed,
        "parts": options.parts,
        "scenarios": [],
        "ratio": {},
    }
    with progress_line() as progress:
        for part in options.parts:
            progress(part)
            result |= PARTS[part](options, result, progress)
    result["load_average"] = load_average()
    publish(result, options.json, show=lambda: print_cluster(result))
    return 1 if _is_wrong(result) else 0


def _right(options: argparse.Namespace, _: dict[str, Any], progress: Callable[[str], None]) -> dict[str, Any]:
    """On three machines, two replicas of each slot: answers at random, then rounds while more and more goes wrong."""
    with TemporaryDirectory(prefix="sd-") as folder:
        hashes, features, slots = _slots(4, "hashes"), _slots(4, "features"), _slots(2)
        record = _prepared(folder, [*hashes, *features, *slots], 2)
        writer = Writer(record, slots)
        progress("starting machines")
        with machines(record, NODES) as running:
            running.wait_until_served(dict.fromkeys([*hashes, *features, *slots], 0), replicas=2)
            progress("operations at random")
            equality = {
                "hashes": hashes_equal(record, running.client, hashes, count=options.operations, seed=options.seed)
            }
            progress("features in two phases")
            equality["features"] = features_equal(
                record, running.client, features, references=options.pictures, queries=options.picture_queries,
                seed=options.seed,
            )  # fmt: skip
            rounds = _rounds(running, record, writer, options, progress)
    return {"equality": equality, "rounds": rounds}


def _rounds(
    running: Machines, record: Record, writer: Writer, options: argparse.Namespace, progress: Callable[[str], None]
) -> dict[str, Any]:
    def killing() -> dict[str, Any]:
        return _kill_holders(running, record, options)

    def moving() -> dict[str, Any]:
        return _move_about(running, record, writer.slots, options)

    def losing() -> dict[str, Any]:
        return _replace_a_machine(running, record)

    steps: dict[str, tuple[bool, Interruption]] = {
        "replicas_killed": (bool(options.kills), killing),
        "slot_moved": (bool(options.moves), moving),
        "machine_lost": (options.lose_machine, losing),
    }
    found = {}
    for place, (name, (wanted, meanwhile)) in enumerate(steps.items()):
        if wanted:
            progress(f"rounds: {name}")
            found[name] = go_round(
                record, running.client, writer, rounds=options.rounds, threads=2, seed=options.seed + place,
                meanwhile=meanwhile,
            )  # fmt: skip
    if options.lose_head:
        progress("the head is lost")
        found["head_lost"] = _without_head(running, record, writer.slots)
    return found


def _kill_holders(running: Machines, record: Record, options: argparse.Namespace) -> dict[str, Any]:
    """Kill one replica's process after the other, each once the one before is back."""
    back: list[float] = []
    for number in range(options.kills):
        node = NODES[number % len(NODES)]
        time.sleep(options.kill_every_s if back else 1.0)
        if not running.kill_holder(node):
            raise RuntimeError(f"{node} has no process that holds its replicas")
        begun = time.monotonic()
        mine = [row.slot for row in record.placement() if row.node == node]
        wait_until(lambda node=node, mine=mine: not _holds(running, node, mine), 5.0, "the killed replica is missed")
        wait_until(lambda node=node, mine=mine: _holds(running, node, mine), _BACK_WITHIN_S, f"{node} is back")
        back.append(time.monotonic() - begun)
    return {"kills": len(back), "back_s": back}


def _move_about(running: Machines, record: Record, slots: Sequence[str], options: argparse.Namespace) -> dict[str, Any]:
    """Move a replica of the first slot to the machine that has none, again and again."""
    took: list[float] = []
    for number in range(options.moves):
        own = sorted(row.node for row in record.placement() if row.slot == slots[0])
        new = next(node for node in NODES if node not in own)
        begun = time.monotonic()
        record.place([Placed(slots[0], new, Stage.COMING, replaces=own[0])])
        done = [Placed(slots[0], node, Stage.SERVING) for node in sorted([*own[1:], new])]
        wait_until(
            lambda done=done: [row for row in record.placement() if row.slot == slots[0]] == done,
            _BACK_WITHIN_S, "the slot has moved",
        )  # fmt: skip
        took.append(time.monotonic() - begun)
        if number + 1 < options.moves:
            time.sleep(GRACE_S + 1)  # until the machine it left has deleted it
    return {"moves": len(took), "moved_s": took}


def _replace_a_machine(running: Machines, record: Record) -> dict[str, Any]:
    """Lose a whole machine, and put an empty one in its place."""
    lost = NODES[-1]  # the head runs on the first
    mine = [row.slot for row in record.placement() if row.node == lost]
    running.kill_machine(lost)
    running.start([_NEW])
    begun = time.monotonic()
    record.place([Placed(slot, _NEW, Stage.COMING, replaces=lost) for slot in mine])
    wait_until(
        lambda: not any(row.node == lost or row.stage is Stage.COMING for row in record.placement()),
        _BACK_WITHIN_S, "the new machine serves",
    )  # fmt: skip
    return {"new_machine_serves_s": time.monotonic() - begun}


def _without_head(running: Machines, record: Record, slots: Sequence[str]) -> dict[str, Any]:
    """
    Lose the head, behind which nothing stands: the gateway ends for want of it; this process, as a server, does not.

    Returns:
        ``answered_for_s``: how long questions were still answered; ``gateway_ended``; ``then``: what a question
        is told.
    """
    running.kill_head()
    begun = time.monotonic()
    answered, told = 0.0, ""
    while time.monotonic() - begun < _HEAD_LOST_S and running.gateway_runs:
        try:
            running.client.search(record.versions(slots), "pdq/1", _zeros(), 31, None)
            answered = time.monotonic() - begun
        except ClusterError as error:
            told = str(error)
        time.sleep(0.2)
    try:
        running.client.status()
    except ClusterError as error:
        told = str(error)
    return {"answered_for_s": answered, "gateway_ended": not running.gateway_runs, "then": told}


def _speeds(options: argparse.Namespace, result: dict[str, Any], progress: Callable[[str], None]) -> dict[str, Any]:
    """Questions by slots and replicas, beside one process; catch-up of what is empty."""
    scenarios, catching_up = list(result["scenarios"]), []
    for count in options.slots:
        for replicas in options.replicas:
            with TemporaryDirectory(prefix="sd-") as folder:
                progress(f"{options.rows:,} hashes in {count} slots, {replicas} replicas")
                slots, nodes = _slots(count), NODES[: max(replicas, min(count, options.machines))]
                record = _prepared(folder, slots, replicas, nodes)
                seqs = commit_hashes(record, slots, options.rows, options.seed)
                pictures = Pictures(options.seed)
                with machines(record, nodes) as running:
                    begun = time.monotonic()
                    running.wait_until_served(seqs, replicas=replicas, within_s=3600)
                    took = time.monotonic() - begun
                    catching_up.append(
                        {
                            "slots": count, "replicas": replicas, "changes": replicas * sum(seqs.values()), "s": took,
                            "changes_per_s": replicas * sum(seqs.values()) / took,
                            "memory_bytes": running.memory_bytes(),
                        }
                    )  # fmt: skip
                    commit_pictures(record, seqs, pictures, first_item=options.rows + 1, count=options.pictures)
                    running.wait_until_served(seqs, replicas=replicas, within_s=3600)
                    alone = one_process(record, slots, Path(folder) / "one-process")
                    progress(f"asking {count} slots, {replicas} replicas")
                    rows = hash_scenarios(
                        {"one process": asks_one(alone), "cluster": asks_cluster(running.client, seqs)},
                        rows=options.rows, seed=options.seed, clients=options.clients, seconds=options.duration,
                    )  # fmt: skip
                    rows += picture_scenarios(
                        {"one process": ranks_one(alone), "cluster": ranks_cluster(running.client, seqs)},
                        pictures, seconds=options.duration,
                    )  # fmt: skip
                    hedged = running.client.status().hedged
                shape = {"slots": count, "replicas": replicas, "machines": len(nodes), "references": options.rows}
                scenarios += [shape | {"pictures": options.pictures, "hedged": hedged} | row for row in rows]
    return {"scenarios": scenarios, "ratio": _ratios(scenarios), "catch_up": catching_up}


def _empty(options: argparse.Namespace, _: dict[str, Any], progress: Callable[[str], None]) -> dict[str, Any]:
    """Fill an empty machine from the log and from the store, in turn."""
    return {"empty_machine": fill_an_empty_machine(options.rows, seed=options.seed, progress=progress)}


PARTS: dict[str, Callable[[argparse.Namespace, dict[str, Any], Callable[[str], None]], dict[str, Any]]] = {
    "right": _right,
    "speeds": _speeds,
    "empty": _empty,
}
"""Name on the command line → what measures it."""


def _ratios(scenarios: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Say how much longer a cluster takes than one process, of each pair that was measured in turn."""
    ratios = {}
    for row in scenarios:
        if row["contestant"] != "cluster":
            continue
        key = ("name", "slots", "replicas", "clients")
        alone = next(
            one for one in scenarios if one["contestant"] != "cluster" and all(one[name] == row[name] for name in key)
        )
        label = f"{row['name']}, {row['clients']} client(s), {row['slots']} slots x {row['replicas']}"
        ratios[label] = {
            "p50_times_one_process": row["p50_ms"] / alone["p50_ms"],
            "throughput_of_one_process": row["requests_per_s"] / alone["requests_per_s"],
        }
    return ratios


def _is_wrong(result: dict[str, Any]) -> bool:
    parts = [*result.get("equality", {}).values(), *result.get("rounds", {}).values(), result.get("empty_machine", {})]
    return any(part.get("wrong") or part.get("errors") for part in parts)


def _prepared(folder: str, slots: Sequence[str], replicas: int, nodes: Sequence[str] = NODES) -> Record:
    record = Record(Path(folder))
    record.prepare()
    record.place(spread(slots, nodes, replicas=replicas))
    return record


def _holds(running: Machines, node: str, slots: Sequence[str]) -> bool:
    try:
        rows = running.client.status().replicas
    except ClusterError:
        return False
    return {row.slot for row in rows if row.node == node and row.version is not None} >= set(slots)


def _slots(count: int, name: str = "uploads") -> list[str]:
    return [f"{name}.1.{number:03}" for number in range(count)]


def _zeros() -> Any:  # noqa: ANN401
    import numpy as np

    return np.zeros((1, 32), np.uint8)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks cluster", description=__doc__)
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=list(PARTS), metavar="NAME")
    right = parser.add_argument_group("is it right")
    right.add_argument("--operations", type=int, default=10_000, help="at random, compared with a scan")
    right.add_argument("--pictures", type=int, default=1_000, help="whose local features are committed")
    right.add_argument("--picture-queries", type=int, default=100, help="ranked by both")
    right.add_argument("--rounds", type=int, default=1_000, help="of commit, ask, remove, ask, at least")
    right.add_argument("--kills", type=int, default=12)
    right.add_argument("--kill-every-s", type=float, default=5.0, help="after the one before is back")
    right.add_argument("--moves", type=int, default=3)
    right.add_argument("--lose-machine", action=argparse.BooleanOptionalAction, default=True)
    right.add_argument("--lose-head", action=argparse.BooleanOptionalAction, default=True)
    fast = parser.add_argument_group("how fast is it")
    fast.add_argument("--rows", type=lambda text: int(float(text)), default=1_000_000, help="hashes in all (1e6)")
    fast.add_argument("--slots", type=int, nargs="+", default=[1, 2, 4])
    fast.add_argument("--replicas", type=int, nargs="+", default=[1, 2])
    fast.add_argument("--machines", type=int, default=3, help="at most, of a, b, c")
    fast.add_argument("--clients", type=int, nargs="+", default=[1, 16], help="threads that ask at once")
    fast.add_argument("--duration", type=float, default=5.0, help="seconds a scenario")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", metavar="PATH", help="write the result there; - for standard output")
    return parser
