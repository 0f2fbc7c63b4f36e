"""
How often people called a match a copy, by what each signal said of it.

    bits that differ     0..7   8..15   16..23   24..31   …          hashes, and videos by the median of a stretch
    score                …      0..1    2..3     4..5     …          local features

Invariant: pure. It counts what people were asked about and nothing else: a match that nobody looked at says nothing,
and one that was never found is not here. Precision is learned so, recall is not. Nor are distances counted at which
unrelated pictures stand: a match that rests on another signal says nothing about them.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

from casework.policy.learning.share import Share
from matcher.comparing.comparison import Evidence
from matcher.comparing.hashes import HashEvidence
from matcher.comparing.other_thresholds import Threshold, known_thresholds
from matcher.local.evidence import LocalEvidence
from matcher.signals import SIGNAL_TYPES
from matcher.signals.local import NAME as LOCAL
from matcher.signals.video import NAME as VIDEO
from matcher.strength import Strength

KeyT = TypeVar("KeyT")

BITS: Final = 8
"""Width of a bucket of distances."""

SCORE: Final = 2
"""Width of a bucket of scores."""

_BEYOND: Final = 2
"""Distances are counted up to so many times the threshold."""


@dataclass(frozen=True, slots=True)
class AnsweredMatch:
    """
    A match of which a person said what it is.

    Args:
        is_copy: What they said.
    """

    strength: Strength
    evidence: tuple[Evidence, ...]
    is_copy: bool


@dataclass(frozen=True, slots=True)
class Bucket:
    """
    Matches of which one signal said much the same.

    Args:
        first: The smallest distance or score in it.

        last: The largest whole one.

        copies: How many of them people called copies.

        counts: Whether the threshold that runs lets these through.
    """

    first: int
    last: int
    copies: Share
    counts: bool


@dataclass(frozen=True, slots=True)
class SignalPrecision:
    """
    What one signal is worth.

    Args:
        signal: Its name.

        unit: What its buckets count, in words.

        threshold: That runs.

        buckets: In order; those without a match are left out.
    """

    signal: str
    unit: str
    threshold: float
    buckets: tuple[Bucket, ...]


@dataclass(frozen=True, slots=True)
class Precision:
    """
    What answers say.

    Args:
        by_strength: The surest first; those without a match are left out.

        by_signal: In the order of `SIGNAL_TYPES`; those without evidence are left out.
    """

    by_strength: tuple[tuple[Strength, Share], ...]
    by_signal: tuple[SignalPrecision, ...]


def precision_of(answered: Iterable[AnsweredMatch]) -> Precision:
    """Count answers by strength, and by signal and bucket."""
    strengths: Counts[Strength] = Counts(Counter(), Counter())
    places: Counts[tuple[str, int]] = Counts(Counter(), Counter())
    thresholds = known_thresholds()
    for one in answered:
        strengths.add(one.strength, one.is_copy)
        for place in _places(one.evidence, thresholds):
            places.add(place, one.is_copy)
    ranked = sorted(strengths.all, key=lambda one: one.rank, reverse=True)
    names = {name for name, _ in places.all}
    return Precision(
        by_strength=tuple((one, strengths.share(one)) for one in ranked),
        by_signal=tuple(_signal(name, places) for name in SIGNAL_TYPES if name in names),
    )


@dataclass(frozen=True, slots=True)
class Counts(Generic[KeyT]):
    """How many of each kind were counted, and how many of these are copies."""

    copies: Counter[KeyT]
    all: Counter[KeyT]

    def add(self, kind: KeyT, is_copy: bool) -> None:
        """Count one."""
        self.all[kind] += 1
        self.copies[kind] += is_copy

    def share(self, kind: KeyT) -> Share:
        """Return the share of a kind that are copies."""
        return Share(self.copies[kind], self.all[kind])


def _places(evidence: Iterable[Evidence], thresholds: Mapping[str, Threshold]) -> Iterable[tuple[str, int]]:
    """Name the bucket of each signal's evidence by its first value."""
    for one in evidence:
        match one:
            case HashEvidence():
                if one.signal in thresholds and one.distance <= _BEYOND * one.threshold:
                    yield one.signal, one.distance // BITS * BITS
            case LocalEvidence():
                yield LOCAL, int(one.score // SCORE * SCORE)
            case _:
                if one.distance is not None:
                    yield VIDEO, one.distance // BITS * BITS


def _signal(name: str, counted: Counts[tuple[str, int]]) -> SignalPrecision:
    threshold = known_thresholds()[name]
    width = SCORE if name == LOCAL else BITS
    buckets = []
    for first in sorted(place for signal, place in counted.all if signal == name):
        last = first + width - 1
        counts = last >= threshold.value if threshold.larger_is_stricter else first <= threshold.value
        buckets.append(Bucket(first, last, counted.share((name, first)), counts))
    return SignalPrecision(name, threshold.unit, threshold.value, tuple(buckets))
