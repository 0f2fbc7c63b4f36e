"""`/console/approvals`: decisions that wait for a second person, who agrees to each or refuses it there."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Final

from fastapi import Depends, Form, Query, Request, Response
from fastapi.responses import RedirectResponse

from api.console.cases.working import address_of
from api.console.door import Reading, Visitor, signed_in_with
from api.console.waiting.asked import Asked, AskedDep
from api.console.waiting.listing import OUTCOMES, QueueRow, queue_rows
from api.http.auth import ServiceDep
from api.http.routers import Router
from api.pages.templates import page
from api.schemas.casework.decisions import DecisionOut
from api.security.permissions import Permission
from api.views.casework.cases import decision_out
from api.views.casework.people import People
from casework.domain.cases.case import Case, CaseState
from casework.domain.cases.decision import Decision
from casework.domain.errors import WrongStateError
from casework.handlers.deciding.decide import approve_decision
from casework.handlers.deciding.refuse import refuse_decision
from casework.persistence.unit_of_work import SqlUnitOfWork
from casework.policy.recommendation import Outcome

router = Router(include_in_schema=False)

APPROVALS: Final = "/console/approvals"
_ROWS: Final = 50

Approving = Annotated[Visitor, Depends(signed_in_with(Permission.DECISION_APPROVE))]
FromList = Annotated[bool, Form()]


@dataclass(frozen=True, slots=True)
class Awaiting:
    """
    A decision that waits.

    Args:
        row: Its case, as lists show it.

        decision: The decision.

        recommended: What the policy recommended, in words.

        is_own: Whether who looks made it: somebody else has to look.
    """

    row: QueueRow
    decision: DecisionOut
    recommended: str
    is_own: bool


@router.get(APPROVALS)
def show_approvals(
    request: Request, visitor: Reading, service: ServiceDep, after: Annotated[str | None, Query(max_length=200)] = None
) -> Response:
    """Show what waits for a second person, the most urgent first."""
    asked = Asked(state=CaseState.AWAITING_APPROVAL.value)
    with service.reading() as uow:
        cases, following = asked.page(visitor.actor, uow, after=after, limit=_ROWS)
        shown = _awaiting(cases, visitor, uow)
    return page(request, "console/waiting/approvals.html", visitor=visitor, shown=shown, following=following)


@router.post("/console/decisions/{decision_id}/approve")
def approve(
    decision_id: str, visitor: Approving, service: ServiceDep, asked: AskedDep, from_list: FromList = False
) -> Response:
    """Agree as a second person."""
    with service.writing() as uow:
        decided = approve_decision(decision_id, visitor.actor, uow, search=service.replica)
    return _back(decided, asked, to_list=from_list)


@router.post("/console/decisions/{decision_id}/refuse")
def refuse(
    decision_id: str,
    visitor: Approving,
    service: ServiceDep,
    asked: AskedDep,
    reason: Annotated[str, Form(max_length=5_000)] = "",
    from_list: FromList = False,
) -> Response:
    """Refuse as a second person; the case is open again."""
    if not reason.strip():
        message = "say why you do not agree; whoever decides the case next reads it"
        raise WrongStateError(message)
    with service.writing() as uow:
        refused = refuse_decision(decision_id, reason.strip(), visitor.actor, uow)
    return _back(refused, asked, to_list=from_list)


def _back(decision: Decision, asked: Asked, *, to_list: bool) -> Response:
    return RedirectResponse(APPROVALS if to_list else address_of(decision.case_id, asked), status_code=303)


def _awaiting(cases: Sequence[Case], visitor: Visitor, uow: SqlUnitOfWork) -> list[Awaiting]:
    decisions = uow.decisions.awaiting([one.id for one in cases])
    people = People(uow)
    shown = []
    for row, case in zip(queue_rows(cases, visitor.actor, uow), cases, strict=True):
        decision = decisions.get(case.id)
        if decision is not None:
            recommended = OUTCOMES[Outcome(decision.recommendation.outcome)]
            out = decision_out(decision, uow, people)
            shown.append(Awaiting(row, out, recommended, is_own=decision.decided_by == visitor.actor.id))
    return shown
