"""
Which cases a list shows, as SQL: conditions, orders and their cursors.

Invariant: each condition rests on an index, and a page's cost does not grow with the pages before it.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, TypeAlias

from sqlalchemy import ColumnElement, Select, and_, or_, select, union

from casework.domain.cases.case import Case, CaseState
from casework.domain.cases.handles import Handle, as_searched
from casework.domain.cases.listing import CaseFilter, Order
from casework.domain.errors import CursorError
from casework.persistence import tables

Digest: TypeAlias = Callable[[Handle, str], str]
"""Makes what a handle is looked up by."""

_CASES = tables.cases.c


def asked_for(asked: CaseFilter, *, now: datetime, digest: Digest) -> list[ColumnElement[bool]]:
    """
    Return the conditions of a filter.

    Args:
        asked: The filter.

        now: When it is asked: a lease that has run out is nobody's.

        digest: Makes what a handle is looked up by.
    """
    conditions = []
    if asked.state is not None:
        conditions.append(_CASES.state == asked.state.value)
    if asked.queue is not None:
        conditions.append(_CASES.queue == asked.queue.value)
    if asked.takedown_id is not None:
        conditions.append(_CASES.takedown_id == asked.takedown_id)
    if asked.strength is not None:
        conditions.append(_CASES.strength == asked.strength.value)
    if asked.uploader_id is not None:
        conditions.append(_CASES.id.in_(_with_handles(digest(Handle.UPLOADER, asked.uploader_id))))
    if asked.of_person is not None:
        conditions.append(_of_person(asked.of_person, asked.state, now))
    if asked.text is not None:
        conditions.append(_CASES.id.in_(_named(asked.text.strip(), digest)))
    return conditions


def page_of(asked: CaseFilter, conditions: list[ColumnElement[bool]], *, after: str | None, limit: int) -> Select[Any]:
    """
    Return the statement that reads a page, and one row more if there is one.

    Raises:
        CursorError: If `after` is not a cursor of a list in this order.
    """
    query = select(tables.cases).where(*conditions).limit(limit + 1)
    if asked.order is Order.NEWEST:
        if after is not None:
            query = query.where(_CASES.id < _read_id(after))
        return query.order_by(_CASES.id.desc())
    if after is not None:
        deadline, case_id = _read_deadline(after)
        later = and_(_CASES.deadline == deadline, _CASES.id > case_id)
        query = query.where(_CASES.deadline >= deadline, or_(_CASES.deadline > deadline, later))
    return query.order_by(_CASES.deadline, _CASES.id)


def cursor_of(last: Case, order: Order) -> str:
    """Return the cursor of what comes after a case."""
    if order is Order.NEWEST:
        return last.id
    deadline = last.deadline.isoformat().replace("+00:00", "Z")  # a plus is a blank in an address
    return f"{deadline}~{last.id}"


def _of_person(actor_id: str, state: CaseState | None, now: datetime) -> ColumnElement[bool]:
    held = and_(_CASES.claimed_by == actor_id, _CASES.claimed_until > now)
    decisions = tables.decisions.c
    decided = and_(
        _CASES.state != CaseState.OPEN.value,
        _CASES.id.in_(select(decisions.case_id).where(decisions.decided_by == actor_id)),
    )
    return {None: or_(held, decided), CaseState.OPEN: held}.get(state, decided)


def _named(text: str, digest: Digest) -> Select[Any]:
    """Return the cases that have this as one of their ids, or can be found by it."""
    reports = tables.reports.c
    own = select(_CASES.id).where(or_(_CASES.id == text, _CASES.upload_id == text, _CASES.takedown_id == text))
    reported = select(reports.case_id).where(or_(reports.id == text, reports.receipt_number == text.upper()))
    by_handle = _with_handles(*(digest(kind, as_searched(kind, text)) for kind in Handle))
    found = union(own, reported, by_handle).subquery()
    return select(found.c[0])


def _with_handles(*digests: str) -> Select[Any]:
    handles = tables.case_handles.c
    return select(handles.case_id).where(handles.digest.in_(digests))


def _read_deadline(cursor: str) -> tuple[datetime, str]:
    moment, _, case_id = cursor.partition("~")
    try:
        deadline = datetime.fromisoformat(moment)
        in_utc = None if deadline.tzinfo is None else deadline.astimezone(UTC)
    except (ValueError, OverflowError):
        in_utc = None
    if in_utc is None or not case_id:
        raise CursorError(_no_cursor(cursor))
    return in_utc, case_id


def _read_id(cursor: str) -> str:
    if not cursor.startswith("case_"):
        raise CursorError(_no_cursor(cursor))
    return cursor


def _no_cursor(cursor: str) -> str:
    return f"{cursor!r} is not a cursor of this list; pass the `next` of the page before"
