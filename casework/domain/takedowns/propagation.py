"""
Propagation: which destination is owed which event, how an attempt is repeated, and whether it was in time.

    pending -> delivered                 a receipt came back
    pending -> failed -> … -> delivered  tried again after a growing pause
    failed  -> dead                      given up; a person may retry it
    pending | failed -> dead             its destination was deleted

Invariant: a delivery is delivered at least once under one message id; those of one takedown to one destination keep
their order; a destination that may have got a takedown is owed its reversal.
"""

import json
from collections.abc import Collection
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

from casework.domain.cases.report import Report
from casework.domain.errors import WrongStateError
from casework.domain.events import EventType
from casework.domain.ids import DeliveryId, DestinationId, EventId, TakedownId
from casework.domain.takedowns.takedown import Takedown
from casework.domain.work.lease import Lease

Receipt = dict[str, str | int | float | bool | None]
"""What a destination answered, as the ledger keeps it: a status, a place in a file, a duration."""


class DestinationState(StrEnum):
    """Whether a destination is sent anything."""

    ACTIVE = "active"
    PAUSED = "paused"
    DELETED = "deleted"


class DeliveryState(StrEnum):
    """Where one event to one destination stands."""

    PENDING = "pending"
    DELIVERED = "delivered"
    FAILED = "failed"
    DEAD = "dead"


UNFINISHED = (DeliveryState.PENDING, DeliveryState.FAILED)
"""States in which a delivery will be attempted, and holds back later ones of its takedown."""

REVERSAL_OF: dict[EventType, EventType] = {
    EventType.TAKEDOWN_CREATED: EventType.TAKEDOWN_REVERSED,
    EventType.POST_REMOVED: EventType.TAKEDOWN_REVERSED,
    EventType.TAKEDOWN_INTERIM: EventType.TAKEDOWN_INTERIM_ENDED,
    EventType.UPLOAD_MATCHED: EventType.UPLOAD_REINSTATED,
}
"""A destination that is sent the first event is sent the second, too."""

BEGUN_BY: dict[EventType, tuple[EventType, ...]] = {
    EventType.TAKEDOWN_REVERSED: (
        EventType.TAKEDOWN_CREATED,
        EventType.POST_REMOVED,
        EventType.TAKEDOWN_INTERIM,
    ),
    EventType.TAKEDOWN_INTERIM_ENDED: (EventType.TAKEDOWN_INTERIM,),
    EventType.TAKEDOWN_REFERRED: (
        EventType.TAKEDOWN_CREATED,
        EventType.POST_REMOVED,
        EventType.TAKEDOWN_INTERIM,
    ),
}
"""What ends a takedown is owed wherever one of these went, or may have gone."""

_RESTRICTS = frozenset(REVERSAL_OF)


@dataclass(frozen=True, slots=True)
class Destination:
    """
    A system downstream.

    Args:
        kind: A row of `delivery.DESTINATIONS`: ``"webhook"``, ``"file"``.

        target: Its URL or path.

        secret: What signs its messages; None where nothing is signed.

        events: The events it is sent.

        failures: Attempts in a row that failed, over all its deliveries.

        retry_at: Until when it is left alone after a failure.
    """

    id: DestinationId
    name: str
    kind: str
    target: str
    secret: bytes | None = field(repr=False)
    events: tuple[EventType, ...]
    state: DestinationState
    created_at: datetime
    failures: int = 0
    retry_at: datetime | None = None
    last_error: str | None = None

    def wants(self, event_type: EventType) -> bool:
        """Tell whether a new event of this type is for it; paused, it gets it later."""
        return self.state is not DestinationState.DELETED and event_type in self.events

    def pause(self) -> "Destination":
        """
        Send it nothing until it is resumed; what it is owed waits.

        Raises:
            WrongStateError: If it is not active.
        """
        self._require(DestinationState.ACTIVE)
        return replace(self, state=DestinationState.PAUSED)

    def resume(self) -> "Destination":
        """
        Send again, at once.

        Raises:
            WrongStateError: If it is not paused.
        """
        self._require(DestinationState.PAUSED)
        return replace(self, state=DestinationState.ACTIVE, failures=0, retry_at=None)

    def delete(self) -> "Destination":
        """
        Send it nothing any more and forget its secret.

        Raises:
            WrongStateError: If it was deleted before.
        """
        self._require(DestinationState.ACTIVE, DestinationState.PAUSED)
        return replace(self, state=DestinationState.DELETED, secret=None)

    def _require(self, *states: DestinationState) -> None:
        if self.state not in states:
            message = f"destination {self.id} is {self.state.value}"
            raise WrongStateError(message)


def with_reversals(events: Collection[EventType]) -> tuple[EventType, ...]:
    """
    Complete a subscription: with each event, the one that takes it back. In the order of the enum.

    Who is sent an interim takedown is sent the one it may become, too: else it would never hear what became of it.
    """
    followed = {*events, *([EventType.TAKEDOWN_CREATED] if EventType.TAKEDOWN_INTERIM in events else [])}
    wanted = {*followed, *(REVERSAL_OF[event] for event in followed if event in REVERSAL_OF)}
    return tuple(event for event in EventType if event in wanted)


@dataclass(frozen=True, slots=True)
class Delivery:
    """
    One line of the ledger: one event to one destination.

    Args:
        position: The event's place in the outbox.

        attempts: How often it was sent, whether or not an answer came.

        next_attempt_at: Not before this.

        lease: Of the worker that sends it now, or died doing so.

        receipt: What the destination answered at last.

        error: Why the last attempt failed.
    """

    id: DeliveryId
    event_id: EventId
    position: int
    event_type: EventType
    takedown_id: TakedownId | None
    destination_id: DestinationId
    state: DeliveryState
    attempts: int
    created_at: datetime
    next_attempt_at: datetime
    lease: Lease | None = None
    first_attempt_at: datetime | None = None
    last_attempt_at: datetime | None = None
    delivered_at: datetime | None = None
    receipt: Receipt = field(default_factory=dict)
    error: str | None = None

    @property
    def may_have_arrived(self) -> bool:
        """Whether the destination got it, or may have: an attempt without an answer may have arrived all the same."""
        return self.state is DeliveryState.DELIVERED or self.attempts > 0

    @property
    def restricts(self) -> bool:
        """Whether it tells of a takedown or a match, not of a reversal or a report."""
        return self.event_type in _RESTRICTS

    def is_late(self, deadline: datetime, now: datetime) -> bool:
        """Tell whether it arrived after the deadline, or has not arrived although the deadline has passed."""
        return (self.delivered_at or now) > deadline


@dataclass(frozen=True, slots=True)
class Message:
    """
    What is sent, after the Standard Webhooks specification.

    Args:
        id: The event's; the same at every attempt, so that a receiver takes it once.

        body: JSON, UTF-8: `type`, `timestamp`, `data`.

        traceparent: The trace it belongs to, where traces are on.

        event_type: What happened.

        takedown_id: What it is about: messages about one takedown keep their order.
    """

    id: EventId
    body: bytes
    traceparent: str | None = None
    event_type: str = ""
    takedown_id: TakedownId | None = None

    def document(self) -> bytes:
        """Return the body with the id in it, for ways that have no headers: ``{"id", "type", "timestamp", "data"}``."""
        return json.dumps({"id": self.id, **json.loads(self.body)}, separators=(",", ":")).encode()


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """
    How long to wait after a failure, and when to give up.

    Args:
        first_s: Longest pause after the first failure.

        cap_s: Longest pause at all.

        attempts: How many are made; with the defaults that takes about three days.
    """

    first_s: float = 1.0
    cap_s: float = 3600.0
    attempts: int = 80

    def pause(self, failures: int, chance: float) -> timedelta:
        """
        Return the pause after so many failures: doubled each time, and spread over its upper half.

        Args:
            failures: 1 or more.

            chance: 0..1, drawn evenly; spreads those that failed together.
        """
        longest = min(self.cap_s, self.first_s * 2.0 ** min(failures - 1, 32))
        return timedelta(seconds=longest * (0.5 + 0.5 * chance))

    def gives_up_after(self, attempts: int) -> bool:
        """Tell whether no more attempts are made."""
        return attempts >= self.attempts


@dataclass(frozen=True, slots=True)
class RemovalClock:
    """
    The 48 hours, for one takedown.

    Args:
        received_at: When the report came in; None for a takedown without a report.

        deadline: When every destination must have confirmed; None for a takedown without a report.

        decided_at: When a person decided; None while it is interim.

        first_delivery_at: When the first destination confirmed the takedown.

        last_delivery_at: When the last one did.

        late: Deliveries of the takedown that came, or are still to come, after the deadline.
    """

    received_at: datetime | None
    deadline: datetime | None
    decided_at: datetime | None
    effective_at: datetime | None
    first_delivery_at: datetime | None
    last_delivery_at: datetime | None
    late: int


def removal_clock(
    takedown: Takedown,
    report: Report | None,
    announcing: Collection[Delivery],
    *,
    now: datetime,
    decided_at: datetime | None = None,
) -> RemovalClock:
    """
    Read a takedown's 48 hours off the ledger.

    Args:
        takedown: The takedown.

        report: What it answers; None if no report opened its case.

        announcing: The deliveries that tell of the takedown itself.

        now: What is not delivered by now, and should be, is late.

        decided_at: When a person decided, where that was not when it was made: it began as an interim one.
    """
    delivered = [one.delivered_at for one in announcing if one.delivered_at is not None]
    deadline = None if report is None else report.deadline
    return RemovalClock(
        received_at=None if report is None else report.received_at,
        deadline=deadline,
        decided_at=decided_at if takedown.interim_since is not None else takedown.created_at,
        effective_at=takedown.effective_at,
        first_delivery_at=min(delivered, default=None),
        last_delivery_at=max(delivered, default=None),
        late=0 if deadline is None else sum(one.is_late(deadline, now) for one in announcing),
    )
