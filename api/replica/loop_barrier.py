"""
The barrier in the event loop: a question goes on once all that was committed before it began is applied here.

    nothing was committed since the last look      microseconds, in the loop   (SQLite: `PRAGMA data_version`)
    something was, but nothing that is followed    one query, in the loop      (SQLite: the head of every log)
    something to apply, or another database        one thread, for all questions that wait at that moment

One look covers every log: the indexes, and what is remembered of takedowns, lists and keys. Invariant: a look counts
only for questions that had come when it began, so a commit that was acknowledged before a question is always seen.

A look in the loop counts for the rest of its round, too: for all that were due when it began. The loop takes up what is
due in the order in which it became so, and what ends the round was put behind them (`_end_round`); a question that
comes later, or goes on later because it waited for its body, is behind that.

That the database's file is gone, or another in its place, is seen within ten milliseconds, not at each question as in a
transaction (`casework/persistence/connection/commit_watch.py`). No commit is missed by that: whoever opened the file
before commits to it only after seeing that it is still there.

Who may call it: `api/by_signals/`, and who looks up a key (`api/http/auth.py`), from one event loop; `follow` from any
thread; `close` once nobody asks any more.
"""

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from api.replica.replica import Replica
from casework.domain.media import Collection
from casework.persistence.changed_records import COUNTER, changed_between, heads
from casework.persistence.connection.commit_watch import CommitWatch
from casework.persistence.connection.database import Database, DatabaseConnection
from casework.persistence.connection.failures import DatabaseFailedError, DriverError

FOLLOWED: Final = (Collection.TAKEDOWNS, Collection.PROTECTED)
"""The collections that a question is answered from."""

_REST_AFTER_FAILURE_S: Final = 1.0
"""For so long nobody waits here for a database that was away: whoever asks finds out elsewhere what to do."""


class LoopBarrier:
    """
    What one process has followed of the record, and the way to the rest.

    Attributes:
        questions: How many have come to it: who works in the background sees whether somebody waits.

    Args:
        record: From `database.open_follower`; two connections of it are kept.

        replica: Of the same process; its indexes are brought up to date through it.

        forget: Called, from the loop or a thread, with the ids of what changed (`changed_records.EVERYTHING` among
            them), before a question goes on that must not rest on what was known of it.
    """

    def __init__(self, record: Database, replica: Replica, forget: Callable[[Sequence[str]], None]) -> None:
        self._record = record
        self._replica = replica
        self._forget = forget
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="loop-barrier")
        self._watch: CommitWatch | None = None
        self._commits_applied: int | None = None
        self._connection: DatabaseConnection | None = None
        self._changes_applied: int | None = None
        self.questions = 0
        self._asked = 0
        self._covered = 0
        self._look: asyncio.Future[None] | None = None
        self._rest_until = 0.0
        self._looked_this_round = False

    async def pass_through(self) -> None:
        """
        Return once everything is applied that was committed before the loop had cause to make this call.

        That is before the question came; of what the same step of its task learned elsewhere it may know nothing yet.

        Raises:
            DatabaseFailedError: If the record could not be read, now or a moment ago.

            IndexStoreError: If a change could not be applied.
        """
        self.questions += 1
        if self._looked_this_round:
            return
        if time.monotonic() < self._rest_until:
            message = "the database could not be read a moment ago"
            raise DatabaseFailedError(message)
        try:
            if self._is_current():
                self._looked_this_round = True
                asyncio.get_running_loop().call_soon(self._end_round)
                return
            self._asked += 1
            ticket = self._asked
            while self._covered < ticket:
                if self._look is None:
                    self._look = asyncio.ensure_future(self._look_for_all())
                await asyncio.shield(self._look)
        except DatabaseFailedError:
            self._drop_watch()
            self._rest_until = time.monotonic() + _REST_AFTER_FAILURE_S
            raise

    def follow(self) -> None:
        """
        Apply, from any thread, what is committed: for who reads into memory what later changes must be forgotten of.

        Raises:
            DatabaseFailedError: If the record could not be read.

            IndexStoreError: If a change could not be applied.
        """
        self._thread.submit(self._follow).result()

    def close(self) -> None:
        """Give the connections back."""
        self._thread.shutdown()
        self._drop_watch()
        self._drop_connection()

    def _end_round(self) -> None:
        self._looked_this_round = False

    def _is_current(self) -> bool:
        """Tell, without a wait, whether there is nothing to apply; False too where that cannot be told so."""
        if self._watch is None:
            if self._record.dialect.name != "sqlite":
                return False
            self._commits_applied = None
            self._watch = CommitWatch.over(self._record)
            assert self._watch is not None
        commits = self._watch.commits()
        if commits == self._commits_applied:
            return True
        if not self._has_applied(self._watch.heads()):
            return False
        self._commits_applied = commits
        return True

    def _has_applied(self, newest: Mapping[str, int]) -> bool:
        versions = self._replica.versions()
        behind = any(versions[one.value] < newest[one.value] for one in FOLLOWED)
        return not behind and self._changes_applied == newest[COUNTER]

    async def _look_for_all(self) -> None:
        covers = self._asked
        try:
            await asyncio.get_running_loop().run_in_executor(self._thread, self._follow)
            self._covered = covers
        finally:
            self._look = None

    def _follow(self) -> None:
        was_connected = self._connection is not None
        try:
            self._apply(self._connected())
        except DriverError:
            self._drop_connection()
            if not was_connected:
                raise
            self._apply(self._connected())  # the database may only have been restarted since the last look

    def _apply(self, connection: DatabaseConnection) -> None:
        newest = heads(connection)
        versions = self._replica.versions()
        for collection in FOLLOWED:
            if versions[collection.value] < newest[collection.value]:
                self._replica.version(collection)
        changed = newest[COUNTER]
        if self._changes_applied is not None and changed != self._changes_applied:
            self._forget(changed_between(connection, self._changes_applied, changed))
        self._changes_applied = changed

    def _connected(self) -> DatabaseConnection:
        if self._connection is None:
            self._connection = self._record.connect()
        return self._connection

    def _drop_connection(self) -> None:
        if self._connection is not None:
            self._connection.invalidate()
            self._connection.close()
            self._connection = None

    def _drop_watch(self) -> None:
        if self._watch is not None:
            self._watch.close()
            self._watch = None
