"""
What was measured, as the costs that the model reckons with: of hashes, of references, and what each takes of memory.

A question on one machine costs something by itself, for each piece or slot it looks into, and for what it compares.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from benchmarks.cluster.model.fitting import Fit, Point, costs_of, fit
from benchmarks.cluster.model.measured.features import FeatureRun
from benchmarks.cluster.model.measured.hashes import TOGETHER, HashRun
from benchmarks.cluster.model.spreading import Spread
from benchmarks.cluster.model.work import asked, compared, lists_needed, shards
from index.local.quantiser import CODES_A_DESCRIPTOR, MAX_PROBES, centroids


@dataclass(frozen=True, slots=True)
class HashCosts:
    """
    What questions by hashes cost.

    Args:
        one: ms of a question by one hash: by itself, a piece of tables, a hash that is there.

        hundred: The same of one among a hundred asked together.

        shard_bytes: Of disk, and of memory where files stay mapped, a piece of tables.

        hash_bytes: The same of a hash.

        spread: How far questions were from the median, at the largest size.
    """

    one: Fit
    hundred: Fit
    shard_bytes: float
    hash_bytes: float
    spread: Spread

    @classmethod
    def of(cls, runs: Sequence[HashRun]) -> Self:
        """
        Fit costs to what was run.

        Raises:
            TooFewPointsError: If sizes or slots are too few.
        """
        sizes = [
            Point(r.hashes, r.slots, (shards(r.hashes, r.slots), r.hashes), r.hashes * (r.disk_bytes + r.private_bytes))
            for r in runs
        ]
        shard_bytes, hash_bytes = costs_of(sizes)
        return cls(
            fit([run.point(together=False) for run in runs]),
            fit([run.point(together=True) for run in runs]),
            shard_bytes,
            hash_bytes,
            Spread.of([run.one_ms for run in runs if run.hashes == max(each.hashes for each in runs)]),
        )

    def bytes_of(self, hashes: float, pieces: float) -> float:
        """Return the bytes of so many hashes in so many pieces."""
        return self.shard_bytes * pieces + self.hash_bytes * hashes

    def one_ms(self, hashes: float, pieces: float) -> float:
        """Return how long one machine looks through what it holds, for one hash."""
        return self.one.ms(1, pieces, hashes)

    def among_ms(self, hashes: float, pieces: float) -> float:
        """Return the processor time of one hash among a hundred."""
        return self.hundred.ms(1, pieces, hashes)

    def a_hash_ms(self, hashes: float, pieces: float, together: float) -> float:
        """Return the processor time of one hash among so many that are asked together."""
        call_ms = self.a_call_ms(hashes, pieces)
        return self.among_ms(hashes, pieces) - call_ms / TOGETHER + call_ms / together

    def a_call_ms(self, hashes: float, pieces: float) -> float:
        """Return what a question costs once, however many hashes are in it: most of it holds the interpreter."""
        alone, among = self.one_ms(hashes, pieces), self.among_ms(hashes, pieces)
        return max(0.0, alone - among) * TOGETHER / (TOGETHER - 1)


@dataclass(frozen=True, slots=True)
class FeatureCosts:
    """
    What ranking references costs.

    Args:
        slots: ms of a picture: a descriptor for which lists are chosen, a slot, a descriptor that one is compared with.

        server_ms: Of counting what the slots answer.

        rows: Descriptors a reference.

        seeds: Descriptors of a picture that are looked for in a small bank.

        disk_bytes: A reference.

        private_bytes: Memory of a reference that is no file's.

        spread: As of `HashCosts`.
    """

    slots: Fit
    server_ms: float
    rows: float
    seeds: float
    disk_bytes: float
    private_bytes: float
    spread: Spread

    @classmethod
    def of(cls, runs: Sequence[FeatureRun]) -> Self:
        """
        Fit costs to what was run.

        Raises:
            TooFewPointsError: If sizes or slots are too few.
        """
        largest = _largest(runs, "references")
        return cls(
            fit([run.point() for run in runs]),
            float(np.median(largest.server_ms)),
            largest.rows / largest.references,
            largest.seeds,
            largest.disk_bytes,
            largest.private_bytes,
            Spread.of([run.slots_ms for run in runs if run.references == largest.references]),
        )

    def compared(self, references: int, *, finer: bool) -> float:
        """Return how many descriptors are compared with, in the lists of today or in so many that none is longer."""
        rows = int(self.rows * references)
        return asked(self.seeds, rows) * CODES_A_DESCRIPTOR if finer else compared(self.seeds, rows)

    def machine_ms(self, references: int, slots: float, share: float, *, finer: bool) -> float:
        """
        Return how long one machine looks through its slots for one picture.

        Args:
            references: In the whole cluster.

            slots: On the machine.

            share: Of all references, those in these slots.

            finer: Whether lists grow with the bank. Then they are chosen in two steps, over √n of them first and over
                √n below each that is probed: an estimate, for nobody has built it.
        """
        rows = int(self.rows * references)
        choices = asked(self.seeds, rows)
        if finer:
            choices *= (1 + MAX_PROBES) * lists_needed(rows) ** 0.5 / len(centroids())
        return self.slots.ms(choices, slots, share * self.compared(references, finer=finer))


def _largest(runs: Sequence[Any], size: str) -> Any:  # noqa: ANN401
    """Return the run of most items, and of those in one size the one in fewest slots."""
    return max(runs, key=lambda run: (getattr(run, size), -run.slots))


def read_costs(measured: Mapping[str, Any]) -> tuple[HashCosts | None, FeatureCosts | None]:
    """
    Fit costs to what a result keeps as `measured`; None of what it does not have.

    Raises:
        TooFewPointsError: If sizes or slots are too few.
    """
    hashes = [HashRun(**row) for row in measured.get("hashes", ())]
    features = [FeatureRun(**row) for row in measured.get("features", ())]
    return HashCosts.of(hashes) if hashes else None, FeatureCosts.of(features) if features else None
