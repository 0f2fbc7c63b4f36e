"""The pictures that are drawn for the story: the same from the same number, and no copies of each other."""

from itertools import combinations
from pathlib import Path

from api.demo.drawings import drawn
from api.demo.photos import drawn_pictures
from matcher.distance import hamming
from matcher.hashing.pictures import hash_media
from matcher.reading.decode import Limits
from matcher.signals.base import Signal
from matcher.thresholds import MINIMUM_QUALITY, PDQ_MAX_DISTANCE


def test_the_same_number_gives_the_same_picture() -> None:
    """What somebody saw can be shown again."""
    assert drawn(3) == drawn(3)


def test_drawn_pictures_are_rich_and_unlike_each_other(tmp_path: Path) -> None:
    """The story claims that nothing innocent is held: it would be, were two of them alike."""
    cast = drawn_pictures()
    hashes = [pdq_of(tmp_path, one.data) for one in (cast.reported, *cast.innocent)]
    assert len(hashes) == 13
    assert all((one.quality or 0) >= MINIMUM_QUALITY for one in hashes)
    assert min(hamming(one.value, other.value) for one, other in combinations(hashes, 2)) > 2 * PDQ_MAX_DISTANCE


def pdq_of(folder: Path, data: bytes) -> Signal:
    """Hash a picture."""
    (folder / "picture.png").write_bytes(data)
    hashed = hash_media(folder / "picture.png", limits=Limits())
    return next(one for one in hashed.signals if one.type == "pdq/1")
