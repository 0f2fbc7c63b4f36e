"""
Who has looked at which media, over SQL.

Invariant: nothing here commits. `unit_of_work.py` does, once, for everything together.
"""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Connection, bindparam, or_, select

from casework.domain.ids import CaseId, MediaId, TakedownId
from casework.persistence import tables
from casework.persistence.connection.bulk import insert_into
from casework.persistence.connection.direct import rows_of
from casework.persistence.rows import portions

_VIEWS, _MATCHES, _DECISIONS, _CASES = tables.media_views.c, tables.matches.c, tables.decisions.c, tables.cases.c
_PEOPLE = select(_VIEWS.media_id, _VIEWS.person_id).where(_VIEWS.media_id.in_(bindparam("media", expanding=True)))
_CONFIRMED = (
    select(_MATCHES.id)
    .join(tables.decisions, _DECISIONS.id == _MATCHES.confirmed_by)
    .join(tables.cases, _CASES.id == _DECISIONS.case_id)
    .join(tables.uploads, tables.uploads.c.id == _MATCHES.upload_id)
    .join(tables.media_views, _VIEWS.media_id == tables.uploads.c.media_id)
    .where(
        _MATCHES.takedown_id == bindparam("takedown"),
        _CASES.takedown_id == bindparam("takedown"),  # a case that a match opened, not the report's own
        _CASES.upload_id == _MATCHES.upload_id,
        or_(_VIEWS.person_id == _DECISIONS.decided_by, _VIEWS.person_id == _DECISIONS.approved_by),
    )
    .limit(1)
)


class SqlMediaViews:
    """Who has looked at which media, in which case."""

    def __init__(self, connection: Connection, *, now: datetime) -> None:
        self._connection = connection
        self._now = now

    def add(self, media_id: MediaId, person_id: str, case_id: CaseId) -> None:
        """Note a look; only the first of a person in a case is kept."""
        columns = tables.media_views.c
        row = {"media_id": media_id, "person_id": person_id, "case_id": case_id}
        known = select(columns.media_id).where(*(columns[name] == value for name, value in row.items()))
        if self._connection.execute(known).first() is None:
            insert = insert_into(tables.media_views)
            self._connection.execute(insert, {**row, "first_viewed_at": self._now})

    def people(self, media_ids: Iterable[MediaId]) -> dict[MediaId, set[str]]:
        """Return who has looked at each of these, in whatever case; those nobody looked at are left out."""
        found: dict[MediaId, set[str]] = {}
        for ids in portions(media_ids):
            for row in rows_of(self._connection, _PEOPLE, {"media": ids}):
                found.setdefault(row["media_id"], set()).add(row["person_id"])
        return found

    def confirmed_copy_of(self, takedown_id: TakedownId) -> bool:
        """Tell whether somebody confirmed a copy of a takedown whose picture they, or who approved it, looked at."""
        return bool(rows_of(self._connection, _CONFIRMED, {"takedown": takedown_id}))
