"""
`/console/second-looks`: one copy after the other, without what was decided; and where two people differ.

Invariant: the page of a second look says nothing of the first: neither who, nor what, nor when.
"""

from datetime import timedelta
from typing import Annotated, Final, Literal

from fastapi import Depends, Form, Request, Response
from fastapi.responses import RedirectResponse

from api.console.door import Visitor, signed_in_with
from api.http.auth import ServiceDep
from api.http.routers import Router
from api.pages.templates import page
from api.security.permissions import Permission
from api.steps.drawings import DIFFERENCE, both_sides_are_kept, drawings_of
from api.views.casework.people import People
from casework.handlers.deciding.second_look import answered_twice, give_second_look, second_looks_for
from casework.persistence.unit_of_work import SqlUnitOfWork

router = Router(include_in_schema=False)

ADDRESS: Final = "/console/second-looks"

Looking = Annotated[Visitor, Depends(signed_in_with(Permission.CASE_DECIDE))]
Said = Annotated[Literal["copy", "no_copy", "unsure"], Form()]

ANSWERS: Final = {"copy": True, "no_copy": False, "unsure": None}
_COMPARED: Final = timedelta(days=30)
_MOST: Final = 2_000
_SHOWN: Final = 20
_TRIED: Final = 20
"""Of so many that wait the first that still has something to look at is shown."""


@router.get(ADDRESS)
def show_next(request: Request, visitor: Looking, service: ServiceDep) -> Response:
    """Show the next one; to seniors where two people differed, too."""
    percent = service.settings.second_look_percent
    with service.reading() as uow:
        waiting = second_looks_for(visitor.actor, uow, percent=percent)
        first = next((one for one in waiting[:_TRIED] if both_sides_are_kept(one.case_id, uow)), None)
        differing = _differing(uow, percent) if visitor.may(Permission.DECISION_APPROVE) else []
    drawn = {} if first is None else drawings_of(first.case_id, visitor.actor, service)
    return page(
        request,
        "console/waiting/second_looks/second_look.html",
        visitor=visitor,
        answer=None if first is None else f"{ADDRESS}/{first.decision_id}",
        drawings=None if first is None else f"/console/cases/{first.case_id}/drawings",
        has_difference=DIFFERENCE in drawn,
        waiting=len(waiting),
        differing=differing,
        percent=percent,
    )


@router.post(f"{ADDRESS}/{{decision_id}}")
def answer(
    decision_id: str,
    visitor: Looking,
    service: ServiceDep,
    said: Said,
) -> Response:
    """Record what somebody sees, and show the next one."""
    percent = service.settings.second_look_percent
    with service.writing() as uow:
        give_second_look(decision_id, visitor.actor, uow, is_copy=ANSWERS[said], percent=percent)
    return RedirectResponse(ADDRESS, status_code=303)


def _differing(uow: SqlUnitOfWork, percent: float) -> list[dict[str, object]]:
    people = People(uow)
    found = answered_twice(uow.now - _COMPARED, uow, percent=percent, limit=_MOST)
    differ = [pair for pair in found if pair[1].is_copy is not None and pair[1].is_copy is not pair[0].is_copy]
    return [
        {
            "case_id": first.case_id,
            "first": people.named(first.decided_by).name,
            "second": people.named(second.by).name,
            "is_copy": first.is_copy,
            "at": second.at,
        }
        for first, second in reversed(differ[-_SHOWN:])
    ]
