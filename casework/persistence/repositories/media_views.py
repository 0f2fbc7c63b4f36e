"""
Who has looked at which media, over SQL.

Invariant: nothing here commits. `unit_of_work.py` does, once, for everything together.
"""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Connection, or_, select

from casework.domain.ids import CaseId, MediaId, TakedownId
from casework.persistence import tables
from casework.persistence.connection.bulk import insert_into
from casework.persistence.rows import portions


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
        columns = tables.media_views.c
        found: dict[MediaId, set[str]] = {}
        for ids in portions(media_ids):
            query = select(columns.media_id, columns.person_id).where(columns.media_id.in_(ids))
            for row in self._connection.execute(query):
                found.setdefault(row.media_id, set()).add(row.person_id)
        return found

    def confirmed_copy_of(self, takedown_id: TakedownId) -> bool:
        """Tell whether somebody confirmed a copy of a takedown whose picture they, or who approved it, looked at."""
        matches, decisions, cases = tables.matches.c, tables.decisions.c, tables.cases.c
        uploads, views = tables.uploads.c, tables.media_views.c
        query = (
            select(matches.id)
            .join(tables.decisions, decisions.id == matches.confirmed_by)
            .join(tables.cases, cases.id == decisions.case_id)
            .join(tables.uploads, uploads.id == matches.upload_id)
            .join(tables.media_views, views.media_id == uploads.media_id)
            .where(
                matches.takedown_id == takedown_id,
                cases.takedown_id == takedown_id,  # a case that a match opened, not the report's own
                cases.upload_id == matches.upload_id,
                or_(views.person_id == decisions.decided_by, views.person_id == decisions.approved_by),
            )
            .limit(1)
        )
        return self._connection.execute(query).first() is not None
