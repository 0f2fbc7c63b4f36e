"""
The audit log: what was done, by whom, to what; append-only, each row chained to the one before it.

Invariant: written in the transaction of what it tells about; never updated, never deleted, and the database itself
refuses both. A detail may be erased, its digest stays. Rows are numbered in commit order without gaps: they are
collected and written as one of the transaction's last acts, which holds the end of the chain for no longer than the
commit takes.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from datetime import datetime

from pydantic import TypeAdapter
from sqlalchemy import Connection, RowMapping, bindparam, func, select, update

from casework.domain.exposure import Look
from casework.domain.keeping.audit import AuditEntry, AuditRow, chained
from casework.persistence import tables
from casework.persistence.connection.bulk import store
from casework.persistence.connection.direct import rows_of, write
from casework.persistence.rows import portions

_PORTION = 1_000
_ROW = TypeAdapter(AuditRow)

_END = tables.audit_end
_TAKE_POSITIONS = (
    update(_END).values(position=_END.c.position + bindparam("count")).returning(_END.c.position, _END.c.hash)
)
_MOVE_END = update(_END).values(hash=bindparam("link"))


class SqlAuditLog:
    """The audit log inside a transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._collected: list[AuditEntry] = []

    def add(self, entry: AuditEntry) -> None:
        """Collect one; `flush` writes it."""
        self._collected.append(entry)

    def mark(self) -> Callable[[], None]:
        """Return what forgets all that is collected from now on, should it be undone."""
        collected = len(self._collected)

        def forget() -> None:
            del self._collected[collected:]

        return forget

    def flush(self) -> None:
        """Write what was collected."""
        if not self._collected:
            return
        entries, self._collected = self._collected, []
        # Held until the commit, so that the rows of another transaction come before all of these, or after.
        (end,) = rows_of(self._connection, _TAKE_POSITIONS, {"count": len(entries)})
        last, link = end["position"], end["hash"]
        rows: list[AuditRow] = []
        for position, entry in enumerate(entries, start=last - len(entries) + 1):
            rows.append(chained(entry, position=position, before=link))
            link = rows[-1].hash
        store(tables.audit_log, [_ROW.dump_python(row) for row in rows], self._connection)
        write(self._connection, _MOVE_END, {"link": link})

    def of(self, subject_ids: Iterable[str]) -> list[AuditEntry]:
        """List what was done to these, oldest first; what this transaction does, too."""
        subjects = set(subject_ids)
        columns = tables.audit_log.c
        query = select(tables.audit_log).where(columns.subject_id.in_(subjects)).order_by(columns.position)
        written = [_entry(_row(row)) for row in self._connection.execute(query).mappings()]
        return written + [entry for entry in self._collected if entry.subject_id in subjects]

    def subjects_of(self, actor_id: str, actions: Collection[str], subject_ids: Iterable[str]) -> set[str]:
        """Return to which of these somebody did one of these acts."""
        columns = tables.audit_log.c
        found: set[str] = set()
        for ids in portions(subject_ids):
            query = select(columns.subject_id).where(
                columns.subject_id.in_(ids), columns.actor_id == actor_id, columns.action.in_(actions)
            )
            found.update(self._connection.execute(query).scalars())
        return found

    def was_recorded(self, actor_id: str, action: str, subject_id: str, *, since: datetime) -> bool:
        """Tell whether somebody did this to a thing since a moment."""
        columns = tables.audit_log.c
        query = select(func.count()).where(
            columns.subject_id == subject_id,
            columns.actor_id == actor_id,
            columns.action == action,
            columns.at >= since,
        )
        return bool(self._connection.execute(query).scalar_one())

    def page(
        self, *, after: int, limit: int, actor_id: str | None = None, subject_id: str | None = None
    ) -> list[AuditRow]:
        """
        Read in order.

        Args:
            after: The position read up to; 0 at first.

            limit: How many at most.

            actor_id: Only what this person or key did.

            subject_id: Only what was done to this.
        """
        columns = tables.audit_log.c
        query = select(tables.audit_log).where(columns.position > after)
        if actor_id is not None:
            query = query.where(columns.actor_id == actor_id)
        if subject_id is not None:
            query = query.where(columns.subject_id == subject_id)
        rows = self._connection.execute(query.order_by(columns.position).limit(limit)).mappings()
        return [_row(row) for row in rows]

    def newest(
        self, *, before: int | None, limit: int, actor_id: str | None = None, subject_id: str | None = None
    ) -> list[AuditRow]:
        """
        Read the last ones first.

        Args:
            before: The position read down to; None at first.

            limit: How many at most.

            actor_id: Only what this person or key did.

            subject_id: Only what was done to this.
        """
        columns = tables.audit_log.c
        query = select(tables.audit_log)
        if before is not None:
            query = query.where(columns.position < before)
        if actor_id is not None:
            query = query.where(columns.actor_id == actor_id)
        if subject_id is not None:
            query = query.where(columns.subject_id == subject_id)
        order = (columns.position.desc(),) if actor_id is None else (columns.at.desc(), columns.position.desc())
        rows = self._connection.execute(query.order_by(*order).limit(limit)).mappings()
        return [_row(row) for row in rows]

    def looks(self, actor_id: str, action: str, *, since: datetime) -> list[Look]:
        """List what somebody was shown since a moment, the earliest first."""
        columns = tables.audit_log.c
        query = (
            select(columns.at, columns.subject_id, columns.detail)
            .where(columns.actor_id == actor_id, columns.at >= since, columns.action == action)
            .order_by(columns.at, columns.position)
        )
        return [
            Look(row.at, row.subject_id, bool((row.detail or {}).get("again")))
            for row in self._connection.execute(query)
        ]

    def rows(self) -> Iterator[AuditRow]:
        """Read all of it in order, a portion at a time."""
        after = 0
        while portion := self.page(after=after, limit=_PORTION):
            yield from portion
            after = portion[-1].position

    def end(self) -> tuple[int, bytes]:
        """Return the position and the hash of the newest row; 0 and `FIRST_LINK` if there is none."""
        position, link = self._connection.execute(select(tables.audit_end.c.position, tables.audit_end.c.hash)).one()
        return position, link

    def erase_details(self, subject_ids: Sequence[str], *, action_ends: str = "") -> int:
        """
        Erase what was written beside acts; who did what, to what and when stays.

        Args:
            subject_ids: What they were done to.

            action_ends: How their tags end; all acts if left out.

        Returns:
            How many rows.
        """
        columns = tables.audit_log.c
        query = update(tables.audit_log).where(
            columns.subject_id.in_(list(subject_ids)),
            columns.salt.is_not(None),
            columns.action.endswith(action_ends, autoescape=True),
        )
        return self._connection.execute(query.values(detail=None, salt=None)).rowcount


def _row(row: RowMapping) -> AuditRow:
    return _ROW.validate_python(dict(row))


def _entry(row: AuditRow) -> AuditEntry:
    return AuditEntry(row.at, row.actor_id, row.action, row.subject_id, row.detail or {})
