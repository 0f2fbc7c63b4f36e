"""
The audit log: what was done, by whom, to what; append-only.

Invariant: written in the transaction of what it tells about; never updated, never deleted.
"""

from collections.abc import Iterable

from pydantic import TypeAdapter
from sqlalchemy import Connection, insert, select

from casework.domain.events import AuditEntry
from casework.persistence import tables


class SqlAuditLog:
    """The audit log inside a transaction."""

    _adapter = TypeAdapter(AuditEntry)

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, entry: AuditEntry) -> None:
        """Write one row."""
        self._connection.execute(insert(tables.audit_log).values(self._adapter.dump_python(entry)))

    def of(self, subject_ids: Iterable[str]) -> list[AuditEntry]:
        """List what was done to these, oldest first."""
        columns = tables.audit_log.c
        query = select(tables.audit_log).where(columns.subject_id.in_(list(subject_ids))).order_by(columns.position)
        return [self._adapter.validate_python(dict(row)) for row in self._connection.execute(query).mappings()]
