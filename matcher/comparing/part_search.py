"""
Finds parts of one reference in a query without an index: pictures, scenes, or both.

Two videos have up to 16 × 64 pairs of scenes, and comparing one scene with another costs a millisecond. So keypoints
vote, as in an index: for each part of the query only the scenes with most votes that agree are examined.

Invariant: pure and deterministic; what is examined is judged by the function that judges an index's candidates.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from matcher.comparing.parts import PartEvidence, PartSeen, part_evidence
from matcher.hashing.query import Query
from matcher.hashing.scenes import times_of
from matcher.local.agreement import best_pair
from matcher.local.alignment import Pairs, near_pairs
from matcher.local.evidence import LocalEvidence, compare_local, examine
from matcher.local.views import Form, View, places, some_of, view
from matcher.signals.base import Signal
from matcher.signals.local import NAME as LOCAL
from matcher.signals.local import LocalFeatures, QueryFeatures, readings
from matcher.signals.scenes import NAME as SCENES
from matcher.signals.scenes import scenes_of
from matcher.signals.video import duration_of
from matcher.thresholds import SCENE_VOTES, VOTE_FADES_BITS

EXAMINED: Final = 4
"""Scenes of the reference that are examined for each part of the query: with twelve no more copies were found."""

VOTING: Final = {Form.AS_IS: 1.0, Form.MIRRORED: 1 / 3, Form.INVERTED: 1 / 4, Form.MIRRORED_INVERTED: 1 / 4}
"""Share of the query's keypoints that vote in each form, as in an index: whole mirror images need few."""


def find_parts(
    query: Query, reference: Sequence[Signal], *, common: npt.NDArray[np.bool_] | None = None
) -> PartEvidence | None:
    """
    Look for a reference in the parts of a query, and for its parts.

    Args:
        query: Its parts (`Query.parts`) are looked at, and nothing else of it.

        reference: The stored signals of one piece of media, of which `local/1` and `scenes/1` are used.

        common: Parts of its picture that strangers have too, as `LocalFeatures` has them.

    Returns:
        None where nothing of one is seen in the other, or one of them has no local features.
    """
    stored = (LocalFeatures.from_bytes(signal.value) for signal in reference if signal.type == LOCAL)
    still = next((replace(one, common=common) for one in stored), None)
    scenes = next((scenes_of(signal.value) for signal in reference if signal.type == SCENES), ())
    moving: dict[int | None, LocalFeatures] = {place: scene.features for place, scene in enumerate(scenes)}
    known = moving if still is None else {**moving, None: still}
    seen = [
        PartSeen(asked, place, evidence)
        for asked, scene in enumerate(query.scenes)
        for place, evidence in _seen(scene.features, known)
    ]
    if query.features is not None:
        seen += [PartSeen(None, place, evidence) for place, evidence in _seen(query.features, moving)]
        laid = [] if still is None else [compare_local(one, still) for one in readings(query.features)]
        seen += [PartSeen(None, None, one.evidence) for one in laid if one is not None]
    return part_evidence(seen, times_of(query.scenes), times_of(scenes), reference_s=duration_of(reference))


def _seen(part: QueryFeatures, known: Mapping[int | None, LocalFeatures]) -> Iterator[tuple[int | None, LocalEvidence]]:
    """Examine the references with most votes, each in the form most votes agree on."""
    votes = _Votes(part)
    likely = {place: found for place, one in known.items() if (found := votes.of(one)).sum >= SCENE_VOTES}
    for place, found in sorted(likely.items(), key=lambda one: -one[1].sum)[:EXAMINED]:
        evidence = examine(part, votes.view(found.form), known[place], found.pairs)
        if evidence is not None:
            yield place, evidence


class _Vote(NamedTuple):
    """The largest sum of votes that agree on one similarity, in which form, and the pairs of keypoints that voted."""

    sum: float
    form: Form
    pairs: Pairs


class _Votes:
    """A part of the query, and those of its keypoints that vote in each form."""

    def __init__(self, part: QueryFeatures) -> None:
        self._part = part
        self._whole: dict[Form, View] = {}
        count = len(part.keypoints)
        self._voting = [view(part, form, first=int(share * count)) for form, share in VOTING.items()]

    def of(self, reference: LocalFeatures) -> _Vote:
        """Let the keypoints vote for one reference."""
        return max((_vote(seen, reference) for seen in self._voting), key=lambda vote: vote.sum)

    def view(self, form: Form) -> View:
        """Return the part with all its keypoints in one form."""
        if form not in self._whole:
            self._whole[form] = view(self._part, form)
        return self._whole[form]


def _vote(seen: View, reference: LocalFeatures) -> _Vote:
    pairs = near_pairs(seen, reference)
    if not len(pairs):
        return _Vote(0.0, seen.form, pairs)
    bits = np.bitwise_count(seen.descriptors[pairs[:, 0]] ^ reference.descriptors[pairs[:, 1]]).sum(axis=1)
    weights = np.exp(-((bits / VOTE_FADES_BITS) ** 2)).astype(np.float32)
    theirs = some_of(places(reference.keypoints), pairs[:, 1])
    return _Vote(best_pair(some_of(seen.places, pairs[:, 0]), theirs, weights)[1], seen.form, pairs)
