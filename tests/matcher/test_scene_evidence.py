"""Scenes found by local features, put together in time."""

import numpy as np
import pytest

from matcher.media import Frame
from matcher.scene_evidence import SceneHit, scene_evidence
from matcher.scenes import SceneKeeper
from matcher.strength import Strength
from tests.pictures import photo

QUERY = [(float(i), float(i + 1)) for i in range(12)]
REFERENCE = [(i / 2, i / 2 + 0.5) for i in range(40)]


def hit(query, reference, strength=Strength.PARTIAL):
    return SceneHit(query, reference, strength, "cropped to 70 %")


def test_scenes_in_order_name_the_stretch_and_what_was_done():
    """A cropped clip inside another video: when, where, how."""
    hits = [hit(4, 10), hit(5, 12), hit(6, 14), hit(7, 16), hit(9, 3)]
    found = scene_evidence(hits, QUERY, REFERENCE)
    assert found.frames == 4
    assert found.query_span_s == pytest.approx((4, 8), abs=1)
    assert found.reference_span_s == pytest.approx((5, 9), abs=1)
    assert found.strength is Strength.PARTIAL
    assert found.sentence.endswith("of the removed video, cropped to 70 %")


def test_near_pictures_are_still_for_a_person():
    """Another clip of the same room is near picture by picture."""
    hits = [hit(row, 2 * row, Strength.NEAR) for row in range(6)]
    assert scene_evidence(hits, QUERY, REFERENCE).strength is Strength.PARTIAL


def test_single_scene_is_weak():
    """One picture in common is not a clip in common."""
    assert scene_evidence([hit(3, 9)], QUERY, REFERENCE).strength is Strength.WEAK


@pytest.mark.parametrize("hits", [[], [hit(1, 2, Strength.WEAK)] * 5])
def test_weak_pictures_add_up_to_nothing(hits):
    """Many doubts are not a proof."""
    assert scene_evidence(hits, QUERY, REFERENCE) is None


def test_scenes_are_spread_over_a_video_of_unknown_length():
    """A live recording does not say how long it will be."""
    grey = np.asarray(photo(1, width=64, height=48).convert("L"))
    keeper = SceneKeeper(most=8, gap_s=0.5)
    passed = list(keeper.watch(Frame(i, i / 10, (i + 1) / 10, grey, grey.shape) for i in range(1000)))
    scenes = keeper.reference()
    assert len(passed) == 1000
    assert 5 <= len(scenes) <= 8
    times = [scene.time_s for scene in scenes]
    assert times[0] == 0
    assert max(np.diff([*times, 100])) <= 26
    assert scenes[-1].until_s == pytest.approx(100)
    assert [scene.time_s for scene in keeper.query()] == times
