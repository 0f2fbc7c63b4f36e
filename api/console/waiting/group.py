"""`/console/group`: a group as a contact sheet, and one decision for all that are chosen on it."""

from collections.abc import Sequence
from dataclasses import dataclass
from secrets import token_hex
from typing import Annotated, Final

from fastapi import Depends, Query, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import ValidationError
from starlette.datastructures import FormData

from api.console.cases.done import done_together
from api.console.door import Deciding, Reading, Visitor
from api.console.waiting.contact_sheet import sheet_of
from api.console.waiting.groups import GROUP, GROUPS, address_of_group
from api.errors import BodyError
from api.http.auth import ServiceDep
from api.http.repeats.idempotent import IdempotentRequest
from api.http.routers import Router
from api.pages.templates import page
from api.schemas.casework.decisions import DecidedOut, DecisionsIn, DecisionsOut
from api.service import Service
from api.steps.together import decide_together
from api.telemetry import span
from casework.domain.cases.decision import DecisionState
from casework.domain.errors import SampleNotSeenError, WrongStateError
from casework.domain.facts import FACT_FIELDS
from casework.handlers.deciding.undo import undo_together

router = Router(include_in_schema=False)

DECIDED: Final = {"uphold": "a copy", "reject": "not a copy"}
_FACT: Final = "fact."
_MOST_FIELDS: Final = 1_000


@dataclass(frozen=True, slots=True)
class Sent:
    """
    What a sheet's form said, shown again where it could not be taken.

    Args:
        chosen: Which cases.

        facts: Names of what was said of all.

        note: For the history.

        override_reason: Why otherwise than recommended.
    """

    chosen: frozenset[str] | None = None
    facts: frozenset[str] = frozenset()
    note: str = ""
    override_reason: str = ""


async def form_of(request: Request) -> FormData:
    """Read a form in which a field stands for each case."""
    return await request.form(max_fields=_MOST_FIELDS)


@router.get(GROUP)
def show_group(
    request: Request, visitor: Reading, service: ServiceDep, group: Annotated[str, Query(max_length=300)]
) -> Response:
    """Show a group; what is left of it where some was decided meanwhile."""
    return _shown(request, group, visitor, service, Sent())


@router.post(f"{GROUP}/decision")
def decide(
    request: Request, visitor: Deciding, service: ServiceDep, form: Annotated[FormData, Depends(form_of)]
) -> Response:
    """Decide all that are chosen alike, each by itself, and say what became of each."""
    group, sent = str(form.get("group", "")), _sent(form)
    if not sent.chosen:
        return _shown(request, group, visitor, service, sent, problem="Choose at least one case.", status=422)
    decisions = _decisions(form, sent)
    # A page that is sent twice, or again after it broke off, is answered as before and goes on with what is left.
    once = IdempotentRequest(service, method="POST", path=request.url.path, key=str(form.get("once") or token_hex(16)))
    try:
        with span("decide together", outcome=decisions.outcome):
            answered = decide_together(once, visitor.actor, decisions)
    except SampleNotSeenError as error:
        return _shown(
            request, group, visitor, service, sent, problem=str(error), to_look_at=error.to_look_at, status=409
        )
    made = DecisionsOut.model_validate_json(answered.body)
    with service.reading() as uow:
        undoable = done_together([one.decision_id for one in made.results if one.decision_id], visitor, uow)
    return page(
        request,
        "console/waiting/decided.html",
        visitor=visitor,
        outcome=DECIDED.get(decisions.outcome, decisions.outcome),
        decided=[one for one in made.results if one.problem is None],
        refused=[one for one in made.results if one.problem is not None],
        waiting=_waiting(made.results),
        address=address_of_group(group),
        groups=GROUPS,
        group=group,
        done=undoable,
    )


@router.post(f"{GROUP}/undo")
def undo(visitor: Deciding, service: ServiceDep, form: Annotated[FormData, Depends(form_of)]) -> Response:
    """Undo what was just decided at once, all of it or none, and show the group again."""
    decisions = [str(one) for one in form.getlist("decision")]
    try:
        with service.writing() as uow:
            undo_together(decisions, visitor.actor, uow)
    except WrongStateError as error:
        message = f"none of these {len(decisions)} decisions is undone, for all are or none is: {error}"
        raise WrongStateError(message) from error
    return RedirectResponse(address_of_group(str(form.get("group", ""))), status_code=303)


def _waiting(results: Sequence[DecidedOut]) -> int:
    return sum(one.state is DecisionState.AWAITING_APPROVAL for one in results)


def _sent(form: FormData) -> Sent:
    return Sent(
        chosen=frozenset(str(one) for one in form.getlist("case")),
        facts=frozenset(name.removeprefix(_FACT) for name in form if name.startswith(_FACT)),
        note=str(form.get("note", "")),
        override_reason=str(form.get("override_reason", "")),
    )


def _decisions(form: FormData, sent: Sent) -> DecisionsIn:
    """
    Read what is decided.

    Raises:
        BodyError: If the form was not made by a page of ours.
    """
    try:
        return DecisionsIn.model_validate(
            {
                "case_ids": [str(one) for one in form.getlist("case")],
                "outcome": form.get("outcome"),
                "note": sent.note.strip() or None,
                "facts": {name: True for name in FACT_FIELDS if name in sent.facts} or None,
                "override_reason": sent.override_reason.strip() or None,
            }
        )
    except ValidationError as error:
        said = "; ".join(str(one["msg"]).removeprefix("Value error, ") for one in error.errors())
        raise BodyError(said, field="outcome") from error


def _shown(
    request: Request,
    group: str,
    visitor: Visitor,
    service: Service,
    sent: Sent,
    *,
    problem: str | None = None,
    to_look_at: Sequence[str] = (),
    status: int = 200,
) -> Response:
    with service.reading() as uow:
        sheet = sheet_of(group, visitor, uow, terms=service.sample, chosen=sent.chosen)
    if sheet is None:
        return RedirectResponse(GROUPS, status_code=303)
    return page(
        request,
        "console/waiting/group.html",
        status=status,
        visitor=visitor,
        sheet=sheet,
        sent=sent,
        problem=problem,
        to_look_at=to_look_at,
        once=token_hex(16),
    )
