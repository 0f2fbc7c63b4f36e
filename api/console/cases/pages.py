"""`/console/cases/…`: looking at a case, learning about it, deciding it, and undoing that at once."""

from collections.abc import Mapping
from typing import Annotated, Literal

from fastapi import Depends, Form, Query, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from api.console.cases.around import Radius, radius_of
from api.console.cases.case_page import advice_on, page_of
from api.console.cases.done import done_of
from api.console.cases.facts import sent_facts
from api.console.cases.moments import PREFIX as MOMENT
from api.console.cases.moments import Frame, moment_drawings_of, moments_of
from api.console.cases.working import address_of, go_on
from api.console.door import Deciding, Reading, Viewing, Visitor, Working
from api.console.kindness.resting import require_rested
from api.console.kindness.seen import REASONS
from api.console.waiting.asked import Asked, AskedDep
from api.console.waiting.in_between import go_on_past_a_look
from api.console.waiting.queue import others_here
from api.http.auth import ServiceDep
from api.http.routers import Router
from api.media.deep import foresee_within_budget
from api.pages.templates import page
from api.security.permissions import Permission
from api.service import Service
from api.steps.drawings import SMALL, draw_ahead, drawing_of_media, drawings_of, small_drawing_of
from api.telemetry import span
from api.views.casework.cases import time_decision
from casework.domain.cases.decision import DecisionOutcome
from casework.domain.errors import FactsError, NotFoundError, OverrideReasonMissingError
from casework.handlers.deciding.decide import SEARCHED_BY_DECISIONS, DecideCase, decide_case
from casework.handlers.deciding.look import contact_is_on_record, preview_of, record_contact_view
from casework.handlers.deciding.review import change_facts
from casework.handlers.deciding.undo import undo_decision
from casework.handlers.reports.converse import message_reporter
from casework.handlers.reports.minors import SayMinor, say_minor
from casework.persistence.unit_of_work import SqlUnitOfWork

router = Router(include_in_schema=False)

Text = Annotated[str, Form(max_length=5_000)]


async def form_of(request: Request) -> Mapping[str, object]:
    """Read a form whose fields are not known beforehand."""
    return dict(await request.form())


FormDep = Annotated[Mapping[str, object], Depends(form_of)]


@router.get("/console/cases/{case_id}")
def show_case(
    request: Request,
    case_id: str,
    visitor: Reading,
    service: ServiceDep,
    asked: AskedDep,
    done: Annotated[str | None, Query(max_length=40)] = None,
    radius: Annotated[bool, Query()] = False,
    moments: Annotated[bool, Query()] = False,
) -> Response:
    """Show a case; that its reporter's name was shown is written into the audit log, once an hour."""
    with service.reading() as uow:
        case = uow.cases.get(case_id)
        on_record = contact_is_on_record(case, visitor.actor, uow)
    if not on_record:
        with service.writing() as uow:
            record_contact_view(uow.cases.get(case_id), visitor.actor, uow)
    counted = radius_of(case_id, service) if radius else None
    frames = (
        moments_of(case_id, visitor.actor, service) if moments and visitor.may(Permission.CASE_MEDIA_VIEW) else None
    )
    return _shown(request, case_id, visitor, service, asked, done=done, radius=counted, moments=frames)


@router.get("/console/cases/{case_id}/radius")
def show_radius(request: Request, case_id: str, _: Reading, service: ServiceDep) -> Response:
    """Count what upholding a case would hit: a part of its page, for a script."""
    return page(request, "console/cases/radius.html", radius=radius_of(case_id, service))


@router.get("/console/cases/{case_id}/drawings/{name}.png")
def show_drawing(case_id: str, name: str, visitor: Viewing, service: ServiceDep) -> Response:
    """Draw one side of a case, or what both have in common."""
    if name == SMALL:
        return Response(small_drawing_of(case_id, visitor.actor, service), media_type="image/png")
    if name.isdecimal():
        return Response(drawing_of_media(case_id, int(name), visitor.actor, service), media_type="image/png")
    draw = moment_drawings_of if name.startswith(MOMENT) else drawings_of
    drawn = draw(case_id, visitor.actor, service).get(name)
    if drawn is None:
        message = f"case {case_id} has no drawing {name!r}"
        raise NotFoundError(message)
    return Response(drawn, media_type="image/png")


@router.get("/console/cases/{case_id}/ahead", status_code=204)
def draw_next_ahead(case_id: str, _: Viewing, service: ServiceDep) -> Response:
    """Have the drawings of a case made that is shown next; what is answered shows nothing of it."""
    draw_ahead(case_id, service)
    return Response(status_code=204)


@router.get("/console/cases/{case_id}/moments")
def show_moments(request: Request, case_id: str, visitor: Viewing, service: ServiceDep) -> Response:
    """Show the frames of the seconds in which two videos agree, as drawings: a part of its page, for a script."""
    shown = moments_of(case_id, visitor.actor, service)
    return page(request, "console/cases/moments.html", moments=shown, here=f"/console/cases/{case_id}")


@router.get("/console/cases/{case_id}/media/{n}")
def show_photo(case_id: str, n: int, visitor: Viewing, service: ServiceDep) -> Response:
    """Show the reduced preview. That somebody looked is written into the audit log, each time."""
    with service.reading() as uow:
        require_rested(visitor, uow)
    with service.writing() as uow:
        preview = preview_of(case_id, n, visitor.actor, uow, search=service.replica)
    return Response(preview, media_type="image/jpeg")


@router.post("/console/cases/{case_id}/media/{n}")
def show_photo_again(
    case_id: str,
    n: int,
    visitor: Viewing,
    service: ServiceDep,
    why: Annotated[Literal["unclear", "context", "other"], Form()],
) -> Response:
    """Show a photo that was seen before, to who says why the drawing does not suffice."""
    with service.reading() as uow:
        require_rested(visitor, uow)
    with service.writing() as uow:
        preview = preview_of(case_id, n, visitor.actor, uow, why=REASONS[why], again=True, search=service.replica)
    return Response(preview, media_type="image/jpeg")


@router.post("/console/cases/{case_id}/recommendation")
def try_facts(
    request: Request, case_id: str, visitor: Working, service: ServiceDep, form: FormDep, asked: AskedDep
) -> Response:
    """Say what the policy would recommend on other facts: a part of the page for a script, else the whole page."""
    if "x-form-token" not in request.headers:
        return _shown(request, case_id, visitor, service, asked, sent=form)
    with service.reading() as uow:
        case = uow.cases.get(case_id)
    facts = case.facts.with_changes(sent_facts(form, case.facts))
    advice = advice_on(case.with_facts(facts))
    return page(request, "console/cases/recommendation.html", advice=advice)


@router.post("/console/cases/{case_id}/facts")
def save_facts(case_id: str, visitor: Working, service: ServiceDep, form: FormDep, asked: AskedDep) -> Response:
    """Record what was learned."""
    with service.writing() as uow:
        _save(case_id, form, visitor, uow)
    return RedirectResponse(address_of(case_id, asked), status_code=303)


@router.post("/console/cases/{case_id}/messages")
def write(case_id: str, visitor: Working, service: ServiceDep, asked: AskedDep, text: Text = "") -> Response:
    """Write to who filed the report."""
    if text.strip():
        with service.writing() as uow:
            message_reporter(case_id, text.strip(), visitor.actor, uow)
    return RedirectResponse(address_of(case_id, asked), status_code=303)


@router.post("/console/cases/{case_id}/decision")
def decide(
    request: Request,
    case_id: str,
    visitor: Deciding,
    service: ServiceDep,
    form: FormDep,
    asked: AskedDep,
    outcome: Annotated[DecisionOutcome, Form()],
    note: Text = "",
    override_reason: Text = "",
    question: Text = "",
) -> Response:
    """Record what was learned, decide, take the next case of the list, and show it."""
    asks = outcome is DecisionOutcome.REQUEST_INFORMATION
    if asks and not question.strip():
        problem = "Write what you want to know; the reporter reads it with the receipt."
        return _shown(request, case_id, visitor, service, asked, sent=form, problem=("question", problem))
    command = DecideCase(
        case_id=case_id,
        actor=visitor.actor,
        outcome=outcome,
        note=note.strip() or None,
        override_reason=override_reason.strip() or None,
        question=question.strip() if asks else None,
    )
    foreseen = foresee_within_budget(service, case_id) if outcome is DecisionOutcome.UPHOLD else None
    try:
        with (
            span("decide", case=case_id, outcome=outcome.value),
            service.writing(searches=SEARCHED_BY_DECISIONS) as uow,
        ):
            _save(case_id, form, visitor, uow)
            decided = decide_case(command, uow, search=service.replica, limits=service.limits, foreseen=foreseen)
            case = uow.cases.get(case_id)
    except OverrideReasonMissingError as error:
        problem = f"{str(error).partition(';')[0]}. Say why you decide otherwise; it is kept."
        return _shown(request, case_id, visitor, service, asked, sent=form, problem=("override_reason", problem))
    time_decision(decided, case)
    with service.writing() as uow:
        if asks:
            return go_on(visitor, asked, case, uow)
        return go_on_past_a_look(visitor, asked, case, uow, service.settings, done=decided.id)


@router.post("/console/cases/{case_id}/minor")
def say_whether_minor(
    case_id: str,
    visitor: Deciding,
    service: ServiceDep,
    asked: AskedDep,
    minor: Annotated[bool, Form()],
    why: Text = "",
) -> Response:
    """Say that the person shown may be under 18, or that this was mistaken."""
    with service.writing() as uow:
        say_minor(SayMinor(case_id=case_id, actor=visitor.actor, minor=minor, why=why.strip() or None), uow)
    return RedirectResponse(address_of(case_id, asked), status_code=303)


@router.post("/console/decisions/{decision_id}/undo")
def undo(decision_id: str, visitor: Deciding, service: ServiceDep, asked: AskedDep) -> Response:
    """Undo a decision that was just made, and show its case again."""
    with service.writing() as uow:
        case = undo_decision(decision_id, visitor.actor, uow)
    return RedirectResponse(address_of(case.id, asked), status_code=303)


def _save(case_id: str, form: Mapping[str, object], visitor: Visitor, uow: SqlUnitOfWork) -> None:
    changes = sent_facts(form, uow.cases.get(case_id).facts)
    if changes:
        change_facts(case_id, changes, visitor.actor, uow)


def _shown(
    request: Request,
    case_id: str,
    visitor: Visitor,
    service: Service,
    asked: Asked,
    *,
    done: str | None = None,
    sent: Mapping[str, object] | None = None,
    problem: tuple[str, str] | None = None,
    radius: Radius | None = None,
    moments: list[tuple[Frame, Frame]] | None = None,
) -> HTMLResponse:
    """Show a case's page; with what was sent before where that could not be taken."""
    with service.reading() as uow:
        case = uow.cases.get(case_id)
        facts = None
        if sent is not None:
            try:
                facts = case.facts.with_changes(sent_facts(sent, case.facts))
            except FactsError:
                facts = None
        shown = page_of(case, visitor, asked, uow, facts=facts, radius=radius)
        others = others_here(visitor.actor.id, uow)
        undoable = done_of(done, visitor, uow)
    context = _nothing_sent() | {
        "done": undoable,
        "problem": problem,
        "others": others,
        "reasons": REASONS,
        "moments": moments,
    }
    if sent is not None:
        context |= {name: str(sent.get(name, "")) for name in ("note", "override_reason", "question")}
    status = 200 if problem is None else 422
    return page(request, "console/cases/case.html", status=status, visitor=visitor, shown=shown, asked=asked, **context)


def _nothing_sent() -> dict[str, object]:
    return {"done": None, "problem": None, "note": "", "override_reason": "", "question": ""}
