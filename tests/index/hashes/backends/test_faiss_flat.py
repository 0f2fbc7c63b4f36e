"""The codes of a segment are FAISS's own file, in both directions."""

import faiss
import numpy as np
import pytest

from index.errors import DamagedIndexError
from index.hashes.backends.faiss_flat import map_faiss_flat, write_faiss_flat
from tests.index.oracle import random_codes


@pytest.mark.parametrize("count", [0, 1, 2, 1000])
def test_any_faiss_user_can_open_it(tmp_path, count):
    """No lock-in: the file outlives this project."""
    codes = random_codes(np.random.default_rng(count), count)
    path = tmp_path / "codes.faiss"
    write_faiss_flat(path, codes)
    index = faiss.read_index_binary(str(path))
    assert (type(index), index.ntotal, index.d) == (faiss.IndexBinaryFlat, count, 256)
    assert faiss.vector_to_array(index.xb).reshape(-1, 32).tolist() == codes.tolist()
    assert map_faiss_flat(path, width=32).tolist() == codes.tolist()


@pytest.mark.parametrize("count", [0, 1, 2, 1000])
def test_it_is_byte_for_byte_what_faiss_writes(tmp_path, count):
    """We write it ourselves, because FAISS does not notice a disk that fills up with the last bytes."""
    codes = random_codes(np.random.default_rng(count), count)
    index = faiss.IndexBinaryFlat(256)
    index.add(codes)
    faiss.write_index_binary(index, str(tmp_path / "theirs"))
    write_faiss_flat(tmp_path / "ours", codes)
    assert (tmp_path / "ours").read_bytes() == (tmp_path / "theirs").read_bytes()


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "less than a FAISS header"),
        (b"\x89PNG" + bytes(100), "not a FAISS binary flat index"),
        (b"IBxF" + (128).to_bytes(4, "little") + bytes(100), "not a FAISS binary flat index"),
    ],
)
def test_another_kind_of_file_is_refused(tmp_path, content, reason):
    """Mapped as codes it would answer nonsense."""
    path = tmp_path / "codes.faiss"
    path.write_bytes(content)
    with pytest.raises(DamagedIndexError, match=reason):
        map_faiss_flat(path, width=32)


def test_a_faiss_file_of_another_width_is_refused(tmp_path):
    """A bank of 64-bit hashes is not ours to scan."""
    index = faiss.IndexBinaryFlat(64)
    index.add(np.zeros((5, 8), np.uint8))
    faiss.write_index_binary(index, str(tmp_path / "codes.faiss"))
    with pytest.raises(DamagedIndexError, match="256 bits"):
        map_faiss_flat(tmp_path / "codes.faiss", width=32)


@pytest.mark.parametrize("change", [-1, -32, 32])
def test_a_file_of_the_wrong_length_is_refused(tmp_path, change):
    """A mapping beyond the end of a file kills the process that reads it."""
    path = tmp_path / "codes.faiss"
    write_faiss_flat(path, random_codes(np.random.default_rng(1), 10))
    data = path.read_bytes()
    path.write_bytes(data[:change] if change < 0 else data + bytes(change))
    with pytest.raises(DamagedIndexError, match="its header says 10 codes"):
        map_faiss_flat(path, width=32)
