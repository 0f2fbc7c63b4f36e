"""
Who is asking, and may they: `Depends(allowed(Permission.CASE_DECIDE))` in a route.

Invariant: every route says who gets in, by a `Guard`; the application does not start with one that does not. Without a
key answer receipts, what tells nothing of cases (health, metrics), and, where the operator allows it, the public form.
Who asks is found out once a request: of one with a body before anything of the body is read (`border/key_first.py`).
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Annotated

from fastapi import Depends, Header, Request
from fastapi.routing import APIRoute, RouteContext, iter_route_contexts
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from starlette.concurrency import run_in_threadpool
from starlette.routing import BaseRoute

from api.errors import ForbiddenError, NotReadyError, UnauthenticatedError
from api.http.keys_in_use import key_in_use
from api.security.keys import known_key
from api.security.permissions import PERMISSIONS_OF, Permission
from api.service import Service
from casework.domain.actor import PUBLIC, Actor, Role
from casework.domain.cases.report import Report
from casework.domain.errors import ReceiptError
from casework.domain.keys import ApiKey
from casework.handlers.reports.intake import report_of_receipt
from casework.persistence.connection.database import Database
from casework.persistence.connection.failures import DatabaseFailedError
from index.errors import IndexStoreError

bearer = HTTPBearer(auto_error=False, description="A key made by `staydown keys create`.")


def service_of(request: Request) -> Service:
    """Return the process's service."""
    service: Service = request.app.state.service
    return service


async def _service(request: Request) -> Service:
    """
    Return the same to a route; what is no coroutine, FastAPI would hand to a thread, for nothing.

    Dependencies of many routes ask `service_of`: FastAPI works each out anew that another depends on.
    """
    return service_of(request)


ServiceDep = Annotated[Service, Depends(_service)]
Credentials = Annotated[HTTPAuthorizationCredentials | None, Depends(bearer)]


class Guard:
    """What a route has to say who gets in; `require_guards` makes sure that each has one."""


class Allowed(Guard):
    """
    A dependency that returns who is asking, if they may.

    Args:
        permission: What they must be allowed to do.

        or_public: Whether it also answers without a key, at a limited rate, where the operator allows it.
    """

    def __init__(self, permission: Permission, *, or_public: bool = False) -> None:
        self.permission = permission
        self.or_public = or_public

    async def __call__(self, request: Request, credentials: Credentials) -> Actor:
        """
        Return who is asking.

        Raises:
            UnauthenticatedError: Without a key that is in use.
            ForbiddenError: If its role may not do this.
            TooManyRequestsError: If they ask too often.
        """
        find_out = who_asks_or_public if self.or_public else who_asks
        return require_permission(await find_out(request, service_of(request), credentials), self.permission)


class Open(Guard):
    """
    A dependency that lets everybody in, so that a route says it does.

    Args:
        why: Why no permission is asked for.
    """

    def __init__(self, why: str) -> None:
        self.why = why

    async def __call__(self) -> None:
        """Let everybody in; on the event loop, for it must work while every thread waits."""


class ReceiptHolder(Guard):
    """A dependency that returns the report whose receipt is shown: number in the address, secret in a header."""

    def __call__(
        self,
        number: str,
        request: Request,
        service: ServiceDep,
        secret: Annotated[str, Header(alias="Receipt-Secret", description="Shown once, when the report was filed.")],
    ) -> Report:
        """
        Return the report.

        Raises:
            ReceiptError: If number and secret do not belong together.
            TooManyRequestsError: If too many receipts, or too many wrong ones, came from this address.
        """
        service.rate_limits.require_receipt(host_of(request))
        with wrong_receipts_counted(service, request, f"{number} {secret}"), service.reading() as uow:
            return report_of_receipt(number, secret, uow)


OfReceipt = Annotated[Report, Depends(ReceiptHolder())]
"""The report of the receipt that a request shows."""


def allowed(permission: Permission) -> Allowed:
    """Make a dependency that returns who is asking, and refuses whom the permission is not given."""
    return Allowed(permission)


def allowed_or_public(permission: Permission) -> Allowed:
    """Make one for an address that also answers without a key, at a limited rate, where the operator allows it."""
    return Allowed(permission, or_public=True)


PAGES = frozenset({"/docs", "/docs/oauth2-redirect", "/redoc"})
"""The description of the interface, which is as public as its source."""


def guarded_routes(routes: Sequence[BaseRoute]) -> list[tuple[RouteContext, Guard | None]]:
    """
    List what an application answers, with what each route says about who gets in; None where it says nothing.

    Args:
        routes: Of the whole application; those of `PAGES` are left out.
    """
    found = [one for one in iter_route_contexts(routes) if isinstance(one.original_route, APIRoute)]
    return [(one, _guard_of(one)) for one in found if one.path not in PAGES]


def require_guards(routes: Sequence[BaseRoute]) -> None:
    """
    Make sure that no address answers because somebody forgot to say who may ask.

    Args:
        routes: Of the whole application.

    Raises:
        RuntimeError: Naming those that do not say.
    """
    forgotten = [str(route.path) for route, guard in guarded_routes(routes) if guard is None]
    if forgotten:
        message = f"these routes do not say who may ask: {', '.join(forgotten)}; give each `allowed(…)` or `Open(…)`"
        raise RuntimeError(message)


@contextmanager
def wrong_receipts_counted(service: Service, request: Request, secret: str) -> Iterator[None]:
    """Let who shows wrong receipts wait, longer each time."""
    try:
        yield
    except ReceiptError:
        service.rate_limits.refuse(host_of(request), secret)
        raise


async def who_asks(request: Request, service: Service, credentials: HTTPAuthorizationCredentials | None) -> Actor:
    """
    Return who presents the key of a request.

    Raises:
        UnauthenticatedError: If there is no key, or it is not in use.
        TooManyRequestsError: If they ask too often, or too many wrong keys came from there.
    """
    known: Actor | None = getattr(request.state, "actor", None)
    if known is None:
        known = await _actor_of_known_key(service, credentials)
        if known is None:
            known = await run_in_threadpool(_actor, service, credentials, host_of(request))
        request.state.actor = known
    return known


async def who_asks_or_public(
    request: Request, service: Service, credentials: HTTPAuthorizationCredentials | None
) -> Actor:
    """
    Return who presents the key of a request, or the public where the operator allows it.

    Raises:
        UnauthenticatedError: If there is no key and one is needed, or it is not in use.
        TooManyRequestsError: If the address asked too often.
    """
    if credentials is not None or not service.settings.public_reports or hasattr(request.state, "actor"):
        return await who_asks(request, service, credentials)
    await run_in_threadpool(service.rate_limits.require_public, host_of(request))
    request.state.actor = PUBLIC
    return PUBLIC


def host_of(request: Request) -> str:
    """Return the address a request came from, which a trusted proxy may have said."""
    return request.client.host if request.client else "unknown"


def _guard_of(route: RouteContext) -> Guard | None:
    asked = (one.call for one in route.dependant.dependencies)
    return next((one for one in asked if isinstance(one, Guard)), None)


async def _actor_of_known_key(service: Service, credentials: HTTPAuthorizationCredentials | None) -> Actor | None:
    """
    Return who presents a key that is in use; None where there is none, or the record is away: `_actor` says what to do.

    Raises:
        TooManyRequestsError: If they ask too often.
    """
    if credentials is None or service.standby.is_away:
        return None
    try:
        await service.loop_barrier.pass_through()
        key = await key_in_use(service, credentials.credentials)
    except (DatabaseFailedError, IndexStoreError):
        return None
    if key is None:
        return None
    if service.rate_limits.has_limit(key):
        await run_in_threadpool(service.rate_limits.require_key, key)
    service.key_uses.note(key.id, service.clock.now())
    return key.actor


def _actor(service: Service, credentials: HTTPAuthorizationCredentials | None, host: str) -> Actor:
    if credentials is None:
        message = "send `Authorization: Bearer KEY`; `staydown keys create` makes one"
        raise UnauthenticatedError(message)
    key = credentials.credentials

    def on_record() -> tuple[ApiKey | None, datetime]:
        with service.reading() as uow:
            return known_key(uow, key), uow.now

    known, now = service.standby.instead(on_record, lambda copy: _key_as_copied(service, copy, key))
    if known is None:
        service.rate_limits.refuse(host, key)
        message = "the key is unknown; `staydown keys create` makes a new one"
        raise UnauthenticatedError(message)
    if (refusal := known.refused_because(now)) is not None:
        message = f"the key {refusal}; `staydown keys create` makes a new one"
        raise UnauthenticatedError(message)
    service.rate_limits.require_key(known)
    service.key_uses.note(known.id, now)
    return known.actor


def _key_as_copied(service: Service, copy: Database, key: str) -> tuple[ApiKey, datetime]:
    with service.standby.reading(copy) as uow:
        known, now = known_key(uow, key), uow.now
    if known is None:
        message = "the database cannot be reached, and the key was not known before; try again"
        raise NotReadyError(message)
    return known, now


def require_permission(actor: Actor, permission: Permission) -> Actor:
    """
    Return who asks, if their role may do this.

    Raises:
        ForbiddenError: Naming the roles that may.
    """
    if permission in PERMISSIONS_OF[actor.role]:
        return actor
    roles = ", ".join(role.value for role in Role if permission in PERMISSIONS_OF[role])
    message = f"a key of role {actor.role.value} may not {permission.value}; these roles may: {roles}"
    raise ForbiddenError(message)
