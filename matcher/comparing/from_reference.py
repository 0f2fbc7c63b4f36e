"""
A comparison in which the reference is the query, described as if the copy had been.

Variants need pixels. Where only signals of the possible copies are stored, but the reference's pixels were seen, the
reference has the variants and is the one to ask with. Evidence says what was done to the reference to arrive at the
copy, so the transformation is reversed here, and the two sides' times, shares and qualities are exchanged.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from matcher.comparing.comparison import Comparison, by_hashes, in_time, with_local, with_moments
from matcher.comparing.hashes import HashEvidence, measure
from matcher.comparing.part_search import find_parts
from matcher.comparing.parts import PartEvidence
from matcher.hashing.query import Query
from matcher.signals import shows_parts
from matcher.signals.base import Signal
from matcher.strength import Strength

_BACK = {
    "rotated 90° clockwise": "rotated 90° counter-clockwise",
    "rotated 90° counter-clockwise": "rotated 90° clockwise",
    "border added": "border removed",
}
"""What undoes a step, where it is not the same step again. What is not here undoes itself, as mirroring does."""


def compare_from_reference(
    reference: Query,
    copy: Iterable[Signal],
    *,
    stored: Iterable[Signal] = (),
    common: npt.NDArray[np.bool_] | None = None,
) -> Comparison:
    """
    Compare a reference, in all its variants, with the stored signals of a possible copy.

    Args:
        reference: With its variants.

        copy: The stored signals of what may be a copy. Types the reference lacks are left out.

        stored: The reference's own signals: local features are compared with the copy as the query, as always.

        common: Parts of the reference that strangers have too, as `LocalFeatures` has them.

    Returns:
        The comparison, as if the copy had been the query.
    """
    kept = tuple(copy)
    pictures = by_hashes(tuple(_swapped(one) for one in measure(reference, kept)))
    video = in_time(reference, kept)
    found = with_moments(pictures, video and video.swapped(reverse_of(video.transformation)))
    if found.strength is not None and found.strength >= Strength.NEAR and found.agreeing > 1:
        return found  # as sure as it gets
    return with_local(found, _parts(kept, tuple(stored), common))


def _parts(
    copy: Sequence[Signal], reference: Sequence[Signal], common: npt.NDArray[np.bool_] | None
) -> PartEvidence | None:
    """Look for a reference in a copy of which only `local/1` and `scenes/1` are left."""
    return find_parts(Query.of_signals(signal for signal in copy if shows_parts(signal.type)), reference, common=common)


def reverse_of(transformation: str) -> str:
    """Return the transformation that undoes another: each step undone, the last one first."""
    steps = transformation.split(", ")
    if len(steps) > 1 and steps[0] == "mirrored" and steps[1].startswith("rotated"):
        return ", ".join([*map(_undo, reversed(steps[2:])), steps[0], steps[1]])
    return ", ".join(map(_undo, reversed(steps)))


def _undo(step: str) -> str:
    return _BACK.get(step, step)


def _swapped(evidence: HashEvidence) -> HashEvidence:
    return replace(
        evidence,
        query_quality=evidence.reference_quality,
        reference_quality=evidence.query_quality,
        transformation=reverse_of(evidence.transformation),
    )
