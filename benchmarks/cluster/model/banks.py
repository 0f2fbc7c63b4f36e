"""What a cluster may hold, as the simulation asks for it: hashes, or references by their local features."""

from collections.abc import Mapping
from dataclasses import dataclass

from benchmarks.cluster.model.costs import FeatureCosts, HashCosts
from benchmarks.cluster.model.simulation import GB, Load
from benchmarks.cluster.model.spreading import Spread
from benchmarks.cluster.model.work import CODE_BYTES, shards


@dataclass(frozen=True, slots=True)
class Hashes:
    """
    So many hashes, in memory.

    Args:
        count: In all.

        costs: As measured.
    """

    count: int
    costs: HashCosts
    phases: int = 1
    server_ms: float = 0.0

    @property
    def spread(self) -> Spread:
        """How far questions are from the median."""
        return self.costs.spread

    @property
    def worst(self) -> float:
        """The larger of the errors of latency and throughput."""
        return max(self.costs.one.worst, self.costs.hundred.worst)

    def data_bytes(self, slots: int) -> float:
        """Return the bytes of one copy."""
        return self.costs.bytes_of(self.count, shards(self.count, slots))

    def load(self, slots: int, mine: int, cached: float, assumed: Mapping[str, float]) -> Load:
        """Return what a question by one hash is."""
        held = self.count * mine / slots, shards(self.count, slots) * mine / slots
        together = assumed["together"]
        return Load(
            self.costs.one_ms(*held),
            self.costs.a_hash_ms(*held, together),
            self.costs.a_call_ms(*held) / together,
        )


@dataclass(frozen=True, slots=True)
class References:
    """
    So many references by their local features.

    Args:
        count: In all.

        costs: As measured.

        finer: Whether lists grow with them, which they do not today.
    """

    count: int
    costs: FeatureCosts
    finer: bool = False
    phases: int = 2

    @property
    def server_ms(self) -> float:
        """Counting votes."""
        return self.costs.server_ms

    @property
    def spread(self) -> Spread:
        """How far questions are from the median."""
        return self.costs.spread

    @property
    def worst(self) -> float:
        """The error of what was fitted."""
        return self.costs.slots.worst

    def data_bytes(self, slots: int) -> float:
        """Return the bytes of one copy: slots make no difference."""
        return self.count * (self.costs.disk_bytes + self.costs.private_bytes)

    def load(self, slots: int, mine: int, cached: float, assumed: Mapping[str, float]) -> Load:
        """Return what a picture is."""
        share = mine / slots
        busy = self.costs.machine_ms(self.count, mine, share, finer=self.finer)
        read = (1 - cached) * share * self.costs.compared(self.count, finer=self.finer) * CODE_BYTES
        return Load(busy + 1000 * read / (assumed["disk_gb_per_s"] * GB), busy, 0.0, read)
