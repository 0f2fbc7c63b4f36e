"""Any order of applying, sealing, merging, compacting, reopening and refreshing equals brute force over the log."""

import shutil
import tempfile
from pathlib import Path

import numpy as np
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from index.changes import Add, Change, LiveItems, Remove
from index.hashes.kind import HashCollection, HashKind
from tests.index.oracle import NEVER_ADDED, Log, as_found, clustered_codes

TYPES = st.sampled_from(["pdq/1", "phash/1"])
POOL = clustered_codes(np.random.default_rng(42), 40, centres=2)


class DroppingKind(HashKind):
    """Drops what is removed from memory as early as can be."""

    drop_after_removed = 1


class CollectionMachine(RuleBasedStateMachine):
    """Two collections over one folder, one of them often behind, and the log they both follow."""

    def __init__(self) -> None:
        """Begin with an empty folder and an empty log."""
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.changes: list[Change] = []
        self.views: list[tuple[int, object]] = []

    @initialize(backend=st.sampled_from(["exact", "faiss_flat"]), kind=st.sampled_from([HashKind, DroppingKind]))
    def open_both(self, backend: str, kind: type[HashKind]) -> None:
        """Open the folder twice, as two processes do."""
        self.kind = kind(backend)
        self.first = HashCollection.open(self.folder, self.kind)
        self.second = HashCollection.open(self.folder, self.kind)

    def teardown(self) -> None:
        """Leave nothing behind."""
        shutil.rmtree(self.folder)

    @property
    def log(self) -> Log:
        """The record so far."""
        return Log(tuple(self.changes))

    @rule(signal_type=TYPES, picks=st.lists(st.integers(0, len(POOL) - 1), min_size=1, max_size=5))
    def commit_adds(self, signal_type: str, picks: list[int]) -> None:
        """Bank some values, equal ones among them."""
        for pick in picks:
            seq = len(self.changes) + 1
            self.changes.append(Add(seq, seq, signal_type, POOL[pick].tobytes()))

    @precondition(lambda self: self.changes)
    @rule(signal_type=TYPES, data=st.data())
    def commit_remove(self, signal_type: str, data: st.DataObject) -> None:
        """Take back an item that is there, is gone, or never was."""
        item_id = data.draw(st.integers(1, len(self.changes)) | st.just(NEVER_ADDED))
        self.changes.append(Remove(len(self.changes) + 1, item_id, signal_type))

    @rule(data=st.data())
    def first_follows(self, data: st.DataObject) -> None:
        """Apply a part of the log, some of it for the second time."""
        self._follow(self.first, data)

    @rule(data=st.data())
    def second_follows(self, data: st.DataObject) -> None:
        """Apply another part elsewhere."""
        self._follow(self.second, data)

    @rule()
    def first_seals(self) -> None:
        """Seal what the first knows."""
        self.first.seal()

    @rule()
    def second_seals(self) -> None:
        """Seal what the second knows, which may be less than the folder holds."""
        self.second.seal()

    @rule()
    def first_maintains(self) -> None:
        """Seal and merge by size."""
        self.first.maintain(seal_after=2)

    @rule()
    def second_merges(self) -> None:
        """Merge and erase."""
        self.second.merge()

    @rule()
    def first_compacts(self) -> None:
        """Make one segment."""
        self.first.compact()

    @rule()
    def second_rebuilds(self) -> None:
        """Make everything again from the whole record."""
        self.second.rebuild(lambda: LiveItems(len(self.log), self.log.live(len(self.log))))

    @rule()
    def first_refreshes(self) -> None:
        """Notice what the second did."""
        self.first.refresh()

    @rule()
    def second_refreshes(self) -> None:
        """Notice what the first did."""
        self.second.refresh()

    @rule()
    def first_restarts(self) -> None:
        """Forget the delta."""
        self.first = HashCollection.open(self.folder, self.kind)

    @rule()
    def a_reader_takes_a_view(self) -> None:
        """Keep an old view, to be asked much later."""
        self.views = [*self.views[-2:], self.first.searcher(), self.second.searcher()]

    @invariant()
    def every_view_equals_the_log_at_its_version(self) -> None:
        """Search is exact, whoever answers and however old the view is."""
        if not self.changes:
            return
        log, queries = self.log, POOL[:: len(POOL) // 4]
        for view in (self.first.searcher(), self.second.searcher(), *self.views):
            for signal_type in ("pdq/1", "phash/1"):
                got = as_found(view.search(signal_type, queries, 31))
                assert got == log.find(view.version, signal_type, queries, 31)

    @invariant()
    def files_are_sound(self) -> None:
        """Every checksum holds between any two operations."""
        self.first.verify()

    def _follow(self, collection: HashCollection, data: st.DataObject) -> None:
        start = data.draw(st.integers(0, collection.version))
        end = data.draw(st.integers(collection.version, max(collection.version, len(self.changes))))
        collection.apply(self.changes[start:end])


CollectionMachine.TestCase.settings = settings(max_examples=40, stateful_step_count=30, deadline=None)
TestCollectionMachine = CollectionMachine.TestCase
