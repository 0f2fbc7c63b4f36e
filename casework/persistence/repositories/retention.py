"""What is past its date, over SQL: ids of each kind, the oldest first."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, and_, exists, func, or_, select

from casework.domain.cases.appeal import AppealState
from casework.domain.cases.case import CaseState
from casework.domain.keeping.retention import Dated
from casework.domain.takedowns.takedown import STANDING
from casework.domain.verdict import Verdict
from casework.persistence import tables

_CASES, _TAKEDOWNS, _UPLOADS = tables.cases.c, tables.takedowns.c, tables.uploads.c
_SETTLED = (
    _CASES.state == CaseState.DECIDED.value,
    ~exists().where(tables.erasures.c.scope_id == _CASES.id),
    ~exists().where(tables.appeals.c.case_id == _CASES.id, tables.appeals.c.state == AppealState.OPEN.value),
)
_WAS_ONLY_INTERIM = and_(
    _TAKEDOWNS.interim_since.is_not(None), _TAKEDOWNS.effective_at.is_(None), _TAKEDOWNS.reversed_at.is_not(None)
)
"""A takedown that ended before anybody had upheld it: its report is kept like any that was not upheld."""

_NO_OPEN_CASE = or_(
    _UPLOADS.case_id.is_(None),
    exists().where(_CASES.id == _UPLOADS.case_id, _CASES.state == CaseState.DECIDED.value),
)


class SqlPastDate:
    """What is past its date."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def due(self, kind: Dated, before: datetime, *, limit: int) -> list[str]:
        """List takedowns, reports or uploads of a kind whose time ended before a moment, the oldest first."""
        query = _DUE[kind](before)
        return list(self._connection.execute(query.order_by(*query.selected_columns).limit(limit)).scalars())

    def count(self, kind: Dated, before: datetime) -> int:
        """Count them."""
        query = select(func.count()).select_from(_DUE[kind](before).subquery())
        return int(self._connection.execute(query).scalar_one())


_STANDS = [state.value for state in STANDING]


def _withdrawn(before: datetime) -> Select[Any]:
    others = tables.takedowns.alias("others").c
    stands = exists().where(others.case_id == _TAKEDOWNS.case_id, others.state.in_(_STANDS))
    ended = (_TAKEDOWNS.reversed_at < before, ~_WAS_ONLY_INTERIM, ~stands)
    return select(_TAKEDOWNS.id).join(tables.cases).where(*ended, *_SETTLED)


def _rejected(before: datetime) -> Select[Any]:
    decisions = tables.decisions.c
    return (
        select(tables.reports.c.id)
        .join(tables.cases)
        .where(
            *_SETTLED,
            ~exists().where(_TAKEDOWNS.case_id == _CASES.id, ~_WAS_ONLY_INTERIM),
            ~exists().where(decisions.case_id == _CASES.id, decisions.decided_at >= before),
        )
    )


def _uploads(before: datetime) -> Select[Any]:
    matches = tables.matches.c
    standing = (
        exists()
        .where(matches.upload_id == _UPLOADS.id, matches.takedown_id == _TAKEDOWNS.id)
        .where(_TAKEDOWNS.state.in_(_STANDS))
    )
    return select(_UPLOADS.id).where(
        _UPLOADS.registered_at < before,
        _UPLOADS.sha256 != b"",
        _UPLOADS.verdict == Verdict.ALLOW.value,
        _NO_OPEN_CASE,
        ~standing,
    )


def _post_texts(before: datetime) -> Select[Any]:
    return select(_UPLOADS.id).where(_UPLOADS.registered_at < before, _UPLOADS.post_text.is_not(None), _NO_OPEN_CASE)


_DUE: dict[Dated, Callable[[datetime], Select[Any]]] = {
    Dated.WITHDRAWN: _withdrawn,
    Dated.REJECTED: _rejected,
    Dated.UPLOADS: _uploads,
    Dated.POST_TEXTS: _post_texts,
}
