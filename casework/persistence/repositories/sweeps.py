"""Look-back jobs as rows: workers step over those that others hold."""

from datetime import datetime

from sqlalchemy import Connection, or_, select

from casework.domain.ids import TakedownId
from casework.domain.takedowns.sweep import UNFINISHED, Lookback
from casework.persistence import tables
from casework.persistence.rows import Rows


class SqlLookbacks(Rows[Lookback]):
    """Sweeps over earlier uploads."""

    def __init__(self, connection: Connection) -> None:
        super().__init__(connection, tables.lookbacks, Lookback)

    def next_due(self, now: datetime) -> Lookback | None:
        """Lock and read, of the unfinished ones in nobody's hands, the one that came least far."""
        columns = self.table.c
        query = (
            select(self.table)
            .where(
                columns.state.in_([state.value for state in UNFINISHED]),
                or_(columns.lease_until.is_(None), columns.lease_until <= now),
            )
            .order_by(columns.checked, columns.id)
            .limit(1)
            .with_for_update(skip_locked=True)
        )
        row = self.connection.execute(query).mappings().first()
        return None if row is None else self.load(row)

    def of_takedown(self, takedown_id: TakedownId) -> list[Lookback]:
        """List a takedown's, oldest first."""
        query = select(self.table).where(self.table.c.takedown_id == takedown_id).order_by(self.table.c.id)
        return [self.load(row) for row in self.connection.execute(query).mappings()]
