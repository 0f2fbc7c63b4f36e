"""
Who is asking, and may they: `Depends(allowed(Permission.CASE_DECIDE))` in a route.

Invariant: every address under /v1 asks. Without a key only the public notice form and receipts answer, and only where
the operator allows it. Who asks is found out once a request: of one with a body before anything of the body is read
(`key_first.py`).
"""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Annotated

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from starlette.concurrency import run_in_threadpool

from api.errors import ForbiddenError, NotReadyError, TooManyRequestsError, UnauthenticatedError
from api.security.keys import known_key
from api.security.permissions import PERMISSIONS_OF, Permission
from api.security.rate_limit import PublicRateLimit
from api.service import Service
from casework.domain.actor import PUBLIC, Actor, Role
from casework.domain.keys import ApiKey
from casework.persistence.connection.database import Database

bearer = HTTPBearer(auto_error=False, description="A key made by `staydown keys create`.")


def service_of(request: Request) -> Service:
    """Return the process's service."""
    service: Service = request.app.state.service
    return service


ServiceDep = Annotated[Service, Depends(service_of)]
Credentials = Annotated[HTTPAuthorizationCredentials | None, Depends(bearer)]


def allowed(permission: Permission) -> Callable[..., Awaitable[Actor]]:
    """
    Make a dependency that returns who is asking.

    Args:
        permission: What they must be allowed to do.

    Returns:
        A dependency that raises `UnauthenticatedError` without a valid key and `ForbiddenError` for a wrong role.
    """

    async def check(request: Request, service: ServiceDep, credentials: Credentials) -> Actor:
        return _require(await who_asks(request, service, credentials), permission)

    return check


def allowed_or_public(permission: Permission) -> Callable[..., Awaitable[Actor]]:
    """Make one for an address that also answers without a key, at a limited rate, where the operator allows it."""

    async def check(request: Request, service: ServiceDep, credentials: Credentials) -> Actor:
        return _require(await who_asks_or_public(request, service, credentials), permission)

    return check


async def who_asks(request: Request, service: Service, credentials: HTTPAuthorizationCredentials | None) -> Actor:
    """
    Return who presents the key of a request.

    Raises:
        UnauthenticatedError: If there is no key, or nobody has it.
    """
    known: Actor | None = getattr(request.state, "actor", None)
    if known is None:
        known = request.state.actor = await run_in_threadpool(_actor, service, credentials)
    return known


async def who_asks_or_public(
    request: Request, service: Service, credentials: HTTPAuthorizationCredentials | None
) -> Actor:
    """
    Return who presents the key of a request, or the public where the operator allows it.

    Raises:
        UnauthenticatedError: If there is no key and one is needed, or nobody has it.
        TooManyRequestsError: If the address asked too often without one.
    """
    if credentials is not None or not service.settings.public_reports or hasattr(request.state, "actor"):
        return await who_asks(request, service, credentials)
    limit: PublicRateLimit = request.app.state.public_rate_limit
    address = request.client.host if request.client else "unknown"
    if not limit.allow(address):
        message = f"more than {service.settings.public_reports_per_hour} requests an hour from {address}; try later"
        raise TooManyRequestsError(message, retry_after_s=limit.retry_after_s(address))
    request.state.actor = PUBLIC
    return PUBLIC


def _actor(service: Service, credentials: HTTPAuthorizationCredentials | None) -> Actor:
    if credentials is None:
        message = "send `Authorization: Bearer KEY`; `staydown keys create` makes one"
        raise UnauthenticatedError(message)
    key = credentials.credentials

    def on_record() -> tuple[ApiKey | None, datetime]:
        with service.reading() as uow:
            return known_key(uow, key), uow.now

    known, now = service.standby.instead(on_record, lambda copy: _key_as_copied(service, copy, key))
    if known is None:
        message = "the key is unknown; `staydown keys create` makes a new one"
        raise UnauthenticatedError(message)
    if (refusal := known.refused_because(now)) is not None:
        message = f"the key {refusal}; `staydown keys create` makes a new one"
        raise UnauthenticatedError(message)
    service.key_uses.note(known.id, now)
    return known.actor


def _key_as_copied(service: Service, copy: Database, key: str) -> tuple[ApiKey, datetime]:
    with service.standby.reading(copy) as uow:
        known, now = known_key(uow, key), uow.now
    if known is None:
        message = "the database cannot be reached, and the key was not known before; try again"
        raise NotReadyError(message)
    return known, now


def _require(actor: Actor, permission: Permission) -> Actor:
    if permission in PERMISSIONS_OF[actor.role]:
        return actor
    roles = ", ".join(role.value for role in Role if permission in PERMISSIONS_OF[role])
    message = f"a key of role {actor.role.value} may not {permission.value}; these roles may: {roles}"
    raise ForbiddenError(message)
