"""`/v1/audit`: what was done, by whom, to what, and who looked at what."""

from typing import Annotated

from fastapi import Depends, Query

from api.http.auth import ServiceDep, allowed
from api.http.paging import After, Limit, position_after
from api.http.routers import Router
from api.schemas.operating.audit import AuditPage, AuditRowOut
from api.security.permissions import Permission
from casework.domain.actor import Actor

router = Router(prefix="/v1/audit", tags=["operations"])

Reading = Annotated[Actor, Depends(allowed(Permission.AUDIT_READ))]


@router.get("", summary="Read the audit log")
def read_audit(
    _: Reading,
    service: ServiceDep,
    actor_id: Annotated[str | None, Query(max_length=80, description="Only what this key or person did.")] = None,
    subject_id: Annotated[str | None, Query(max_length=80, description="Only what was done to this.")] = None,
    limit: Limit = 50,
    after: After = None,
) -> AuditPage:
    """
    Read who did what, oldest first. Each row's hash covers the row before it: `staydown audit verify` checks them all.

    `next` is null at the end; pass the `position` of the last row as `after` to go on later.
    """
    with service.reading() as uow:
        rows = uow.audit.page(after=position_after(after), limit=limit + 1, actor_id=actor_id, subject_id=subject_id)
    shown = rows[:limit]
    more = len(rows) > limit
    return AuditPage(items=[AuditRowOut.of(row) for row in shown], next=str(shown[-1].position) if more else None)
