"""
One row of `index_changes`, as the index sees it, and what the record says is there.

Invariant: within a collection `seq` is strictly increasing in commit order, without gaps that could still be filled.
An item is one signal value of one reference; its `item_id` is never reused.

One log holds the changes of every signal type. Each kind of part (`index/storage/kind.py`) takes those of its own types
and counts the others as followed, so that no `seq` is skipped.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Add:
    """
    Item `item_id` can be found from `seq` on.

    Args:
        seq: Position in the collection's log, from 1.

        item_id: 1..2**63-1, never reused.

        signal_type: Name with version: ``"pdq/1"``.

        value: The packed value; of a hash, as many bytes as its type is wide.
    """

    seq: int
    item_id: int
    signal_type: str
    value: bytes


@dataclass(frozen=True, slots=True)
class Remove:
    """Item `item_id` of `signal_type` is never found again from `seq` on."""

    seq: int
    item_id: int
    signal_type: str


Change = Add | Remove


@dataclass(frozen=True, slots=True)
class LiveItems:
    """
    Everything a collection holds, as the record tells it.

    Args:
        version: The `seq` these are as of.

        items: One `Add` for each item that is not removed, in any order.
    """

    version: int
    items: Iterable[Add]


ReadLive = Callable[[], LiveItems]
"""Reads the record, for a rebuild."""
