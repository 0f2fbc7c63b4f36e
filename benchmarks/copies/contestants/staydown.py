"""
Ours: the hash signals with their variants (fast), local features with verification (local), and both (deep).

Invariant: thresholds are the program's own; nothing is tuned to the photos of a run.
"""

from typing import ClassVar

import numpy as np

from benchmarks.copies.contestants.base import Finding
from index.local.part import LocalPart, NewReference
from index.local.searcher import LocalSearcher
from matcher.comparing.comparison import compare
from matcher.distance import hamming_matrix
from matcher.hashing.query import Query
from matcher.local.evidence import LocalEvidence, examine
from matcher.local.views import Form, View, view
from matcher.reading.decode import Limits, decode
from matcher.signals import SIGNAL_TYPES, local
from matcher.signals.base import Signal
from matcher.signals.local import LocalFeatures, QueryFeatures, extract_query, extract_reference, readings

CANDIDATES = 8
_LIMITS = Limits()


class StaydownFast:
    """`depth=fast`: hash signals in all variants. Searched by brute force here; the index gives the same answers."""

    name: ClassVar[str] = "staydown_fast"
    tuned: ClassVar[bool] = False
    every: ClassVar[int] = 1
    unites: ClassVar[tuple[str, ...]] = ()

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


class StaydownLocal:
    """Local features by themselves."""

    name: ClassVar[str] = "staydown_local"
    tuned: ClassVar[bool] = False
    every: ClassVar[int] = 1
    unites: ClassVar[tuple[str, ...]] = ()

    def __init__(self) -> None:
        """Begin with an empty bank."""
        self._values: list[bytes] = []
        self._features: list[LocalFeatures] = []
        self._searcher = LocalSearcher()

    def add(self, data: bytes) -> None:
        """Keep the features as the record does: as bytes."""
        image = decode(data, limits=_LIMITS, working_side_px=local.REFERENCE_SIDE_PX)
        self._values.append(extract_reference(image.pixels).to_bytes())
        self._features.append(LocalFeatures.from_bytes(self._values[-1]))

    def ready(self) -> None:
        """Build one part of all, as a merged bank has."""
        part = LocalPart.build([NewReference(n, n, each) for n, each in enumerate(self._features, start=1)])
        self._searcher = LocalSearcher(version=len(self._features), growing=(part,))

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
        return examined(query, self._searcher, self._features)

    def bytes_per_reference(self) -> float:
        """What the record holds of a reference."""
        return sum(len(value) for value in self._values) / max(len(self._values), 1)


class StaydownDeep:
    """`depth=deep`: hash signals and local features, each file decoded for both."""

    name: ClassVar[str] = "staydown_deep"
    tuned: ClassVar[bool] = False
    every: ClassVar[int] = 1
    unites: ClassVar[tuple[str, ...]] = (StaydownFast.name, StaydownLocal.name)

    def __init__(self) -> None:
        """Begin without references."""
        self._ways = (StaydownFast(), StaydownLocal())

    def add(self, data: bytes) -> None:
        """Keep hashes and features."""
        for way in self._ways:
            way.add(data)

    def ready(self) -> None:
        """Make both ready."""
        for way in self._ways:
            way.ready()

    def find(self, data: bytes) -> list[Finding]:
        """Name what either finds; the caller takes the strongest."""
        return [finding for way in self._ways for finding in way.find(data)]

    def bytes_per_reference(self) -> float:
        """Both."""
        return sum(way.bytes_per_reference() for way in self._ways)


def examined(query: QueryFeatures, searcher: LocalSearcher, features: list[LocalFeatures]) -> dict[int, LocalEvidence]:
    """Verify the candidates of a query, as it is read; references are numbered from 0, items from 1."""
    best: dict[int, LocalEvidence] = {}
    for asked in readings(query):
        views: dict[Form, View] = {}
        for candidate in searcher.candidates(asked, limit=CANDIDATES):
            seen = views.setdefault(candidate.form, view(asked, candidate.form))
            number = candidate.item_id - 1
            evidence = examine(asked, seen, features[number], candidate.pairs)
            if evidence is not None and (number not in best or evidence.score > best[number].score):
                best[number] = evidence
    return best
