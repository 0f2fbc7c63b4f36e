"""
`/console/looks/…`: after some decisions two drawings in between, and then the next case of the list.

Invariant: a page of a look says neither whether its answer is known nor where its pictures are from; its address and
those of its drawings do not, either. Where no pair is planted nobody is ever asked.
"""

from typing import Annotated, Final

from fastapi import Depends, Query, Request, Response
from fastapi.responses import RedirectResponse

from api.console.cases.done import done_of
from api.console.cases.working import go_on
from api.console.door import HOME, Visitor, signed_in_with
from api.console.waiting.asked import Asked, AskedDep
from api.console.waiting.second_looks import ANSWERS, Looking, Said
from api.http.auth import ServiceDep
from api.http.routers import Router
from api.pages.templates import page
from api.security.permissions import Permission
from api.service import Service
from api.settings import Settings
from api.steps.drawings import DIFFERENCE, both_sides_are_kept, drawings_of
from casework.domain.cases.case import Case
from casework.domain.cases.known_pair import BlindLook, InBetween, asked_after
from casework.domain.errors import NotFoundError, SamePersonError, WrongStateError
from casework.handlers.deciding.blind_looks import (
    ask_about_known_pair,
    ask_for_second_look,
    case_shown_by,
    give_blind_look,
    look_of,
)
from casework.handlers.deciding.second_look import give_second_look, second_looks_for
from casework.persistence.unit_of_work import SqlUnitOfWork

router = Router(include_in_schema=False)

ADDRESS: Final = f"{HOME}/looks"

Seeing = Annotated[Visitor, Depends(signed_in_with(Permission.CASE_MEDIA_VIEW))]
Done = Annotated[str | None, Query(max_length=40)]

_TRIED: Final = 20


def go_on_past_a_look(
    visitor: Visitor, asked: Asked, left: Case, uow: SqlUnitOfWork, settings: Settings, *, done: str
) -> Response:
    """
    Lead to the next case of a list; now and then to a look in between first.

    Args:
        visitor: Who decided.

        asked: The list.

        left: The case they decided.

        uow: The transaction.

        settings: How often, in percent.

        done: The decision.
    """
    look = _asked(visitor, uow, settings, done=done)
    if look is None:
        return go_on(visitor, asked, left, uow, done=done)
    return RedirectResponse(f"{ADDRESS}/{look.id}{asked.with_query({'done': done})}", status_code=303)


@router.get(f"{ADDRESS}/{{look_id}}")
def show_look(
    request: Request, look_id: str, visitor: Looking, service: ServiceDep, asked: AskedDep, done: Done = None
) -> Response:
    """Show two drawings; the list, where they were answered about."""
    with service.reading() as uow:
        look = look_of(look_id, visitor.actor, uow)
        if look.answered_at is not None:
            return RedirectResponse(f"{HOME}{asked.query}", status_code=303)
        undoable = done_of(done, visitor, uow)
    has_difference = _drawing_of(look_id, DIFFERENCE, visitor, service) is not None
    return page(
        request,
        "console/waiting/second_looks/in_between.html",
        visitor=visitor,
        asked=asked,
        done=undoable,
        answer=f"{ADDRESS}/{look.id}{asked.with_query({'done': done} if done else {})}",
        drawings=f"{ADDRESS}/{look.id}/drawings",
        has_difference=has_difference,
    )


@router.get(f"{ADDRESS}/{{look_id}}/drawings/{{name}}.png")
def show_drawing(look_id: str, name: str, visitor: Seeing, service: ServiceDep) -> Response:
    """Draw one side of what is shown, or what both have in common."""
    drawn = _drawing_of(look_id, name, visitor, service)
    if drawn is None:
        message = f"this look has no drawing {name!r}"
        raise NotFoundError(message)
    return Response(drawn, media_type="image/png")


@router.post(f"{ADDRESS}/{{look_id}}")
def answer(
    look_id: str, visitor: Looking, service: ServiceDep, asked: AskedDep, said: Said, done: Done = None
) -> Response:
    """Record what somebody sees, and go on with the list."""
    with service.writing() as uow:
        look = give_blind_look(look_id, visitor.actor, uow, is_copy=ANSWERS[said])
        if look.decision_id is not None:
            _second_look(look.decision_id, visitor, uow, service.settings, is_copy=look.is_copy)
        return go_on(visitor, asked, _left(done, uow), uow)


def _drawing_of(look_id: str, name: str, visitor: Visitor, service: Service) -> bytes | None:
    with service.reading() as uow:
        look = look_of(look_id, visitor.actor, uow)
        case_id = case_shown_by(look, uow)
        if case_id is None:
            return None if look.pair_id is None else uow.known_pairs.drawing(look.pair_id, name)
    return drawings_of(case_id, visitor.actor, service).get(name)


def _asked(visitor: Visitor, uow: SqlUnitOfWork, settings: Settings, *, done: str) -> BlindLook | None:
    what = asked_after(done, settings.known_pair_percent)
    if what is None:
        return None
    if what is InBetween.KNOWN_PAIR:
        return ask_about_known_pair(visitor.actor, uow, can_be_seen=lambda case_id: both_sides_are_kept(case_id, uow))
    planted, _ = uow.known_pairs.listed(after=None, limit=1)
    if not planted:
        return None
    waiting = second_looks_for(visitor.actor, uow, percent=settings.second_look_percent)
    first = next((one for one in waiting[:_TRIED] if both_sides_are_kept(one.case_id, uow)), None)
    return None if first is None else ask_for_second_look(first, visitor.actor, uow)


def _second_look(
    decision_id: str, visitor: Visitor, uow: SqlUnitOfWork, settings: Settings, *, is_copy: bool | None
) -> None:
    """Take it as the second look it is, unless somebody gave that one meanwhile."""
    try:
        give_second_look(decision_id, visitor.actor, uow, is_copy=is_copy, percent=settings.second_look_percent)
    except (WrongStateError, SamePersonError):
        return


def _left(done: str | None, uow: SqlUnitOfWork) -> Case | None:
    if done is None:
        return None
    try:
        return uow.cases.get(uow.decisions.get(done).case_id)
    except NotFoundError:  # an address that somebody typed
        return None
