"""`/console/settings/keys`: keys of programs. A key is shown in the answer that made it, and never again."""

from datetime import UTC, datetime, time, timedelta
from typing import Annotated, Final

from fastapi import Depends, Form, Query, Request, Response
from fastapi.responses import RedirectResponse

from api.console.administration.parts import KEYS, show_part
from api.console.door import Visitor, signed_in_with
from api.errors import BodyError
from api.http.auth import ServiceDep
from api.http.routers import Router
from api.security.keys import KeyTerms, NewKey, create_key, revoke_key, rotate_key
from api.security.permissions import Permission
from api.service import Service
from api.views.casework.people import People
from casework.domain.actor import Role
from casework.domain.errors import NotFoundError, WrongStateError

router = Router(include_in_schema=False)

Reading = Annotated[Visitor, Depends(signed_in_with(Permission.KEY_READ))]
Managing = Annotated[Visitor, Depends(signed_in_with(Permission.KEY_MANAGE))]
Typed = Annotated[str, Form(max_length=120)]

_HERE: Final = KEYS.address
_ROWS: Final = 50
_OVERLAP: Final = timedelta(days=1)
"""For how long a key is taken beside the one that takes its place."""

_ROLES: Final = (Role.PIPELINE, Role.INTAKE, Role.MODERATOR, Role.SENIOR, Role.ADMIN, Role.AUDITOR)
_MOST_PER_MINUTE: Final = 10_000_000


@router.get(_HERE)
def list_keys(
    request: Request,
    visitor: Reading,
    service: ServiceDep,
    before: Annotated[str | None, Query(max_length=40)] = None,
) -> Response:
    """List keys, the latest first, refused ones too."""
    return _shown(request, visitor, service, before=before)


@router.post(_HERE)
def make(
    request: Request,
    visitor: Managing,
    service: ServiceDep,
    role: Annotated[Role, Form()],
    name: Typed = "",
    ends: Typed = "",
    per_minute: Typed = "",
    speaks_for: Typed = "",
    trusted: Annotated[bool, Form()] = False,
) -> Response:
    """Make a key and show it, this once."""
    try:
        terms = KeyTerms(
            name=_name(name),
            role=_role(role),
            trusted=trusted,
            expires_at=_end(ends),
            requests_per_minute=_number(per_minute),
            principal=speaks_for or None,
        )
        with service.writing() as uow:
            made = create_key(uow, terms, actor=visitor.actor)
    except (BodyError, NotFoundError, WrongStateError) as error:
        return _shown(request, visitor, service, error=error, typed={"name": name, "role": role.value})
    return _shown(request, visitor, service, made=made)


@router.post(f"{_HERE}/{{key_id}}/rotate")
def rotate(request: Request, key_id: str, visitor: Managing, service: ServiceDep) -> Response:
    """Make a key that takes another's place, and show it, this once; for a day both are taken."""
    try:
        with service.writing() as uow:
            made = rotate_key(uow, key_id, overlap=_OVERLAP, actor=visitor.actor)
    except WrongStateError as error:
        return _shown(request, visitor, service, error=error)
    return _shown(request, visitor, service, made=made)


@router.post(f"{_HERE}/{{key_id}}/revoke")
def revoke(key_id: str, visitor: Managing, service: ServiceDep) -> Response:
    """Refuse a key from now on."""
    with service.writing() as uow:
        revoke_key(uow, key_id, actor=visitor.actor)
    return RedirectResponse(_HERE, status_code=303)


def _shown(
    request: Request,
    visitor: Visitor,
    service: Service,
    *,
    before: str | None = None,
    error: Exception | None = None,
    made: NewKey | None = None,
    typed: dict[str, str] | None = None,
) -> Response:
    with service.reading() as uow:
        keys, following = uow.keys.newest(before=before, limit=_ROWS)
        names = People(uow)
        spoken = {one.id: names.named(one.principal).name for one in keys if one.principal is not None}
        people = [one for one in uow.people.listed() if one.disabled_at is None]
        now = uow.now
    return show_part(
        request,
        KEYS,
        visitor,
        error=error,
        keys=keys,
        refusals={one.id: one.refused_because(now) for one in keys},
        last_used={one.id: service.key_uses.latest(one.id, one.last_used_at) for one in keys},
        spoken=spoken,
        people=people,
        roles=_ROLES,
        made=made,
        typed=typed or {"name": "", "role": Role.PIPELINE.value},
        first=_HERE if before is not None else None,
        following=following and f"{_HERE}?before={following}",
    )


def _name(text: str) -> str:
    if not text.strip():
        message = "a name is expected: whose it is, for the history"
        raise BodyError(message, field="name")
    return text.strip()


def _role(role: Role) -> Role:
    if role not in _ROLES:
        message = f"no key has the role {role.value}; one of {', '.join(_ROLES)} is expected"
        raise BodyError(message, field="role")
    return role


def _end(text: str) -> datetime | None:
    """Read the last day on which a key is taken, in UTC."""
    if not text.strip():
        return None
    try:
        day = datetime.strptime(text.strip(), "%Y-%m-%d").date()  # noqa: DTZ007  # a day has no zone
    except ValueError as error:
        message = f"a day is expected, 2027-01-31, not {text!r}"
        raise BodyError(message, field="ends") from error
    return datetime.combine(day, time.min, UTC) + timedelta(days=1)


def _number(text: str) -> int | None:
    if not text.strip():
        return None
    if not text.strip().isdecimal() or not 0 < int(text) <= _MOST_PER_MINUTE:
        message = f"a number from 1 to {_MOST_PER_MINUTE:,} is expected, not {text!r}"
        raise BodyError(message, field="per_minute")
    return int(text)
