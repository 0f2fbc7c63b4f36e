"""
Everything one machine holds of a cluster: its replicas, asked together.

The placement, in the record, says which slots those are. A holder reads it again and again: it opens what is new,
says when that has caught up, and closes and deletes what is no longer its own. So it needs no one to tell it anything,
also after it was killed and started again.

Invariant: an answer is of all the slots it was asked for, each at least as of the `seq` asked, or there is none.
"""

import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import Container, Mapping
from dataclasses import dataclass

import numpy as np
import structlog

from index.base import Codes, ErasedFiles, Hits
from index.cluster.home import Home, Placed, Stage
from index.cluster.replica import SlotReplica
from index.errors import ClusterError, ForgottenQuestionError, SlotNotHeldError
from index.hashes.hits import joined, ordered
from index.local.nearest import Distances, NearRows, live_rows, nearest_rows
from index.local.searcher import LocalSearcher
from index.stored.publisher import Publisher
from index.stored.publishing import GoOn
from matcher.signals.points.descriptors import Descriptors

log = structlog.get_logger()

ROUND_S = 0.25
"""How often logs and placement are looked at where nobody asks."""

GRACE_S = 3.0
"""How long a replica that was moved away can still be asked, by those who do not know yet."""

_MAINTAIN_EVERY_S = 5.0
_REMEMBERED = 64
_REMEMBERED_S = 10.0
"""How long rows wait for the second phase of their question."""

AsOf = Mapping[str, int]
"""By slot, the `seq` that an answer has to contain."""


@dataclass(frozen=True, slots=True, eq=False)
class HashAnswer:
    """
    What a machine found near hashes.

    Args:
        versions: By slot, as of which `seq`.

        hits: Of all its slots, in the order of `Hits`.
    """

    versions: dict[str, int]
    hits: Hits


@dataclass(frozen=True, slots=True, eq=False)
class LocalAnswer:
    """
    How far the nearest rows of some descriptors are.

    Args:
        versions: By slot, as of which `seq`.

        rows: Live rows of its slots.

        distances: uint8, shape (n, count): see `NearRows.distances`.

        kept: A name, drawn at random, by which `Holder.within` knows these rows: a machine may be asked twice for one
            question, for slots of its own and in place of another.
    """

    kept: str
    versions: dict[str, int]
    rows: int
    distances: Distances


@dataclass(frozen=True, slots=True)
class ReplicaState:
    """
    How one replica is.

    Args:
        slot: Whose.

        stage: How far its machine knows it to be.

        version: The last `seq` it applied.
    """

    slot: str
    stage: str
    version: int


class Holder:
    """
    The replicas of one machine; safe from any thread.

    Args:
        home: Placement, logs and folders.

        node: Name of this machine in the placement.
    """

    def __init__(self, home: Home, node: str) -> None:
        self._home = home
        self._node = node
        self._replicas: dict[str, SlotReplica] = {}
        self._stages: dict[str, Stage] = {}
        self._opening: dict[str, SlotReplica] = {}
        """All that are open, those that have not caught up yet among them."""
        self._leaving: dict[str, float] = {}
        self._complaints: dict[str, str] = {}
        self._remembered: OrderedDict[str, tuple[float, NearRows]] = OrderedDict()
        self._lock = threading.Lock()
        self._arranging = threading.Lock()
        """Held while folders are opened or deleted."""
        self._stop = threading.Event()
        self._maintained = 0.0
        self._clean: set[str] = set()
        """Slots whose folder was rid of what was removed while nobody could say so to this process."""
        self._publisher = Publisher(self._serving, self._publish, lambda: home.sweep_stored(unnamed=False))
        self._thread = threading.Thread(target=self._keep_up, name="holder", daemon=True)
        self._thread.start()

    def search(self, at_least: AsOf, signal_type: str, queries: Codes, radius: int, k: int | None = None) -> HashAnswer:
        """
        Find the items of one signal type within `radius` bits (inclusive) of each query.

        Args:
            at_least: The slots that are asked, and as of when.

            signal_type: With its version.

            queries: uint8, shape (n, bits // 8).

            radius: Bits.

            k: Keep only the nearest k of each query; None keeps all.

        Raises:
            SlotNotHeldError: If a slot is not held here.

            VersionNotReachedError: If the log here is not as far.
        """
        views = {slot: self._replica(slot).searcher(seq) for slot, seq in at_least.items()}
        found = [view.search(signal_type, queries, radius, k=k) for view in views.values()]
        return HashAnswer({slot: view.version for slot, view in views.items()}, ordered(joined(found), k))

    def near(self, at_least: AsOf, descriptors: Descriptors, count: int, rows: int) -> LocalAnswer:
        """
        Say how far the `count` nearest rows of each descriptor are, and keep those rows for `within`.

        Args:
            at_least: As for `search`; errors too.

            descriptors: uint8, shape (n, 32).

            count: At least 1.

            rows: Live rows of the whole cluster.
        """
        views = {slot: self._replica(slot).local_searcher(seq) for slot, seq in at_least.items()}
        together = LocalSearcher.joined(list(views.values()))  # so that lists are chosen once, not once a slot
        near = nearest_rows(together.parts, together.dead, descriptors, count, bank_rows=rows)
        here = live_rows(together.parts, together.dead)
        kept = secrets.token_hex(16)
        with self._lock:
            self._remembered[kept] = time.monotonic(), near
            while len(self._remembered) > _REMEMBERED:
                self._remembered.popitem(last=False)
        versions = {slot: view.version for slot, view in views.items()}
        return LocalAnswer(kept, versions, here, near.distances(len(descriptors), count))

    def within(self, kept: str, limits: np.ndarray) -> NearRows:
        """
        Hand out the rows of a question that are near enough, once.

        Args:
            kept: As `near` named them.

            limits: uint8, shape (n,). Bits for each descriptor, inclusive.

        Raises:
            ForgottenQuestionError: If it was not asked here, or too long ago.
        """
        with self._lock:
            _, near = self._remembered.pop(kept, (0.0, None))
        if near is None:
            raise ForgottenQuestionError(f"no rows are kept here as {kept}, or not any more; ask again")
        return near.within(limits)

    def erase(self, at_least: AsOf) -> ErasedFiles:
        """
        Take what was removed off the disk, out of memory and the store; of replicas that are not open yet, too.

        Args:
            at_least: By slot, up to which `seq` removals count; slots that are not placed here are passed over.

        Returns:
            Where it lay.

        Raises:
            ClusterError: If the store does not answer: then it is not done.
        """
        with self._lock:
            self._remembered.clear()
        own = {row.slot for row in self._home.placement() if row.node == self._node}
        slots = sorted(own & at_least.keys())
        with self._publisher.paused():
            erased = sum((self._open(slot).erase(at_least[slot]) for slot in slots), ErasedFiles())
            stored = sum(self._home.erase_stored(slot, self._node) for slot in slots)
            stored += self._home.sweep_stored(unnamed=True)
        self._let_go(own, grace_s=0.0)
        return erased + ErasedFiles(stored=stored)

    def maintain(self) -> None:
        """Do what is due on disk in every replica."""
        for replica in self._held().values():
            replica.maintain()

    def states(self) -> list[ReplicaState]:
        """Say how each replica is."""
        with self._lock:
            stages = dict(self._stages)
        return [
            ReplicaState(slot, stages.get(slot, Stage.COMING).value, replica.version)
            for slot, replica in sorted(self._held().items())
        ]

    def look(self) -> None:
        """Read the placement, open and close what it says, and follow every log; what a round does."""
        own = {row.slot: row for row in self._home.placement() if row.node == self._node}
        self._let_go(own)
        for slot, row in own.items():
            try:
                self._keep(slot, row)
                self._complaints.pop(slot, None)
            except Exception as error:  # one slot must not keep the others from being held
                self._complain(slot, error)
        self._forget_old_questions()

    def close(self) -> None:
        """Stop, and give the logs back."""
        self._stop.set()
        self._publisher.close()
        self._thread.join()
        for replica in self._opening.values():
            replica.close()

    def _replica(self, slot: str) -> SlotReplica:
        replica = self._replicas.get(slot)
        if replica is None:
            raise SlotNotHeldError(f"{self._node} holds no replica of {slot}")
        return replica

    def _held(self) -> dict[str, SlotReplica]:
        with self._lock:
            return dict(self._replicas)

    def _keep(self, slot: str, row: Placed) -> None:
        replica = self._replicas.get(slot) or self._open(slot)
        replica.follow()
        with self._arranging:  # once, though two look at the same time
            if slot not in self._clean:
                replica.erase(0)  # it may be older than an erasure that this machine was not asked for
                self._clean.add(slot)
        with self._lock:
            self._replicas[slot] = replica
            self._stages[slot] = row.stage
        if row.stage is Stage.COMING and replica.version >= replica.committed():
            self._home.serves(slot, self._node)
            with self._lock:
                self._stages[slot] = Stage.SERVING

    def _serving(self) -> list[str]:
        with self._lock:
            return sorted(slot for slot, stage in self._stages.items() if stage is Stage.SERVING)

    def _publish(self, slot: str, go_on: GoOn) -> None:
        self._home.publish(slot, self._node, go_on)

    def _open(self, slot: str) -> SlotReplica:
        with self._arranging:
            replica = self._opening.get(slot)
            if replica is None:
                index = self._home.open_index(slot, self._node)
                replica = SlotReplica(index, lambda: self._home.open_log(slot), self._home.read_live(slot))
                self._opening[slot] = replica
        return replica

    def _let_go(self, own: Container[str], *, grace_s: float | None = None) -> None:
        """Close what is placed elsewhere, and delete it here and in the store; what a process before left here, too."""
        gone: list[str] = []
        with self._arranging:
            now, grace_s = time.monotonic(), GRACE_S if grace_s is None else grace_s
            for slot in self._home.folders(self._node):
                if slot in own:
                    self._leaving.pop(slot, None)
                    continue
                self._clean.discard(slot)  # should it come back, nobody may have asked for erasures meanwhile
                if now - self._leaving.setdefault(slot, now) >= grace_s:
                    with self._lock:
                        self._replicas.pop(slot, None)
                        self._stages.pop(slot, None)
                    replica = self._opening.pop(slot, None)
                    if replica is not None:
                        replica.close()
                    self._home.remove_folder(slot, self._node)
                    del self._leaving[slot]
                    gone.append(slot)
        for slot in gone:
            try:
                with self._publisher.paused():
                    self._home.erase_stored(slot, self._node)
            except ClusterError as error:  # other machines delete it, then
                self._complain(f"{slot} in the store", error)

    def _complain(self, about: str, error: Exception) -> None:
        if self._complaints.get(about) != repr(error):
            self._complaints[about] = repr(error)
            log.error("a replica fails; it will be tried again", about=about, node=self._node, exc_info=error)

    def _forget_old_questions(self) -> None:
        old = time.monotonic() - _REMEMBERED_S
        with self._lock:
            while self._remembered and next(iter(self._remembered.values()))[0] < old:
                self._remembered.popitem(last=False)

    def _keep_up(self) -> None:
        while not self._stop.is_set():
            try:
                self.look()
                if time.monotonic() - self._maintained >= _MAINTAIN_EVERY_S:
                    self.maintain()
                    self._maintained = time.monotonic()
                self._complaints.pop(self._node, None)
            except Exception as error:  # whatever it is, this thread must live to try again
                self._complain(self._node, error)
            self._stop.wait(ROUND_S)
