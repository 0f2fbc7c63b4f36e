"""`/console/groups`: open cases that are alike, by the takedown they are copies of or by what they rest on."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Final
from urllib.parse import urlencode

from fastapi import Query, Request, Response

from api.console.door import Reading
from api.http.auth import ServiceDep
from api.http.routers import Router
from api.pages.templates import page
from api.schemas.casework.case_lists import CaseGroupOut
from api.views.casework.case_rows import case_groups
from casework.domain.cases.listing import GroupBy
from casework.domain.cases.report import RESPONSE_TIME
from matcher.signals import signal_type

router = Router(include_in_schema=False)

GROUPS: Final = "/console/groups"
GROUP: Final = "/console/group"
_ROWS: Final = 50

BY: Final = {GroupBy.TAKEDOWN: "By takedown", GroupBy.EVIDENCE: "By kind of evidence"}


@dataclass(frozen=True, slots=True)
class GroupRow:
    """
    A group in the list.

    Args:
        group: As the API shows it.

        address: Of its page.

        words: What its copies rest on; None of all kinds.

        left_s: Seconds until the first of it is due.

        age_s: Seconds since the oldest came.

        looked_at: How many cases of the sample the visitor has looked at.
    """

    group: CaseGroupOut
    address: str
    words: str | None
    left_s: float
    age_s: float
    looked_at: int


@router.get(GROUPS)
def show_groups(
    request: Request,
    visitor: Reading,
    service: ServiceDep,
    by: Annotated[GroupBy, Query()] = GroupBy.TAKEDOWN,
    after: Annotated[str | None, Query(max_length=600)] = None,
) -> Response:
    """List groups, that with the oldest deadline first."""
    with service.reading() as uow:
        found, following = uow.cases.groups(by, after=after, limit=_ROWS)
        shown = case_groups(found, visitor.actor, uow, size=service.sample.size)
        rows = [row_of(one, uow.now) for one in shown]
    tabs = [(words, f"{GROUPS}?by={one.value}", one is by) for one, words in BY.items()]
    more = following and f"{GROUPS}?{urlencode({'by': by.value, 'after': following})}"
    return page(request, "console/waiting/groups.html", visitor=visitor, rows=rows, tabs=tabs, following=more)


def row_of(group: CaseGroupOut, now: datetime) -> GroupRow:
    """Show one group."""
    left_s = (group.oldest_deadline - now).total_seconds()
    return GroupRow(
        group=group,
        address=address_of_group(group.group),
        words=words_of(group),
        left_s=left_s,
        age_s=RESPONSE_TIME.total_seconds() - left_s,
        looked_at=sum(one.looked_at for one in group.sample),
    )


def address_of_group(group: str) -> str:
    """Return the address of a group's page."""
    return f"{GROUP}?{urlencode({'group': group})}"


def words_of(group: CaseGroupOut) -> str | None:
    """Say what the copies of a group rest on; None where it is of all kinds."""
    kind = group.evidence
    if kind is None:
        return None
    labels = " + ".join(signal_type(one).label for one in kind.signals)
    return f"{kind.strength}: {kind.transformation}" + (f", by {labels}" if labels else "")
