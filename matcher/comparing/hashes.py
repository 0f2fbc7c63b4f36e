"""
What the hashes of two pictures agree on, how far, and what that is worth.

Invariant: pure, and all hashes are measured under one transformation: two that agree under different ones are two
accidents, not two signals that agree.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from functools import lru_cache
from typing import Any, Self

from matcher.distance import agrees, as_codes, hamming, hamming_matrix
from matcher.hashing.query import Query
from matcher.signals import SIGNAL_TYPES, signal_type
from matcher.signals.base import Signal, Worth
from matcher.signals.turning.orientations import AS_IS
from matcher.signals.turning.variants import Variants
from matcher.strength import Strength


@dataclass(frozen=True, slots=True, kw_only=True)
class HashEvidence:
    """
    One hash signal of the query beside the same signal of the reference.

    Args:
        signal: Its type, ``"pdq/1"``.

        distance: Bits that differ, 0..the width of the type.

        threshold: Largest distance that counts as agreement (inclusive).

        query_quality: 0..100, or None where unknown.

        reference_quality: 0..100, or None where unknown.

        transformation: What was done to the reference to arrive at the query: ``"as is"``, ``"mirrored"``.
    """

    signal: str
    distance: int
    threshold: int
    query_quality: int | None
    reference_quality: int | None
    transformation: str

    @property
    def agrees(self) -> bool:
        """Whether the distance is within the threshold."""
        return agrees(self.distance, threshold=self.threshold)

    @property
    def opinions(self) -> int:
        """How many independent signals say so: this one, unless its type is but a hint."""
        return int(self.agrees and self.worth is not Worth.HINT)

    @property
    def worth(self) -> Worth:
        """What it is worth that this type agrees."""
        return signal_type(self.signal).worth

    @property
    def quality(self) -> int | None:
        """The lower of the two qualities, or None where neither is known."""
        return min((q for q in (self.query_quality, self.reference_quality) if q is not None), default=None)

    @property
    def is_poor(self) -> bool:
        """Whether either picture is too plain for its type to hold; a quality nobody knows counts as good."""
        return _is_poor(self, self.quality)

    def as_record(self) -> dict[str, str | int | None]:
        """Write it as stored and sent, in the API's names."""
        return {
            "signal": self.signal,
            "distance": self.distance,
            "threshold": self.threshold,
            "quality": self.quality,
            "query_quality": self.query_quality,
            "reference_quality": self.reference_quality,
            "transformation": self.transformation,
        }

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> Self:
        """Read what `as_record` wrote."""
        return cls(**{field.name: record[field.name] for field in fields(cls)})


def measure(query: Query, reference: Sequence[Signal]) -> tuple[HashEvidence, ...]:
    """
    Measure each signal both sides have, all under one transformation.

    Args:
        query: With its variants.

        reference: The stored signals of one item.
    """
    as_sent = _measured_as_sent(query, reference)
    if as_sent is not None:
        return _evidence_as_sent(as_sent)
    per_type = _per_type(query, reference)
    some_agree = any(one.agrees for found in per_type.values() for one in found.values())
    transformation = _most_agreeing(per_type) if some_agree else AS_IS  # where nothing agrees, no turn is named
    return _under(transformation, per_type)


def measure_nearest(query: Query, reference: Sequence[Signal]) -> tuple[HashEvidence, ...]:
    """
    Measure the same under the transformation that comes nearest, though nothing may agree: to say why it is no match.

    Arguments as for `measure`.
    """
    per_type = _per_type(query, reference)
    return _under(_most_agreeing(per_type), per_type) if per_type else ()


_Measured = tuple[str, int, int | None, int | None]
"""A type, the bits that differ, and the qualities of query and reference."""


def _measured_as_sent(query: Query, reference: Sequence[Signal]) -> tuple[_Measured, ...] | None:
    """Measure values that were sent as they are, one a type; None where one of several is to be chosen."""
    stored = {s.type: s for s in reference}
    measured = []
    for name in SIGNAL_TYPES:
        if name in query.variants and name in stored:
            variants, of_reference = query.variants[name], stored[name]
            if len(variants.names) > 1:
                return None
            distance = hamming(variants.codes.tobytes(), of_reference.value)
            measured.append((name, distance, variants.qualities[0], of_reference.quality))
    return tuple(measured)


@lru_cache(maxsize=8192)
def _evidence_as_sent(measured: tuple[_Measured, ...]) -> tuple[HashEvidence, ...]:
    """Write down what was measured; kept, for thousands are asked a second, and most differ in a distance alone."""
    return _telling(
        HashEvidence(
            signal=name,
            distance=distance,
            threshold=signal_type(name).threshold,
            query_quality=query_quality,
            reference_quality=reference_quality,
            transformation=AS_IS,
        )
        for name, distance, query_quality, reference_quality in measured
    )


def _per_type(query: Query, reference: Sequence[Signal]) -> dict[str, dict[str, HashEvidence]]:
    """Measure each signal both sides have, under every transformation."""
    stored = {s.type: s for s in reference}
    return {
        name: _by_transformation(query.variants[name], stored[name])
        for name in SIGNAL_TYPES
        if name in stored and name in query.variants
    }


def _under(transformation: str, per_type: Mapping[str, Mapping[str, HashEvidence]]) -> tuple[HashEvidence, ...]:
    return _telling(found.get(transformation, found[AS_IS]) for found in per_type.values())


def _telling(evidence: Iterable[HashEvidence]) -> tuple[HashEvidence, ...]:
    """Leave out digests that differ: how far apart two are says nothing; that they are the same says everything."""
    return tuple(one for one in evidence if one.agrees or one.worth is not Worth.PROOF)


def strength_of(evidence: Sequence[HashEvidence]) -> Strength | None:
    """
    Say how sure the evidence makes us, or None if nothing agrees.

    Quality is the picture's, so one signal's low quality lowers what every other of the same picture is worth. A
    quality nobody knows counts as good. Hints alone are weak, however many agree.
    """
    agreeing = {e.worth for e in evidence if e.agrees}
    if Worth.PROOF in agreeing:
        return Strength.EXACT
    if not agreeing:
        return None
    if agreeing == {Worth.HINT} or any(_is_poor(e, e.reference_quality) for e in evidence):
        return Strength.WEAK
    if any(_is_poor(e, e.query_quality) for e in evidence):
        return Strength.PARTIAL
    return Strength.NEAR


def _is_poor(evidence: HashEvidence, quality: int | None) -> bool:
    return quality is not None and quality < signal_type(evidence.signal).minimum_quality


def _by_transformation(variants: Variants, reference: Signal) -> dict[str, HashEvidence]:
    """Measure one signal of the reference against every variant."""
    distances = _distances(variants, reference)
    threshold = signal_type(reference.type).threshold
    return {
        name: HashEvidence(
            signal=reference.type,
            distance=distance,
            threshold=threshold,
            query_quality=quality,
            reference_quality=reference.quality,
            transformation=name,
        )
        for name, distance, quality in zip(variants.names, distances, variants.qualities, strict=True)
    }


def _distances(variants: Variants, reference: Signal) -> list[int]:
    """Return the distance of each variant; of one by itself, as questions by hashes are asked, without an array."""
    if len(variants.names) == 1:
        return [hamming(variants.codes.tobytes(), reference.value)]
    return [int(distance) for distance in hamming_matrix(variants.codes, as_codes(reference.value))[:, 0]]


def _most_agreeing(per_type: Mapping[str, dict[str, HashEvidence]]) -> str:
    """Choose the transformation under which most signals agree, then the nearest by their order, then the plainest."""
    names = dict.fromkeys(name for found in per_type.values() for name in found)
    by_worth = [(signal_type(kind).worth, found) for kind, found in per_type.items()]

    def preference(name: str) -> tuple[int, ...]:
        measured = [(worth, found[name]) for worth, found in by_worth if name in found]
        counted = sum(e.agrees for worth, e in measured if worth is not Worth.HINT)
        hints = sum(e.agrees for worth, e in measured if worth is Worth.HINT)
        # A file has one variant only; it says nothing about which turn fits.
        distances = (e.distance for worth, e in measured if worth is not Worth.PROOF)
        return (-counted, -hints, *distances)

    return min(names, key=preference)
