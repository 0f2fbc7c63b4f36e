"""The chunk tables find exactly what a scan finds, on data made to break them, and refuse files that are not theirs."""

import os
import subprocess
import sys
from pathlib import Path

import faiss
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.base import Codes, Hits
from index.errors import DamagedIndexError, UnsupportedFormatVersionError
from index.hashes.backends import multi_index
from index.hashes.backends.multi_index import MIN_TABLE_ROWS, MultiIndexBackend
from index.hashes.hits import ordered
from index.hashes.scan import scan
from index.hashes.tables import warm_up
from index.hashes.tables.build import row_order
from index.hashes.tables.plan import CHUNKS, MAX_TABLE_RADIUS, RING_STEP, caps_for, tables_pay
from index.hashes.tables.shard import Shard
from index.hashes.tables.tables import ChunkTables
from tests.index.oracle import as_found, clustered_codes, random_codes


def shard_of(codes: Codes) -> tuple[Shard, np.ndarray]:
    """Build a shard, whatever its size, with shuffled sparse ids."""
    ids = np.random.default_rng(len(codes)).permutation(len(codes)).astype(np.int64) * 3 + 1
    return Shard.build(codes, ids, into=(np.empty_like(codes), np.empty_like(ids))), ids


def by_scan(codes: Codes, ids: np.ndarray, queries: Codes, radius: int) -> list[tuple[int, int, int]]:
    """Compare each query with each code, bit by bit."""
    found = []
    for row, query in enumerate(queries):
        distances = np.unpackbits(codes ^ query, axis=1).sum(axis=1).tolist()
        found += sorted((row, bits, item) for bits, item in zip(distances, ids.tolist(), strict=True) if bits <= radius)
    return found


def flipped(rng: np.random.Generator, codes: Codes, bits: int) -> Codes:
    """Change exactly that many bits of each code."""
    spread = np.unpackbits(codes, axis=1)
    for row in spread:
        row[rng.choice(256, bits, replace=False)] ^= 1
    return np.packbits(spread, axis=1)


def answer(hits: Hits) -> list[tuple[int, int, int]]:
    """Sort an answer as the oracle does."""
    return as_found(ordered(hits))


@given(
    seed=st.integers(0, 2**32),
    count=st.integers(1, 80),
    radius=st.integers(0, MAX_TABLE_RADIUS),
    kind=st.sampled_from(["random", "clustered", "equal"]),
)
@settings(max_examples=300, deadline=None)
def test_tables_answer_as_a_bit_by_bit_scan(seed, count, radius, kind):
    """Exactness is promise 3; small shards of near and equal codes meet each boundary of buckets, lanes and repeats."""
    rng = np.random.default_rng(seed)
    codes = random_codes(rng, count)
    if kind == "clustered":
        codes = clustered_codes(rng, count, flips=60)
    if kind == "equal":
        codes = codes[rng.integers(0, min(count, 3), count)]
    shard, ids = shard_of(codes)
    near = flipped(rng, codes[rng.integers(0, count, 3)], int(rng.integers(0, radius + 2)))
    queries = np.concatenate([near, codes[:1], random_codes(rng, 1)])
    hits, _ = shard.search(queries, radius)
    assert answer(hits) == by_scan(codes, ids, queries, radius)


@pytest.mark.parametrize("radius", [0, 1, 14, 15, 16, 30, 31, 32, 47, 63])
def test_every_neighbour_at_the_very_radius_is_found_once(radius):
    """At distance = radius the pigeonhole holds by one bit only; off-by-one here would miss copies silently."""
    rng = np.random.default_rng(radius)
    codes = random_codes(rng, 20_000)
    shard, ids = shard_of(codes)
    rows = rng.integers(0, len(codes), 300)
    queries = flipped(rng, codes[rows], radius)
    assert answer(shard.search(queries, radius)[0]) == [(q, radius, int(ids[row])) for q, row in enumerate(rows)]


def test_flips_spread_evenly_over_the_chunks_are_found():
    """31 flips as two a chunk but one is the worst case: a single chunk is within its cap, at the end of its ring."""
    rng = np.random.default_rng(5)
    codes = random_codes(rng, 5000)
    shard, ids = shard_of(codes)
    queries = np.repeat(codes[:1], CHUNKS, axis=0)
    for spared, query in enumerate(queries):
        bits = np.unpackbits(query).reshape(CHUNKS, 16)
        bits[:, 3] ^= 1
        bits[np.arange(CHUNKS) != spared, 11] ^= 1
        query[:] = np.packbits(bits)
    assert answer(shard.search(queries, 31)[0]) == [(q, 31, int(ids[0])) for q in range(CHUNKS)]


@pytest.mark.parametrize("copies", [2, 100_000])
def test_equal_codes_take_one_entry_a_table(copies):
    """A picture banked 100,000 times must neither fill a bucket nor hide its other items."""
    rng = np.random.default_rng(1)
    codes = np.concatenate([random_codes(rng, 500), np.repeat(random_codes(rng, 1), copies, axis=0)])
    shard, ids = shard_of(codes)
    assert shard.tables.distinct == 501
    assert int(shard.bucket_sizes().max()) <= 2
    hits, given_up = shard.search(flipped(rng, codes[-1:], 31), 31)
    assert given_up == 0
    assert sorted(hits.item_ids.tolist()) == sorted(ids[500:].tolist())


def test_a_query_that_meets_too_many_candidates_is_scanned():
    """Codes that share most of their bits defeat any table; the answer stays exact, the cost that of a few scans."""
    rng = np.random.default_rng(2)
    codes = random_codes(rng, 50_000)
    codes[:, :28] = codes[0, :28]
    codes[1:3, :28] ^= 255
    shard, ids = shard_of(codes)
    queries = np.concatenate([flipped(rng, codes[1:2], 20), codes[7:8], random_codes(rng, 1)])
    hits, given_up = shard.search(queries, 12)
    assert given_up == 1
    assert answer(hits) == by_scan(codes, ids, queries, 12)


def test_a_near_identical_crowd_is_answered_whole():
    """One meme recompressed 150 times is one bucket a table; each copy must be named once."""
    rng = np.random.default_rng(3)
    crowd = flipped(rng, np.repeat(random_codes(rng, 1), 150, axis=0), 4)
    codes = np.concatenate([random_codes(rng, 40_000), crowd])
    shard, ids = shard_of(codes)
    queries = flipped(rng, crowd[:1], 25)
    hits, given_up = shard.search(queries, 31)
    assert given_up == 0
    assert len(hits.item_ids) > 20
    assert answer(hits) == by_scan(codes, ids, queries, 31)


@pytest.mark.parametrize("radius", range(257))
def test_caps_sum_to_one_more_than_the_radius(radius):
    """That sum is what makes the pigeonhole hold."""
    assert int(caps_for(radius).sum()) == radius + 1
    assert len({chunk * RING_STEP % CHUNKS for chunk in range(CHUNKS)}) == CHUNKS


@given(seed=st.integers(0, 2**32), count=st.integers(1, 60))
@settings(max_examples=100, deadline=None)
def test_rows_are_ordered_as_byte_strings_with_repeats_last(seed, count):
    """Table 0 stores no row numbers because of this order."""
    rng = np.random.default_rng(seed)
    codes = rng.integers(0, 2, (count, 32), dtype=np.uint8) * (rng.random((1, 32)) < 0.1)
    codes = np.ascontiguousarray(codes.astype(np.uint8))
    order, repeats = row_order(codes)
    strings = [codes[row].tobytes() for row in order]
    distinct = sorted({code.tobytes() for code in codes})
    assert sorted(order.tolist()) == list(range(count))
    assert strings[: len(distinct)] == distinct
    assert strings[len(distinct) :] == [distinct[row] for row in repeats]
    assert repeats.tolist() == sorted(repeats.tolist())


@pytest.fixture(scope="module")
def large():
    """Codes and ids enough for tables, and what was built from them."""
    rng = np.random.default_rng(4)
    codes = np.concatenate([random_codes(rng, MIN_TABLE_ROWS), clustered_codes(rng, 5000)])
    ids = rng.permutation(len(codes)).astype(np.int64) + 1
    return codes, ids, MultiIndexBackend.build(codes, ids)


def near_queries(codes: Codes) -> Codes:
    """Draw queries at 0..40 bits from codes of both kinds."""
    rng = np.random.default_rng(6)
    rows = np.concatenate([rng.integers(0, len(codes), 20), len(codes) - 1 - np.arange(3)])
    return np.concatenate([flipped(rng, codes[row : row + 1], 2 * place) for place, row in enumerate(rows)])


@pytest.mark.parametrize("radius", [0, 15, 31, 40, 63, 64, 100])
def test_a_mapped_backend_answers_as_a_scan_at_any_radius(large, radius, tmp_path):
    """Searches run on the files, on both sides of the tables' largest radius."""
    codes, ids, built = large
    built.save(tmp_path)
    queries = near_queries(codes)
    expected = answer(scan(codes, ids, queries, radius))
    assert answer(built.search(queries, radius)) == expected
    assert answer(MultiIndexBackend.load(tmp_path, width=32).search(queries, radius)) == expected
    assert answer(built.search(queries, radius, threads=3)) == expected


def test_shards_answer_as_one(large, monkeypatch, tmp_path):
    """Beyond 2**24 codes there are several shards; ids, rows and files must stay in step."""
    codes, ids, _ = large
    monkeypatch.setattr(multi_index, "MAX_SHARD_ROWS", 10_000)
    sharded = MultiIndexBackend.build(codes, ids)
    sharded.save(tmp_path)
    loaded = MultiIndexBackend.load(tmp_path, width=32)
    assert loaded.stats()["shards"] == sharded.stats()["shards"] == 4
    queries = near_queries(codes)
    assert answer(loaded.search(queries, 31)) == answer(scan(codes, ids, queries, 31))


def test_faiss_opens_the_codes(large, tmp_path):
    """The codes stay a plain FAISS file, so an index can be read without Staydown."""
    codes, ids, built = large
    built.save(tmp_path)
    index = faiss.read_index_binary(str(tmp_path / "codes.faiss"))
    rows, row_ids = built.rows()
    assert index.ntotal == len(codes)
    distances, found = index.search(rows[:1], 1)
    assert distances[0, 0] == 0
    assert (rows[found[0, 0]] == rows[0]).all()
    assert sorted(zip(row_ids.tolist(), map(bytes, rows), strict=True)) == sorted(
        zip(ids.tolist(), map(bytes, codes), strict=True)
    )


def test_stats_count_what_the_tables_could_not_answer(large):
    """An operator must see when searches turn into scans."""
    codes, ids, _ = large
    backend = MultiIndexBackend.build(codes, ids)
    backend.search(codes[:3], 31)
    backend.search(codes[:2], MAX_TABLE_RADIUS + 1)
    stats = backend.stats()
    assert (stats["searches"], stats["scans_for_radius"], stats["scans_for_load"]) == (5, 2, 0)
    assert stats["largest_bucket"] >= 1


def test_stats_look_through_the_buckets_once(large, monkeypatch):
    """Metrics ask every two seconds, and a million buckets take milliseconds that a question waits for."""
    looked: list[Shard] = []
    sizes = Shard.bucket_sizes
    monkeypatch.setattr(Shard, "bucket_sizes", lambda shard: (looked.append(shard), sizes(shard))[1])
    backend = MultiIndexBackend.build(*large[:2])
    first = backend.stats()
    assert backend.stats() == first
    assert len(looked) == first["shards"] == 1


def test_ten_million_codes_fit_in_120_bytes_each():
    """The memory an operator plans for: 40 bytes of code and id, the rest tables."""
    count = 10_000_000
    assert 40 + ChunkTables.bytes_for(count, count) / count < 120
    assert tables_pay(count, 31)
    assert not tables_pay(count, MAX_TABLE_RADIUS + 1)


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        (lambda raw: b"not ours" + raw[8:], "is not a table"),
        (lambda raw: raw[:40], "is not a table"),
        (lambda raw: raw[:-1], "where its header says"),
        (lambda raw: raw + b"\0", "where its header says"),
        (lambda raw: raw[:12] + b"\x08" + raw[13:], "8 chunks"),
        (lambda raw: raw[:24] + bytes(8) + raw[32:], "0 distinct"),
    ],
)
def test_a_foreign_or_cut_table_file_is_refused(large, damage, reason, tmp_path):
    """The kernels check no bounds, so nothing may reach them that does not fit."""
    large[2].save(tmp_path)
    path = tmp_path / "tables-000.bin"
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(DamagedIndexError, match=reason):
        MultiIndexBackend.load(tmp_path, width=32)


def test_a_newer_table_file_is_refused_by_its_version(large, tmp_path):
    """After a downgrade, say what to do instead of guessing at the layout."""
    large[2].save(tmp_path)
    path = tmp_path / "tables-000.bin"
    raw = path.read_bytes()
    path.write_bytes(raw[:8] + b"\x02" + raw[9:])
    with pytest.raises(UnsupportedFormatVersionError, match="version 2"):
        MultiIndexBackend.load(tmp_path, width=32)


def test_missing_or_mismatched_files_are_refused(large, tmp_path):
    """A folder with half its files is damaged, not empty."""
    large[2].save(tmp_path)
    np.save(tmp_path / "ids.npy", large[1][:-1])
    with pytest.raises(DamagedIndexError, match="ids of shape"):
        MultiIndexBackend.load(tmp_path, width=32)
    np.save(tmp_path / "ids.npy", large[1])
    (tmp_path / "tables-000.bin").unlink()
    with pytest.raises(DamagedIndexError, match="missing"):
        MultiIndexBackend.load(tmp_path, width=32)


def test_an_opened_index_outlives_its_folder(large, tmp_path):
    """Merging unlinks old segments while readers still search them."""
    codes, ids, built = large
    built.save(tmp_path)
    loaded = MultiIndexBackend.load(tmp_path, width=32)
    for path in tmp_path.iterdir():
        path.unlink()
    assert answer(loaded.search(codes[:5], 31)) == answer(scan(codes, ids, codes[:5], 31))


def test_queries_may_be_read_only_or_strided(large):
    """Queries come from mapped files and from slices; neither may trigger a compilation or a copy mistake."""
    codes, ids, built = large
    queries = codes[:8].copy()
    expected = answer(built.search(queries[::2], 31))
    queries.flags.writeable = False
    assert answer(built.search(queries[::2], 31)) == expected == answer(scan(codes, ids, codes[:8:2], 31))


def test_it_works_where_no_cache_can_be_written():
    """A read-only container has no writable source folder and no home; the kernels are compiled in memory then."""
    script = (
        "from numba.core import caching\n"
        "caching.CacheImpl._locator_classes = []\n"
        "from index.hashes.tables import warm_up\n"
        "warm_up()\n"
    )
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])}
    done = subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")


def test_warming_up_compiles_every_kernel_a_search_uses(large):
    """No request may wait seconds for a compiler."""
    from index.hashes.tables.build import fill_tables
    from index.hashes.tables.probe import find_near

    warm_up()
    before = len(find_near.signatures), len(fill_tables.signatures)
    codes, _, built = large
    built.search(codes[:2], 31)
    assert (len(find_near.signatures), len(fill_tables.signatures)) == before == (1, 1)
