"""Taking cases: the next one of a list, one that was chosen, and giving one back."""

from collections.abc import Iterator

from fastapi import Response
from fastapi.responses import RedirectResponse

from api.console.door import HOME, Visitor, Working
from api.console.waiting.asked import Asked, AskedDep
from api.http.auth import ServiceDep
from api.http.routers import Router
from casework.domain.actor import Actor
from casework.domain.cases.case import Case
from casework.domain.ids import CaseId
from casework.handlers.deciding.review import claim_case, release_case
from casework.persistence.unit_of_work import SqlUnitOfWork

router = Router(include_in_schema=False)

_MOSTLY_ENOUGH = 5
_LOOKED_THROUGH = 200
"""Cases of a list, from the place where one was left, in which one that is free is looked for at a time."""


@router.post("/console/next")
def take_next(visitor: Working, service: ServiceDep, asked: AskedDep) -> Response:
    """Take the most urgent case of a list that nobody holds, and show it."""
    with service.writing() as uow:
        return go_on(visitor, asked, None, uow)


@router.post("/console/cases/{case_id}/claim")
def claim(case_id: str, visitor: Working, service: ServiceDep, asked: AskedDep) -> Response:
    """Take a case, or keep it for another 15 minutes."""
    with service.writing() as uow:
        claim_case(case_id, visitor.actor, uow)
    return RedirectResponse(address_of(case_id, asked), status_code=303)


@router.post("/console/cases/{case_id}/pass")
def pass_on(case_id: str, visitor: Working, service: ServiceDep, asked: AskedDep) -> Response:
    """Give a case back for somebody else, and take the next of the list."""
    with service.writing() as uow:
        case = release_case(case_id, visitor.actor, uow)
        return go_on(visitor, asked, case, uow)


def go_on(visitor: Visitor, asked: Asked, left: Case | None, uow: SqlUnitOfWork, *, done: str = "") -> Response:
    """
    Take the next case of a list and lead to it; to the list itself where nothing is left.

    Args:
        visitor: Who works.

        asked: The list.

        left: The case they come from: the next is one that comes after it.

        uow: The transaction.

        done: The decision that was just made, to be shown with the way to undo it.
    """
    found = take_one(visitor.actor, asked, left, uow)
    extra = {"done": done} if done else {}
    address = f"{HOME}{asked.with_query(extra)}" if found is None else address_of(found.id, asked, extra)
    return RedirectResponse(address, status_code=303)


def take_one(actor: Actor, asked: Asked, left: Case | None, uow: SqlUnitOfWork) -> Case | None:
    """Claim the first case of a list, after the one that is left, that nobody else holds; at its end begin anew."""
    begin = None if left is None else asked.cursor_after(left)
    for after in dict.fromkeys((begin, None)):
        for case in _from_place(after, actor, asked, uow):
            is_another = left is None or case.id != left.id
            if is_another and case.is_open and not case.is_held_by_another(actor.id, uow.now):
                return claim_case(case.id, actor, uow)
    return None


def _from_place(after: str | None, actor: Actor, asked: Asked, uow: SqlUnitOfWork) -> Iterator[Case]:
    """Read a list on from a place: a few, of which one is mostly free, and the others only where none is."""
    for limit in (_MOSTLY_ENOUGH, _LOOKED_THROUGH - _MOSTLY_ENOUGH):
        cases, after = asked.page(actor, uow, after=after, limit=limit)
        yield from cases
        if after is None:
            return


def address_of(case_id: CaseId | str, asked: Asked, extra: dict[str, str] | None = None) -> str:
    """Return the address of a case's page, in a list."""
    return f"{HOME}/cases/{case_id}{asked.with_query(extra or {})}"
