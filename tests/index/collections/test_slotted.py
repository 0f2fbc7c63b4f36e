"""Four slots answer as one, and as a scan does, whatever is added, removed, sealed, merged and opened again."""

import os
import random
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest

from index.base import IndexOptions, LocalCandidate
from index.changes import Add, Change, LiveItems, Remove
from index.collections.folder import FolderIndex
from index.collections.slotted import SlottedIndex
from index.errors import VersionNotReachedError
from matcher.local.views import Form
from matcher.signals.local import extract_query, extract_reference
from matcher.thresholds import LIKELY_VOTES
from tests.helpers.media.textures import texture
from tests.index.oracle import Found, as_found, clustered_codes

SLOTS = 4
OPERATIONS = int(os.environ.get("STAYDOWN_TEST_ROUNDS", "2500"))
ASKED_EVERY = 20
WIDTH = 32


@dataclass
class Scan:
    """The slow truth: every live code, compared bit by bit."""

    codes: dict[int, bytes] = field(default_factory=dict)

    def find(self, queries: np.ndarray, radius: int, k: int | None) -> Found:
        """Scan."""
        ids = list(self.codes)
        if not ids:
            return []
        references = np.frombuffer(b"".join(self.codes.values()), np.uint8).reshape(-1, WIDTH)
        found: Found = []
        for row, query in enumerate(queries):
            distances = np.unpackbits(references ^ query, axis=1).sum(axis=1, dtype=np.int64)
            near = np.flatnonzero(distances <= radius).tolist()
            found += sorted((row, int(distances[place]), ids[place]) for place in near)[:k]
        return found


@dataclass
class Both:
    """The same changes, in one slot and in four."""

    folder: Path
    logs: list[list[Change]] = field(default_factory=lambda: [[] for _ in range(SLOTS + 1)])

    def __post_init__(self) -> None:
        """Open both."""
        self.open()

    def open(self) -> None:
        """Open what is on the disk and follow the logs after it, as after a restart."""
        each = [FolderIndex.open(IndexOptions(self.folder / str(n), "multi_index")) for n in range(SLOTS + 1)]
        for index, log in zip(each, self.logs, strict=True):
            index.apply(log[index.version :])
        self.one, self.four = each[SLOTS], SlottedIndex(each[:SLOTS])

    def follow(self, item_id: int, value: bytes | None, signal_type: str = "pdq/1") -> None:
        """Add an item, or remove one."""
        for index, log in (
            (self.four.slots[item_id % SLOTS], self.logs[item_id % SLOTS]),
            (self.one, self.logs[SLOTS]),
        ):
            seq = len(log) + 1
            change = Remove(seq, item_id, signal_type) if value is None else Add(seq, item_id, signal_type, value)
            log.append(change)
            index.apply([change])


def upkeep(both: Both, choices: random.Random) -> None:
    """Do to both what a process does now and then; to four slots not to all at once."""
    some = [index for index in both.four.slots if choices.random() < 0.5]
    match choices.randrange(5):
        case 0:
            for index in (both.one, *some):
                index.seal()
        case 1:
            for index in (both.one, *some):
                index.compact()
        case 2:
            assert both.one.erase_removed().files >= 0
            assert both.four.erase_removed().files >= 0
        case 3:
            both.open()
        case _:
            both.four.maintain()


def test_four_slots_answer_as_one_and_as_a_scan_over_many_operations(tmp_path: Path) -> None:
    """Search is exact in however many slots a collection lies: at every radius up to that of the hash, and cut to k."""
    choices, rng = random.Random(19), np.random.default_rng(19)
    codes = clustered_codes(rng, OPERATIONS, centres=40, flips=24)
    both, scan, asked, found = Both(tmp_path), Scan(), 0, 0
    for number in range(OPERATIONS):
        if scan.codes and choices.random() < 0.35:
            gone = choices.choice(list(scan.codes))
            del scan.codes[gone]
            both.follow(gone, None)
        else:
            scan.codes[number + 1] = codes[number].tobytes()
            both.follow(number + 1, scan.codes[number + 1])
        if number % 100 == 99:
            upkeep(both, choices)
        if number % ASKED_EVERY == 0:
            queries = codes[rng.integers(0, OPERATIONS, 4)]
            radius, k = asked % 32, choices.choice((None, None, 1, 5))
            expected = scan.find(queries, radius, k)
            for index in (both.one, both.four):
                assert as_found(index.searcher().search("pdq/1", queries, radius, k=k)) == expected
            asked, found = asked + 1, found + len(expected)
    assert asked == OPERATIONS // ASKED_EVERY
    assert found > asked
    assert (both.four.version, sum(both.four.versions)) == (OPERATIONS, OPERATIONS)
    both.four.compact()
    assert (both.four.stats().items["pdq/1"], both.four.stats().tombstones) == (len(scan.codes), 0)


def likely(found: list[LocalCandidate]) -> dict[tuple[int, Form], float]:
    """Return the scores of those that are no strangers."""
    return {(one.item_id, one.form): one.score for one in found if one.score >= LIKELY_VOTES}


def test_parts_of_pictures_are_ranked_over_all_slots_as_in_one(tmp_path: Path) -> None:
    """A vote weighs less the more references are near: that is counted over all slots, not in each by itself."""
    both = Both(tmp_path)
    for number in range(1, 25):
        picture = texture(number % 20, width=240, height=200)  # some twice: they share what votes for them
        both.follow(number, extract_reference(picture).to_bytes(), "local/1")
    both.follow(7, None, "local/1")
    both.four.slots[1].seal()
    both.four.slots[2].seal()
    for number in range(20):
        query = extract_query(texture(number, width=240, height=200)[20:180, 30:220])
        one, four = (index.local_searcher().candidates(query, limit=12) for index in (both.one, both.four))
        # What is found by chance alone is another in each: of rows that are equally near, any three vote.
        assert likely(one).keys() == likely(four).keys()
        assert bool(likely(one)) == (number != 7)
        assert likely(one) == pytest.approx(likely(four), rel=0.02)
    assert len(both.one.local_searcher()) == len(both.four.local_searcher()) == 23


def test_what_must_be_in_an_answer_is_said_of_each_slot(tmp_path: Path) -> None:
    """Read your takedown: a slot that is behind is not made up for by another one that is ahead."""
    both = Both(tmp_path)
    for item_id in (4, 8, 5):
        both.follow(item_id, bytes(WIDTH))
    assert both.four.versions == (2, 1, 0, 0)
    assert both.four.searcher(at_least=(2, 1, 0, 0)).version == 3
    for search in (both.four.searcher, both.four.local_searcher):
        with pytest.raises(VersionNotReachedError):
            search(at_least=(1, 2, 0, 0))
        with pytest.raises(ValueError, match="each"):
            search(at_least=3)


def test_a_view_of_all_slots_stays_as_it_is(tmp_path: Path) -> None:
    """Evidence belongs to one version, while later changes arrive."""
    both = Both(tmp_path)
    both.follow(1, bytes(WIDTH))
    before = both.four.searcher()
    both.follow(2, bytes(WIDTH))
    both.follow(1, None)
    asked = np.zeros((1, WIDTH), np.uint8)
    assert before.search("pdq/1", asked, 0).item_ids.tolist() == [1]
    assert both.four.searcher().search("pdq/1", asked, 0).item_ids.tolist() == [2]


def test_a_value_that_was_removed_is_in_no_folder_of_any_slot(tmp_path: Path) -> None:
    """Erased means gone: from every slot, and only from those that held it is anything written again."""
    both = Both(tmp_path)
    values = {number: np.random.default_rng(number).bytes(WIDTH) for number in range(1, 9)}
    for number, value in values.items():
        both.follow(number, value)
    both.four.seal()
    both.follow(6, None)
    both.follow(7, None)
    assert both.four.erase_removed()
    assert not both.four.erase_removed()
    both.four.verify()
    for number, value in values.items():
        holding = [path for path in tmp_path.rglob("*") if path.is_file() and value in path.read_bytes()]
        slots = {path.relative_to(tmp_path).parts[0] for path in holding}
        assert slots == (set() if number in (6, 7) else {str(number % SLOTS)})


def test_trouble_with_one_slot_is_told_and_names_it(tmp_path: Path) -> None:
    """An operator reads which folder it is; the other slots go on."""
    both = Both(tmp_path)
    both.follow(2, bytes(WIDTH))
    both.four.seal()
    with pytest.raises(Exception, match="seq 0"):
        both.four.slots[2].rebuild(lambda: LiveItems(0, []))
    assert str(both.four.last_maintenance_error).startswith("slot 2: rebuild")
    assert both.four.stats().last_maintenance_error == both.four.last_maintenance_error
    assert {part.segment[:2] for part in both.four.stats().parts} == {"2/"}


def test_slots_share_the_memory_of_one_collection(tmp_path: Path) -> None:
    """A restart reads no more of the log again because it lies in slots: each seals so much the earlier."""
    changes = [Add(seq, seq, "sha256/1", seq.to_bytes(32, "big")) for seq in range(1, 5_001)]
    alone = FolderIndex.open(IndexOptions(tmp_path / "alone", "exact"))
    shared = FolderIndex.open(IndexOptions(tmp_path / "shared", "exact", share=16))
    for index in (alone, shared):
        index.apply(changes)
        index.maintain()
    assert (alone.stats().delta_changes, shared.stats().delta_changes) == (5_000, 0)
