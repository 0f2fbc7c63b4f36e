"""Files that are numbered stay what they were."""

import numpy as np
import pytest

from benchmarks.hashing.files import as_file, clip, enlarged, numbered, originals
from matcher.hashing.pictures import hash_media
from matcher.hashing.videos import hash_video
from matcher.reading.decode import Limits

SHA256 = "sha256/1"


def test_a_numbered_jpeg_shows_the_same_and_is_another_file() -> None:
    """What the service remembers of a file it saw must not be what is measured."""
    data = as_file(enlarged(originals(None, count=1, seed=1)[0], 1e5, 1), "JPEG")
    before, after = numbered(data)
    files = [before + b"%016x" % number + after for number in (1, 2)]
    seen = [{one.type: one.value for one in hash_media(file, limits=Limits()).signals} for file in (data, *files)]
    assert len({one.pop(SHA256) for one in seen}) == 3
    assert seen[1] == seen[2] == seen[0]


def test_a_numbered_clip_shows_the_same(tmp_path) -> None:
    """A free box at the end is skipped by whoever reads the file."""
    data = clip(None, seconds=0.5, seed=1)
    before, after = numbered(data)
    paths = tmp_path / "plain.mp4", tmp_path / "numbered.mp4"
    paths[0].write_bytes(data)
    paths[1].write_bytes(before + b"%016x" % 7 + after)
    plain, other = (hash_video(path) for path in paths)
    assert (other.info.duration_s, other.info.width_px) == (plain.info.duration_s, plain.info.width_px)
    assert [one.value for one in other.signals if one.type != SHA256] == [
        one.value for one in plain.signals if one.type != SHA256
    ]


def test_other_files_cannot_be_numbered() -> None:
    """A PNG with bytes behind its end would be another kind of file."""
    with pytest.raises(ValueError, match="neither JPEG nor MP4"):
        numbered(as_file(np.zeros((8, 8, 3), np.uint8), "PNG"))
