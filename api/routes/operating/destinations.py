"""`/v1/destinations`, `/v1/deliveries`, `/v1/events`: who is sent events, what each was sent, the same as a feed."""

from typing import Annotated

from fastapi import Depends, Query, Response

from api.errors import BodyError
from api.http.auth import ServiceDep, allowed
from api.http.paging import After, Limit, position_after
from api.http.repeats.idempotent import IdempotentDep
from api.http.routers import Router
from api.schemas.propagation import (
    DeliveryOut,
    DeliveryPage,
    DestinationIn,
    DestinationOut,
    DestinationPage,
    EventOut,
    EventPage,
    NewDestinationOut,
)
from api.security.permissions import Permission
from api.views.propagation import delivery_out, destination_out
from casework.delivery import DESTINATIONS
from casework.domain.actor import Actor
from casework.domain.events import EventType
from casework.domain.takedowns.propagation import DeliveryState
from casework.handlers.destinations import (
    AddDestination,
    add_destination,
    delete_destination,
    pause_destination,
    resume_destination,
    retry_delivery,
)
from casework.persistence.unit_of_work import SqlUnitOfWork

router = Router(prefix="/v1", tags=["propagation"])

Reading = Annotated[Actor, Depends(allowed(Permission.DESTINATION_READ))]
Managing = Annotated[Actor, Depends(allowed(Permission.DESTINATION_MANAGE))]
ReadingDeliveries = Annotated[Actor, Depends(allowed(Permission.DELIVERY_READ))]
Retrying = Annotated[Actor, Depends(allowed(Permission.DELIVERY_RETRY))]
Following = Annotated[Actor, Depends(allowed(Permission.EVENT_READ))]


@router.post("/destinations", response_model=NewDestinationOut, status_code=201, summary="Add a destination")
def add(destination: DestinationIn, actor: Managing, request: IdempotentDep, service: ServiceDep) -> Response:
    """
    Add a system that is sent every event from now on; a webhook's secret is shown only in this answer.

    Messages are sent at least once: take each `webhook-id` once, and the `id` in messages of queues. Those of webhooks
    are signed after the Standard Webhooks specification.
    """
    target, secret = _target(destination), _secret(destination)
    row = DESTINATIONS[destination.kind]
    row.check(target, secret, options=service.send_options)
    shown = None if row.credentials else secret  # credentials are somebody else's to show, and answers are kept
    command = AddDestination(
        actor=actor,
        name=destination.name,
        kind=destination.kind,
        target=target,
        secret=None if secret is None else secret.encode(),
        events=destination.events,
    )

    def work(uow: SqlUnitOfWork) -> NewDestinationOut:
        return NewDestinationOut(**destination_out(add_destination(command, uow)).model_dump(), secret=shown)

    return request.once(actor, destination.model_dump(mode="json"), work, status=201)


@router.get("/destinations", summary="List destinations")
def list_destinations(_: Reading, service: ServiceDep, limit: Limit = 50, after: After = None) -> DestinationPage:
    """List destinations by age, without deleted ones."""
    with service.reading() as uow:
        found, following = uow.destinations.listed(after=after, limit=limit)
    return DestinationPage(items=[destination_out(one) for one in found], next=following)


@router.get("/destinations/{destination_id}", summary="Read a destination")
def read(destination_id: str, _: Reading, service: ServiceDep) -> DestinationOut:
    """Read a destination."""
    with service.reading() as uow:
        return destination_out(uow.destinations.get(destination_id))


@router.post("/destinations/{destination_id}/pause", response_model=DestinationOut, summary="Send it nothing for now")
def pause(destination_id: str, actor: Managing, request: IdempotentDep) -> Response:
    """Send it nothing until it is resumed; what it is owed waits, in order."""
    return request.once(actor, {}, lambda uow: destination_out(pause_destination(destination_id, actor, uow)))


@router.post("/destinations/{destination_id}/resume", response_model=DestinationOut, summary="Send again")
def resume(destination_id: str, actor: Managing, request: IdempotentDep) -> Response:
    """Send what waits, and go on."""
    return request.once(actor, {}, lambda uow: destination_out(resume_destination(destination_id, actor, uow)))


@router.delete("/destinations/{destination_id}", status_code=204, summary="Delete a destination")
def delete(destination_id: str, actor: Managing, service: ServiceDep) -> None:
    """Send it nothing any more; what it was still owed, and reversals of what it got, become dead letters."""
    with service.writing() as uow:
        delete_destination(destination_id, actor, uow)


@router.get("/deliveries", summary="List deliveries")
def list_deliveries(
    _: ReadingDeliveries,
    service: ServiceDep,
    state: Annotated[DeliveryState | None, Query(description="All states if left out.")] = None,
    limit: Limit = 50,
    after: After = None,
) -> DeliveryPage:
    """List lines of the ledger by age."""
    states = list(DeliveryState) if state is None else [state]
    with service.reading() as uow:
        found, following = uow.deliveries.state_page(states=states, after=after, limit=limit)
    return DeliveryPage(items=[delivery_out(one) for one in found], next=following)


@router.get("/deliveries/{delivery_id}", summary="Read a delivery")
def read_delivery(delivery_id: str, _: ReadingDeliveries, service: ServiceDep) -> DeliveryOut:
    """Read a line of the ledger."""
    with service.reading() as uow:
        return delivery_out(uow.deliveries.get(delivery_id))


@router.post("/deliveries/{delivery_id}/retry", response_model=DeliveryOut, summary="Try again now")
def retry(delivery_id: str, actor: Retrying, request: IdempotentDep) -> Response:
    """Try again what was given up, or waits; refused where the takedown's reversal was sent since."""
    return request.once(actor, {}, lambda uow: delivery_out(retry_delivery(delivery_id, actor, uow)))


@router.get("/events", summary="Follow what happens")
def events(
    actor: Following,
    service: ServiceDep,
    types: Annotated[
        list[EventType] | None, Query(alias="type", description="May be repeated; all if left out.")
    ] = None,
    limit: Limit = 50,
    after: After = None,
) -> EventPage:
    """
    Read the events that webhooks are sent, in commit order: none ever appears before a cursor you have.

    A pipeline follows what is about its own uploads, and about those the operator registered.

    Go on with `next` while there is one, then with `cursor` whenever you like.
    """
    position = position_after(after)
    with service.reading() as uow:
        found = uow.outbox.feed(
            types=types or list(EventType),
            after=position,
            limit=limit + 1,
            owner_id=actor.id if actor.sees_only_own else None,
        )
    shown = found[:limit]
    reached = shown[-1][0] if shown else position
    return EventPage(
        items=[EventOut(id=one.id, type=one.type, timestamp=one.occurred_at, data=one.data) for _, one in shown],
        next=str(reached) if len(found) > limit else None,
        cursor=str(reached),
    )


def _target(destination: DestinationIn) -> str:
    row = DESTINATIONS[destination.kind]
    wanted = row.target_field.name
    others = sorted({one.target_field.name for one in DESTINATIONS.values()} - {wanted})
    target: str | None = getattr(destination, wanted)
    if target is None or any(getattr(destination, other) is not None for other in others):
        message = f"a {row.label} has a `{wanted}`, and no {' or '.join(f'`{other}`' for other in others)}"
        raise BodyError(message, field=wanted)
    return target


def _secret(destination: DestinationIn) -> str | None:
    if destination.secret is not None:
        return destination.secret
    return DESTINATIONS[destination.kind].make_secret()
