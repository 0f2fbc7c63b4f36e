"""`/v1/never-bank`: whole pictures that are never banked, though a report be upheld: templates, logos, blanks."""

from typing import Annotated

from fastapi import Depends, Response

from api.http.auth import ServiceDep, allowed
from api.http.incoming.bodies import Body, read_body
from api.http.openapi import multipart_body
from api.http.paging import After, Limit
from api.http.repeats.idempotent import IdempotentDep
from api.http.routers import Router
from api.routes.operating.protected import keep, kept_out, listed
from api.schemas.protected import ProtectedOut, ProtectedPage, ProtectIn
from api.security.permissions import Permission
from casework.domain.actor import Actor
from casework.domain.takedowns.protected import Kept
from casework.handlers.protect import unprotect_media

router = Router(prefix="/v1/never-bank", tags=["cases"])

Reading = Annotated[Actor, Depends(allowed(Permission.PROTECTED_READ))]
Managing = Annotated[Actor, Depends(allowed(Permission.PROTECTED_MANAGE))]


@router.post(
    "",
    response_model=ProtectedOut,
    status_code=201,
    summary="Never bank a picture",
    openapi_extra=multipart_body(ProtectIn, part="never_bank", files="one"),
)
async def never_bank(
    actor: Managing, request: IdempotentDep, service: ServiceDep, body: Annotated[Body, Depends(read_body)]
) -> Response:
    """
    Have a picture, and near copies of the whole of it, never banked.

    A report of it can be upheld, and what was reported is removed, but nothing else is: the decision says so in
    `not_banked`. What was banked before stays; withdraw its takedown.
    """
    return await keep(actor, request, service, body, Kept.NEVER_BANK)


@router.get("", summary="List what is never banked")
def list_never_banked(_: Reading, service: ServiceDep, limit: Limit = 50, after: After = None) -> ProtectedPage:
    """List what is never banked, by age."""
    return listed(service, Kept.NEVER_BANK, after=after, limit=limit)


@router.delete("/{entry_id}", response_model=ProtectedOut, summary="Let a picture be banked again")
def remove(entry_id: str, actor: Managing, request: IdempotentDep) -> Response:
    """Take a picture off the list; decisions made meanwhile stay as they are."""
    return request.once(actor, {}, lambda uow: kept_out(unprotect_media(entry_id, actor, uow, kept_as=Kept.NEVER_BANK)))
