"""The arithmetic of a cluster: more machines hold less each, and the slowest of several is slower than one."""

from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
import pytest

from benchmarks.cluster.model.assumptions import ASSUMPTIONS, values
from benchmarks.cluster.model.simulation import (
    GB,
    Load,
    TooManyMachinesError,
    asked_in_turn,
    capacity,
    machines_for,
    row,
    simulate,
    slots_for,
    waits_share,
)
from benchmarks.cluster.model.spreading import Spread

ASSUMED = values(ASSUMPTIONS)
SPREAD = Spread((0.8, 1.0, 1.5))


@dataclass(frozen=True)
class Even:
    """Work that is shared out evenly."""

    ms: float = 10.0
    gigabytes: float = 100.0
    interpreter_ms: float = 0.0
    disk_bytes: float = 0.0
    phases: int = 1
    server_ms: float = 0.0
    spread: Spread = SPREAD
    worst: float = 0.25

    def data_bytes(self, slots: int) -> float:
        """Return the bytes of one copy."""
        return self.gigabytes * GB + slots

    def load(self, slots: int, mine: int, cached: float, assumed: object) -> Load:
        """Return an even share."""
        share = mine / slots
        return Load(self.ms * share, self.ms * share, self.interpreter_ms, (1 - cached) * share * self.disk_bytes)


def p50(times: np.ndarray) -> float:
    """Return the median."""
    return float(np.percentile(times, 50))


def test_the_same_seed_gives_the_same_times() -> None:
    """A figure in a guide can be worked out again."""
    first, again, other = (simulate(Even(), 3, 16, ASSUMED, seed=seed, draws=500) for seed in (1, 1, 2))
    assert (first == again).all()
    assert (first != other).any()


def test_the_last_of_several_machines_is_later_than_the_median_of_one() -> None:
    """A question waits for all its slots; the middle of one machine's times would promise too much."""
    quick = Even(ms=1e-6)
    together = {**ASSUMED, "replicas": 1.0, "gateway_ms": 1e-6}
    medians = [p50(simulate(quick, machines, 64, together, draws=4_000)) for machines in (1, 4, 16, 64)]
    assert all(more > less * 1.05 for less, more in pairwise(medians))


def test_hedging_cuts_the_slowest_and_not_the_usual() -> None:
    """What the second replica is for."""
    slow = {**ASSUMED, "hop_p50_ms": 1.0, "hop_p99_ms": 400.0}
    hedged = simulate(Even(ms=0.1), 4, 16, slow)
    alone = simulate(Even(ms=0.1), 4, 16, {**slow, "hedge_ms": 1e9})
    assert np.percentile(hedged, 99) < 0.7 * np.percentile(alone, 99)
    assert p50(hedged) == pytest.approx(p50(alone), rel=0.05)


def test_a_second_phase_takes_another_hop() -> None:
    """Local features are asked for distances first, then for rows."""
    one, two = (p50(simulate(Even(phases=phases), 4, 16, ASSUMED)) for phases in (1, 2))
    assert two > one + ASSUMED["hop_p50_ms"]


def test_every_slot_is_asked_once_in_each_turn() -> None:
    """Twice would be paid for, and none would be a wrong answer."""
    for slots, machines, replicas in [(1, 1, 1), (4, 3, 2), (16, 2, 2), (64, 7, 3), (512, 98, 2)]:
        turns = asked_in_turn(slots, machines, replicas)
        assert len(turns) == min(replicas, machines)
        assert [sum(turn) for turn in turns] == [slots] * len(turns)


def test_more_memory_a_machine_never_takes_more_machines() -> None:
    """And there are at least as many as replicas."""
    needed = [machines_for(1000 * GB, {**ASSUMED, "memory_gb": size}, on_disk=False) for size in (64, 128, 256, 4096)]
    assert needed == sorted(needed, reverse=True)
    assert needed[-1] == ASSUMED["replicas"]


def test_slots_are_few_but_none_is_larger_than_a_piece_of_tables() -> None:
    """A slot costs each question something; two pieces in one are no better than two slots."""
    assert slots_for(10**6, 2) == 16
    assert slots_for(10**9, 2) == 64
    assert slots_for(10**10, 40) == 512
    assert slots_for(10**6, 40) == 64
    with pytest.raises(TooManyMachinesError, match="larger machines"):
        slots_for(10**12, 513)


def test_waits_are_those_of_a_queue_with_several_servers() -> None:
    """Erlang's C: with one server the share that waits is how busy it is; a textbook has 10 servers, 8 busy: 0.409."""
    assert waits_share(1, 0.3) == pytest.approx(0.3)
    assert waits_share(10, 0.8) == pytest.approx(0.409, abs=0.001)
    assert waits_share(32, 0.5) < 0.001


def test_what_is_in_the_way_is_named() -> None:
    """Whoever wants more questions a second has to know what to buy."""
    cores, limit = capacity(Even(), 2, 16, ASSUMED)
    assert (cores, limit) == (pytest.approx(32 * 0.5 * 1000 / 5), "cores")
    assert capacity(Even(interpreter_ms=5.0), 2, 16, ASSUMED)[1] == "interpreter"
    assert capacity(Even(disk_bytes=1e9), 2, 16, ASSUMED, cached=0.5)[1] == "disk"
    assert capacity(Even(disk_bytes=1e9), 2, 16, ASSUMED, cached=1.0)[1] == "cores"
    assert capacity(Even(), 2, 16, ASSUMED, worse=0.25)[0] == pytest.approx(cores / 1.25)


def test_a_line_of_the_table_tells_what_its_error_would_cost() -> None:
    """A figure without its error is believed."""
    found = row(Even(gigabytes=1000.0), 10**9, ASSUMED, on_disk=False, seed=1)
    assert found["machines"] * ASSUMED["memory_gb"] * ASSUMED["memory_used"] >= 2 * found["data_gb"]
    assert found["memory_gb_a_machine"] == pytest.approx(2 * found["data_gb"] / found["machines"])
    assert found["p50_ms"] < found["p99_ms"] < found["p99_ms_if_worse"]
    assert found["questions_per_s_if_worse"] == pytest.approx(found["questions_per_s"] / 1.25)
    assert found["price_per_hour"] == found["machines"] * ASSUMED["price_per_hour"]
    right = row(replace(Even(gigabytes=1000.0), worst=0.0), 10**9, ASSUMED, on_disk=False, seed=1)
    assert right["p99_ms"] == right["p99_ms_if_worse"]
