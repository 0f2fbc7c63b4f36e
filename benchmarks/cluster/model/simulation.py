"""
A cluster that nobody has: machines, memory, latency, capacity and cost, from costs that were measured on a small one.

    question ──► gateway ──┬─ machine 1: hop + wait for a core + its slots ─┐
                           ├─ machine 2: …                                  ├──► the last one counts
                           └─ machine 3: …   (after 50 ms another replica)  ─┘

Each machine is asked for the slots whose turn it is there, by the placement and the rule of `index/cluster/asking.py`.
Hops are drawn from a log-normal distribution, times of searches from those that were measured, waits as in a queue
whose cores are busy to the share that is assumed. Seeded: the same costs and assumptions give the same figures.
"""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

import numpy as np

from benchmarks.cluster.model.spreading import Numbers, Spread
from index.cluster.asking import evenly
from index.cluster.home import serving
from index.cluster.placing import spread
from index.hashes.tables.tables import MAX_SHARD_ROWS

DRAWS: Final = 20_000
MOST_SLOTS: Final = 512
_FEWEST_SLOTS: Final = 16
GB: Final = 1e9
_HEDGE_AT_MOST_MS: Final = 1_000.0
_P99_OF_NORMAL: Final = 2.3263


class TooManyMachinesError(ValueError):
    """More machines than slots: some would hold nothing."""


@dataclass(frozen=True, slots=True)
class Load:
    """
    What one question is to a machine that is asked for some of the slots.

    Args:
        latency_ms: From its first look to its answer, median.

        processor_ms: Of its cores, under load.

        interpreter_ms: Of that, what only one thread at a time can do.

        disk_bytes: Read from disk.
    """

    latency_ms: float
    processor_ms: float
    interpreter_ms: float = 0.0
    disk_bytes: float = 0.0


class Bank(Protocol):
    """Something large that a cluster holds."""

    @property
    def phases(self) -> int:
        """How often a machine is called for one question."""

    @property
    def server_ms(self) -> float:
        """What is done with the answers, in the server."""

    @property
    def spread(self) -> Spread:
        """How far questions are from the median."""

    @property
    def worst(self) -> float:
        """Relative error of what was fitted, at the size that was held out."""

    def data_bytes(self, slots: int) -> float:
        """Return the bytes of one copy."""

    def load(self, slots: int, mine: int, cached: float, assumed: Mapping[str, float]) -> Load:
        """
        Return what a question is to one machine.

        Args:
            slots: Of the whole cluster.

            mine: Those that the machine is asked for.

            cached: Which share of its data is in memory.

            assumed: Name → number.
        """


def slots_for(items: int, machines: int) -> int:
    """
    Choose how many slots: few, but none larger than a piece of tables, and one for each machine at least.

    Raises:
        TooManyMachinesError: If 512 are not enough for the machines.
    """
    if machines > MOST_SLOTS:
        raise TooManyMachinesError(f"{machines} machines for {MOST_SLOTS} slots; take larger machines")
    wanted = max(_FEWEST_SLOTS, machines, items / MAX_SHARD_ROWS)
    return int(min(MOST_SLOTS, 2 ** math.ceil(math.log2(wanted))))


def machines_for(data_bytes: float, assumed: Mapping[str, float], *, on_disk: bool) -> int:
    """Return how many machines hold every replica; at least one for each replica of a slot."""
    room = assumed["disk_gb" if on_disk else "memory_gb"] * GB * assumed["memory_used"]
    return max(int(assumed["replicas"]), math.ceil(data_bytes * assumed["replicas"] / room))


def asked_in_turn(slots: int, machines: int, replicas: int) -> list[list[int]]:
    """Return, for each turn, of how many slots each machine that is asked is asked."""
    names = [f"{number:04}" for number in range(machines)]
    placed = serving(spread([f"{number:04}" for number in range(slots)], names, replicas=replicas))
    turns = range(min(replicas, machines))
    return [list(Counter(evenly(placed, turn).values()).values()) for turn in turns]


def simulate(
    bank: Bank, machines: int, slots: int, assumed: Mapping[str, float], *, cached: float = 1.0, worse: float = 0.0,
    seed: int = 1, draws: int = DRAWS,
) -> Numbers:  # fmt: skip
    """
    Ask again and again.

    Args:
        bank: What is held.

        machines: By how many.

        slots: In how many slots.

        assumed: Name → number, as of `ASSUMPTIONS`.

        cached: Which share of the data is in memory.

        worse: By which share searches take longer than the model says.

        seed: Of what is drawn.

        draws: How many questions.

    Returns:
        ms of each, as its client waits.
    """
    rng = np.random.default_rng(seed)
    turns = asked_in_turn(slots, machines, int(assumed["replicas"]))
    each = [_questions(bank, mine, slots, assumed, cached, worse, rng, draws // len(turns)) for mine in turns]
    return np.concatenate(each)


def _questions(
    bank: Bank, mine: Sequence[int], slots: int, assumed: Mapping[str, float], cached: float, worse: float,
    rng: np.random.Generator, draws: int,
) -> Numbers:  # fmt: skip
    loads = [(1 + worse) * bank.load(slots, one, cached, assumed).latency_ms for one in mine]
    work = np.array(loads)
    begins = assumed["gateway_ms"] * np.arange(len(mine))
    shape = draws, len(mine)
    usual = float(work.mean()) + assumed["hop_p50_ms"] + assumed["network_ms"]
    patience = min(max(assumed["hedge_ms"], 2 * usual), max(_HEDGE_AT_MOST_MS, assumed["hedge_ms"]))

    def answered() -> Numbers:
        return _hops(shape, assumed, rng) + _waits(shape, work, assumed, rng) + bank.spread.drawn(work, shape, rng)

    first, second = answered(), answered()
    took = np.minimum(first, patience + second) if assumed["replicas"] > 1 else first
    total = (begins + took).max(axis=1) + bank.server_ms
    for _ in range(bank.phases - 1):  # what a machine found is kept there: it is asked for it again, and no other
        total = total + (begins + _hops(shape, assumed, rng)).max(axis=1)
    return np.asarray(total)


def _hops(shape: tuple[int, int], assumed: Mapping[str, float], rng: np.random.Generator) -> Numbers:
    sigma = max(0.0, math.log(assumed["hop_p99_ms"] / assumed["hop_p50_ms"])) / _P99_OF_NORMAL
    return rng.lognormal(math.log(assumed["hop_p50_ms"]), sigma, shape) + assumed["network_ms"]


def _waits(shape: tuple[int, int], work: Numbers, assumed: Mapping[str, float], rng: np.random.Generator) -> Numbers:
    """Draw waits for a core, in a queue of Poisson arrivals at as many servers as there are cores."""
    cores = max(1, int(assumed["cores"]))
    waits = rng.random(shape) < waits_share(cores, assumed["busy"])
    return np.asarray(waits * rng.exponential(1.0, shape) * work / (cores * (1 - assumed["busy"])))


def waits_share(cores: int, busy: float) -> float:
    """Return which share of questions finds every core busy: Erlang's C formula."""
    offered = cores * busy
    blocked = 1.0
    for number in range(1, cores + 1):
        blocked = offered * blocked / (number + offered * blocked)
    return blocked / (1 - busy * (1 - blocked))


def capacity(
    bank: Bank, machines: int, slots: int, assumed: Mapping[str, float], *, cached: float = 1.0, worse: float = 0.0
) -> tuple[float, str]:
    """
    Return how many questions a second the machines answer, and what is in the way of more.

    Every replica takes its turn, so on the average each machine is asked for an even share of the slots.
    """
    share = bank.load(slots, max(1, round(slots / machines)), cached, assumed)
    busy = 1000 * assumed["busy"]
    limits = {"cores": assumed["cores"] * busy / ((1 + worse) * share.processor_ms)}
    if share.interpreter_ms:
        limits["interpreter"] = busy / ((1 + worse) * share.interpreter_ms)
    if share.disk_bytes:
        limits["disk"] = assumed["disk_gb_per_s"] * GB * assumed["busy"] / share.disk_bytes
    name = min(limits, key=lambda one: limits[one])
    return limits[name], name


def row(bank: Bank, items: int, assumed: Mapping[str, float], *, on_disk: bool, seed: int) -> dict[str, Any]:
    """
    Work out one line of the table.

    Returns:
        ``machines``, ``slots``, ``data_gb``, ``memory_gb_a_machine``, ``p50_ms``, ``p99_ms``, ``p99_ms_if_worse``,
        ``questions_per_s``, ``questions_per_s_if_worse``, ``limit``, ``gateways``, ``price_per_hour``. *If worse*: if
        searches take longer by the largest error that was seen.
    """
    machines = machines_for(bank.data_bytes(_FEWEST_SLOTS), assumed, on_disk=on_disk)
    slots = slots_for(items, machines)
    data = bank.data_bytes(slots)
    machines = machines_for(data, assumed, on_disk=on_disk)
    slots = slots_for(items, machines)
    copies = min(assumed["replicas"], machines) * data
    room = machines * assumed["memory_gb"] * GB * assumed["memory_used"]
    cached = min(1.0, room / copies)
    times = simulate(bank, machines, slots, assumed, cached=cached, seed=seed)
    worse = simulate(bank, machines, slots, assumed, cached=cached, seed=seed, worse=bank.worst)
    per_s, limit = capacity(bank, machines, slots, assumed, cached=cached)
    called_per_s = assumed["busy"] * 1000 / (machines * bank.phases * assumed["gateway_ms"])
    together = assumed["together"] if bank.phases == 1 else 1
    return {
        "machines": machines,
        "slots": slots,
        "data_gb": data / GB,
        "memory_gb_a_machine": min(copies, room) / machines / GB,
        "on_disk": on_disk,
        "p50_ms": float(np.percentile(times, 50)),
        "p99_ms": float(np.percentile(times, 99)),
        "p99_ms_if_worse": float(np.percentile(worse, 99)),
        "questions_per_s": per_s,
        "questions_per_s_if_worse": capacity(bank, machines, slots, assumed, cached=cached, worse=bank.worst)[0],
        "limit": limit,
        "gateways": math.ceil(per_s / (called_per_s * together)),
        "price_per_hour": machines * assumed["price_per_hour"],
    }
