"""Scenes as bytes: what is read back, and what is refused."""

import struct

import pytest

from matcher.errors import SignalValueError
from matcher.signals.local import NAME as LOCAL
from matcher.signals.local import LocalFeatures, extract_reference
from matcher.signals.scenes import NAME, Scene, scenes_of, signal_of
from tests.helpers.media.textures import texture

SIZE_AT = 8


@pytest.fixture(scope="module")
def features() -> LocalFeatures:
    """Return what is kept of one frame."""
    return extract_reference(texture(41))


def test_two_scenes_may_begin_in_one_millisecond(features: LocalFeatures) -> None:
    """A video that was hashed must be taken back: 1000 × 2.007 is more than 2007 as a float."""
    for begin_ms in range(2000, 2100):
        scenes = scenes_of(signal_of([Scene(begin_ms / 1000, 3, features)] * 2).value)
        assert [scene.time_s for scene in scenes] == [begin_ms / 1000] * 2


@pytest.mark.parametrize("times", [[(2.0, 3.0), (1.999, 3.0)], [(2.0, 1.999)]])
def test_scenes_out_of_order_are_refused(features: LocalFeatures, times: list[tuple[float, float]]) -> None:
    """Evidence names seconds of the video, which would be of another frame."""
    value = signal_of([Scene(begin, until, features) for begin, until in times]).value
    with pytest.raises(SignalValueError, match=f"{NAME} value are not in order"):
        scenes_of(value)


def test_last_scene_that_is_shorter_than_it_says_is_refused(features: LocalFeatures) -> None:
    """What was cut short on its way is not what was hashed, even where the rest can be read."""
    value = bytearray(signal_of([Scene(0, 1, features)]).value)
    size = struct.unpack_from("<I", value, SIZE_AT)[0]
    struct.pack_into("<I", value, SIZE_AT, size + 1)
    with pytest.raises(SignalValueError, match=f"{size} bytes, not the {size + 1}"):
        scenes_of(bytes(value))


def test_cut_value_is_refused(features: LocalFeatures) -> None:
    """A value is whole or nothing."""
    value = signal_of([Scene(0, 1, features)]).value
    with pytest.raises(SignalValueError, match=rf"{NAME}|{LOCAL}"):
        scenes_of(value[:-1])
