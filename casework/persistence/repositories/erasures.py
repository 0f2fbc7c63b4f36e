"""Erasures as rows: workers step over those that others hold."""

from datetime import datetime

from sqlalchemy import Connection, bindparam, func, or_, select

from casework.domain.keeping.erasure import Erasure, ErasureState
from casework.persistence import tables
from casework.persistence.connection.direct import rows_of
from casework.persistence.encryption.sealed import SealedRows
from casework.ports.vault import Vault

_COLUMNS = tables.erasures.c
_DUE = (
    select(tables.erasures)
    .where(
        _COLUMNS.state != ErasureState.COMPLETED.value,
        or_(_COLUMNS.lease_until.is_(None), _COLUMNS.lease_until <= bindparam("now")),
    )
    .order_by(_COLUMNS.id)
    .limit(1)
    .with_for_update(skip_locked=True)
)


class SqlErasures(SealedRows[Erasure]):
    """What was, or is being, erased."""

    def __init__(self, connection: Connection, vault: Vault) -> None:
        super().__init__(connection, tables.erasures, Erasure, vault)

    def of_scope(self, scope_id: str) -> Erasure | None:
        """Return the erasure of a case's report and takedown, or of an upload; None if nobody asked for one."""
        row = self.connection.execute(select(self.table).where(self.table.c.scope_id == scope_id)).mappings().first()
        return None if row is None else self.load(row)

    def next_due(self, now: datetime) -> Erasure | None:
        """Lock and read, of the unfinished ones no worker has, the oldest."""
        return next((self.load(row) for row in rows_of(self.connection, _DUE, {"now": now})), None)

    def last_from_index(self) -> datetime | None:
        """Return the newest `record_erased_at` of those whose values left an index, too; None if there is none."""
        from_index = [ErasureState.INDEX_ERASED.value, ErasureState.COMPLETED.value]
        query = select(func.max(self.table.c.record_erased_at)).where(self.table.c.state.in_(from_index))
        found: datetime | None = self.connection.execute(query).scalar_one()
        return found
