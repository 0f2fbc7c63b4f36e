"""`/console/settings/destinations`: systems downstream, and what could not be delivered to them."""

from collections.abc import Callable
from typing import Annotated, Final

from fastapi import Depends, Form, Request, Response
from fastapi.responses import RedirectResponse

from api.console.administration.parts import DESTINATIONS as HERE
from api.console.administration.parts import show_part
from api.console.door import Visitor, signed_in_with
from api.errors import BodyError
from api.http.auth import ServiceDep
from api.http.routers import Router
from api.security.permissions import Permission
from api.service import Service
from casework.delivery import DESTINATIONS
from casework.domain.actor import Actor
from casework.domain.errors import TargetError, WrongStateError
from casework.domain.events import EventType
from casework.domain.takedowns.propagation import DeliveryState
from casework.handlers.destinations import (
    AddDestination,
    add_destination,
    delete_destination,
    pause_destination,
    resume_destination,
)
from casework.ports.unit_of_work import UnitOfWork

router = Router(include_in_schema=False)

Reading = Annotated[Visitor, Depends(signed_in_with(Permission.DESTINATION_READ))]
Managing = Annotated[Visitor, Depends(signed_in_with(Permission.DESTINATION_MANAGE))]
Typed = Annotated[str, Form(max_length=2_000)]

_MOST_NAME: Final = 120
_ROWS: Final = 200
_GIVEN_UP: Final = 50

_CHANGES: Final[dict[str, Callable[[str, Actor, UnitOfWork], object]]] = {
    "pause": pause_destination,
    "resume": resume_destination,
    "delete": delete_destination,
}


@router.get(HERE.address)
def list_destinations(request: Request, visitor: Reading, service: ServiceDep) -> Response:
    """List destinations with what they are owed, and what was given up."""
    return _shown(request, visitor, service)


@router.post(HERE.address)
def add(
    request: Request,
    visitor: Managing,
    service: ServiceDep,
    name: Typed = "",
    kind: Typed = "",
    target: Typed = "",
    credentials: Typed = "",
    events: Annotated[list[EventType] | None, Form()] = None,
) -> Response:
    """Tell another system what happens; what its messages are signed with is shown this once."""
    typed = {"name": name, "kind": kind, "target": target}
    try:
        row = DESTINATIONS.get(kind)
        if row is None or not 0 < len(name.strip()) <= _MOST_NAME or not events:
            message = f"a name of 1 to {_MOST_NAME} characters, a kind and at least one event are expected"
            raise BodyError(message, field="name")
        if credentials and row.credentials is None:
            message = f"a {row.label} takes no credentials; leave them out"
            raise BodyError(message, field="credentials")
        made = row.make_secret()
        secret = credentials or made
        row.check(target.strip(), secret, options=service.send_options)
        command = AddDestination(
            actor=visitor.actor,
            name=name.strip(),
            kind=kind,
            target=target.strip(),
            secret=None if secret is None else secret.encode(),
            events=events,
        )
        with service.writing() as uow:
            add_destination(command, uow)
    except (BodyError, TargetError) as error:
        return _shown(request, visitor, service, error=error, typed=typed)
    return _shown(request, visitor, service, secret=made, added=name.strip())


@router.post(f"{HERE.address}/{{destination_id}}/{{change}}")
def change_one(request: Request, destination_id: str, change: str, visitor: Managing, service: ServiceDep) -> Response:
    """Pause, resume or delete one."""
    try:
        if change not in _CHANGES:
            message = f"a destination can be changed by {', '.join(_CHANGES)}, not by {change!r}"
            raise BodyError(message, field="change")
        with service.writing() as uow:
            _CHANGES[change](destination_id, visitor.actor, uow)
    except (BodyError, WrongStateError) as error:
        return _shown(request, visitor, service, error=error)
    return RedirectResponse(HERE.address, status_code=303)


def _shown(
    request: Request,
    visitor: Visitor,
    service: Service,
    *,
    error: Exception | None = None,
    typed: dict[str, str] | None = None,
    secret: str | None = None,
    added: str | None = None,
) -> Response:
    with service.reading() as uow:
        destinations, _ = uow.destinations.listed(after=None, limit=_ROWS)
        undelivered = uow.figures.undelivered()
        oldest = uow.figures.oldest_deliveries(uow.now)
        given_up, _ = uow.deliveries.newest_in([DeliveryState.DEAD, DeliveryState.FAILED], before=None, limit=_GIVEN_UP)
        names = {one.id: one.name for one in uow.destinations.many({one.destination_id for one in given_up}).values()}
    waiting = {
        one.id: sum(
            undelivered.get((one.id, state.value), 0) for state in (DeliveryState.PENDING, DeliveryState.FAILED)
        )
        for one in destinations
    }
    return show_part(
        request,
        HERE,
        visitor,
        error=error,
        destinations=destinations,
        waiting=waiting,
        dead={one.id: undelivered.get((one.id, DeliveryState.DEAD.value), 0) for one in destinations},
        oldest=oldest,
        given_up=given_up,
        names=names,
        kinds=DESTINATIONS,
        events=list(EventType),
        typed=typed or {"name": "", "kind": "webhook", "target": ""},
        secret=secret,
        added=added,
    )
