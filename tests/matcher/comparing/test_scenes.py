"""Scenes found by local features, put together in time."""

from dataclasses import replace

import numpy as np
import pytest

from matcher.comparing.scenes import SceneHit, scene_evidence
from matcher.hashing.scenes import REFERENCE_GAP_S, SceneKeeper
from matcher.media import Frame
from matcher.signals.scenes import REFERENCE_SCENES
from matcher.strength import Strength
from tests.helpers.media.pictures import photo

QUERY = [(float(i), float(i + 1)) for i in range(12)]
REFERENCE = [(i / 2, i / 2 + 0.5) for i in range(40)]


SCORES = {Strength.NEAR: 9.0, Strength.PARTIAL: 4.0, Strength.WEAK: 0.0, None: -5.0}


def region(left=-0.1, top=-0.1, right=1.1, bottom=1.1):
    return ((left, top), (right, top), (right, bottom), (left, bottom))


USUAL = region()


def hit(query, reference, strength=Strength.PARTIAL, *, at=USUAL):
    return SceneHit(query, reference, strength, "cropped to 70 %", SCORES[strength], at)


def test_scenes_in_order_name_the_stretch_and_what_was_done():
    """A cropped clip inside another video: when, where, how."""
    hits = [hit(4, 10), hit(5, 12), hit(6, 14), hit(7, 16), hit(9, 3)]
    found = scene_evidence(hits, QUERY, REFERENCE)
    assert found.frames == 4
    assert found.query_span_s == pytest.approx((4, 8), abs=1)
    assert found.reference_span_s == pytest.approx((5, 9), abs=1)
    assert found.strength is Strength.PARTIAL
    assert found.transformation == "cropped to 70 %"


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


def test_scenes_worth_nothing_by_themselves_say_how_far_the_stretch_reaches():
    """Two sure scenes of twelve are found; that the others agree on when and where is no chance."""
    hits = [hit(5, 10), hit(6, 12), *(hit(row, 2 * row, None) for row in (0, 1, 2, 4, 8, 9, 11))]
    found = scene_evidence(hits, QUERY, REFERENCE)
    assert found.query_span_s == (0.0, 12.0)
    assert found.frames == 2


@pytest.mark.parametrize(
    "beyond",
    [
        pytest.param([hit(7, 30, Strength.WEAK), hit(7, 14, None)], id="surer of another moment"),
        pytest.param([hit(7, 14, Strength.WEAK, at=region(0.2, 0.1, 0.9, 0.8))], id="lies elsewhere"),
        pytest.param([hit(7, 25, Strength.WEAK)], id="at another moment"),
    ],
)
def test_stretch_ends_where_scenes_disagree(beyond):
    """Seconds that were compared and do not agree are not claimed."""
    found = scene_evidence([hit(5, 10), hit(6, 12), *beyond], QUERY, REFERENCE)
    assert found.query_span_s == (4.5, 6.5)


def test_moments_at_which_the_camera_looked_elsewhere_do_not_bend_the_line():
    """A car comes closer: seen later it looks like a crop of itself seen before, and whoever crops does it evenly."""
    true = [hit(row, 2 * row, Strength.PARTIAL) for row in (0, 1, 2, 8, 10, 11)]
    closer = [hit(row, row + 2, at=region(-row / 9, -row / 9, 1 + row / 6, 1 + row / 6)) for row in range(3, 11)]
    found = scene_evidence([*true, *closer], QUERY, REFERENCE)
    assert found.query_span_s == (0.0, 12.0)
    assert found.speed == pytest.approx(1, abs=0.02)


def test_recorded_speed_is_believed_where_scenes_are_too_far_apart_to_tell_another():
    """Scenes hit the reference a little before or after: a slope through that is no edit."""
    hits = [hit(row, 2 * row + (row < 3) - (row > 8)) for row in range(12)]
    assert scene_evidence(hits, QUERY, REFERENCE).speed == 1.0


def test_plain_end_that_is_not_banked_belongs_where_both_videos_end():
    """A fade-out has no scene: the reference goes on behind its last one."""
    query = [*((float(i), float(i + 1)) for i in range(6)), (6.0, 8.0)]
    reference = [(i / 2, i / 2 + 0.5) for i in range(11)]
    hits = [hit(row, 2 * row) for row in range(6)]
    assert scene_evidence(hits, query, reference).query_span_s[1] == 5.5
    assert scene_evidence(hits, query, reference, reference_s=8.0).query_span_s == (0.0, 8.0)
    found = scene_evidence(hits, query, reference, reference_s=20.0)
    assert found.query_span_s == (0.0, 5.5)
    assert found.reference_share == pytest.approx(5.5 / 20, abs=0.001)


@pytest.mark.parametrize(("gap_s", "span_s"), [(1.0, (3.5, 6.5)), (8.0, (31.0, 49.0))])
def test_no_more_than_a_second_is_claimed_where_nobody_looked(gap_s, span_s):
    """Scenes of a long upload are many seconds apart: half way is a good guess only where that is near."""
    query = [(gap_s * i, gap_s * (i + 1)) for i in range(10)]
    reference = [(float(i), i + 1.0) for i in range(60)]
    hits = [hit(row, round(gap_s * (row - 4)) + 10) for row in (4, 5, 6)]
    assert scene_evidence(hits, query, reference).query_span_s == span_s


@pytest.mark.parametrize(("reference_s", "end_s"), [(80.0, 80.0), (120.0, 73.0)])
def test_last_scene_reaches_to_the_end_where_both_videos_end(reference_s, end_s):
    """A long clip that was cropped from its first second to its last."""
    scenes = [(8.0 * i, 8.0 * i + 8) for i in range(10)]
    found = scene_evidence([hit(row, row) for row in range(10)], scenes, scenes, reference_s=reference_s)
    assert found.query_span_s == (0.0, end_s)


def test_picture_is_told_at_the_surest_scene_and_as_long_as_it_is_shown():
    """Scenes a quarter of a second apart are nearly the same picture; a slide is shown for a while."""
    surest = replace(hit(0, 8, Strength.NEAR), score=12.0)
    found = scene_evidence([hit(0, 3, Strength.NEAR), hit(0, 7), surest, hit(0, 9, Strength.NEAR)], (), REFERENCE)
    assert found.reference_span_s == (4.0, 5.0)
    slide = [hit(row, 0, Strength.NEAR) for row in (2, 3, 4)]
    assert scene_evidence([*slide, hit(9, 0)], QUERY, ()).query_span_s == (2.0, 5.0)


def test_no_moment_of_a_short_reference_is_far_from_a_scene():
    """A camera that follows somebody shows another picture after half a second."""
    grey = np.asarray(photo(1, width=64, height=48).convert("L"))
    keeper = SceneKeeper(most=REFERENCE_SCENES, gap_s=REFERENCE_GAP_S)
    list(keeper.watch(Frame(i, i / 8, (i + 1) / 8, grey, grey.shape) for i in range(8 * 15)))
    assert max(np.diff([scene.time_s for scene in keeper.reference()])) == 0.25


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
