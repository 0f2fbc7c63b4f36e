"""Checksums by block: what they find, and how much they read for it."""

import numpy as np
import pytest

from index.errors import DamagedIndexError
from index.storage.disk.durable import BLOCK_BYTES, check_files, record, save_array, write_durably


def written(folder, name: str, size: int):
    """Write a seeded file and return its record."""
    write_durably(folder / name, np.random.default_rng(size).bytes(size))
    return record(folder, folder / name)


@pytest.mark.parametrize("size", [0, 1, BLOCK_BYTES - 1, BLOCK_BYTES, BLOCK_BYTES + 1, 3 * BLOCK_BYTES])
def test_a_file_as_recorded_passes(tmp_path, size):
    """Edges of blocks are where such code goes wrong."""
    item = written(tmp_path, "file", size)
    assert item.size_bytes == size
    check_files(tmp_path, [item], budget_bytes=None)
    check_files(tmp_path, [item], budget_bytes=1)


@pytest.mark.parametrize("shape", [(0,), (0, 32), (1,), (7, 32)])
@pytest.mark.parametrize("dtype", ["uint8", "int64"])
def test_a_saved_array_is_loaded_again(tmp_path, shape, dtype):
    """It is NumPy's own format, so that anybody can read it."""
    array = np.random.default_rng(1).integers(0, 200, shape).astype(dtype)
    save_array(tmp_path / "array.npy", array[::-1])
    again = np.load(tmp_path / "array.npy")
    assert (again.dtype, again.shape, again.tolist()) == (array.dtype, shape, array[::-1].tolist())
    np.save(tmp_path / "numpy.npy", np.ascontiguousarray(array[::-1]))
    assert (tmp_path / "array.npy").read_bytes() == (tmp_path / "numpy.npy").read_bytes()


@pytest.mark.parametrize("block", range(5))
def test_a_flipped_bit_is_found_in_any_block(tmp_path, block):
    """Verification reads everything."""
    item = written(tmp_path, "file", 4 * BLOCK_BYTES + 7)
    with (tmp_path / "file").open("r+b") as file:
        file.seek(block * BLOCK_BYTES + 3)
        byte = file.read(1)[0]
        file.seek(block * BLOCK_BYTES + 3)
        file.write(bytes([byte ^ 1]))
    with pytest.raises(DamagedIndexError, match=f"block {block}"):
        check_files(tmp_path, [item], budget_bytes=None)


def test_a_small_budget_still_reads_the_first_and_last_block_of_each_file(tmp_path):
    """Headers and ends are where copying and truncation show."""
    items = [written(tmp_path, name, 10 * BLOCK_BYTES) for name in ("one", "two")]
    for name, place in (("one", 0), ("two", 10 * BLOCK_BYTES - 1)):
        data = bytearray((tmp_path / name).read_bytes())
        data[place] ^= 1
        (tmp_path / name).write_bytes(data)
        with pytest.raises(DamagedIndexError, match=name):
            check_files(tmp_path, items, budget_bytes=1)
        data[place] ^= 1
        (tmp_path / name).write_bytes(data)
    check_files(tmp_path, items, budget_bytes=1)
