"""
What a machine of a cluster needs from outside: which slots it is to hold, their logs, and a folder for each.

    record (SQL)     uploads.1.002   log of one slot     ->   a replica in a folder of node a      ->   asked together
                     placement       slot, node, state   ->   a replica in a folder of node b           by a gateway

A slot is a part of a collection with a log of its own. It is known by the name of that log; a replica of it follows
that log as any index does. The index knows no SQL, so whoever starts a cluster hands it a `Home`.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from index.base import ErasedFiles, Searcher
from index.changes import Change, ReadLive
from index.local.searcher import LocalSearcher


class Stage(StrEnum):
    """How far a replica is."""

    COMING = "coming"
    """It is copied to its machine, and not asked yet."""

    SERVING = "serving"
    """It is asked."""


@dataclass(frozen=True, slots=True)
class Placed:
    """
    A row of the placement: one replica of one slot.

    Args:
        slot: Name of the slot's log.

        node: Name of the machine.

        stage: How far it is.

        replaces: Machine whose replica goes once this one serves; None where it replaces none.
    """

    slot: str
    node: str
    stage: Stage
    replaces: str | None = None


class SlotIndex(Protocol):
    """What a replica needs of the index in its folder: `index.collections.folder.FolderIndex` has it."""

    @property
    def version(self) -> int:
        """The `seq` up to which everything has applied the log."""

    def apply(self, changes: Sequence[Change]) -> None:
        """Follow the log."""

    def searcher(self, *, at_least: int = 0) -> Searcher:
        """Return a view of the hashes."""

    def local_searcher(self, *, at_least: int = 0) -> LocalSearcher:
        """Return a view of the local features."""

    def maintain(self) -> bool:
        """Do what is due on disk."""

    def erase_removed(self) -> ErasedFiles:
        """Take removed values off the disk."""

    def repair(self, read_live: ReadLive) -> None:
        """Write again what is damaged."""


class SlotLog(Protocol):
    """The log of one slot; used by one thread at a time."""

    def version(self) -> int:
        """Return the last committed `seq`."""

    def after(self, seq: int, *, limit: int) -> Sequence[Change]:
        """Read up to `limit` committed changes after `seq`, in order, none of which an index has to refuse."""

    def close(self) -> None:
        """Give back what it holds."""


class Home(Protocol):
    """
    What a machine's holder is built from. It travels to that machine, so it can be pickled and holds no secret.

    Used from several threads.
    """

    def placement(self) -> Sequence[Placed]:
        """Read the whole placement."""

    def serves(self, slot: str, node: str) -> None:
        """Note that a replica that was coming is as new as the log: it serves, and what it replaces goes."""

    def open_log(self, slot: str) -> SlotLog:
        """Open a slot's log."""

    def open_index(self, slot: str, node: str) -> SlotIndex:
        """Open the index of a replica in its folder; where need be, it comes from the store or the record."""

    def read_live(self, slot: str) -> ReadLive:
        """Return what reads every live item of a slot."""

    def folders(self, node: str) -> Sequence[str]:
        """Name the slots of which there is a folder on a machine, whole or not; asked on that machine."""

    def remove_folder(self, slot: str, node: str) -> None:
        """Delete the folder of a replica, with every value in it; asked on that machine."""

    def publish(self, slot: str, node: str, go_on: Callable[[], None]) -> None:
        """
        Put what is finished of a replica into the store, if there is one and it has changed; asked on that machine.

        Args:
            slot: Name of the slot's log.

            node: Name of the machine.

            go_on: Called again and again; raises what ends it.

        Raises:
            ClusterError: If the store does not take it.
        """

    def erase_stored(self, slot: str, node: str) -> int:
        """
        Delete from the store what a machine put there and its replica has no more; asked on that machine.

        Returns:
            How many objects were deleted.

        Raises:
            ClusterError: If the store does not say that it did: then it is not done.
        """

    def sweep_stored(self, *, unnamed: bool) -> int:
        """
        Delete what machines have left in the store that hold a slot no more; result and errors as for `erase_stored`.

        Args:
            unnamed: Whether to look for what is not on record, too, as of a machine that was lost half way.
        """


def serving(rows: Sequence[Placed]) -> Mapping[str, tuple[str, ...]]:
    """Return the machines that serve each slot, by slot."""
    found: dict[str, list[str]] = {}
    for row in rows:
        if row.stage is Stage.SERVING:
            found.setdefault(row.slot, []).append(row.node)
    return {slot: tuple(sorted(nodes)) for slot, nodes in found.items()}
