"""
Sweeps as rows: workers step over those that others hold.

One column holds kind and state together, as it always did: `releasing` and `released` are those of reinstating.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, or_, select

from casework.domain.ids import TakedownId
from casework.domain.takedowns.sweep import Sweep, SweepKind, SweepState
from casework.persistence import tables
from casework.persistence.rows import Rows

_REINSTATING, _REINSTATED = "releasing", "released"
_UNFINISHED = (SweepState.PENDING.value, SweepState.RUNNING.value, _REINSTATING)


class SqlSweeps(Rows[Sweep]):
    """Sweeps over registered uploads."""

    def __init__(self, connection: Connection) -> None:
        super().__init__(connection, tables.lookbacks, Sweep)

    def next_due(self, now: datetime) -> Sweep | None:
        """Lock and read, of the unfinished ones no worker has, the one with the fewest uploads done."""
        columns = self.table.c
        query = (
            select(self.table)
            .where(
                columns.state.in_(_UNFINISHED),
                or_(columns.lease_until.is_(None), columns.lease_until <= now),
            )
            .order_by(columns.checked, columns.id)
            .limit(1)
            .with_for_update(skip_locked=True)
        )
        row = self.connection.execute(query).mappings().first()
        return None if row is None else self.load(row)

    def of_takedown(self, takedown_id: TakedownId) -> list[Sweep]:
        """List a takedown's, oldest first."""
        query = select(self.table).where(self.table.c.takedown_id == takedown_id).order_by(self.table.c.id)
        return [self.load(row) for row in self.connection.execute(query).mappings()]

    def load(self, row: Mapping[Any, Any]) -> Sweep:
        """Turn a row into its object."""
        stored = row["state"]
        if stored not in (_REINSTATING, _REINSTATED):
            return super().load({**row, "kind": SweepKind.SEARCH})
        begun = SweepState.PENDING if row["started_at"] is None else SweepState.RUNNING
        state = SweepState.DONE if stored == _REINSTATED else begun
        return super().load({**row, "kind": SweepKind.REINSTATE, "state": state})

    def dump(self, entity: Sweep) -> dict[str, Any]:
        """Turn an object into column values."""
        values = super().dump(entity)
        if values.pop("kind") is SweepKind.REINSTATE:
            values["state"] = _REINSTATED if entity.state is SweepState.DONE else _REINSTATING
        return values
