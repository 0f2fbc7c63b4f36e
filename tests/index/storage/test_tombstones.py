"""Sorted sets of removed ids, on disk and in memory."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.errors import ManifestDamagedError
from index.storage.tombstones import Tombstones, are_among, read_tombstones, tombstones

IDS = st.sets(st.integers(1, 50))


def ids(values) -> np.ndarray:
    """Sort ids as tombstones hold them."""
    return np.array(sorted(values), np.int64)


@given(items=st.lists(st.integers(1, 60)), members=IDS)
def test_membership_is_that_of_a_set(items, members):
    """One wrong answer hides a takedown or shows a removed one."""
    assert are_among(np.array(items, np.int64), ids(members)).tolist() == [item in members for item in items]


@given(first=IDS, second=IDS)
def test_plus_and_minus_are_those_of_sets(first, second):
    """Seals add, merges take away."""
    stones = tombstones({"pdq/1": ids(first)})
    assert stones.plus({"pdq/1": ids(second)}).ids("pdq/1").tolist() == sorted(first | second)
    assert stones.minus({"pdq/1": ids(second)}).ids("pdq/1").tolist() == sorted(first - second)


def test_what_is_written_is_read_again(tmp_path):
    """Removals outlive the process."""
    stones = tombstones({"sha256/1": ids({5, 2**62}), "pdq/1": ids({1, 2, 3}), "phash/1": ids(())})
    again = read_tombstones(tmp_path, stones.write(tmp_path))
    assert {name: again.ids(name).tolist() for name in again.by_type} == {"pdq/1": [1, 2, 3], "sha256/1": [5, 2**62]}
    assert len(again) == 5


def test_none_need_no_file(tmp_path):
    """Most folders have nothing removed."""
    assert read_tombstones(tmp_path, Tombstones({}).write(tmp_path)).by_type == {}
    assert list(tmp_path.iterdir()) == []


def test_an_altered_file_is_refused(tmp_path):
    """Reading other ids would bring removed items back."""
    ref = tombstones({"pdq/1": ids({1, 2})}).write(tmp_path)
    (tmp_path / ref.name).write_bytes(bytes(16))
    with pytest.raises(ManifestDamagedError, match="checksum"):
        read_tombstones(tmp_path, ref)
