"""Pictures and scenes laid onto each other without an index."""

import cv2
import numpy as np
import pytest

from matcher.comparing.part_search import find_parts
from matcher.comparing.parts import PartSeen, part_evidence
from matcher.hashing.query import Query
from matcher.hashing.scenes import times_of
from matcher.local.evidence import LocalEvidence, compare_local
from matcher.moments.evidence import VideoEvidence
from matcher.signals.base import Signal
from matcher.signals.local import NAME as LOCAL
from matcher.signals.local import extract_reference
from matcher.signals.scenes import Scene, signal_of
from tests.helpers.media.textures import texture

SHOTS = [texture(900 + n, width=320, height=240) for n in range(8)]


def cropped(pixels: np.ndarray) -> np.ndarray:
    return cv2.resize(pixels[30:210, 40:280], (320, 240), interpolation=cv2.INTER_CUBIC)


def mirrored(pixels: np.ndarray) -> np.ndarray:
    return np.ascontiguousarray(cropped(pixels)[:, ::-1])


def scenes_of(shots) -> Signal:
    """A video that shows each picture for a second."""
    return signal_of([Scene(float(n), n + 1.0, extract_reference(shot)) for n, shot in enumerate(shots)])


def picture_of(pixels: np.ndarray) -> Signal:
    return Signal(LOCAL, extract_reference(pixels).to_bytes())


def asked(*signals: Signal) -> Query:
    return Query.of_signals(signals)


@pytest.mark.parametrize("edit", [cropped, mirrored])
def test_scenes_are_seen_as_if_each_pair_were_examined(edit) -> None:
    """What the votes leave out is no copy."""
    query = asked(scenes_of([SHOTS[7], *map(edit, SHOTS[2:6])]))
    known = [Scene(float(n), n + 1.0, extract_reference(shot)) for n, shot in enumerate(SHOTS)]
    every = [
        PartSeen(place, other, laid.evidence)
        for place, one in enumerate(query.scenes)
        for other, scene in enumerate(known)
        if (laid := compare_local(one.features, scene.features)) is not None
    ]
    found = find_parts(query, [signal_of(known)])
    assert found == part_evidence(every, times_of(query.scenes), times_of(known))
    assert isinstance(found, VideoEvidence)
    assert found.frames == 4
    assert found.query_span_s == pytest.approx((1, 5), abs=0.6)
    assert found.reference_span_s == pytest.approx((2, 6), abs=0.6)
    assert found.transformation.startswith("mirrored, cropped" if edit is mirrored else "cropped")


def test_picture_in_a_video_names_the_time_on_either_side() -> None:
    """A photo finds the scene it was taken from, and a video the photo it shows."""
    film, still = scenes_of(SHOTS), picture_of(cropped(SHOTS[4]))
    moment = find_parts(asked(still), [film])
    assert isinstance(moment, VideoEvidence)
    assert (moment.query_span_s, moment.reference_span_s) == (None, (4.0, 5.0))
    shown = find_parts(asked(scenes_of(list(map(cropped, SHOTS)))), [picture_of(SHOTS[4])])
    assert isinstance(shown, VideoEvidence)
    assert (shown.query_span_s, shown.reference_span_s) == ((4.0, 5.0), None)


def test_what_has_picture_and_scenes_is_asked_for_by_both() -> None:
    """A picture that moves is found by its first frame and by any other."""
    moving = asked(picture_of(SHOTS[0]), scenes_of(SHOTS[1:3]))
    assert isinstance(find_parts(moving, [picture_of(cropped(SHOTS[0]))]), LocalEvidence)
    assert isinstance(find_parts(moving, [picture_of(cropped(SHOTS[2]))]), VideoEvidence)


def test_strangers_are_not_seen() -> None:
    """Nothing is the commonest answer."""
    assert find_parts(asked(scenes_of(SHOTS[:4]), picture_of(SHOTS[0])), [scenes_of(SHOTS[4:])]) is None
    assert find_parts(asked(), [scenes_of(SHOTS)]) is None
    assert find_parts(asked(scenes_of(SHOTS)), []) is None
