"""What is kept of a video, and what it is asked for."""

from pathlib import Path

import numpy as np
import pytest

from matcher.hashing.features import Features
from matcher.hashing.scenes import times_of
from matcher.hashing.videos import HashedVideo, hash_video
from matcher.reading.keyframes import REFERENCE
from matcher.signals.scenes import NAME as SCENES
from matcher.signals.scenes import scenes_of
from tests.helpers.media.videos import scene, write_video

BOTH = Features.STORED | Features.ASKED


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_video(tmp_path_factory.mktemp("film") / "film.mp4", scene(5, frames=30, pan_px=8))


def kept(hashed: HashedVideo) -> list[str]:
    return [signal.type for signal in hashed.signals]


def test_scenes_of_an_upload_are_stored_where_that_is_wanted(film: Path) -> None:
    """They show what the video shows: nothing of it is kept unless the operator says so."""
    assert kept(hash_video(film, features=Features.ASKED)) == ["sha256/1", "video/1"]
    both = hash_video(film, features=BOTH)
    assert kept(both) == ["sha256/1", "video/1", SCENES]
    stored = scenes_of(both.signals[-1].value)
    assert np.allclose(times_of(stored), times_of(both.query.scenes), atol=0.001)
    assert hash_video(film, features=Features.STORED).query.parts == ()


def test_reference_is_looked_at_more_closely_than_an_upload(film: Path) -> None:
    """What is banked is asked for often; what passes by comes in thousands."""
    banked = hash_video(film, features=Features.STORED, pace=REFERENCE)
    upload = hash_video(film, features=Features.STORED)
    assert len(banked.scenes) >= len(upload.scenes) >= 4
    assert banked.query.scenes == ()
