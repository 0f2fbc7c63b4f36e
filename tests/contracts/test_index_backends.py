"""Every row of `INDEX_BACKENDS` gives the answers of a bit-by-bit scan, and gives them again after save and load."""

import multiprocessing
import resource
import shutil
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.base import Codes
from index.changes import Add
from index.errors import DamagedIndexError, RadiusError, WidthMismatchError
from index.hashes.backends import INDEX_BACKENDS, backend_for
from index.hashes.hits import ordered
from tests.index.oracle import Log, as_found, clustered_codes, random_codes

pytestmark = pytest.mark.parametrize("name", INDEX_BACKENDS)


def built(name: str, codes: Codes, ids):
    """Build one backend."""
    return INDEX_BACKENDS[name].build(codes, np.asarray(ids, np.int64))


def expected(codes: Codes, ids, queries: Codes, radius: int):
    """Ask the oracle."""
    log = Log([Add(seq, int(ids[seq - 1]), "pdq/1", code.tobytes()) for seq, code in enumerate(codes, start=1)])
    return log.find(len(log), "pdq/1", queries, radius)


def drawn(seed: int, count: int, kind: str) -> tuple[Codes, np.ndarray, Codes]:
    """Draw codes, shuffled sparse ids, and queries of which some are codes, some near them and some far."""
    rng = np.random.default_rng(seed)
    codes = clustered_codes(rng, count) if kind == "clustered" else random_codes(rng, count)
    ids = rng.choice(10 * count + 10, count, replace=False).astype(np.int64) + 1
    near = codes[rng.integers(0, count, 3)].copy() if count else codes
    for row in near[1:]:
        row[rng.integers(0, 32, 3)] ^= np.uint8(1 << int(rng.integers(8)))
    return codes, ids, np.concatenate([near, random_codes(rng, 2)])


@pytest.mark.parametrize("kind", ["random", "clustered"])
@given(seed=st.integers(0, 2**32), count=st.integers(0, 60), radius=st.integers(0, 40) | st.integers(0, 256))
@settings(max_examples=60, deadline=None)
def test_answers_equal_a_bit_by_bit_scan(name, kind, seed, count, radius):
    """Exactness is promise 3: at radius r, exactly what brute force returns."""
    codes, ids, queries = drawn(seed, count, kind)
    hits = ordered(built(name, codes, ids).search(queries, radius))
    assert as_found(hits) == expected(codes, ids, queries, radius)


@pytest.mark.parametrize("count", [0, 1, 2, 3, 300, 5000])
@pytest.mark.parametrize("radius", [0, 1, 16, 31, 32, 128])
def test_a_loaded_backend_answers_as_the_built_one(name, count, radius, tmp_path):
    """Segments are searched from their files, small ones too: FAISS's own hash index loses single entries this way."""
    codes, ids, queries = drawn(count, count, "clustered")
    backend = built(name, codes, ids)
    backend.save(tmp_path)
    loaded = INDEX_BACKENDS[name].load(tmp_path, width=32)
    assert len(loaded) == len(backend) == count
    answer = as_found(ordered(loaded.search(queries, radius)))
    assert answer == as_found(ordered(backend.search(queries, radius))) == expected(codes, ids, queries, radius)


@pytest.mark.parametrize("copies", [1, 2, 4, 1000])
def test_equal_codes_are_each_found(name, copies, tmp_path):
    """One picture is often banked many times; every item must be named."""
    codes = np.repeat(random_codes(np.random.default_rng(3), 1), copies, axis=0)
    built(name, codes, np.arange(1, copies + 1)).save(tmp_path)
    hits = ordered(INDEX_BACKENDS[name].load(tmp_path, width=32).search(codes[:1], 0))
    assert hits.item_ids.tolist() == list(range(1, copies + 1))


def test_radius_is_inclusive(name):
    """A threshold of 31 matches at 31 and not at 32; FAISS alone would stop at 30."""
    code = np.zeros((1, 32), np.uint8)
    at_31, at_32 = np.zeros((2, 1, 32), np.uint8)
    at_31[0, :4] = 255, 255, 255, 254
    at_32[0, :4] = 255
    backend = built(name, code, [7])
    assert backend.search(at_31, 31).distances.tolist() == [31]
    assert backend.search(at_32, 31).distances.tolist() == []
    assert backend.search(~code, 256).distances.tolist() == [256]


def test_hits_keep_their_types(name):
    """Callers index arrays with these; a dtype that depends on the codes breaks them."""
    codes, ids, queries = drawn(5, 20, "clustered")
    for answer in (built(name, codes, ids).search(queries, 64), built(name, codes, ids).search(queries[:0], 64)):
        assert (answer.queries.dtype, answer.item_ids.dtype, answer.distances.dtype) == ("int32", "int64", "int32")


def test_rows_are_what_was_built(name, tmp_path):
    """A merge builds the next segment from these; a lost row would be a lost takedown."""
    codes, ids, _ = drawn(6, 200, "clustered")
    built(name, codes, ids).save(tmp_path)
    for backend in (built(name, codes, ids), INDEX_BACKENDS[name].load(tmp_path, width=32)):
        got_codes, got_ids = backend.rows()
        assert sorted(zip(got_ids.tolist(), map(bytes, got_codes), strict=True)) == sorted(
            zip(ids.tolist(), map(bytes, codes), strict=True)
        )


def test_a_loaded_backend_outlives_its_folder(name, tmp_path):
    """A merge deletes the segments it replaced while other processes still search them."""
    codes, ids, queries = drawn(7, 500, "clustered")
    folder = tmp_path / "part"
    folder.mkdir()
    built(name, codes, ids).save(folder)
    loaded = INDEX_BACKENDS[name].load(folder, width=32)
    shutil.rmtree(folder)
    assert as_found(ordered(loaded.search(queries, 31))) == expected(codes, ids, queries, 31)
    assert len(loaded.rows()[0]) == 500


def save_with_little_space(name: str, folder: Path, seed: int, count: int, limit: int) -> None:
    """Save where no file may grow beyond `limit` bytes; exit with 0 if that is an error, and only that."""
    codes, ids, _ = drawn(seed, count, "random")
    backend = built(name, codes, ids)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
    with pytest.raises(OSError, match=r"."):
        backend.save(folder)


def test_a_full_disk_is_an_error_whichever_file_it_hits(name, tmp_path):
    """The old index serves on if saving raises; C libraries like to abort, or to lose the last bytes silently."""
    seed, count = 12, 40_000
    whole = tmp_path / "whole"
    whole.mkdir()
    built(name, *drawn(seed, count, "random")[:2]).save(whole)
    processes = multiprocessing.get_context("forkserver")
    for number, size in enumerate(sorted({path.stat().st_size for path in whole.rglob("*") if path.is_file()})):
        folder = tmp_path / f"{number}"
        folder.mkdir()
        worker = processes.Process(target=save_with_little_space, args=(name, folder, seed, count, size - 1))
        worker.start()
        worker.join()
        assert worker.exitcode == 0


def test_sizes_are_told(name):
    """Operators plan memory by this."""
    codes, ids, _ = drawn(8, 100, "random")
    assert built(name, codes, ids).size_bytes >= 100 * 40


def test_backend_says_its_name(name):
    """The name in a segment's description is the row that opens it again."""
    assert built(name, *drawn(9, 3, "random")[:2]).name == name


@pytest.mark.parametrize("shape", [(1, 31), (1, 33), (32,), (1, 1, 32)])
def test_wrong_width_is_refused(name, shape):
    """A truncated hash must be an error, never a near match."""
    backend = built(name, *drawn(10, 3, "random")[:2])
    with pytest.raises(WidthMismatchError, match="32"):
        backend.search(np.zeros(shape, np.uint8), 31)


@pytest.mark.parametrize("radius", [-1, 257])
def test_radius_outside_the_code_is_refused(name, radius):
    """A negative radius finds nothing and a huge one everything; both are mistakes."""
    codes, ids, queries = drawn(11, 3, "random")
    with pytest.raises(RadiusError, match=str(radius)):
        built(name, codes, ids).search(queries, radius)


@pytest.mark.parametrize("width", [1, 8, 20, 64])
def test_other_widths_are_searched_exactly_or_left_to_another_backend(name, width, tmp_path):
    """A bank of 64-bit hashes is searched like any other, whichever backend an operator chose."""
    rng = np.random.default_rng(width)
    codes = rng.integers(0, 256, (400, width), dtype=np.uint8)
    backend = backend_for(name, width=width)
    assert (backend.name == name) == (INDEX_BACKENDS[name].only_width is None)
    backend.build(codes, np.arange(400, dtype=np.int64)).save(tmp_path)
    loaded, radius = backend.load(tmp_path, width=width), 3 * width
    hits = loaded.search(codes[:5], radius)
    distances = np.bitwise_count(codes[:5, None] ^ codes[None]).sum(axis=2)
    near = np.argwhere(distances <= radius)
    assert sorted(zip(hits.queries.tolist(), hits.item_ids.tolist(), strict=True)) == [tuple(pair) for pair in near]
    with pytest.raises(DamagedIndexError):
        backend.load(tmp_path, width=width + 1)
