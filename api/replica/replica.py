"""
A replica: this process's view of the index, with all that was committed before a question began.

    record (SQL)                     this process
    index_changes  seq 1 … 812  ──►  sealed segments + delta − tombstones, at version 812

Before it answers, a replica makes sure it has applied everything committed before the question began. On SQLite
`PRAGMA data_version` says within microseconds whether anything was committed since the last look; only then are rows
read. Questions that wait together share one look. That is promise 1, "read your takedown"; no timer rebuilds anything.

Of a collection in several slots one statement reads how far each slot's log is committed, and each is followed up to
there: all slots are as of one moment, and an answer says of each what it must contain. Where the machines of a cluster
hold them, that is all that is read here: they follow the logs up to what an answer must contain.

Who may call it: the composition root makes one a process; handlers see it as `ports.CandidateSearch`.
"""

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import structlog

from api.replica.log_changes import change_of
from api.replica.unfit import without_unfit
from casework.domain.errors import SearchAwayError
from casework.domain.media import Collection
from casework.persistence.connection.database import Database, DatabaseConnection, commits_seen
from casework.persistence.connection.failures import DriverError
from casework.persistence.index_log.reading import IndexLogReader, Log
from casework.persistence.index_log.slots import SLOTTED, Layout, SlotsMovedError, layout_of, versions_of
from casework.ports.search import Candidate, Candidates, CandidateSearch, Codes, NearItems, Suspect, Suspects
from index.base import AtLeast, CollectionIndex, SearchableIndex, Searcher
from index.changes import Change
from index.errors import ClusterError, IndexStoreError, SignalTypeError, WidthMismatchError
from matcher.errors import SignalError
from matcher.signals import SIGNAL_TYPES
from matcher.signals.local import QueryFeatures

log = structlog.get_logger()

_ROWS_A_READ = 4_000
"""At most 50 MB, were all of them local features."""


class ReadBarrier:
    """
    Lets many threads share one look at the record, and never one that began too early.

    A thread takes a ticket and waits for its turn. If another thread meanwhile began a look after that ticket was
    taken, and finished it, its look is as good as an own one; if that look failed, it failed for both.
    """

    def __init__(self) -> None:
        self._turn = threading.Lock()
        self._counter = threading.Lock()
        self._last_ticket = 0
        self._covered = 0
        self._failed_up_to = 0
        self._failure: Exception | None = None

    @property
    def waiting(self) -> int:
        """How many came after the last look began."""
        return self._last_ticket - self._covered

    def pass_through(self, look: Callable[[], None]) -> None:
        """
        Return once a look that began after this call has finished.

        Raises:
            Exception: As that look raised, if it failed.
        """
        with self._counter:
            self._last_ticket += 1
            ticket = self._last_ticket
        with self._turn:
            if self._covered >= ticket:
                return
            if self._failure is not None and self._failed_up_to >= ticket:
                # Otherwise each that waited for a database that is away would wait for it again, one after the other.
                raise self._failure
            with self._counter:
                covers = self._last_ticket
            try:
                look()
            except Exception as error:
                self._failed_up_to, self._failure = covers, error
                raise
            self._covered = covers


class _Followed:
    """
    One collection's index, kept at the end of its log, or of those of its slots.

    A question about takedowns waits for what was committed about takedowns, not for the uploads registered meanwhile:
    each collection has a barrier and a connection of its own.
    """

    def __init__(self, record: Database, collection: Collection, index: SearchableIndex) -> None:
        self._record = record
        self._collection = collection
        self._index = index
        self._layout: Layout | None = None
        self._committed: tuple[int, ...] = ()
        """How far each slot's log was committed when the record was last looked at; of one log it is not asked."""
        self._barrier = ReadBarrier()
        self._connection: DatabaseConnection | None = None
        self._commits_applied: int | None = None
        self.trouble: str | None = None
        """Why the index could not follow when it was last tried; None if it could, or was not asked to."""

    def catch_up(self) -> tuple[int, ...]:
        """Apply everything committed before this call; return what an answer then has to contain, of each slot."""
        self._barrier.pass_through(self._look)
        return self._committed or self._index.versions

    def close(self) -> None:
        """Give the connection back."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _look(self) -> None:
        try:
            self._look_at_record()
        except (IndexStoreError, SlotsMovedError) as error:
            self.trouble = str(error)
            raise
        self.trouble = None

    def _look_at_record(self) -> None:
        was_connected = self._connection is not None
        try:
            self._follow(self._connected())
        except DriverError:
            self._drop()
            if not was_connected:
                raise
            # The database may only have been restarted since the last look.
            try:
                self._follow(self._connected())
            except DriverError:
                self._drop()
                raise

    def _drop(self) -> None:
        if self._connection is not None:
            self._connection.invalidate()
        self.close()

    def _follow(self, connection: DatabaseConnection) -> None:
        commits = commits_seen(connection)
        if commits is not None and commits == self._commits_applied:
            return
        if self._collection in SLOTTED:
            self._follow_slots(connection)
        else:
            self._read(IndexLogReader(connection), self._collection, self._index.slots[0])
        # Only now: had a read above failed, the next look must not take these commits for applied.
        self._commits_applied = commits

    def _follow_slots(self, connection: DatabaseConnection) -> None:
        if self._layout is None:
            self._layout = layout_of(connection, self._collection)
        committed = versions_of(connection, self._layout)
        if len(self._index.slots) != len(committed):
            raise SlotsMovedError(self._collection)
        log_reader = IndexLogReader(connection)
        for slot, index, newest in zip(self._layout.slots, self._index.slots, committed, strict=True):
            if not index.reaches(newest):
                self._read(log_reader, slot, index, up_to=newest)
        self._committed = committed

    def _read(self, log_reader: IndexLogReader, log: Log, index: CollectionIndex, *, up_to: int | None = None) -> None:
        # Another process may have sealed more meanwhile: the version then jumps ahead, past the end as well.
        while True:
            version = index.version
            limit = _ROWS_A_READ if up_to is None else min(_ROWS_A_READ, up_to - version)
            if limit <= 0:
                return
            rows = log_reader.after(log, version, limit=limit)
            if rows:
                self._apply([change_of(row) for row in rows], index)
            if len(rows) < limit:
                return

    def _apply(self, changes: Sequence[Change], index: CollectionIndex) -> None:
        try:
            index.apply(changes)
        except (WidthMismatchError, SignalTypeError, SignalError):
            # One bad value must not keep the others from being found; each is looked at only now, for it takes time.
            index.apply(without_unfit(self._collection, changes))

    def _connected(self) -> DatabaseConnection:
        if self._connection is None:
            self._connection = self._record.connect()
            self._commits_applied = None
        return self._connection


class Replica:
    """
    Every collection, as one process sees it.

    Args:
        record: From `database.open_follower`; the replica keeps a connection of its own for each collection.

        indexes: One for each collection; followed from the version each is at.
    """

    def __init__(self, record: Database, indexes: Mapping[Collection, SearchableIndex]) -> None:
        self._indexes = indexes
        self._followed = {one: _Followed(record, one, index) for one, index in indexes.items()}

    def catch_up(self) -> None:
        """Apply everything committed before this call, in every collection; cheap if nothing was."""
        for followed in self._followed.values():
            followed.catch_up()

    def find(self, collection: Collection, questions: Sequence[Mapping[str, Codes]]) -> list[Candidates]:
        """Answer `ports.CandidateSearch`: exact, at one version, with all that was committed before the call."""
        return self._up_to_date(collection).find(collection, questions)

    def near(self, collection: Collection, questions: Sequence[Mapping[str, Codes]]) -> NearItems:
        """Answer `ports.CandidateSearch`: exact, at one version, with all that was committed before the call."""
        return self._up_to_date(collection).near(collection, questions)

    def find_local(self, collection: Collection, features: QueryFeatures, *, limit: int) -> Suspects:
        """Answer `ports.CandidateSearch`: a ranking, of everything that was committed before the call."""
        return self._up_to_date(collection).find_local(collection, features, limit=limit)

    @property
    def as_applied(self) -> CandidateSearch:
        """The same search without looking for more: for when the record cannot be reached."""
        return _AsApplied(self._indexes, {})

    def version(self, collection: Collection) -> int:
        """Return the version of everything committed before this call; of several slots the sum of theirs."""
        self._followed[collection].catch_up()
        return self._indexes[collection].version

    def versions(self) -> dict[str, int]:
        """Return the version each collection has applied, without looking for more."""
        return {collection.value: index.version for collection, index in self._indexes.items()}

    def trouble(self, collection: Collection) -> str | None:
        """Return why an index could not follow when that was last tried, without trying; None if it could."""
        return self._followed[collection].trouble

    def _up_to_date(self, collection: Collection) -> CandidateSearch:
        return _AsApplied(self._indexes, {collection: self._followed[collection].catch_up()})

    def close(self) -> None:
        """Give the connections back; not while a question is asked."""
        for followed in self._followed.values():
            followed.close()
        for index in self._indexes.values():
            index.close()


@dataclass(frozen=True, slots=True)
class _AsApplied:
    """
    Every collection at the version it is at.

    Args:
        indexes: One for each collection.

        at_least: What an answer has to contain, of collections that were followed up to it.
    """

    indexes: Mapping[Collection, SearchableIndex]
    at_least: Mapping[Collection, AtLeast]

    def find(self, collection: Collection, questions: Sequence[Mapping[str, Codes]]) -> list[Candidates]:
        """Answer `ports.CandidateSearch`, as of what was applied."""
        searcher = self.indexes[collection].searcher(at_least=self.at_least.get(collection, 0))
        with _away_if_unreachable():
            return find_rows(searcher, rows_of(questions), len(questions))

    def near(self, collection: Collection, questions: Sequence[Mapping[str, Codes]]) -> NearItems:
        """Answer `ports.CandidateSearch`, as of what was applied."""
        searcher = self.indexes[collection].searcher(at_least=self.at_least.get(collection, 0))
        with _away_if_unreachable():
            return near_rows(searcher, rows_of(questions), len(questions))

    def find_local(self, collection: Collection, features: QueryFeatures, *, limit: int) -> Suspects:
        """Answer `ports.CandidateSearch`, as of what was applied: a ranking."""
        searcher = self.indexes[collection].local_searcher(at_least=self.at_least.get(collection, 0))
        with _away_if_unreachable():
            found = searcher.candidates(features, limit=limit)
        return Suspects(
            version=searcher.version,
            found=tuple(Suspect(item_id=one.item_id, form=one.form, score=one.score, pairs=one.pairs) for one in found),
        )


@contextmanager
def _away_if_unreachable() -> Iterator[None]:
    """Say in casework's words that the machines which hold a collection do not answer."""
    try:
        yield
    except ClusterError as error:
        raise SearchAwayError(str(error)) from error


Rows = tuple[Codes, Sequence[int]]
"""What several questions ask of one signal type: uint8, shape (n, bits // 8), and for each row whose it is."""


def rows_of(questions: Sequence[Mapping[str, Codes]]) -> dict[str, Rows]:
    """Put what several questions ask together, by signal type."""
    asked: dict[str, tuple[list[Codes], list[int]]] = {}
    for place, question in enumerate(questions):
        for signal_type, codes in question.items():
            of_type, places = asked.setdefault(signal_type, ([], []))
            of_type.append(codes)
            places.extend([place] * len(codes))
    return {name: (np.concatenate(codes), places) for name, (codes, places) in asked.items()}


def find_rows(searcher: Searcher, asked: Mapping[str, Rows], count: int) -> list[Candidates]:
    """
    Search for what several questions ask, put together by signal type.

    Args:
        searcher: Over one collection.

        asked: By signal type.

        count: How many questions there are, from 0.

    Returns:
        One a question: each item once for each signal type, at its smallest distance.
    """
    nearest: dict[int, dict[tuple[str, int], int]] = {}
    for signal_type, (codes, places) in asked.items():
        hits = searcher.search(signal_type, codes, SIGNAL_TYPES[signal_type].threshold)
        for row, item_id, distance in zip(
            hits.queries.tolist(), hits.item_ids.tolist(), hits.distances.tolist(), strict=True
        ):
            found = nearest.setdefault(places[row], {})
            key = (signal_type, item_id)
            if key not in found or distance < found[key]:
                found[key] = distance
    nothing = Candidates(version=searcher.version, found=())
    return [_candidates(nearest[place], searcher.version) if place in nearest else nothing for place in range(count)]


def near_rows(searcher: Searcher, asked: Mapping[str, Rows], count: int) -> NearItems:
    """
    Search as `find_rows` does, and say which items are found, alone.

    Args:
        searcher: Over one collection.

        asked: By signal type.

        count: How many questions there are, from 0.
    """
    found: list[set[int]] = [set() for _ in range(count)]
    for signal_type, (codes, places) in asked.items():
        hits = searcher.search(signal_type, codes, SIGNAL_TYPES[signal_type].threshold)
        # Hits lie together by query: each query's are cut out, without looking at one by one.
        rows, starts = np.unique(hits.queries, return_index=True)
        for row, item_ids in zip(rows.tolist(), np.split(hits.item_ids, starts[1:]), strict=False):
            found[places[row]].update(item_ids.tolist())
    return NearItems(version=searcher.version, item_ids=tuple(map(frozenset, found)))


def _candidates(found: Mapping[tuple[str, int], int], version: int) -> Candidates:
    return Candidates(
        version=version,
        found=tuple(Candidate(item_id, signal_type, distance) for (signal_type, item_id), distance in found.items()),
    )
