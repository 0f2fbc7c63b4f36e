"""`/v1/cases` and `/v1/decisions`: what waits to be decided, and deciding it."""

from typing import Annotated, Final

from fastapi import Depends, Query, Response

from api.http.auth import ServiceDep, allowed
from api.http.incoming.parameters import only_known_parameters
from api.http.incoming.why import Why
from api.http.openapi import BINARY
from api.http.paging import After, Limit
from api.http.repeats.idempotent import IdempotentDep, json_response
from api.http.routers import Router
from api.schemas.casework.case_lists import CasePage
from api.schemas.casework.cases import CaseView, FactsIn, MinorIn
from api.schemas.casework.decisions import DecisionIn, DecisionOut, RefusalIn
from api.security.permissions import Permission
from api.steps.deciding import decide_once
from api.steps.drawings import sheet_of
from api.views.casework.case_rows import case_rows
from api.views.casework.cases import case_view, decision_out
from casework.domain.actor import Actor
from casework.domain.cases.case import Case, CaseState, Queue
from casework.domain.cases.listing import CaseFilter, Order
from casework.handlers.deciding.decide import SEARCHED_BY_DECISIONS, approve_decision
from casework.handlers.deciding.look import contact_is_on_record, preview_of, record_contact_view
from casework.handlers.deciding.refuse import refuse_decision
from casework.handlers.deciding.review import change_facts, claim_case, release_case
from casework.handlers.reports.minors import SayMinor, say_minor
from casework.persistence.unit_of_work import SqlUnitOfWork
from casework.ports.unit_of_work import UnitOfWork
from matcher.strength import Strength

router = Router(prefix="/v1", tags=["cases"])

Reading = Annotated[Actor, Depends(allowed(Permission.CASE_READ))]
Working = Annotated[Actor, Depends(allowed(Permission.CASE_WORK))]
Deciding = Annotated[Actor, Depends(allowed(Permission.CASE_DECIDE))]
Viewing = Annotated[Actor, Depends(allowed(Permission.CASE_MEDIA_VIEW))]
Approving = Annotated[Actor, Depends(allowed(Permission.DECISION_APPROVE))]

_TEXT: Final = "An id, a receipt's number, who posted it or the address of the post; whole."


@router.get("/cases", summary="List cases, the most urgent first", dependencies=[Depends(only_known_parameters)])
def list_cases(
    actor: Reading,
    service: ServiceDep,
    state: Annotated[CaseState | None, Query(description="Open ones if left out; any, beside `text`.")] = None,
    queue: Annotated[Queue | None, Query(description="All queues if left out.")] = None,
    takedown_id: Annotated[str | None, Query(description="Matches with this takedown.")] = None,
    uploader_id: Annotated[str | None, Query(description="About what this account posted.")] = None,
    strength: Annotated[Strength | None, Query(description="Matches of this strength.")] = None,
    mine: Annotated[bool, Query(description="Only those you have claimed or, once decided, decided.")] = False,
    text: Annotated[str | None, Query(min_length=1, max_length=2_000, description=_TEXT)] = None,
    order: Annotated[Order, Query(description="By deadline, or the newest first.")] = Order.DEADLINE,
    limit: Limit = 50,
    after: After = None,
) -> CasePage:
    """
    List cases, by deadline.

    `text` finds a case by an id of it, its report, its upload or its takedown, by a receipt's number, the platform's
    id of the upload, who posted it, or the address of the post: whole, not in part. Words of posts, names and contacts
    are encrypted where they lie, and no list searches them.
    """
    asked = CaseFilter(
        state=state or (None if text else CaseState.OPEN),
        queue=queue,
        takedown_id=takedown_id,
        uploader_id=uploader_id,
        strength=strength,
        of_person=actor.id if mine else None,
        text=text,
        order=order,
    )
    with service.reading() as uow:
        cases, following = uow.cases.listed(asked, now=uow.now, after=after, limit=limit)
        return CasePage(items=case_rows(cases, uow), next=following)


@router.get("/cases/{case_id}", summary="Read a case")
def read_case(case_id: str, actor: Reading, service: ServiceDep, why: Why = None) -> CaseView:
    """
    Read a case whole: facts, recommendation with its reasons, matches with evidence, lineage, history.

    Where it names who filed the report, that you were shown it is written into the audit log, once an hour.
    """
    with service.reading() as uow:
        case = uow.cases.get(case_id)
        if contact_is_on_record(case, actor, uow):
            return _view(case, uow)
    with service.writing() as uow:
        return _seen_by(actor, uow.cases.get(case_id), uow, why=why)


@router.post("/cases/{case_id}/claim", response_model=CaseView, summary="Take a case for 15 minutes")
def claim(case_id: str, actor: Working, request: IdempotentDep) -> Response:
    """Take the lease on a case, or renew it; while it lasts nobody else can decide the case."""
    return request.once(actor, {}, lambda uow: _seen_by(actor, claim_case(case_id, actor, uow), uow))


@router.post("/cases/{case_id}/release", response_model=CaseView, summary="Give a case back")
def release(case_id: str, actor: Working, request: IdempotentDep) -> Response:
    """Give the lease back before it ends."""
    return request.once(actor, {}, lambda uow: _seen_by(actor, release_case(case_id, actor, uow), uow))


@router.patch("/cases/{case_id}/facts", response_model=CaseView, summary="Record what was learned")
def patch_facts(case_id: str, facts: FactsIn, actor: Working, request: IdempotentDep) -> Response:
    """Change facts of an open case; the recommendation follows at once."""

    def work(uow: SqlUnitOfWork) -> CaseView:
        return _seen_by(actor, change_facts(case_id, facts.facts, actor, uow), uow)

    return request.once(actor, facts.model_dump(), work)


@router.post("/cases/{case_id}/minor", response_model=CaseView, summary="Say whether somebody is under 18")
def say_age(case_id: str, said: MinorIn, actor: Working, request: IdempotentDep) -> Response:
    """
    Say that the person depicted may be under 18, in any state of the case, or that this was mistaken.

    Once it is answered the case is in the queue `minors`: media and previews are erased, no signal of it is matched any
    more, and what it had restricted stays restricted. Of a copy, the case of the report leaves with it. To take it
    back, say `why`; unless only words looked like it, a senior who is somebody else must.
    """
    command = SayMinor(case_id=case_id, actor=actor, minor=said.minor, why=said.why)
    return request.once(actor, said.model_dump(), lambda uow: _seen_by(actor, say_minor(command, uow), uow))


@router.get(
    "/cases/{case_id}/media/{n}",
    summary="Look at the reduced preview",
    response_class=Response,
    responses={200: {"content": {"image/jpeg": {"schema": BINARY}}, "description": "A reduced JPEG without metadata."}},
)
def view_media(case_id: str, n: int, actor: Viewing, service: ServiceDep, why: Why = None) -> Response:
    """
    Look at the reduced preview of the case's n-th piece of media. That you looked is written into the audit log.

    Copies are blocked without a person only where who decided has looked; a look after the decision counts as well,
    from this answer on.
    """
    with service.writing(searches=SEARCHED_BY_DECISIONS) as uow:
        preview = preview_of(case_id, n, actor, uow, why=why, search=service.replica)
    return Response(preview, media_type="image/jpeg", headers={"Cache-Control": "no-store"})


@router.get(
    "/cases/{case_id}/drawing",
    summary="Look at the evidence as line drawings",
    response_class=Response,
    responses={200: {"content": {"image/png": {"schema": BINARY}}, "description": "A PNG without metadata."}},
)
def view_drawing(case_id: str, actor: Viewing, service: ServiceDep) -> Response:
    """
    Draw the removed picture, what was posted and where they differ beside each other, in lines: no photo is shown.

    Places that agree have one colour on both sides, the outline shows where the removed picture lies, what differs is
    red and what was cut off hatched. A first report is drawn alone. That you looked is written into the audit log, once
    an hour, and is no look that trust counts.
    """
    drawn = sheet_of(case_id, actor, service)
    return Response(drawn, media_type="image/png", headers={"Cache-Control": "no-store"})


@router.post("/cases/{case_id}/decision", response_model=DecisionOut, summary="Decide a case")
def decide(case_id: str, decision: DecisionIn, actor: Deciding, request: IdempotentDep) -> Response:
    """
    Decide: uphold, reject, or ask for more information.

    Once an upheld decision is answered, no request that starts afterwards, in any process, misses the takedown. With
    `approvals_needed` above 0 it has no effect until another person approves it. Of two who decide one case, the second
    is answered 409.
    """
    return json_response(decide_once(request, actor, case_id, decision))


@router.post("/decisions/{decision_id}/approve", response_model=DecisionOut, summary="Approve as a second person")
def approve(decision_id: str, actor: Approving, request: IdempotentDep, service: ServiceDep) -> Response:
    """Let a decision that waits for a second person take effect; the one who decided cannot."""

    def work(uow: SqlUnitOfWork) -> DecisionOut:
        return decision_out(approve_decision(decision_id, actor, uow, search=service.replica), uow)

    return request.once(actor, {}, work)


@router.post("/decisions/{decision_id}/refuse", response_model=DecisionOut, summary="Refuse as a second person")
def refuse(decision_id: str, refusal: RefusalIn, actor: Approving, request: IdempotentDep) -> Response:
    """Withdraw a decision that waits for a second person; its case is open again and says why. Not by who decided."""

    def work(uow: SqlUnitOfWork) -> DecisionOut:
        return decision_out(refuse_decision(decision_id, refusal.reason, actor, uow), uow)

    return request.once(actor, refusal.model_dump(), work)


@router.get("/decisions/{decision_id}", summary="Read a decision")
def read_decision(decision_id: str, _: Reading, service: ServiceDep) -> DecisionOut:
    """Read a decision with the facts it saw, under the policy version it was made."""
    with service.reading() as uow:
        return decision_out(uow.decisions.get(decision_id), uow)


def _seen_by(actor: Actor, case: Case, uow: UnitOfWork, *, why: str | None = None) -> CaseView:
    record_contact_view(case, actor, uow, why=why)
    return _view(case, uow)


def _view(case: Case, uow: UnitOfWork) -> CaseView:
    return case_view(case, uow, preview_url=lambda case_id, n: f"/v1/cases/{case_id}/media/{n}")
