"""`/console/takedowns`: what stands, who was told of it when, and taking it back."""

from typing import Annotated, Final

from fastapi import Depends, Form, Query, Request, Response
from fastapi.responses import RedirectResponse

from api.console.door import Visitor, signed_in_with
from api.console.standing.takedown_lists import ADDRESS, STATES, Part, tabs, takedown_rows
from api.console.standing.takedown_page import takedown_page
from api.http.auth import ServiceDep
from api.http.paging import position_after
from api.http.routers import Router
from api.pages.templates import page
from api.security.permissions import Permission
from api.service import Service
from casework.handlers.destinations import retry_delivery
from casework.handlers.standing.quarantine import LiftQuarantine, lift_quarantine
from casework.handlers.standing.reverse import WithdrawTakedown, withdraw_takedown

router = Router(include_in_schema=False)

Reading = Annotated[Visitor, Depends(signed_in_with(Permission.TAKEDOWN_READ))]
Reversing = Annotated[Visitor, Depends(signed_in_with(Permission.TAKEDOWN_WITHDRAW))]
Lifting = Annotated[Visitor, Depends(signed_in_with(Permission.TAKEDOWN_QUARANTINE))]
Retrying = Annotated[Visitor, Depends(signed_in_with(Permission.DELIVERY_RETRY))]
Reason = Annotated[str, Form(max_length=5_000)]
Cursor = Annotated[str | None, Query(max_length=80)]

_ROWS: Final = 50


@router.get(ADDRESS)
def list_takedowns(
    request: Request, visitor: Reading, service: ServiceDep, part: Part = Part.STANDING, before: Cursor = None
) -> Response:
    """List takedowns of one part, the latest first."""
    with service.reading() as uow:
        found, following = uow.takedowns.newest_in(STATES[part], before=before, limit=_ROWS)
        rows, above = takedown_rows(found, uow), tabs(part, uow)
    here = f"{ADDRESS}?part={part.value}"
    return page(
        request,
        "console/standing/takedowns.html",
        visitor=visitor,
        rows=rows,
        tabs=above,
        first=here if before is not None else None,
        following=following and f"{here}&before={following}",
    )


@router.get(f"{ADDRESS}/{{takedown_id}}")
def show_takedown(
    request: Request,
    takedown_id: str,
    visitor: Reading,
    service: ServiceDep,
    before: Cursor = None,
    after: Cursor = None,
) -> Response:
    """Show one, with a page of the copies it found and a page of its ledger."""
    return _shown(request, takedown_id, visitor, service, before=before, after=after)


@router.post(f"{ADDRESS}/{{takedown_id}}/reverse")
def reverse(
    request: Request, takedown_id: str, visitor: Reversing, service: ServiceDep, reason: Reason = ""
) -> Response:
    """Take it back: nothing of it matches any more, and every destination that may have got it is told so."""
    if not reason.strip():
        return _shown(request, takedown_id, visitor, service, problem="Say why; the history keeps it.")
    with service.writing() as uow:
        withdraw_takedown(WithdrawTakedown(takedown_id, visitor.actor, reason.strip()), uow)
    return RedirectResponse(f"{ADDRESS}/{takedown_id}", status_code=303)


@router.post(f"{ADDRESS}/{{takedown_id}}/lift")
def lift(takedown_id: str, visitor: Lifting, service: ServiceDep, reason: Reason = "") -> Response:
    """Let one in quarantine act by itself again."""
    with service.writing() as uow:
        lift_quarantine(LiftQuarantine(takedown_id, visitor.actor, reason.strip() or None), uow, service.replica)
    return RedirectResponse(f"{ADDRESS}/{takedown_id}", status_code=303)


@router.post("/console/deliveries/{delivery_id}/retry")
def retry(delivery_id: str, visitor: Retrying, service: ServiceDep) -> Response:
    """Try a delivery again now."""
    with service.writing() as uow:
        tried = retry_delivery(delivery_id, visitor.actor, uow)
    return RedirectResponse(f"{ADDRESS}/{tried.takedown_id}#ledger" if tried.takedown_id else ADDRESS, status_code=303)


def _shown(
    request: Request,
    takedown_id: str,
    visitor: Visitor,
    service: Service,
    *,
    before: str | None = None,
    after: str | None = None,
    problem: str | None = None,
) -> Response:
    with service.reading() as uow:
        shown = takedown_page(
            uow.takedowns.get(takedown_id),
            uow,
            before=None if before is None else position_after(before),
            after=after,
        )
    return page(
        request,
        "console/standing/takedown.html",
        status=200 if problem is None else 422,
        visitor=visitor,
        shown=shown,
        here=f"{ADDRESS}/{takedown_id}",
        is_first=before is None and after is None,
        problem=problem,
    )
