"""Videos are decoded beside pictures, not before them."""

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from matcher.errors import DecodeTimeoutError, SandboxClosedError, TooLongError
from matcher.reading.containers import VideoLimits
from matcher.reading.keyframes import QUERY, REFERENCE
from matcher.sandbox.hasher import InProcess
from matcher.sandbox.media import MediaSandbox
from matcher.sandbox.pool import VIDEOS, Sandbox
from matcher.sandbox.seat import Bounds
from tests.helpers.media.pictures import photo_bytes
from tests.helpers.media.videos import scene, write_video


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Six seconds."""
    return write_video(tmp_path_factory.mktemp("films") / "a.mp4", scene(1, frames=60), every=10)


@pytest.fixture(scope="module")
def videos() -> Sandbox:
    """One worker for videos of up to ten seconds."""
    with Sandbox(workers=1, video_limits=VideoLimits(max_duration_s=10), module=VIDEOS) as sandbox:
        yield sandbox


@pytest.mark.parametrize("pace", [QUERY, REFERENCE], ids=["query", "reference"])
def test_result_is_that_of_this_process(videos: Sandbox, film: Path, pace) -> None:
    """Crossing the border changes nothing; a bit that rounding decides may fall either way in any process."""
    here = InProcess().hash_video(film, pace=pace, preview_side_px=300)
    there = videos.hash_video(film, pace=pace, preview_side_px=300)
    assert (there.info, there.preview, there.signals[0]) == (here.info, here.preview, here.signals[0])
    ours, theirs = here.query.video, there.query.video
    assert theirs.names == ours.names
    assert np.array_equal(theirs.frames.times_s, ours.frames.times_s)
    for kind in ("pdq", "phash"):
        assert np.bitwise_count(getattr(theirs, kind) ^ getattr(ours, kind)).sum(axis=2).max() <= 2


def test_progress_crosses_the_border(videos: Sandbox, film: Path) -> None:
    """Whoever waits sees how far it is, in rising steps."""
    told: list[float] = []
    videos.hash_video(film, progress=told.append)
    assert told == sorted(told)
    assert len(told) > 5
    assert told[-1] == 1.0


def test_whoever_is_told_may_end_it(videos: Sandbox, film: Path) -> None:
    """What is no longer wanted is not decoded to its end, and the next task gets its own answer."""

    def enough(share: float) -> None:
        raise KeyError(share)

    with pytest.raises(KeyError):
        videos.hash_video(film, progress=enough)
    assert videos.hash_video(film).info.duration_s == pytest.approx(6, abs=0.1)


def test_limits_hold_in_the_worker(videos: Sandbox, tmp_path: Path) -> None:
    """Errors are the same on both sides."""
    path = write_video(tmp_path / "long.mp4", scene(2, frames=2, pan_px=0), times=[0, 11])
    with pytest.raises(TooLongError, match="limit is 10 s"):
        videos.hash_video(path)


def test_progress_does_not_extend_the_time_a_video_may_take(film: Path) -> None:
    """A file that is always nearly done is stopped all the same."""
    never = threading.Event()
    with Sandbox(workers=1, bounds=Bounds(timeout_s=0.2), module=VIDEOS) as sandbox, pytest.raises(DecodeTimeoutError):
        sandbox.hash_video(film, progress=lambda _: never.wait(0.1) and None)


def test_pictures_do_not_wait_for_videos(film: Path) -> None:
    """However many videos are waited for."""
    with MediaSandbox(Sandbox(workers=1), lambda: Sandbox(workers=1, module=VIDEOS)) as sandbox:
        begun, go_on = threading.Event(), threading.Event()

        def told(_: float) -> None:
            begun.set()
            go_on.wait(30)

        with ThreadPoolExecutor(3) as threads:
            waiting = [threads.submit(sandbox.hash_video, film, progress=told) for _ in range(3)]
            assert begun.wait(30)
            assert sandbox.hash_image(photo_bytes(1)).info.kind == "image"
            assert not any(one.done() for one in waiting)
            go_on.set()
            assert [one.result().info.kind for one in waiting] == ["video"] * 3


def test_closed_sandbox_starts_nothing(film: Path) -> None:
    """A video that comes while the service stops must not leave a process behind."""
    sandbox = MediaSandbox(Sandbox(workers=1), lambda: Sandbox(workers=1, module=VIDEOS))
    sandbox.close()
    with pytest.raises(SandboxClosedError):
        sandbox.hash_video(film)
