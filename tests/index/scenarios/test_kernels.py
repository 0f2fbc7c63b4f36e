"""Files whose numbers lead elsewhere are refused, in words, before machine code follows them."""

from collections.abc import Callable
from pathlib import Path

import faiss
import numpy as np
import pytest

from index.errors import DamagedIndexError, RadiusError
from index.hashes.tables.plan import BUCKETS, CHUNKS, MAX_TABLE_RADIUS
from index.hashes.tables.shard import Shard
from index.hashes.tables.tables import ChunkTables
from index.local.part import LocalPart, NewReference
from index.local.quantiser import lists_to_probe
from matcher.signals.local import extract_reference
from matcher.thresholds import NEAR_DESCRIPTOR_BITS
from tests.helpers.media.textures import texture

Damage = Callable[[ChunkTables], None]


def shard() -> Shard:
    """Build a shard of 60 distinct codes and 40 that repeat."""
    codes = np.random.default_rng(1).integers(0, 256, (60, 32), dtype=np.uint8)
    codes = np.concatenate([codes, codes[:20], codes[:20]])
    return Shard.build(codes, np.arange(100), into=(np.empty_like(codes), np.empty(100, np.int64)))


def damaged(built: Shard, path: Path, damage: Damage) -> Path:
    """Write the shard's tables with some numbers changed, the file's size left as it was."""
    tables = ChunkTables(built.tables.row_count, built.tables.distinct, built.tables.block.copy())
    damage(tables)
    tables.save(path)
    return path


def offset_beyond(tables: ChunkTables) -> None:
    tables.offsets[1000:] = 2**31


def last_offset_short(tables: ChunkTables) -> None:
    tables.offsets[CHUNKS * (BUCKETS + 1) - 1] -= 1


def first_offset_late(tables: ChunkTables) -> None:
    tables.offsets[: BUCKETS + 1] = tables.distinct


def offsets_falling(tables: ChunkTables) -> None:
    tables.offsets[BUCKETS + 5] = 7
    tables.offsets[BUCKETS + 6] = 3


def repeats_falling(tables: ChunkTables) -> None:
    tables.repeats[:] = tables.repeats[::-1].copy()


def repeats_beyond(tables: ChunkTables) -> None:
    tables.repeats[-1] = tables.distinct


@pytest.mark.parametrize("damage", [offset_beyond, last_offset_short, first_offset_late, offsets_falling])
def test_offsets_that_leave_their_table_are_refused(damage: Damage, tmp_path: Path) -> None:
    """A checksum may sample past the block that changed; the search would read memory that is not the index's."""
    with pytest.raises(DamagedIndexError, match=r"offsets that do not ascend.*rebuild"):
        ChunkTables.load(damaged(shard(), tmp_path / "tables-000.bin", damage))


@pytest.mark.parametrize("damage", [repeats_falling, repeats_beyond])
def test_repeats_out_of_order_are_refused(damage: Damage, tmp_path: Path) -> None:
    """Fewer than none would be emitted, and the next hit written before the answer's first place."""
    with pytest.raises(DamagedIndexError, match=r"repeats that do not ascend.*rebuild"):
        ChunkTables.load(damaged(shard(), tmp_path / "tables-000.bin", damage))


def test_a_row_that_is_not_there_is_an_error_and_no_read(tmp_path: Path) -> None:
    """Row numbers are not looked at when a file is opened: there are too many. They are when they are read."""
    built = shard()

    def rows_beyond(tables: ChunkTables) -> None:
        tables.rows[:] = 255

    tables = ChunkTables.load(damaged(built, tmp_path / "tables-000.bin", rows_beyond))
    with pytest.raises(DamagedIndexError, match=r"tables-000.bin.*beyond its 60 distinct"):
        Shard(built.codes, built.item_ids, tables).search(built.codes[:1], MAX_TABLE_RADIUS)


@pytest.mark.parametrize("radius", [-1, MAX_TABLE_RADIUS + 1, 256])
def test_a_radius_tables_cannot_answer_is_refused(radius: int) -> None:
    """A chunk would be flipped more often than there are patterns for."""
    with pytest.raises(RadiusError, match="scan"):
        shard().search(np.zeros((1, 32), np.uint8), radius)


def part() -> LocalPart:
    """Build a part of two references."""
    features = [extract_reference(texture(n, width=240, height=200)) for n in (1, 2)]
    return LocalPart.build([NewReference(n, n, each) for n, each in enumerate(features, 1)])


@pytest.mark.parametrize("field", ["first_row", "rows"])
@pytest.mark.parametrize("value", [-5, 2**30])
def test_references_whose_rows_are_elsewhere_are_refused(field: str, value: int, tmp_path: Path) -> None:
    """Votes would be counted for keypoints another reference has."""
    built = part()
    built.references[field][1] = value
    built.save(tmp_path)
    with pytest.raises(ValueError, match="rows"):
        LocalPart.load(tmp_path)


@pytest.mark.parametrize("row", [-1, 10**6])
def test_lists_that_name_a_row_that_is_not_there_are_refused(row: int) -> None:
    """What was left unset would go to FAISS as the number of a list, which it writes into unchecked."""
    built = part()
    lists = built.lists.invlists
    number = next(number for number in range(built.lists.nlist) if lists.list_size(number))
    faiss.rev_swig_ptr(lists.get_ids(number), lists.list_size(number))[0] = row
    with pytest.raises(DamagedIndexError, match=r"lists.faissindex: names rows.*rebuild"):
        LocalPart.merged([built], np.empty(0, np.int64))


def test_lists_that_name_a_row_twice_are_refused() -> None:
    """A row that two entries name leaves another that none names, which is then never found."""
    built = part()
    lists = built.lists.invlists
    first, second = [number for number in range(built.lists.nlist) if lists.list_size(number)][:2]
    ids = [faiss.rev_swig_ptr(lists.get_ids(number), 1) for number in (first, second)]
    ids[0][0] = ids[1][0]
    with pytest.raises(DamagedIndexError, match=r"lists.faissindex: names only.*rebuild"):
        LocalPart.merged([built], np.empty(0, np.int64))


def test_a_search_that_meets_a_row_that_is_not_there_says_so() -> None:
    """The person who runs the service must learn that a file is damaged, and which."""
    built = part()
    lists = built.lists.invlists
    for number in range(built.lists.nlist):
        if lists.list_size(number):
            faiss.rev_swig_ptr(lists.get_ids(number), lists.list_size(number))[:] += 10**6
    descriptors = extract_reference(texture(1, width=240, height=200)).descriptors
    with pytest.raises(DamagedIndexError, match=r"lists.faissindex: names row"):
        built.within(descriptors, *lists_to_probe(descriptors, rows=built.rows), bits=NEAR_DESCRIPTOR_BITS)
