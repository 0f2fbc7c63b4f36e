"""
Groups of open cases, as SQL.

Invariant: what groups are made of is in one index of `cases` (state, takedown, evidence, deadline): ten thousand open
cases are grouped without reading their rows. A case without a kind of evidence asks about no match, and is in no group.
"""

import base64
import binascii
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, and_, func, literal, or_, select, true

from casework.domain.cases.case import CaseState
from casework.domain.cases.listing import CaseGroup, GroupBy, GroupKey
from casework.domain.errors import CursorError
from casework.domain.ids import CaseId
from casework.persistence import tables

_CASES = tables.cases.c
_OF_MATCHES: Final = (_CASES.state == CaseState.OPEN.value, _CASES.evidence.is_not(None))
_NOTHING: Final = ""
"""Stands for the kind of evidence in groups by takedown, so that both are sorted alike."""


def groups_by(
    by: GroupBy, connection: Connection, *, after: str | None, limit: int
) -> tuple[list[CaseGroup], str | None]:
    """
    List groups, by their oldest deadline, then takedown, then kind of evidence.

    Raises:
        CursorError: If `after` is not a cursor this list gave.
    """
    shared: list[ColumnElement[Any]] = [_CASES.takedown_id]
    shared += [_CASES.evidence] if by is GroupBy.EVIDENCE else []
    counted = (
        select(
            _CASES.takedown_id,
            _CASES.evidence if by is GroupBy.EVIDENCE else literal(_NOTHING).label("evidence"),
            func.count().label("cases"),
            func.min(_CASES.deadline).label("oldest"),
        )
        .where(*_OF_MATCHES)
        .group_by(*shared)
        .subquery()
        .c
    )
    query = select(counted.takedown_id, counted.evidence, counted.cases, counted.oldest)
    if after is not None:
        oldest, key = _read_cursor(after)
        later_kind = and_(counted.takedown_id == key.takedown_id, counted.evidence > (key.evidence or _NOTHING))
        later = or_(counted.takedown_id > key.takedown_id, later_kind)
        query = query.where(or_(counted.oldest > oldest, and_(counted.oldest == oldest, later)))
    query = query.order_by(counted.oldest, counted.takedown_id, counted.evidence).limit(limit + 1)
    found = [
        CaseGroup(GroupKey(row.takedown_id, row.evidence or None), row.cases, row.oldest)
        for row in connection.execute(query)
    ]
    return found[:limit], _cursor(found[limit - 1]) if len(found) > limit else None


def members_of(group: GroupKey, connection: Connection, *, limit: int) -> tuple[list[CaseId], int]:
    """List the ids of a group's cases, the first `limit` by deadline, and count all of them."""
    condition = and_(*_OF_MATCHES, _belongs_to(group))
    query = select(_CASES.id).where(condition).order_by(_CASES.deadline, _CASES.id).limit(limit)
    found = [CaseId(one) for one in connection.execute(query).scalars()]
    if len(found) < limit:
        return found, len(found)
    return found, int(connection.execute(select(func.count()).select_from(tables.cases).where(condition)).scalar_one())


def sampled_from(groups: Sequence[GroupKey], connection: Connection, *, size: int) -> dict[GroupKey, list[CaseId]]:
    """
    Take cases out of groups, evenly from the first due to the last.

    Args:
        groups: All by takedown, or all by kind of evidence.

        connection: To read.

        size: How many of each; of a smaller group all.

    Returns:
        Ids, by deadline.
    """
    sampled: dict[GroupKey, list[CaseId]] = {group: [] for group in groups}
    if not groups or size <= 0:
        return sampled
    by_kind = any(group.evidence is not None for group in groups)
    kind = _CASES.evidence if by_kind else literal(_NOTHING)
    same = [_CASES.takedown_id, kind] if by_kind else [_CASES.takedown_id]
    ranked = (
        select(
            _CASES.id,
            _CASES.takedown_id,
            kind.label("evidence"),
            (func.row_number().over(order_by=[_CASES.deadline, _CASES.id], partition_by=same) - 1).label("place"),
            func.count().over(partition_by=same).label("cases"),
        )
        .where(*_OF_MATCHES, _CASES.takedown_id.in_({group.takedown_id for group in groups}))
        .subquery()
        .c
    )
    # Of the places 0..n-1, those where `place * size` steps over a multiple of n: exactly `size`, evenly apart.
    evenly = ranked.place * size % ranked.cases < size
    query = select(ranked.id, ranked.takedown_id, ranked.evidence).where(evenly).order_by(ranked.place)
    for row in connection.execute(query):
        key = GroupKey(row.takedown_id, row.evidence or None)
        if key in sampled:
            sampled[key].append(CaseId(row.id))
    return sampled


def _belongs_to(group: GroupKey) -> ColumnElement[bool]:
    of_kind = true() if group.evidence is None else _CASES.evidence == group.evidence
    return and_(_CASES.takedown_id == group.takedown_id, of_kind)


def _cursor(last: CaseGroup) -> str:
    text = f"{last.oldest_deadline.isoformat()}~{last.key}"
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _read_cursor(cursor: str) -> tuple[datetime, GroupKey]:
    try:
        text = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True).decode()
        moment, _, key = text.partition("~")
        return datetime.fromisoformat(moment).astimezone(UTC), GroupKey.read(key)
    except (binascii.Error, UnicodeError, ValueError, OverflowError) as error:
        message = f"{cursor!r} is not a cursor of this list; pass the `next` of the page before"
        raise CursorError(message) from error
