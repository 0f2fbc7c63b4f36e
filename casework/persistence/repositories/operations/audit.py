"""
The audit log: what was done, by whom, to what; append-only.

Invariant: written in the transaction of what it tells about; never updated, never deleted.
"""

from collections.abc import Iterable

from pydantic import TypeAdapter
from sqlalchemy import Connection, select

from casework.domain.events import AuditEntry
from casework.persistence import tables
from casework.persistence.connection.bulk import store


class SqlAuditLog:
    """The audit log inside a transaction."""

    _adapter = TypeAdapter(AuditEntry)

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._collected: list[AuditEntry] = []

    def add(self, entry: AuditEntry) -> None:
        """Collect one; `flush` writes it."""
        self._collected.append(entry)

    def flush(self) -> None:
        """Write what was collected."""
        entries, self._collected = self._collected, []
        store(tables.audit_log, [self._adapter.dump_python(entry) for entry in entries], self._connection)

    def of(self, subject_ids: Iterable[str]) -> list[AuditEntry]:
        """List what was done to these, oldest first."""
        self.flush()
        columns = tables.audit_log.c
        query = select(tables.audit_log).where(columns.subject_id.in_(list(subject_ids))).order_by(columns.position)
        return [self._adapter.validate_python(dict(row)) for row in self._connection.execute(query).mappings()]
