"""Features that are made up for strangers are told twice, to the record and to the index."""

from pathlib import Path

from benchmarks.copies.photos import photos
from benchmarks.looking_back.pictures import Portion, Strangers
from matcher.signals.local import LocalFeatures
from tests.helpers.media.pictures import photo_bytes


def test_features_of_strangers_are_read_as_they_are_searched(tmp_path: Path) -> None:
    """A value that said other keypoints than its row in the index would never be confirmed, nor refuted."""
    for number in range(4):
        (tmp_path / f"{number}.jpg").write_bytes(photo_bytes(900 + number))
    portions = list(Strangers(photos([tmp_path]), 1).portions(90))
    assert [len(one.values) for one in portions] == [80, 10]
    for portion in portions:
        again = Portion.of(portion.values)
        for one, other in zip(again.rows[1:], portion.rows[1:], strict=True):
            assert one.shape == other.shape
        assert (again.rows[1] == portion.rows[1]).all()
        assert (again.rows[2] == portion.rows[2]).all()
        assert LocalFeatures.from_bytes(portion.values[0]).descriptors.shape[1] == 32
