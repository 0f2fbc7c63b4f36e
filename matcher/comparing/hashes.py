"""
What agrees between a query and a reference, how far, and what that is worth.

Invariant: pure. The same query and the same reference's signals always give the same comparison. Evidence says "this is
a copy"; what happens to a copy is decided elsewhere, by policy and people.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any, Self, TypeAlias

from matcher.distance import agrees, as_codes, hamming_matrix
from matcher.hashing.query import Query
from matcher.local.evidence import LocalEvidence
from matcher.moments.evidence import VideoEvidence, video_evidence
from matcher.moments.sides import Side
from matcher.signals import SIGNAL_TYPES, signal_type
from matcher.signals.base import Signal, Worth
from matcher.signals.orientations import AS_IS
from matcher.signals.pdq import Pdq
from matcher.signals.phash import PHash
from matcher.signals.variants import Variants
from matcher.signals.video import NAME as VIDEO
from matcher.signals.video import VideoFrames
from matcher.strength import Strength as Strength
from matcher.thresholds import LOCAL_CHANGED


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


Evidence: TypeAlias = HashEvidence | VideoEvidence | LocalEvidence
"""
Each kind has `signal`, `agrees`, `opinions`, `transformation`, `as_record` and `from_record`. A new kind joins this
union.
"""

SHOWN_FROM = Strength.PARTIAL
"""What local features say below this is not a match: too many pictures look a little alike in places."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """
    A query beside one reference, judged.

    Args:
        evidence: One entry for each signal both have, in the order of `SIGNAL_TYPES`, agreeing or not.

        strength: How sure, or None if nothing agrees: not a match.

        agreeing: How many independent signals agree under one transformation.

        grounds: What says best what was done: the hashes of the pictures, agreeing or not, or one stretch of a video,
            or one place in a picture. A sentence for people is made from it elsewhere.

        shared_by: How many different references have the frames in common that this rests on; 0 where that is not
            known to be many. More than `weak` it is then not.
    """

    evidence: tuple[Evidence, ...]
    strength: Strength | None
    agreeing: int
    grounds: tuple[Evidence, ...]
    shared_by: int = 0


def compare(query: Query, reference: Sequence[Signal]) -> Comparison:
    """
    Lay a query beside one reference.

    The transformation is the one under which most signals agree, then the one nearest by the first signal. Of the ways
    programs show the reference, it is the one that the query is the surest copy of.

    Args:
        query: With its variants.

        reference: The stored signals of one piece of media. Types the query lacks are left out.
    """
    pictures = max((judged(gather(query, shown)) for shown in readings_of(reference)), key=_sureness)
    return combined(pictures, moving(query, reference))


def combined(pictures: Comparison, video: VideoEvidence | None) -> Comparison:
    """Take the surer of what pictures and what moments say, with the evidence of both."""
    if video is None:
        return pictures
    surer = max(pictures, Comparison((video,), video.strength, video.opinions, (video,)), key=_sureness)
    return replace(surer, evidence=(*pictures.evidence, video))


def with_local(found: Comparison, local: LocalEvidence | VideoEvidence | None) -> Comparison:
    """
    Add what local features say to what hashes say.

    Where both call it near, they are independent signals that agree, and it rests on local features, which see
    more: where it was cropped, and what was written on it. Otherwise the surer one counts; but hashes overlook what
    local features see, so where a part of it shows something else it is no more than partial, and a person looks.

    Args:
        found: By hashes and moments.

        local: Of the same query and reference, or None.
    """
    if local is None or local.strength is None or local.strength < SHOWN_FROM:
        return found
    evidence = (*found.evidence, local)
    if found.strength is None or local.strength > found.strength:
        return Comparison(evidence, local.strength, 1, (local,))
    if found.strength > local.strength:
        overlooked = isinstance(local, LocalEvidence) and local.changed >= LOCAL_CHANGED
        if found.strength is Strength.NEAR and overlooked:
            return Comparison(evidence, Strength.PARTIAL, found.agreeing, (local,))
        return replace(found, evidence=evidence)
    grounds = found.grounds if local.transformation == AS_IS else (local,)
    return Comparison(evidence, found.strength, found.agreeing + local.opinions, grounds)


def moving(query: Query, reference: Sequence[Signal]) -> VideoEvidence | None:
    """Lay a video beside a video, or a picture beside the frames of one; None where both are pictures."""
    stored = first_of_each(reference)
    asked = None if query.video is None else Side.of_video(query.video)
    if VIDEO in stored:
        known = Side.of_frames(VideoFrames.from_bytes(stored[VIDEO].value))
    elif asked is not None and Pdq.name in stored:
        known = Side.of_stored_picture(stored[Pdq.name], stored.get(PHash.name))
    else:
        return None
    if asked is None and (pdq := query.variants.get(Pdq.name)) is not None:
        phash = query.variants.get(PHash.name)
        same = phash is not None and phash.names == pdq.names
        asked = Side.of_picture(pdq.names, pdq.codes, phash.codes if phash and same else None, pdq.qualities[0])
    return None if asked is None else video_evidence(asked, known)


def first_of_each(reference: Sequence[Signal]) -> dict[str, Signal]:
    """Return the first value of each type, by its name."""
    return {signal.type: signal for signal in reversed(reference)}


def readings_of(reference: Sequence[Signal]) -> list[tuple[Signal, ...]]:
    """
    Take the stored signals apart into the ways programs show the picture, each with one value of a type.

    A type with one value belongs to every reading; nearly every picture has one reading.
    """
    by_type: dict[str, list[Signal]] = {}
    for signal in reference:
        by_type.setdefault(signal.type, []).append(signal)
    count = max((len(values) for values in by_type.values()), default=1)
    return [tuple(values[min(n, len(values) - 1)] for values in by_type.values()) for n in range(count)]


def judged(evidence: tuple[HashEvidence, ...]) -> Comparison:
    """Say what the hashes of two pictures are worth."""
    return Comparison(evidence, judge(evidence), agreeing_signals(evidence), grounds=evidence)


def _sureness(comparison: Comparison) -> tuple[int, int]:
    return -1 if comparison.strength is None else comparison.strength.rank, comparison.agreeing


def gather(query: Query, reference: Sequence[Signal]) -> tuple[HashEvidence, ...]:
    """
    Measure each signal both sides have, all under one transformation.

    Args:
        query: With its variants.

        reference: The stored signals of one item.
    """
    stored = {s.type: s for s in reference}
    per_type = {
        name: _by_transformation(query.variants[name], stored[name])
        for name in SIGNAL_TYPES
        if name in stored and name in query.variants
    }
    if not per_type:
        return ()
    told = any(one.agrees for found in per_type.values() for one in found.values())
    transformation = _most_agreeing(per_type) if told else AS_IS  # what is unlike in every way was not turned
    evidence = (found.get(transformation, found[AS_IS]) for found in per_type.values())
    # How far apart two digests are says nothing; that they are the same says everything.
    return tuple(e for e in evidence if e.agrees or e.worth is not Worth.PROOF)


def judge(evidence: Sequence[HashEvidence]) -> Strength | None:
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


def agreeing_signals(evidence: Sequence[HashEvidence]) -> int:
    """Count the signals that agree."""
    return sum(e.opinions for e in evidence)


def _is_poor(evidence: HashEvidence, quality: int | None) -> bool:
    return quality is not None and quality < signal_type(evidence.signal).minimum_quality


def _by_transformation(variants: Variants, reference: Signal) -> dict[str, HashEvidence]:
    """Measure one signal of the reference against every variant."""
    distances = hamming_matrix(variants.codes, as_codes(reference.value))[:, 0]
    threshold = signal_type(reference.type).threshold
    return {
        name: HashEvidence(
            signal=reference.type,
            distance=int(distance),
            threshold=threshold,
            query_quality=quality,
            reference_quality=reference.quality,
            transformation=name,
        )
        for name, distance, quality in zip(variants.names, distances, variants.qualities, strict=True)
    }


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
