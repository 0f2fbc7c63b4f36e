"""Of a video that is looked for every shot is seen, however short it is and however long the others are."""

from collections.abc import Iterator, Sequence

import numpy as np
import pytest

from matcher.hashing.scenes import QUERY_SCENES, STORED_QUERY_SCENES
from matcher.hashing.shots import ShotKeeper
from matcher.media import Frame
from matcher.signals.local import QUERY_KEYPOINTS
from tests.helpers.media.textures import texture


def shown(shots: Sequence[tuple[int | None, float]], *, step_s: float = 0.5) -> Iterator[Frame]:
    """Show textures, or a plain picture where it is None, for so many seconds each."""
    number, at = 0, 0.0
    for seed, seconds in shots:
        grey = np.full((90, 120), 40, np.uint8) if seed is None else texture(seed, width=120, height=90)[..., 0].copy()
        for _ in range(round(seconds / step_s)):
            yield Frame(number, at, at + step_s, grey, grey.shape)
            number, at = number + 1, at + step_s


def times(shots: Sequence[tuple[int | None, float]]) -> tuple[list[float], list[float]]:
    """Return when the scenes that are looked for appear, and those that are stored."""
    keeper = ShotKeeper()
    for _ in keeper.watch(shown(shots)):
        pass
    return [one.time_s for one in keeper.query()], [one.time_s for one in keeper.reference()]


def test_a_short_shot_in_a_long_video_has_as_many_scenes_as_the_long_ones() -> None:
    """A clip of 5 s between minutes of others had one scene or none, and two must agree."""
    asked, stored = times([(1, 120), (2, 5), (3, 120)])
    assert len(asked) == QUERY_SCENES
    assert sum(120 <= time < 125 for time in asked) >= 10
    assert sum(120 <= time < 125 for time in stored) >= 5


def test_what_is_stored_is_part_of_what_is_looked_for() -> None:
    """It can be found later by what it was asked by."""
    asked, stored = times([(1, 30), (2, 5), (3, 9), (4, 60)])
    assert len(stored) == STORED_QUERY_SCENES
    assert set(stored) <= set(asked)


def test_one_long_shot_is_seen_over_all_its_length() -> None:
    """A recording without a cut is no worse off than before."""
    asked, _ = times([(1, 200)])
    assert asked[0] == 0
    assert max(np.diff([*asked, 200])) <= 3 * 200 / QUERY_SCENES


def test_plain_frames_take_no_scene_from_others() -> None:
    """A fade to black between shots is no shot of its own."""
    asked, _ = times([(1, 20), *[(None, 1), (2, 1)] * 3, (3, 20)])
    assert sum(time < 20 for time in asked) >= 8
    assert sum(time >= 26 for time in asked) >= 8


@pytest.mark.parametrize(("seconds", "share"), [(6, 1.0), (60, STORED_QUERY_SCENES / QUERY_SCENES)])
def test_many_scenes_are_asked_by_fewer_keypoints_each(seconds: float, share: float) -> None:
    """Twice as many cost no more."""
    keeper = ShotKeeper()
    for _ in keeper.watch(shown([(1, seconds)])):
        pass
    assert max(len(scene.features.keypoints) for scene in keeper.query()) <= share * QUERY_KEYPOINTS
