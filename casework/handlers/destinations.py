"""
Looking after destinations: adding, pausing, resuming, deleting, and retrying what was given up.

Invariant: nothing that may have restricted something downstream is sent again after its reversal was: a retry never
brings a takedown back.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from casework.domain.actor import Actor
from casework.domain.errors import WrongStateError
from casework.domain.events import EventType
from casework.domain.ids import DestinationId, new_id
from casework.domain.takedowns.propagation import (
    Delivery,
    DeliveryState,
    Destination,
    DestinationState,
    with_reversals,
)
from casework.ports.unit_of_work import UnitOfWork
from casework.steps.journal import record

DELETED = "the destination was deleted"


@dataclass(frozen=True, slots=True)
class AddDestination:
    """
    Add a system downstream to those that are sent events.

    Args:
        kind: A row of `delivery.DESTINATIONS`.

        target: Checked by that row.

        secret: What signs its messages, or None.

        events: What it is sent; reversals of these are added.
    """

    actor: Actor
    name: str
    kind: str
    target: str
    secret: bytes | None
    events: Sequence[EventType]


def add_destination(command: AddDestination, uow: UnitOfWork) -> Destination:
    """Tell it everything that happens from now on."""
    destination = Destination(
        id=DestinationId(new_id("dst", uow.now)),
        name=command.name,
        kind=command.kind,
        target=command.target,
        secret=command.secret,
        events=with_reversals(command.events),
        state=DestinationState.ACTIVE,
        created_at=uow.now,
    )
    uow.destinations.add(destination)
    record(uow, command.actor, "destination:added", destination.id, kind=command.kind, name=command.name)
    return destination


def pause_destination(destination_id: str, actor: Actor, uow: UnitOfWork) -> Destination:
    """
    Send it nothing until it is resumed; what it is owed waits.

    Raises:
        NotFoundError, WrongStateError: If there is none, or it is not active.
    """
    destination = uow.destinations.get(destination_id, lock=True).pause()
    uow.destinations.update(destination)
    record(uow, actor, "destination:paused", destination.id)
    return destination


def resume_destination(destination_id: str, actor: Actor, uow: UnitOfWork) -> Destination:
    """
    Send again, at once.

    Raises:
        NotFoundError, WrongStateError: If there is none, or it is not paused.
    """
    destination = uow.destinations.get(destination_id, lock=True).resume()
    uow.destinations.update(destination)
    record(uow, actor, "destination:resumed", destination.id)
    return destination


def delete_destination(destination_id: str, actor: Actor, uow: UnitOfWork) -> None:
    """
    Send it nothing any more; its secret is forgotten, its ledger stays.

    What it was still owed is given up, visibly. So is, later, the reversal of every takedown it may have got.

    Raises:
        NotFoundError, WrongStateError: If there is none, or it was deleted before.
    """
    destination = uow.destinations.get(destination_id, lock=True).delete()
    uow.destinations.update(destination)
    given_up = uow.deliveries.give_up_all(destination.id, error=DELETED)
    record(uow, actor, "destination:deleted", destination.id, given_up=given_up)


def retry_delivery(delivery_id: str, actor: Actor, uow: UnitOfWork) -> Delivery:
    """
    Try a delivery again now: one that was given up, or one that waits for its next attempt.

    Raises:
        NotFoundError: If there is none.
        WrongStateError: If it was delivered, its destination is deleted, or its takedown's reversal went out since.
    """
    delivery = uow.deliveries.get(delivery_id, lock=True)
    if delivery.state is DeliveryState.DELIVERED:
        message = f"delivery {delivery.id} was delivered; there is nothing to retry"
        raise WrongStateError(message)
    destination = uow.destinations.get(delivery.destination_id, lock=True)
    if destination.state is DestinationState.DELETED:
        message = f"destination {destination.id} was deleted; add it again"
        raise WrongStateError(message)
    _require_not_reversed(delivery, uow)
    delivery = replace(delivery, state=DeliveryState.PENDING, next_attempt_at=uow.now)
    uow.deliveries.update(delivery)
    uow.destinations.update(replace(destination, failures=0, retry_at=None))
    record(uow, actor, "delivery:retried", delivery.id, destination_id=destination.id)
    return delivery


def _require_not_reversed(delivery: Delivery, uow: UnitOfWork) -> None:
    if not delivery.restricts or delivery.takedown_id is None:
        return
    reversal = uow.deliveries.reversal_of(delivery)
    being_sent = reversal is not None and reversal.lease is not None and uow.now < reversal.lease.until
    if reversal is not None and (reversal.may_have_arrived or being_sent):
        message = (
            f"takedown {delivery.takedown_id} was reversed, and destination {delivery.destination_id} was told so; "
            "sending this now would bring it back"
        )
        raise WrongStateError(message)
