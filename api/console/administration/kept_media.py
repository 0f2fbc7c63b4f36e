"""`/console/settings/never-bank` and `/protected`: media that is never banked, and media nothing acts on by itself."""

from typing import Annotated, Final

from fastapi import Depends, Query, Request, Response
from fastapi.responses import RedirectResponse
from starlette.concurrency import run_in_threadpool

from api.console.administration.parts import NEVER_BANK, PROTECTED, Part, show_part
from api.console.door import Visitor, read_sent, signed_in_with
from api.errors import BodyError, TooManyRequestsError
from api.http.auth import ServiceDep
from api.http.border.hanging_up import while_connected
from api.http.incoming.bodies import Body, only_file
from api.http.routers import Router
from api.media.hashing import answer_about_file, hash_incoming, submitted
from api.security.permissions import Permission
from api.service import Service
from api.views.casework.people import People
from casework.domain.takedowns.protected import Kept
from casework.handlers.protect import ProtectMedia, protect_media, unprotect_media
from matcher.errors import MediaError
from matcher.reading.keyframes import REFERENCE

router = Router(include_in_schema=False)

Reading = Annotated[Visitor, Depends(signed_in_with(Permission.PROTECTED_READ))]
Managing = Annotated[Visitor, Depends(signed_in_with(Permission.PROTECTED_MANAGE))]
Adding = Annotated[Visitor, Depends(signed_in_with(Permission.PROTECTED_MANAGE, with_files=True))]
Cursor = Annotated[str | None, Query(max_length=40)]
Sent = Annotated[Body, Depends(read_sent)]

_ROWS: Final = 50
_MOST_REASON: Final = 1_000
_LISTS: Final = {Kept.NEVER_BANK: NEVER_BANK, Kept.PROTECTED: PROTECTED}


@router.get(NEVER_BANK.address)
def list_never_banked(request: Request, visitor: Reading, service: ServiceDep, after: Cursor = None) -> Response:
    """List what is never banked."""
    return _shown(request, Kept.NEVER_BANK, visitor, service, after=after)


@router.get(PROTECTED.address)
def list_protected(request: Request, visitor: Reading, service: ServiceDep, after: Cursor = None) -> Response:
    """List what is protected."""
    return _shown(request, Kept.PROTECTED, visitor, service, after=after)


@router.post(NEVER_BANK.address)
async def never_bank(request: Request, visitor: Adding, service: ServiceDep, body: Sent) -> Response:
    """Have a picture never banked."""
    return await _added(request, Kept.NEVER_BANK, visitor, service, body)


@router.post(PROTECTED.address)
async def protect(request: Request, visitor: Adding, service: ServiceDep, body: Sent) -> Response:
    """Let nothing act by itself on copies of a picture or video."""
    return await _added(request, Kept.PROTECTED, visitor, service, body)


@router.post(f"{NEVER_BANK.address}/{{entry_id}}/remove")
def bank_again(entry_id: str, visitor: Managing, service: ServiceDep) -> Response:
    """Let a picture be banked again."""
    return _removed(entry_id, Kept.NEVER_BANK, visitor, service)


@router.post(f"{PROTECTED.address}/{{entry_id}}/remove")
def unprotect(entry_id: str, visitor: Managing, service: ServiceDep) -> Response:
    """Let the policy act on copies again."""
    return _removed(entry_id, Kept.PROTECTED, visitor, service)


async def _added(request: Request, kept_as: Kept, visitor: Visitor, service: Service, body: Body) -> Response:
    reason = str(body.fields.get("reason", "")).strip()
    try:
        if not 0 < len(reason) <= _MOST_REASON:
            message = f"a reason of 1 to {_MOST_REASON:,} characters is expected; it stays with the entry"
            raise BodyError(message, field="reason")
        file = only_file(body)
        hashed = await while_connected(
            request, lambda gone: hash_incoming(service, visitor.actor, file, given_up=gone, pace=REFERENCE)
        )
    except (BodyError, MediaError, TooManyRequestsError) as error:
        return await run_in_threadpool(_shown, request, kept_as, visitor, service, error=error, reason=reason)
    media = submitted(service, hashed, keep_preview=False)
    command = ProtectMedia(actor=visitor.actor, media=media, reason=reason, kept_as=kept_as)

    def work() -> None:
        with service.writing() as uow:
            protect_media(command, uow)

    await answer_about_file(service, work)
    return RedirectResponse(_LISTS[kept_as].address, status_code=303)


def _removed(entry_id: str, kept_as: Kept, visitor: Visitor, service: Service) -> Response:
    with service.writing() as uow:
        unprotect_media(entry_id, visitor.actor, uow, kept_as=kept_as)
    return RedirectResponse(_LISTS[kept_as].address, status_code=303)


def _shown(
    request: Request,
    kept_as: Kept,
    visitor: Visitor,
    service: Service,
    *,
    after: str | None = None,
    error: Exception | None = None,
    reason: str = "",
) -> Response:
    part: Part = _LISTS[kept_as]
    with service.reading() as uow:
        entries, following = uow.protected.listed(kept_as, after=after, limit=_ROWS)
        people = People(uow)
        added_by = {one.id: people.named(one.added_by).name for one in entries}
    return show_part(
        request,
        part,
        visitor,
        error=error,
        entries=entries,
        added_by=added_by,
        reason=reason,
        first=part.address if after is not None else None,
        following=following and f"{part.address}?after={following}",
    )
