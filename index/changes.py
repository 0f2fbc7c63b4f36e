"""
One row of `index_changes`, as the index sees it.

Invariant: within a collection `seq` is strictly increasing in commit order, without gaps that could still be filled.
An item is one signal value of one reference; its `item_id` is never reused.
"""

from dataclasses import dataclass

from matcher.signals import local


@dataclass(frozen=True, slots=True)
class Add:
    """
    Item `item_id` can be found from `seq` on.

    Args:
        seq: Position in the collection's log, from 1.

        item_id: 1..2**63-1, never reused.

        signal_type: Name with version: ``"pdq/1"``.

        value: The packed value; 32 bytes for a 256-bit hash.
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


def is_hash(change: Change) -> bool:
    """
    Tell whether a change is of a hash signal.

    One log has all changes of a collection. `IndexCollection` passes over those of local features, which
    `LocalFeatureIndex` takes, and the other way round; both count them, so that no `seq` is skipped.
    """
    return change.signal_type != local.NAME
