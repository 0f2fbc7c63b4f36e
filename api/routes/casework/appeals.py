"""`/v1/appeals`: asking for a decision to be looked at again, and doing so."""

from typing import Annotated

from fastapi import Depends, Query, Request, Response

from api.errors import BodyError, ForbiddenError, UnauthenticatedError
from api.http.auth import ServiceDep, allowed, allowed_or_public, wrong_receipts_counted
from api.http.paging import After, Limit
from api.http.repeats.idempotent import IdempotentDep
from api.http.routers import Router
from api.schemas.casework.appeals import AppealDecisionIn, AppealIn, AppealOut, AppealPage
from api.security.permissions import Permission
from api.views.appeals import appeal_out
from casework.domain.actor import Actor, Role
from casework.domain.cases.appeal import AppealBy, AppealState
from casework.domain.ids import DecisionId
from casework.handlers.deciding.decide import SEARCHED_BY_DECISIONS
from casework.handlers.reports.intake import report_of_receipt
from casework.handlers.standing.appeals import (
    DecideAppeal,
    FileAppeal,
    appeal_seen_by,
    decide_appeal,
    file_appeal,
    file_poster_appeal,
)
from casework.persistence.unit_of_work import SqlUnitOfWork
from casework.steps.reports.next_steps import decision_to_appeal

router = Router(prefix="/v1/appeals", tags=["appeals"])

Filing = Annotated[Actor, Depends(allowed_or_public(Permission.APPEAL_FILE))]
Reading = Annotated[Actor, Depends(allowed(Permission.APPEAL_READ))]
Deciding = Annotated[Actor, Depends(allowed(Permission.APPEAL_DECIDE))]


@router.post("", response_model=AppealOut, status_code=201, summary="Appeal against a decision")
def file(
    appeal: AppealIn, actor: Filing, request: IdempotentDep, service: ServiceDep, http_request: Request
) -> Response:
    """
    Appeal with a `decision_id`, with the receipt of the report as the reporter, or with an `upload` for who posted it.

    An appeal by `upload` is against whatever restricts it now. Where it is only held, it alone is looked at, and let go
    if the appeal is founded; what it resembles stays taken down.
    """

    def work(uow: SqlUnitOfWork) -> AppealOut:
        if appeal.upload is not None:
            return appeal_out(file_poster_appeal(appeal.upload, appeal.grounds, actor, uow), actor)
        decision_id = _decision(appeal, uow)
        return appeal_out(file_appeal(FileAppeal(decision_id, appeal.by, appeal.grounds, actor), uow))

    _require_one_way(appeal, actor)

    receipt = "" if appeal.receipt is None else f"{appeal.receipt.number} {appeal.receipt.secret}"
    with wrong_receipts_counted(service, http_request, receipt):
        return request.once(actor, appeal.model_dump(), work, status=201)


@router.get("", summary="List appeals")
def list_appeals(
    actor: Reading,
    service: ServiceDep,
    state: Annotated[AppealState | None, Query(description="All states if left out.")] = None,
    limit: Limit = 50,
    after: After = None,
) -> AppealPage:
    """List appeals by age; a pipeline, those about uploads of its own and of the operator."""
    states = list(AppealState) if state is None else [state]
    with service.reading() as uow:
        owner_id = actor.id if actor.sees_only_own else None
        appeals, following = uow.appeals.state_page(states=states, after=after, limit=limit, owner_id=owner_id)
    return AppealPage(items=[appeal_out(appeal, actor) for appeal in appeals], next=following)


@router.get("/{appeal_id}", summary="Read an appeal")
def read(appeal_id: str, actor: Reading, service: ServiceDep) -> AppealOut:
    """Read an appeal; a pipeline, one about an upload of its own or of the operator."""
    with service.reading() as uow:
        return appeal_out(appeal_seen_by(appeal_id, actor, uow), actor)


@router.post("/{appeal_id}/decision", response_model=AppealOut, summary="Decide an appeal")
def decide(
    appeal_id: str, decision: AppealDecisionIn, actor: Deciding, request: IdempotentDep, service: ServiceDep
) -> Response:
    """Decide an appeal against somebody else's decision; overturned, it loses its effect before this is answered."""
    command = DecideAppeal(appeal_id=appeal_id, actor=actor, outcome=decision.outcome, note=decision.note)

    def work(uow: SqlUnitOfWork) -> AppealOut:
        return appeal_out(decide_appeal(command, uow, search=service.replica))

    return request.once(actor, decision.model_dump(), work, searches=SEARCHED_BY_DECISIONS)


def _require_one_way(appeal: AppealIn, actor: Actor) -> None:
    given = [one for one in (appeal.decision_id, appeal.receipt, appeal.upload) if one is not None]
    if len(given) != 1:
        message = "give either `decision_id`, `receipt` or `upload`"
        raise BodyError(message, field="decision_id")
    if appeal.upload is not None and appeal.by is not AppealBy.POSTER:
        message = 'an appeal by `upload` is for who posted it: `by` must be "poster"'
        raise BodyError(message, field="by")
    if appeal.upload is None and actor.sees_only_own:
        message = "a pipeline appeals for who posted an upload of its own: name it in `upload` (upl_…)"
        raise ForbiddenError(message)
    if appeal.upload is not None and actor.role is Role.PUBLIC:
        message = "an appeal by `upload` needs the key of the pipeline that registered it"
        raise UnauthenticatedError(message)


def _decision(appeal: AppealIn, uow: SqlUnitOfWork) -> DecisionId:
    if appeal.decision_id is not None:
        return DecisionId(appeal.decision_id)
    if appeal.receipt is None or appeal.by is not AppealBy.REPORTER:
        message = 'a receipt is the reporter\'s: `by` must be "reporter"'
        raise BodyError(message, field="by")
    report = report_of_receipt(appeal.receipt.number, appeal.receipt.secret, uow)
    return decision_to_appeal(report, uow).id
