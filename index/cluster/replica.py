"""
One replica of one slot: an index in a folder, kept at the end of the slot's log.

Invariant: what is asked "at least as of seq v" is answered from a view that contains v, or not at all. Questions search
at the same time; one of them at a time reads the log.
"""

import threading
from collections.abc import Callable, Sequence

from index.base import ErasedFiles, Searcher
from index.changes import Change, ReadLive
from index.cluster.home import SlotIndex, SlotLog
from index.errors import DamagedIndexError, VersionNotReachedError
from index.local.searcher import LocalSearcher

_CHANGES_A_READ = 4_000
"""At most 50 MB, were all of them local features."""

_MAINTAIN_AFTER = 40_000
"""Changes of a long log after which what is in memory goes to disk where that is due."""


class SlotReplica:
    """
    A replica; safe from any thread.

    Args:
        index: In the replica's folder.

        open_log: Opens the slot's log; again after it failed.

        read_live: Reads the slot from the record, should files be damaged.
    """

    def __init__(self, index: SlotIndex, open_log: Callable[[], SlotLog], read_live: ReadLive) -> None:
        self._index = index
        self._open_log = open_log
        self._read_live = read_live
        self._log: SlotLog | None = None
        self._reading = threading.Lock()

    @property
    def version(self) -> int:
        """The last `seq` applied."""
        return self._index.version

    def follow(self, at_least: int | None = None) -> None:
        """
        Apply the log.

        Args:
            at_least: The `seq` that has to be applied; None for all that is committed.

        Raises:
            VersionNotReachedError: If the log is not there yet, as a database that lags behind may have it.

            IndexStoreError: If a change cannot be indexed, or as the log raises.
        """
        if at_least is not None and self._index.version >= at_least:
            return
        with self._reading:
            maintained = self._index.version
            while at_least is None or self._index.version < at_least:
                changes = self._read(self._index.version)
                self._index.apply(changes)
                if len(changes) < _CHANGES_A_READ:
                    break
                if self._index.version - maintained >= _MAINTAIN_AFTER:
                    self.maintain()
                    maintained = self._index.version
        if at_least is not None and self._index.version < at_least:
            raise VersionNotReachedError(asked=at_least, version=self._index.version)

    def committed(self) -> int:
        """Return the last `seq` that is committed."""
        with self._reading:
            try:
                return self._opened().version()
            except Exception:
                self._drop()
                raise

    def searcher(self, at_least: int) -> Searcher:
        """Return a view of the hashes that contains a `seq`; errors as for `follow`."""
        self.follow(at_least)
        return self._index.searcher(at_least=at_least)

    def local_searcher(self, at_least: int) -> LocalSearcher:
        """Return a view of the local features; errors as for `follow`."""
        self.follow(at_least)
        return self._index.local_searcher(at_least=at_least)

    def maintain(self) -> None:
        """Do what is due on disk; what is damaged there is written again from the record."""
        try:
            self._index.maintain()
        except DamagedIndexError:
            self._index.repair(self._read_live)

    def erase(self, at_least: int) -> ErasedFiles:
        """
        Take every removed value off the disk, of those removed up to a `seq`.

        Returns:
            Where they lay.
        """
        self.follow(at_least)
        return self._index.erase_removed()

    def close(self) -> None:
        """Give the log back."""
        with self._reading:
            self._drop()

    def _read(self, seq: int) -> Sequence[Change]:
        try:
            return self._opened().after(seq, limit=_CHANGES_A_READ)
        except Exception:
            self._drop()
        try:  # the database may only have been restarted since
            return self._opened().after(seq, limit=_CHANGES_A_READ)
        except Exception:
            self._drop()
            raise

    def _opened(self) -> SlotLog:
        if self._log is None:
            self._log = self._open_log()
        return self._log

    def _drop(self) -> None:
        log, self._log = self._log, None
        if log is not None:
            log.close()
