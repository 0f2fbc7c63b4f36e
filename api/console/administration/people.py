"""`/console/settings/people`: who signs in, as what; letting somebody in, and in no more."""

from typing import Annotated, Final

from fastapi import Depends, Form, Request, Response
from fastapi.responses import RedirectResponse

from api.console.administration.parts import PEOPLE, show_part
from api.console.door import Visitor, signed_in_with
from api.errors import BodyError
from api.http.auth import ServiceDep
from api.http.routers import Router
from api.security.people.accounts import add_person, disable, enable, set_password
from api.security.permissions import Permission
from api.service import Service
from casework.domain.actor import CONSOLE_ROLES, Role
from casework.domain.errors import WrongStateError

router = Router(include_in_schema=False)

Reading = Annotated[Visitor, Depends(signed_in_with(Permission.KEY_READ))]
Managing = Annotated[Visitor, Depends(signed_in_with(Permission.KEY_MANAGE))]
Typed = Annotated[str, Form(max_length=1_000)]

_HERE: Final = PEOPLE.address


@router.get(_HERE)
def list_people(request: Request, visitor: Reading, service: ServiceDep) -> Response:
    """List everybody, those who are disabled too."""
    return _shown(request, visitor, service)


@router.post(_HERE)
def add(
    request: Request,
    visitor: Managing,
    service: ServiceDep,
    role: Annotated[Role, Form()],
    name: Typed = "",
    password: Typed = "",
) -> Response:
    """Let somebody in."""
    try:
        with service.writing() as uow:
            add_person(uow, name, role=role, password=password, actor=visitor.actor)
    except (BodyError, WrongStateError) as error:
        return _shown(request, visitor, service, error=error, typed=(name, role))
    return RedirectResponse(_HERE, status_code=303)


@router.post(f"{_HERE}/{{person_id}}/disable")
def let_in_no_more(request: Request, person_id: str, visitor: Managing, service: ServiceDep) -> Response:
    """Sign somebody out everywhere, and revoke the keys that speak for them."""
    return _changed(request, person_id, visitor, service, lets_in=False)


@router.post(f"{_HERE}/{{person_id}}/enable")
def let_in_again(request: Request, person_id: str, visitor: Managing, service: ServiceDep) -> Response:
    """Let somebody in again, with the password they had."""
    return _changed(request, person_id, visitor, service, lets_in=True)


@router.post(f"{_HERE}/{{person_id}}/password")
def give_password(
    request: Request, person_id: str, visitor: Managing, service: ServiceDep, password: Typed = ""
) -> Response:
    """Give somebody another password; they have to sign in again everywhere."""
    try:
        with service.writing() as uow:
            set_password(uow, uow.people.get(person_id, lock=True), password, actor=visitor.actor)
    except BodyError as error:
        return _shown(request, visitor, service, error=error)
    return RedirectResponse(_HERE, status_code=303)


def _changed(request: Request, person_id: str, visitor: Visitor, service: Service, *, lets_in: bool) -> Response:
    try:
        with service.writing() as uow:
            change = enable if lets_in else disable
            change(uow, uow.people.get(person_id, lock=True), actor=visitor.actor)
    except WrongStateError as error:
        return _shown(request, visitor, service, error=error)
    return RedirectResponse(_HERE, status_code=303)


def _shown(
    request: Request,
    visitor: Visitor,
    service: Service,
    *,
    error: Exception | None = None,
    typed: tuple[str, Role] = ("", Role.MODERATOR),
) -> Response:
    with service.reading() as uow:
        people = uow.people.listed()
    return show_part(request, PEOPLE, visitor, error=error, people=people, roles=CONSOLE_ROLES, typed=typed)
