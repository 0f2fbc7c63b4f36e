"""
Delivering: which messages go out now, and what is written down of how it went.

    claim   (a transaction)   lines of the ledger that are due are leased to this worker
    send    (no transaction)  the worker sends them, and repeats nothing by itself
    settle  (a transaction)   receipt, or failure and when to try again

Invariant: a worker may be killed between any two of these. Before `settle` the lease runs out and another worker sends
again under the same message id: at least once, never not at all. A destination that fails is left alone for a growing
while and then asked with one message at a time, so that it costs the others nothing.
"""

import json
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from casework.domain.events import Event
from casework.domain.ids import DestinationId
from casework.domain.takedowns.propagation import (
    Delivery,
    DeliveryState,
    Destination,
    DestinationState,
    Message,
    Receipt,
    RetryPolicy,
)
from casework.domain.work.lease import Lease
from casework.ports.unit_of_work import UnitOfWork

_MESSAGES_A_RUN = 50
"""How many messages of one takedown are claimed together: sent one after another, settled in one transaction."""


@dataclass(frozen=True, slots=True)
class Run:
    """
    Messages to one destination, to be sent in order by one worker.

    Args:
        destination: Where to.

        lease: By which they were claimed.

        deliveries: At least one; of more, all are about one takedown.

        messages: One for each delivery.
    """

    destination: Destination
    lease: Lease
    deliveries: tuple[Delivery, ...]
    messages: tuple[Message, ...]


@dataclass(frozen=True, slots=True)
class Sent:
    """A message that brought a receipt."""

    delivery: Delivery
    at: datetime
    receipt: Receipt


@dataclass(frozen=True, slots=True)
class NotSent:
    """
    A message that brought none.

    Args:
        retry_after_s: For how many seconds the destination asked to be left alone, or None.
    """

    delivery: Delivery
    at: datetime
    error: str
    retry_after_s: float | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """
    How a run went: receipts up to the first failure; what came after that was not tried.

    Args:
        run: The deliveries, as they were claimed.

        sent: What was sent, in order.

        failure: How the message after those failed; None if all were sent.
    """

    run: Run
    sent: tuple[Sent, ...]
    failure: NotSent | None


def claim_runs(uow: UnitOfWork, *, free: Callable[[DestinationId], int], lease: timedelta) -> list[Run]:
    """
    Lease what is due.

    Args:
        uow: The transaction.

        free: How many more runs a destination may have under way.

        lease: How long they are kept from others; sending must end well before.

    Returns:
        Runs that may all be sent at the same time.
    """
    leased: list[tuple[Destination, Lease, list[Delivery]]] = []
    for destination in uow.destinations.owed_something(uow.now):
        # After a failure one message asks whether the destination is back.
        slots = free(destination.id) if destination.failures == 0 else min(free(destination.id), 1)
        for first in uow.deliveries.due(destination.id, uow.now, limit=slots) if slots > 0 else []:
            deliveries = [first]
            if first.takedown_id is not None and destination.failures == 0:
                deliveries += uow.deliveries.following(first, uow.now, limit=_MESSAGES_A_RUN - 1)
            claim = Lease.begin(uow.now, until=uow.now + lease)
            uow.deliveries.lease(deliveries, claim)
            leased.append((destination, claim, deliveries))
    events = uow.outbox.many({one.event_id for _, _, deliveries in leased for one in deliveries})
    return [
        Run(
            destination=destination,
            lease=claim,
            deliveries=tuple(deliveries),
            messages=tuple(message_of(events[one.event_id]) for one in deliveries),
        )
        for destination, claim, deliveries in leased
    ]


def settle(
    outcomes: Sequence[Outcome], uow: UnitOfWork, *, retry: RetryPolicy, chance: Callable[[], float] = random.random
) -> list[Delivery]:
    """
    Write down how runs went.

    Args:
        outcomes: Of claims of this worker.

        uow: The transaction.

        retry: How long to wait after a failure.

        chance: Drawn evenly from 0..1, to spread retries.

    Returns:
        Deliveries that were given up.
    """
    # Destinations are locked before their deliveries, here as where one is deleted, and in one order.
    ailing = sorted({one.run.destination.id for one in outcomes if one.failure or one.run.destination.failures})
    destinations = {one: uow.destinations.get(one, lock=True) for one in ailing}
    given_up = []
    for outcome in outcomes:
        lease, destination_id = outcome.run.lease, outcome.run.destination.id
        for sent in outcome.sent:
            uow.deliveries.settle(_delivered(sent), lease)
        if outcome.failure is not None:
            gone = destinations[destination_id].state is DestinationState.DELETED
            failed = _failed(outcome.failure, retry, chance(), gives_up=gone)
            if uow.deliveries.settle(failed, lease) and failed.state is DeliveryState.DEAD:
                given_up.append(failed)
        tried = len(outcome.sent) + (outcome.failure is not None)
        uow.deliveries.give_back(outcome.run.deliveries[tried:], lease)
        if destination_id in destinations and tried:
            destinations[destination_id] = _in_health(destinations[destination_id], outcome, retry, chance())
    for destination in destinations.values():
        uow.destinations.update(destination)
    return given_up


def message_of(event: Event) -> Message:
    """Write an event as it is sent, after the Standard Webhooks specification."""
    body = {"type": event.type.value, "timestamp": event.occurred_at.isoformat(), "data": event.data}
    encoded = json.dumps(body, separators=(",", ":")).encode()
    return Message(
        id=event.id,
        body=encoded,
        traceparent=event.traceparent,
        event_type=event.type.value,
        takedown_id=event.takedown_id,
    )


def _delivered(sent: Sent) -> Delivery:
    delivery = sent.delivery
    return replace(
        delivery,
        state=DeliveryState.DELIVERED,
        attempts=delivery.attempts + 1,
        first_attempt_at=delivery.first_attempt_at or sent.at,
        last_attempt_at=sent.at,
        delivered_at=sent.at,
        receipt=sent.receipt,
        error=None,
    )


def _failed(failure: NotSent, retry: RetryPolicy, chance: float, *, gives_up: bool) -> Delivery:
    delivery = failure.delivery
    attempts = delivery.attempts + 1
    dead = gives_up or retry.gives_up_after(attempts)
    return replace(
        delivery,
        state=DeliveryState.DEAD if dead else DeliveryState.FAILED,
        attempts=attempts,
        first_attempt_at=delivery.first_attempt_at or failure.at,
        last_attempt_at=failure.at,
        next_attempt_at=failure.at + _pause(failure, retry, attempts, chance),
        error=failure.error,
    )


def _in_health(destination: Destination, outcome: Outcome, retry: RetryPolicy, chance: float) -> Destination:
    """Leave a destination alone that failed; let one that answers again have everything at once."""
    failure = outcome.failure
    if failure is None:
        return replace(destination, failures=0, retry_at=None, last_error=None)
    # Runs that were under way together fail together: that is one failure of the destination, not many.
    failures = outcome.run.destination.failures + 1
    if failures < destination.failures:
        return destination
    pause = _pause(failure, retry, failures, chance)
    return replace(destination, failures=failures, retry_at=failure.at + pause, last_error=failure.error)


def _pause(failure: NotSent, retry: RetryPolicy, failures: int, chance: float) -> timedelta:
    asked = timedelta(seconds=min(failure.retry_after_s or 0.0, retry.cap_s))
    return max(retry.pause(failures, chance), asked)
