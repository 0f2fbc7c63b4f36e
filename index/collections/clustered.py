"""
A collection that lies on the machines of a cluster: nothing of it is here but how far its logs are committed.

    here                                    gateway on this machine          machines
    as of seq 812 of slot 0, 790 of 1  ──►  which replica of which slot  ──►  follow the logs, search, answer

Invariant: an answer contains at least what it was asked for, of every slot, or there is none and `ClusterError` is
raised: what waits for it is tried again. It may contain what was committed while it was made; whoever uses it asks the
record what is found. Files are sealed, merged, rebuilt and erased by the machines that hold them.

After a failure nobody waits for the cluster for a moment: each question would try for as long as the gateway does.
"""

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Final, Self, TypeVar

from index.base import AtLeast, Codes, ErasedFiles, Hits, IndexOptions, LocalCandidate, SearchableIndex
from index.changes import Change, ReadLive
from index.cluster.client import GatewayClient
from index.cluster.home import Stage
from index.cluster.ranking import ranked
from index.cluster.wire import Status
from index.errors import (
    ClusterError,
    ClusterUnreachableError,
    DamagedIndexError,
    GapError,
    HeldElsewhereError,
    VersionNotReachedError,
)
from index.stats import CollectionStats
from matcher.signals.local import QueryFeatures

REST_AFTER_FAILURE_S: Final = 2.0
STATUS_TIMEOUT_S: Final = 5.0

T = TypeVar("T")


class _Gateway:
    """
    The gateway of this machine, and whether it answered when it was last asked.

    Args:
        client: Asks it; None where this machine has none.

        clock: Seconds, never going back.
    """

    def __init__(self, client: GatewayClient | None, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._client = client
        self._clock = clock
        self._rest_until = 0.0
        self.trouble: str | None = None

    def ask(self, question: Callable[[GatewayClient], T]) -> T:
        """
        Ask it.

        Raises:
            ClusterError: If it does not answer, or did not a moment ago.
        """
        if self.trouble is not None and self._clock() < self._rest_until:
            raise ClusterUnreachableError(self.trouble)
        try:
            answer = question(self.reached())
        except ClusterError as error:
            self.trouble = str(error)
            self._rest_until = self._clock() + REST_AFTER_FAILURE_S
            raise
        self.trouble = None
        return answer

    def look(self, slots: Sequence[str]) -> None:
        """
        Ask how the cluster is, and note what may keep it from answering about these slots.

        Whoever has a question asks it all the same: a machine that is slow to say how it is may well answer.
        """
        try:
            silent = _silent(self.reached().status(timeout_s=STATUS_TIMEOUT_S), slots)
        except ClusterError as error:
            self.trouble = str(error)
            return
        more = f" and {len(silent) - 3:,} more" if len(silent) > 3 else ""
        self.trouble = f"no machine answers about {', '.join(silent[:3])}{more}" if silent else None

    def close(self) -> None:
        """Close its connections."""
        if self._client is not None:
            self._client.close()

    def reached(self) -> GatewayClient:
        """Return what asks it; `ClusterUnreachableError` where there is none."""
        if self._client is None:
            message = "this machine has no gateway to a cluster"
            raise ClusterUnreachableError(message)
        return self._client


def _silent(status: Status, slots: Sequence[str]) -> list[str]:
    answering = {one.slot for one in status.replicas if one.version is not None and one.stage == Stage.SERVING.value}
    return [slot for slot in slots if slot not in answering]


@dataclass(frozen=True, slots=True)
class ClusteredView:
    """
    The hashes and the local features of a cluster, at least as of one moment.

    Args:
        gateway: Who is asked.

        at_least: By slot, the `seq` that an answer contains.
    """

    gateway: _Gateway
    at_least: Mapping[str, int]

    @property
    def version(self) -> int:
        """How many changes an answer contains at least, over all slots."""
        return sum(self.at_least.values())

    def search(self, signal_type: str, queries: Codes, radius: int, *, k: int | None = None) -> Hits:
        """Find items in every slot: arguments and answer are those of one slot; `ClusterError` where there is none."""
        _, hits = self.gateway.ask(lambda client: client.search(self.at_least, signal_type, queries, radius, k))
        return hits

    def candidates(self, query: QueryFeatures, *, limit: int = 12) -> list[LocalCandidate]:
        """Name the references that may be in a picture, over all slots; `ClusterError` where there is no answer."""
        return self.gateway.ask(lambda client: ranked(client, self.at_least, query, limit=limit))


class _Clustered:
    """
    What one slot and several have in common.

    Args:
        gateway: Who is asked.
    """

    def __init__(self, gateway: _Gateway) -> None:
        self._gateway = gateway

    @property
    def slots(self) -> "Sequence[ClusteredIndex]":
        """The slots, in their order."""
        raise NotImplementedError

    @property
    def version(self) -> int:
        """How many changes are known to be committed, over all slots."""
        return sum(self.versions)

    @property
    def versions(self) -> tuple[int, ...]:
        """The last `seq` of each slot that is known to be committed."""
        return tuple(slot.committed for slot in self.slots)

    @property
    def newest_version(self) -> int:
        """The same as the version: nothing here is ahead of the record."""
        return self.version

    @property
    def last_maintenance_error(self) -> str | None:
        """Why the cluster did not answer when it was last asked; None if it did."""
        return self._gateway.trouble

    @property
    def rebuilt_because(self) -> DamagedIndexError | None:
        """Nothing: machines say themselves what they rebuilt."""
        return None

    def searcher(self, *, at_least: AtLeast = 0) -> ClusteredView:
        """Return what asks the cluster about hashes."""
        return ClusteredView(self._gateway, self._asked(at_least))

    def local_searcher(self, *, at_least: AtLeast = 0) -> ClusteredView:
        """Return what asks the cluster about local features."""
        return ClusteredView(self._gateway, self._asked(at_least))

    def stats(self) -> CollectionStats:
        """Say how far the logs are. Nothing is here; `GatewayClient.status` says what lies where."""
        return CollectionStats(
            version=self.version,
            applied_seq=self.version,
            generation=0,
            items={},
            tombstones=0,
            delta_changes=0,
            size_bytes=0,
            parts=(),
            last_maintenance_error=self.last_maintenance_error,
        )

    def maintain(self) -> bool:
        """Look whether the cluster answers; what is due on disk is done by its machines."""
        self._gateway.look([slot.log for slot in self.slots])
        return False

    def erase_removed(self) -> ErasedFiles:
        """
        Take what was removed, as far as is known here, off every replica and out of their store.

        Raises:
            ClusterError: If a machine with a replica, or the store, does not answer: then it is not done.
        """
        return self._gateway.reached().erase(self._asked(0))

    def seal(self) -> None:
        """Do nothing: nothing is in memory here."""

    def compact(self) -> None:
        """Refuse."""
        raise HeldElsewhereError("compact")

    def verify(self) -> None:
        """Refuse."""
        raise HeldElsewhereError("verify")

    def close(self) -> None:
        """Close the connections to the gateway; the next question opens one."""
        self._gateway.close()

    def _asked(self, at_least: AtLeast) -> dict[str, int]:
        """Return what an answer has to contain: what is asked, and not less than is known to be committed."""
        asked = [at_least] * len(self.slots) if isinstance(at_least, int) else at_least
        if isinstance(at_least, int) and at_least and len(self.slots) > 1:
            message = f"version {at_least} is asked of {len(self.slots)} slots; say it of each"
            raise ValueError(message)
        for slot, seq in zip(self.slots, asked, strict=True):
            if seq > slot.committed:
                raise VersionNotReachedError(asked=seq, version=slot.committed)
        return {slot.log: slot.committed for slot in self.slots}


class ClusteredIndex(_Clustered):
    """
    The row ``clustered`` of `COLLECTION_INDEXES`: see `CollectionIndex` for what each member promises.

    Args:
        gateway: Who is asked.

        log: Name of the slot's log.
    """

    is_local: ClassVar[bool] = False

    def __init__(self, gateway: _Gateway, log: str) -> None:
        super().__init__(gateway)
        self.log = log
        self.committed = 0
        self._lock = threading.Lock()

    @classmethod
    def joined(cls, slots: Sequence[Self]) -> SearchableIndex:
        """Ask about several slots at once."""
        return _ClusteredSlots(slots)

    @classmethod
    def open(cls, options: IndexOptions) -> Self:
        """Open nothing: the gateway is connected to when something is asked."""
        client = None if options.gateway is None else GatewayClient(options.gateway)
        return cls(_Gateway(client), options.log)

    @classmethod
    def open_or_rebuild(cls, options: IndexOptions, read_live: ReadLive) -> Self:
        """Do the same: machines rebuild what is damaged."""
        return cls.open(options)

    @property
    def slots(self) -> "tuple[ClusteredIndex]":
        """Itself: it is of one log."""
        return (self,)

    def reaches(self, seq: int) -> bool:
        """Note how far the log is committed; those who hold the slot read it themselves."""
        with self._lock:
            self.committed = max(self.committed, seq)
        return True

    def apply(self, changes: Sequence[Change]) -> None:
        """Note how far the log is, of changes that are committed."""
        with self._lock:
            for change in changes:
                if change.seq > self.committed + 1:
                    raise GapError(expected=self.committed + 1, got=change.seq)
                self.committed = max(self.committed, change.seq)

    def rebuild(self, read_live: ReadLive) -> None:
        """Refuse."""
        raise HeldElsewhereError("rebuild")

    def repair(self, read_live: ReadLive) -> None:
        """Do nothing: nothing here can be damaged."""


class _ClusteredSlots(_Clustered):
    """Several slots of one collection, asked about at once; see `SearchableIndex`."""

    def __init__(self, slots: Sequence[ClusteredIndex]) -> None:
        super().__init__(slots[0]._gateway)
        self._slots = tuple(slots)

    @property
    def slots(self) -> tuple[ClusteredIndex, ...]:
        """The slots, in their order."""
        return self._slots
