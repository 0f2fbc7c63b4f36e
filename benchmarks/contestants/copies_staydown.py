"""
Ours, fast and deep: the hash signals with their variants, and local features with verification.

Invariant: thresholds are the program's own; nothing is tuned to the photos of a run.
"""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import ClassVar

import numpy as np

from benchmarks.contestants.copies_base import Finding
from index.changes import Add
from index.local_features import LocalFeatureIndex
from matcher.decode import Limits, decode
from matcher.distance import hamming_matrix
from matcher.evidence import compare
from matcher.local_evidence import LocalEvidence, examine
from matcher.signals import SIGNAL_TYPES, local
from matcher.signals.base import Signal
from matcher.signals.local import LocalFeatures, QueryFeatures, extract_query, extract_reference
from matcher.variants import Query
from matcher.views import Form, View, view

CANDIDATES = 8
_LIMITS = Limits()


class StaydownFast:
    """`depth=fast`: hash signals in all variants. Searched by brute force here; the index gives the same answers."""

    name: ClassVar[str] = "staydown_fast"
    tuned: ClassVar[bool] = False

    def __init__(self) -> None:
        """Begin without references."""
        self._signals: list[tuple[Signal, ...]] = []
        self._codes: dict[str, np.ndarray] = {}

    def add(self, data: bytes) -> None:
        """Keep the hashes."""
        self._signals.append(Query.of_image(decode(data, limits=_LIMITS)).signals())

    def ready(self) -> None:
        """Lay the codes of each type side by side, as an index holds them."""
        for name in SIGNAL_TYPES:
            values = [next((s.value for s in kept if s.type == name), None) for kept in self._signals]
            if all(values):
                self._codes[name] = np.frombuffer(b"".join(v for v in values if v), np.uint8).reshape(len(values), -1)

    def find(self, data: bytes) -> list[Finding]:
        """Compare with every reference that any variant of any signal is within its threshold of."""
        query = Query.of_image(decode(data, limits=_LIMITS))
        nearest: dict[int, int] = {}
        for name, variants in query.variants.items():
            distances = hamming_matrix(variants.codes, self._codes[name]).min(axis=0)
            for number in np.flatnonzero(distances <= SIGNAL_TYPES[name].threshold).tolist():
                nearest[number] = min(int(distances[number]), nearest.get(number, 256))
        judged = [(n, distance, compare(query, self._signals[n]).strength) for n, distance in nearest.items()]
        found = [Finding(n, float(distance), strength.value) for n, distance, strength in judged if strength]
        return sorted(found, key=lambda finding: finding.distance)

    def bytes_per_reference(self) -> float:
        """Hashes and qualities."""
        return sum(len(s.value) + 1 for kept in self._signals for s in kept) / max(len(self._signals), 1)


class StaydownDeep:
    """`depth=deep` without the hash signals: what local features find by themselves."""

    name: ClassVar[str] = "staydown_deep"
    tuned: ClassVar[bool] = False

    def __init__(self) -> None:
        """Begin with an empty bank in a folder that goes when this does."""
        self._folder = TemporaryDirectory(prefix="staydown-robustness-")
        self._index = LocalFeatureIndex.open(Path(self._folder.name))
        self._changes: list[Add] = []
        self._features: list[LocalFeatures] = []

    def add(self, data: bytes) -> None:
        """Keep the features as the record does: as bytes."""
        image = decode(data, limits=_LIMITS, working_side_px=local.REFERENCE_SIDE_PX)
        value = extract_reference(image.pixels).to_bytes()
        number = len(self._changes) + 1
        self._changes.append(Add(number, number, local.NAME, value))
        self._features.append(LocalFeatures.from_bytes(value))

    def ready(self) -> None:
        """Apply the log and seal it."""
        self._index.apply(self._changes)
        self._index.merge()

    def find(self, data: bytes) -> list[Finding]:
        """Extract, search, verify."""
        found = self.examined(data)
        judged = [(number, evidence) for number, evidence in found.items() if evidence.strength is not None]
        findings = [Finding(number, -e.score, e.strength.value) for number, e in judged if e.strength]
        return sorted(findings, key=lambda finding: finding.distance)

    def examined(self, data: bytes) -> dict[int, LocalEvidence]:
        """Return what verification says of every candidate, the best form of each."""
        image = decode(data, limits=_LIMITS, working_side_px=local.QUERY_SIDE_PX)
        query = extract_query(image.pixels)
        return examined(query, self._index, self._features)

    def bytes_per_reference(self) -> float:
        """What the record holds of a reference."""
        return sum(len(change.value) for change in self._changes) / max(len(self._changes), 1)


def examined(query: QueryFeatures, index: LocalFeatureIndex, features: list[LocalFeatures]) -> dict[int, LocalEvidence]:
    """Verify the candidates of a query; references are numbered from 0, items from 1."""
    views: dict[Form, View] = {}
    best: dict[int, LocalEvidence] = {}
    for candidate in index.searcher().candidates(query, limit=CANDIDATES):
        seen = views.setdefault(candidate.form, view(query, candidate.form))
        number = candidate.item_id - 1
        evidence = examine(query, seen, features[number], candidate.pairs)
        if evidence is not None and (number not in best or evidence.score > best[number].score):
            best[number] = evidence
    return best
