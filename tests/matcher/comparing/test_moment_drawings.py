"""Frames of the seconds in which two videos agree: drawn in pairs, each with its moment, as far as frames are kept."""

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from matcher.comparing.moment_drawings import NOTHING, PlainClip, draw_moments, rehearse
from matcher.errors import SignalValueError
from matcher.hashing.videos import hash_video
from matcher.local.showing.lines import PAPER
from matcher.reading.keyframes import REFERENCE
from matcher.reading.preview import PREVIEW_SIDE_PX
from matcher.sandbox.rehearsal import picture_to_rehearse_with
from tests.helpers.media.clips import panning
from tests.helpers.media.pictures import encoded, photo
from tests.helpers.media.videos import write_video


@pytest.fixture(scope="module")
def frames() -> list[np.ndarray]:
    """Draw twelve seconds, ten frames a second."""
    return [frame for seed in (1, 2, 3) for frame in panning(seed, seconds=4)]


def clip(path: Path, frames: list[np.ndarray], span_s: tuple[float, float]) -> PlainClip:
    """Write a video and hash it as it is kept."""
    hashed = hash_video(write_video(path, frames), pace=REFERENCE, preview_side_px=PREVIEW_SIDE_PX)
    value = next(one.value for one in hashed.signals if one.type == "video/1")
    height, width = frames[0].shape[:2]
    return hashed.preview, width, height, value, *span_s


@pytest.fixture(scope="module")
def film(frames: list[np.ndarray], tmp_path_factory: pytest.TempPathFactory) -> PlainClip:
    """Keep the whole film."""
    return clip(tmp_path_factory.mktemp("film") / "film.mp4", frames, (0.0, 12.0))


def test_moments_of_a_whole_copy_lie_beside_each_other(film: PlainClip) -> None:
    """Nine frames are kept of each, and they are of the same seconds."""
    moments = draw_moments(film, film)
    assert len(moments) >= 7
    assert all(removed == uploaded for removed, uploaded in moments)
    times = [removed[0] for removed, _ in moments]
    assert times == sorted(times)
    assert times[0] <= 1.5
    assert times[-1] >= 9


def test_moments_of_a_clip_lie_on_the_line_through_both_stretches(
    film: PlainClip, frames: list[np.ndarray], tmp_path: Path
) -> None:
    """Seconds 4 to 8 of the film, mirrored: second 1 of the clip is second 5 of the film."""
    mirrored = [np.ascontiguousarray(frame[:, ::-1]) for frame in frames[40:80]]
    removed = (*film[:4], 4.0, 8.0)
    moments = draw_moments(removed, clip(tmp_path / "clip.mp4", mirrored, (0.0, 4.0)))
    assert len(moments) >= 2
    for (removed_s, above), (uploaded_s, below) in moments:
        assert removed_s == pytest.approx(uploaded_s + 4.0, abs=1.0)
        assert above != below


def test_drawings_are_lines_and_not_larger_than_a_strip_needs(film: PlainClip) -> None:
    """Mostly paper: nobody sees a frame as it was."""
    for _, (_, png) in draw_moments(film, film):
        drawing = Image.open(io.BytesIO(png))
        assert (drawing.mode, drawing.width) == ("L", 320)
        assert drawing.height == pytest.approx(240, abs=2)
        assert len(np.unique(np.asarray(drawing))) <= 6
        assert (np.asarray(drawing) == PAPER).mean() > 0.4


def test_where_no_moment_has_frames_of_both_each_side_is_shown_alone(film: PlainClip, tmp_path: Path) -> None:
    """Of a second in a long video a frame is rarely kept."""
    other = clip(tmp_path / "other.mp4", panning(9, seconds=3), (0.0, 3.0))
    moments = draw_moments((*film[:4], 40.0, 43.0), other)
    assert moments
    assert all(removed == NOTHING and uploaded[1] for removed, uploaded in moments)
    assert draw_moments((*film[:4], 40.0, 43.0), (*other[:4], 90.0, 93.0)) == ()


@pytest.mark.parametrize("count", [1, 4, 25])
def test_each_frame_of_an_upright_preview_is_shown_once(tmp_path: Path, count: int) -> None:
    """What stands still for seconds is one moment, and there are nine at most."""
    stills = [np.asarray(photo(70 + number, width=180, height=320)) for number in range(count)]
    upright = clip(tmp_path / "upright.mp4", [one for one in stills for _ in range(10)], (0.0, float(count)))
    moments = draw_moments(upright, upright)
    times = [uploaded[0] for _, uploaded in moments]
    assert times == sorted(set(times))
    assert min(count, 3) <= len(moments) <= 9
    for _, (_, png) in moments:
        assert Image.open(io.BytesIO(png)).size == pytest.approx((180, 320), abs=2)


def test_what_is_no_video_is_refused_and_what_has_no_frames_draws_nothing(film: PlainClip) -> None:
    """A preview from elsewhere has no moment in it."""
    with pytest.raises(SignalValueError):
        draw_moments((*film[:3], b"odd", 0.0, 1.0), film)
    strange = encoded(photo(5, width=510, height=384), quality=80)
    assert draw_moments((strange, *film[1:]), (strange, *film[1:])) == ()


def test_rehearsal_goes_through_all_of_it() -> None:
    """Behind the walls of a worker nothing can be loaded any more."""
    rehearse(picture_to_rehearse_with())
