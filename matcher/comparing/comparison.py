"""
A query compared with one reference: all evidence together, how sure it makes us, and what that rests on.

    hashes           whole pictures                       `hashes.py`
    moments          frames of videos that agree in time  `moments/evidence.py`
    local features   parts of pictures                    `with_local`, once somebody has looked for them

Invariant: pure. The same query and the same reference's signals always give the same comparison. Evidence says "this is
a copy"; what happens to a copy is decided elsewhere, by policy and people.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TypeAlias

from matcher.comparing.hashes import HashEvidence, measure, strength_of
from matcher.hashing.query import Query
from matcher.local.evidence import LocalEvidence
from matcher.moments.evidence import VideoEvidence, video_evidence
from matcher.moments.sides import Side
from matcher.signals.base import Signal
from matcher.signals.pdq import Pdq
from matcher.signals.phash import PHash
from matcher.signals.turning.orientations import AS_IS
from matcher.signals.video import NAME as VIDEO
from matcher.signals.video import VideoFrames
from matcher.strength import Strength
from matcher.thresholds import LOCAL_CHANGED

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
    What a query and one reference have in common, and what that is worth.

    Args:
        evidence: One entry for each signal both have, in the order of `SIGNAL_TYPES`, agreeing or not.

        strength: How sure, or None if nothing agrees: not a match.

        agreeing: How many independent signals agree under one transformation.

        grounds: What says best what was done: the hashes of the pictures, agreeing or not, or one stretch of a video,
            or one place in a picture. A sentence for people is made from it elsewhere.

        shared_by: How many different references share the frames this rests on, where they are so many that it is no
            more than `weak`; else 0.
    """

    evidence: tuple[Evidence, ...]
    strength: Strength | None
    agreeing: int
    grounds: tuple[Evidence, ...]
    shared_by: int = 0


def compare(query: Query, reference: Sequence[Signal]) -> Comparison:
    """
    Compare a query with one reference, by hashes and in time.

    The transformation is the one under which most signals agree, then the one nearest by the first signal. Of the ways
    programs show the reference, it is the one that the query is the surest copy of.

    Args:
        query: With its variants.

        reference: The stored signals of one piece of media. Types the query lacks are left out.
    """
    first, *others = readings_of(reference)
    pictures = by_hashes(measure(query, first))
    if others:
        pictures = max(pictures, *(by_hashes(measure(query, shown)) for shown in others), key=_sureness)
    return with_moments(pictures, in_time(query, reference))


def with_moments(pictures: Comparison, video: VideoEvidence | None) -> Comparison:
    """Take the surer of what the pictures and what the moments of a video say, with the evidence of both."""
    if video is None:
        return pictures
    surer = max(pictures, Comparison((video,), video.strength, video.opinions, (video,)), key=_sureness)
    return replace(surer, evidence=(*pictures.evidence, video))


def with_local(found: Comparison, local: LocalEvidence | VideoEvidence | None) -> Comparison:
    """
    Add what local features say to what hashes say.

    Where both call it near, two independent kinds of signals agree, and the grounds are the local features, which see
    more: where it was cropped, and what was written on it. Otherwise the surer one counts. But hashes overlook what
    local features see: where a part of the picture shows something else, it is no more than partial.

    Args:
        found: What hashes and moments say.

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


def in_time(query: Query, reference: Sequence[Signal]) -> VideoEvidence | None:
    """Compare a video with a video, or a picture with the frames of one; None where both are pictures."""
    if query.video is None and all(one.type != VIDEO for one in reference):
        return None
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
    if len({signal.type for signal in reference}) == len(reference):
        return [tuple(reference)]
    by_type: dict[str, list[Signal]] = {}
    for signal in reference:
        by_type.setdefault(signal.type, []).append(signal)
    count = max((len(values) for values in by_type.values()), default=1)
    return [tuple(values[min(n, len(values) - 1)] for values in by_type.values()) for n in range(count)]


@lru_cache(maxsize=8192)
def by_hashes(evidence: tuple[HashEvidence, ...]) -> Comparison:
    """Say what the hashes of two pictures are worth."""
    agreeing = sum(one.opinions for one in evidence)
    return Comparison(evidence, strength_of(evidence), agreeing, grounds=evidence)


def _sureness(comparison: Comparison) -> tuple[int, int]:
    return -1 if comparison.strength is None else comparison.strength.rank, comparison.agreeing
