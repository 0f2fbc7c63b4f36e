"""
What a server says of one hash, a page of it, and what is kept of it here.

    held        its hash is on the list, at `entry_id`; several records may share an entry
    withdrawn   the server took it back; what came before that is passed over when it arrives late
    aside       it could not be read, or is never banked: the reason says so

Invariant: of a record the newest thing the server said counts, in whatever order its pages came.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from casework.domain.exchanges.exchange import Checkpoint
from casework.domain.ids import ExchangeId
from matcher.signals.base import Signal


@dataclass(frozen=True, slots=True)
class RemoteRecord:
    """
    One record as a server sent it.

    Args:
        id: What it is called there, made to be unique within the exchange; at most 200 characters.

        updated: When it last changed, by the server's clock, in seconds; 0 where it does not say.

        signal: Its hash; None for one that is withdrawn, or cannot be read.

        withdrawn: Whether the server took it back.

        problem: Why it cannot be read; None if it can.

        handle: What the server wants named in an answer, if it is not the id.
    """

    id: str
    updated: int = 0
    signal: Signal | None = None
    withdrawn: bool = False
    problem: str | None = None
    handle: str | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """
    A page of a server's records.

    Args:
        records: In its order.

        checkpoint: From which the next page is asked for.

        is_last: Whether everything there is has been read with it.

        passed_over: Records of kinds that are not searched here.
    """

    records: Sequence[RemoteRecord]
    checkpoint: Checkpoint
    is_last: bool
    passed_over: int = 0


class RecordState(StrEnum):
    """What became of a record."""

    HELD = "held"
    WITHDRAWN = "withdrawn"
    ASIDE = "aside"


@dataclass(frozen=True, slots=True)
class KeptRecord:
    """
    What is kept of a record.

    Args:
        record_id: As `RemoteRecord.id`.

        key: Of one that is held: tells its hash from others.

        entry_id: Of one that is held: its number on the list.

        round: In which it was last sent.

        reason: Of one that was set aside.
    """

    exchange_id: ExchangeId
    record_id: str
    state: RecordState
    updated: int
    round: int
    key: bytes | None = None
    entry_id: int | None = None
    handle: str | None = None
    reason: str | None = None
