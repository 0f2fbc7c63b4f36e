"""`/console`: what waits to be decided, the most urgent first, and who works on it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Annotated, Final
from urllib.parse import urlencode

from fastapi import Query, Request, Response

from api.console.cases.done import done_of
from api.console.door import HOME, Reading
from api.console.waiting.asked import ANY_STATE, Asked, AskedDep
from api.console.waiting.listing import QUEUE_NAMES, queue_rows
from api.http.auth import ServiceDep
from api.http.routers import Router
from api.pages.templates import page
from casework.domain.cases.case import CaseState, Queue
from casework.domain.cases.listing import Order
from casework.persistence.repositories.operations.figures import Waiting
from casework.persistence.unit_of_work import SqlUnitOfWork
from matcher.strength import Strength

router = Router(include_in_schema=False)

HERE: Final = timedelta(minutes=5)
"""Whoever asked for a page since then is shown as here."""

_SHOWN_IF_NEEDED: Final = (Queue.MINORS, Queue.IMPORTS)
_SOON: Final = timedelta(hours=6)
_ROWS: Final = 50

STATES: Final = {
    CaseState.OPEN.value: "Open",
    CaseState.AWAITING_APPROVAL.value: "Awaiting approval",
    CaseState.DECIDED.value: "Decided",
    ANY_STATE: "In any state",
}
STRENGTHS: Final = {one.value: one.value.capitalize() for one in Strength}
ORDERS: Final = {Order.DEADLINE.value: "Most urgent first", Order.NEWEST.value: "Newest first"}


@dataclass(frozen=True, slots=True)
class Tab:
    """
    One queue above the list.

    Args:
        name: As it is shown.

        address: Of its list.

        chosen: Whether it is the one that is shown.

        waiting: What waits in it; None for nothing.
    """

    name: str
    address: str
    chosen: bool
    waiting: Waiting | None


@dataclass(frozen=True, slots=True)
class Narrowing:
    """
    One filter that has no field of its own.

    Args:
        words: What it asks for.

        value: The id it asks for.

        name: Its name in an address.

        without: The list without it.
    """

    words: str
    value: str
    name: str
    without: str


@router.get(HOME)
def show_queue(
    request: Request,
    visitor: Reading,
    service: ServiceDep,
    asked: AskedDep,
    after: Annotated[str | None, Query(max_length=200)] = None,
    done: Annotated[str | None, Query(max_length=40)] = None,
) -> Response:
    """Show what waits."""
    with service.reading() as uow:
        found, following = asked.page(visitor.actor, uow, after=after, limit=_ROWS)
        rows = queue_rows(found, visitor.actor, uow)
        waiting = uow.figures.waiting_cases(uow.now, soon=_SOON, states=[CaseState.OPEN])
        awaiting = uow.figures.waiting_cases(uow.now, soon=_SOON, states=[CaseState.AWAITING_APPROVAL])
        return page(
            request,
            "console/waiting/queue.html",
            visitor=visitor,
            rows=rows,
            now=uow.now,
            tabs=_tabs(waiting, asked),
            awaiting=_together(awaiting),
            asked=asked,
            narrowed=_narrowed(asked),
            states=STATES,
            strengths=STRENGTHS,
            orders=ORDERS,
            may_take=any(not row.is_closed and (row.held_by is None or row.is_mine) for row in rows),
            others=others_here(visitor.actor.id, uow),
            following=following and f"{HOME}?{urlencode({**asked.parameters, 'after': following})}",
            is_first=after is None,
            done=done_of(done, visitor, uow),
        )


def others_here(actor_id: str, uow: SqlUnitOfWork) -> list[str]:
    """Name who else is here, by their names."""
    here = uow.sessions.people_since(uow.now - HERE)
    return sorted(one.name for one in uow.people.many(here).values() if one.id != actor_id)


def _tabs(waiting: Mapping[str, Waiting], asked: Asked) -> list[Tab]:
    every = Tab("Everything", HOME, chosen=asked.queue is None and not asked.mine, waiting=_together(waiting))
    tabs = [every]
    for queue, name in QUEUE_NAMES.items():
        if queue in _SHOWN_IF_NEEDED and queue.value not in waiting and asked.queue is not queue:
            continue
        chosen = asked.queue is queue and not asked.mine
        tabs.append(Tab(name, f"{HOME}?queue={queue.value}", chosen=chosen, waiting=waiting.get(queue.value)))
    return tabs


def _narrowed(asked: Asked) -> list[Narrowing]:
    given = (
        ("Copies of", "takedown_id", asked.takedown_id, replace(asked, takedown_id=None)),
        ("Posted by", "uploader_id", asked.uploader_id, replace(asked, uploader_id=None)),
    )
    return [Narrowing(words, value, name, f"{HOME}{without.query}") for words, name, value, without in given if value]


def _together(waiting: Mapping[str, Waiting]) -> Waiting | None:
    if not waiting:
        return None
    every = waiting.values()
    return Waiting(
        count=sum(one.count for one in every),
        due_soon=sum(one.due_soon for one in every),
        overdue=sum(one.overdue for one in every),
        oldest_s=max(one.oldest_s for one in every),
    )
