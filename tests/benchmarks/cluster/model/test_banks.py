"""Hashes and references, as the model reckons with them, from runs that were made up."""

from itertools import pairwise

import pytest

from benchmarks.cluster.model.assumptions import ASSUMPTIONS, values
from benchmarks.cluster.model.banks import Hashes, References
from benchmarks.cluster.model.costs import FeatureCosts, HashCosts
from benchmarks.cluster.model.measured.features import FeatureRun
from benchmarks.cluster.model.measured.hashes import HashRun
from benchmarks.cluster.model.work import compared, lists_needed, shards
from index.local.quantiser import CODES_A_DESCRIPTOR, MAX_PROBES

ASSUMED = values(ASSUMPTIONS)
PIECE_BYTES, HASH_BYTES = 4_000_000.0, 113.0


def hash_run(hashes: int, slots: int) -> HashRun:
    """Make a run whose costs are known: 0.02 ms a call, 0.01 ms and 2e-9 ms for each hash."""
    each = 0.01 * slots + 2e-9 * hashes
    size = PIECE_BYTES * slots + HASH_BYTES * hashes
    return HashRun(hashes, slots, (each + 0.02,) * 3, (each + 0.0002,) * 3, size / hashes, 0.0, 0)


def feature_run(references: int, slots: int) -> FeatureRun:
    """Make a run of 250 descriptors a reference that cost 3e-6 ms to compare, and 5 ms for each picture."""
    rows = 250 * references
    ms = 5.0 + 0.5 * slots + 3e-6 * compared(1450.0, rows)
    return FeatureRun(references, slots, rows, 1450.0, (ms,) * 3, (4.0,) * 3, 12_000.0, 30.0, 3, 3)


@pytest.fixture
def hashes() -> HashCosts:
    """What the runs of hashes say."""
    return HashCosts.of([hash_run(size, slots) for size in (10**6, 3 * 10**6, 10**7) for slots in (1, 2, 4)])


@pytest.fixture
def references() -> FeatureCosts:
    """What the runs of references say."""
    return FeatureCosts.of([feature_run(size, slots) for size in (3_000, 10_000, 15_000) for slots in (1, 2, 4)])


def test_costs_of_hashes_are_found_again(hashes: HashCosts) -> None:
    """At a size that was not run."""
    assert hashes.one_ms(10**8, 6) == pytest.approx(0.02 + 0.06 + 0.2, rel=1e-3)
    assert hashes.a_call_ms(10**8, 6) == pytest.approx(0.02, rel=1e-3)
    assert hashes.a_hash_ms(10**8, 6, 1) == pytest.approx(hashes.one_ms(10**8, 6), rel=1e-3)
    assert hashes.a_hash_ms(10**8, 6, 1000) == pytest.approx(0.26002, rel=1e-3)
    assert (hashes.shard_bytes, hashes.hash_bytes) == pytest.approx((PIECE_BYTES, HASH_BYTES), rel=1e-3)


def test_more_slots_never_take_more_memory_a_slot(hashes: HashCosts) -> None:
    """Though all of them together take more."""
    bank = Hashes(10**9, hashes)
    together = [bank.data_bytes(slots) for slots in (64, 128, 256, 512)]
    assert all(less <= more for less, more in pairwise(together))
    each = [size / slots for size, slots in zip(together, (64, 128, 256, 512), strict=True)]
    assert all(more > less for more, less in pairwise(each))


def test_a_machine_is_asked_for_its_share(hashes: HashCosts, references: FeatureCosts) -> None:
    """Half of the slots are half of the hashes; lists are chosen for a picture on every machine all the same."""
    bank = Hashes(10**9, hashes)
    whole, half = (bank.load(64, mine, 1.0, ASSUMED) for mine in (64, 32))
    assert whole.latency_ms - half.latency_ms == pytest.approx(0.32 + 1.0, rel=1e-3)
    pictures = References(10**7, references)
    assert pictures.load(64, 32, 1.0, ASSUMED).latency_ms > pictures.load(64, 64, 1.0, ASSUMED).latency_ms / 2


def test_what_is_not_in_memory_is_read(references: FeatureCosts) -> None:
    """At the pace of the disk, and never twice."""
    bank = References(10**8, references)
    read = [bank.load(16, 16, cached, ASSUMED).disk_bytes for cached in (0.0, 0.5, 1.0)]
    assert read == pytest.approx([40 * references.compared(10**8, finer=False), read[0] / 2, 0.0])
    slower, faster = (bank.load(16, 16, cached, ASSUMED).latency_ms for cached in (0.0, 1.0))
    assert slower - faster == pytest.approx(1000 * read[0] / 3e9)


def test_costs_of_references_are_found_again(references: FeatureCosts) -> None:
    """In the lists of today time grows with the bank; in lists that grow, hardly."""
    assert references.slots.worst < 0.01
    small, large = (references.machine_ms(size, 1, 1.0, finer=False) for size in (10**6, 10**7))
    assert large == pytest.approx(10 * small, rel=0.05)
    assert references.machine_ms(10**7, 1, 1.0, finer=True) < small / 3


def test_pieces_of_tables_are_counted_as_the_index_makes_them() -> None:
    """2^24 hashes are one piece, one more are two, and a slot has at least one."""
    assert [shards(count, 1) for count in (1, 2**24, 2**24 + 1)] == [1, 1, 2]
    assert shards(2**24 + 1, 2) == 2
    assert shards(100, 16) == 16


def test_lists_that_grow_are_no_longer_than_wanted() -> None:
    """So many that what is probed of them is what a small bank compares with."""
    assert lists_needed(1000) == 4096
    for rows in (10**8, 10**10):
        assert CODES_A_DESCRIPTOR / 2 <= MAX_PROBES * rows / lists_needed(rows) <= CODES_A_DESCRIPTOR
