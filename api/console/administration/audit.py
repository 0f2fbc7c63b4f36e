"""`/console/audit`: who did what to what, the latest first; and whether the chain of rows holds together."""

import time
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Final
from urllib.parse import urlencode

from fastapi import Depends, Query, Request, Response

from api.console.door import Visitor, signed_in_with
from api.http.auth import ServiceDep
from api.http.paging import position_after
from api.http.routers import Router
from api.pages.templates import page
from api.security.permissions import Permission
from api.service import Service
from api.views.casework.people import People
from casework.domain.keeping.audit import AuditRow, Chain
from casework.persistence.unit_of_work import SqlUnitOfWork

router = Router(include_in_schema=False)

ADDRESS: Final = "/console/audit"

Reading = Annotated[Visitor, Depends(signed_in_with(Permission.AUDIT_READ))]
Asked = Annotated[str, Query(max_length=120)]

_ROWS: Final = 50
_BUDGET_S: Final = 20.0
"""A log that takes longer to follow is for `staydown audit verify`."""

_SHOWN: Final = 5


@dataclass(frozen=True, slots=True)
class ShownRow:
    """
    A row of the audit log.

    Args:
        who: The name of whoever did it.

        detail: Beside it, in the order it was written; None once it is erased.
    """

    position: int
    at: datetime
    actor_id: str
    who: str
    action: str
    subject_id: str
    detail: tuple[tuple[str, str], ...] | None


@dataclass(frozen=True, slots=True)
class Checked:
    """
    What following the chain brought out.

    Args:
        rows: How many were followed.

        erased: How many of these have no detail any more.

        hash: Of the last one, in hex: to be noted elsewhere.

        problems: What is wrong; nothing where the chain holds.

        is_complete: Whether the end was reached within the time there is.
    """

    rows: int
    erased: int
    hash: str
    problems: tuple[str, ...]
    is_complete: bool


@router.get(ADDRESS)
def show_log(
    request: Request,
    visitor: Reading,
    service: ServiceDep,
    who: Asked = "",
    what: Asked = "",
    before: Annotated[str | None, Query(max_length=20)] = None,
) -> Response:
    """List rows, the latest first: all, or what one did, or what was done to one thing."""
    return _shown(request, visitor, service, who=who.strip(), what=what.strip(), before=before)


@router.post(f"{ADDRESS}/verify")
def verify(request: Request, visitor: Reading, service: ServiceDep) -> Response:
    """Follow the chain from its first row to its last."""
    with service.reading() as uow:
        checked = check_chain(uow, budget_s=_BUDGET_S)
    return _shown(request, visitor, service, checked=checked)


def check_chain(uow: SqlUnitOfWork, *, budget_s: float) -> Checked:
    """
    Follow the audit log from its beginning.

    Args:
        uow: To read.

        budget_s: After so many seconds it stops, and says so.
    """
    chain = Chain()
    problems: list[str] = []
    position, link = uow.audit.end()
    ends = time.monotonic() + budget_s
    for row in uow.audit.rows():
        if row.position > position:
            break
        if time.monotonic() > ends:
            return Checked(chain.position, chain.erased, chain.hash.hex(), tuple(problems[:_SHOWN]), is_complete=False)
        if (problem := chain.follow(row)) is not None:
            problems.append(problem)
    if (problem := chain.end(position=position, link=link)) is not None:
        problems.append(problem)
    return Checked(chain.position, chain.erased, chain.hash.hex(), tuple(problems[:_SHOWN]), is_complete=True)


def _shown(
    request: Request,
    visitor: Visitor,
    service: Service,
    *,
    who: str = "",
    what: str = "",
    before: str | None = None,
    checked: Checked | None = None,
) -> Response:
    asked = {name: value for name, value in (("who", who), ("what", what)) if value}
    with service.reading() as uow:
        found = uow.audit.newest(
            before=None if before is None else position_after(before),
            limit=_ROWS + 1,
            actor_id=_actor_id(who, uow),
            subject_id=what or None,
        )
        people = People(uow)
        rows = [_row(one, people) for one in found[:_ROWS]]
    following = {**asked, "before": str(rows[-1].position)} if len(found) > _ROWS else None
    return page(
        request,
        "console/administration/audit.html",
        visitor=visitor,
        rows=rows,
        who=who,
        what=what,
        checked=checked,
        first=f"{ADDRESS}?{urlencode(asked)}" if before is not None else None,
        following=following and f"{ADDRESS}?{urlencode(following)}",
    )


def _actor_id(who: str, uow: SqlUnitOfWork) -> str | None:
    """Return whose rows are asked for: a person's by their name, anybody's by their id."""
    if not who:
        return None
    person = uow.people.named(who)
    return who if person is None else person.id


def _row(row: AuditRow, people: People) -> ShownRow:
    said = None if row.detail is None else [(name, value) for name, value in row.detail.items() if value is not None]
    return ShownRow(
        position=row.position,
        at=row.at,
        actor_id=row.actor_id,
        who=people.named(row.actor_id).name,
        action=row.action,
        subject_id=row.subject_id,
        detail=None if said is None else tuple((name, _in_words(value)) for name, value in said),
    )


def _in_words(value: object) -> str:
    """Write a value as a reader does, not as a program does."""
    return ("yes" if value else "no") if isinstance(value, bool) else str(value)
