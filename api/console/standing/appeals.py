"""`/console/appeals`: decisions that somebody asks to be looked at again, and doing so."""

from typing import Annotated, Final

from fastapi import Depends, Form, Query, Request, Response
from fastapi.responses import RedirectResponse

from api.console.door import Visitor, signed_in_with
from api.console.standing.appeal_page import appeal_page, appeal_rows
from api.console.tabs import ListTab
from api.http.auth import ServiceDep
from api.http.routers import Router
from api.pages.templates import page
from api.security.permissions import Permission
from casework.domain.cases.appeal import AppealOutcome, AppealState
from casework.handlers.deciding.decide import SEARCHED_BY_DECISIONS
from casework.handlers.standing.appeals import DecideAppeal, decide_appeal

router = Router(include_in_schema=False)

ADDRESS: Final = "/console/appeals"

Reading = Annotated[Visitor, Depends(signed_in_with(Permission.APPEAL_READ))]
Deciding = Annotated[Visitor, Depends(signed_in_with(Permission.APPEAL_DECIDE))]

_ROWS: Final = 50
_TABS: Final = {
    AppealState.OPEN: "To be decided",
    AppealState.OVERTURNED: "Overturned",
    AppealState.STANDS: "Stand",
}


@router.get(ADDRESS)
def list_appeals(
    request: Request,
    visitor: Reading,
    service: ServiceDep,
    state: AppealState = AppealState.OPEN,
    after: Annotated[str | None, Query(max_length=80)] = None,
) -> Response:
    """List appeals: those that wait the oldest first, the others the latest first."""
    with service.reading() as uow:
        if state is AppealState.OPEN:
            found, following = uow.appeals.state_page(states=[state], after=after, limit=_ROWS)
        else:
            found, following = uow.appeals.newest_in([state], before=after, limit=_ROWS)
        rows, now = appeal_rows(found, uow), uow.now
    here = f"{ADDRESS}?state={state.value}"
    tabs = [ListTab(name, f"{ADDRESS}?state={one.value}", one is state) for one, name in _TABS.items()]
    return page(
        request,
        "console/standing/appeals.html",
        visitor=visitor,
        rows=rows,
        now=now,
        tabs=tabs,
        state=state,
        first=here if after is not None else None,
        following=following and f"{here}&after={following}",
    )


@router.get(f"{ADDRESS}/{{appeal_id}}")
def show_appeal(request: Request, appeal_id: str, visitor: Reading, service: ServiceDep) -> Response:
    """Show an appeal, what it is against, and what whoever posted it was told."""
    with service.reading() as uow:
        shown = appeal_page(uow.appeals.get(appeal_id), visitor.actor, uow)
    return page(request, "console/standing/appeal.html", visitor=visitor, shown=shown)


@router.post(f"{ADDRESS}/{{appeal_id}}/decision")
def decide(
    appeal_id: str,
    visitor: Deciding,
    service: ServiceDep,
    outcome: Annotated[AppealOutcome, Form()],
    note: Annotated[str, Form(max_length=5_000)] = "",
) -> Response:
    """Decide it; overturned, the decision has lost its effect once this is answered."""
    command = DecideAppeal(appeal_id, visitor.actor, outcome, note.strip() or None)
    with service.writing(searches=SEARCHED_BY_DECISIONS) as uow:
        decide_appeal(command, uow, search=service.replica)
    return RedirectResponse(f"{ADDRESS}/{appeal_id}", status_code=303)
