"""`/v1/protected`: newsworthy media on whose copies nothing acts by itself."""

from typing import Annotated

from fastapi import Depends, Response
from starlette.concurrency import run_in_threadpool

from api.http.auth import ServiceDep, allowed
from api.http.border.hanging_up import while_connected
from api.http.incoming.bodies import Body, only_file, parse, part, read_body
from api.http.openapi import multipart_body
from api.http.paging import After, Limit
from api.http.repeats.idempotent import IdempotentDep, IdempotentRequest, json_response
from api.http.routers import Router
from api.media.hashing import answer_about_file, hash_incoming, submitted
from api.schemas.protected import ProtectedOut, ProtectedPage, ProtectIn
from api.security.permissions import Permission
from api.service import Service
from casework.domain.actor import Actor
from casework.domain.takedowns.protected import Kept, Protected
from casework.handlers.protect import ProtectMedia, protect_media, unprotect_media
from casework.persistence.unit_of_work import SqlUnitOfWork
from matcher.reading.keyframes import REFERENCE

router = Router(prefix="/v1/protected", tags=["cases"])

Reading = Annotated[Actor, Depends(allowed(Permission.PROTECTED_READ))]
Managing = Annotated[Actor, Depends(allowed(Permission.PROTECTED_MANAGE))]


@router.post(
    "",
    response_model=ProtectedOut,
    status_code=201,
    summary="Protect media",
    openapi_extra=multipart_body(ProtectIn, part="protected", files="one"),
)
async def protect(
    actor: Managing, request: IdempotentDep, service: ServiceDep, body: Annotated[Body, Depends(read_body)]
) -> Response:
    """Let nothing act by itself on copies of newsworthy media: they wait for a person, a removal for a second one."""
    return await keep(actor, request, service, body, Kept.PROTECTED)


@router.get("", summary="List protected media")
def list_protected(_: Reading, service: ServiceDep, limit: Limit = 50, after: After = None) -> ProtectedPage:
    """List what is protected, by age."""
    return listed(service, Kept.PROTECTED, after=after, limit=limit)


@router.delete("/{protected_id}", response_model=ProtectedOut, summary="End a protection")
def unprotect(protected_id: str, actor: Managing, request: IdempotentDep) -> Response:
    """Let the policy act on copies again."""
    return request.once(actor, {}, lambda uow: kept_out(unprotect_media(protected_id, actor, uow)))


async def keep(actor: Actor, request: IdempotentRequest, service: Service, body: Body, kept_as: Kept) -> Response:
    """Put the file of a request on a list; the part beside it, which says why, is called as the list is."""
    fields = part(body, kept_as.value)
    reason = parse(ProtectIn, fields, field=kept_as.value).reason
    file = only_file(body)
    earlier = await run_in_threadpool(request.earlier_answer, actor, fields, digests=body.digests)
    if earlier is not None:
        return json_response(earlier)
    hashed = await while_connected(
        body.request, lambda gone: hash_incoming(service, actor, file, given_up=gone, pace=REFERENCE)
    )
    media = submitted(service, hashed, keep_preview=False)
    command = ProtectMedia(actor=actor, media=media, reason=reason, kept_as=kept_as)

    def work(uow: SqlUnitOfWork) -> ProtectedOut:
        return kept_out(protect_media(command, uow))

    return await answer_about_file(service, request.once, actor, fields, work, digests=body.digests, status=201)


def listed(service: Service, kept_as: Kept, *, after: str | None, limit: int) -> ProtectedPage:
    """Read a page of a list, by age."""
    with service.reading() as uow:
        found, following = uow.protected.listed(kept_as, after=after, limit=limit)
    return ProtectedPage(items=[kept_out(one) for one in found], next=following)


def kept_out(protected: Protected) -> ProtectedOut:
    """Show an entry of a list."""
    return ProtectedOut(
        id=protected.id,
        reason=protected.reason,
        added_by=protected.added_by,
        added_at=protected.added_at,
        removed_at=protected.removed_at,
    )
