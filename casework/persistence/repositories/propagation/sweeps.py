"""
Sweeps as rows: workers step over those that others hold.

One column holds kind and state together, as it always did: `_WORDS` are those of sweeps that search for nothing.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, or_, select

from casework.domain.ids import TakedownId
from casework.domain.takedowns.sweep import Sweep, SweepKind, SweepState
from casework.persistence import tables
from casework.persistence.collected_writes import CollectedWrites
from casework.persistence.connection.direct import rows_of
from casework.persistence.rows import Rows

_WORDS = {SweepKind.REINSTATE: ("releasing", "released"), SweepKind.REJUDGE: ("rejudging", "rejudged")}
"""What the column says of a sweep that is no search: unfinished, and done."""

_MEANING_OF = {
    word: (kind, state.value)
    for kind, words in _WORDS.items()
    for word, state in zip(words, (SweepState.PENDING, SweepState.DONE), strict=True)
}
_SEARCHING = (SweepState.PENDING.value, SweepState.RUNNING.value)
_UNFINISHED = (*_SEARCHING, *(unfinished for unfinished, _ in _WORDS.values()))


_COLUMNS = tables.lookbacks.c
_DUE = (
    select(tables.lookbacks)
    .where(
        _COLUMNS.state.in_(_UNFINISHED),
        or_(_COLUMNS.lease_until.is_(None), _COLUMNS.lease_until <= bindparam("now")),
    )
    .order_by(_COLUMNS.checked, _COLUMNS.id)
    .limit(bindparam("most"))
    .with_for_update(skip_locked=True)
)


class SqlSweeps(Rows[Sweep]):
    """Sweeps over registered uploads."""

    def __init__(self, connection: Connection, *, writes: CollectedWrites) -> None:
        super().__init__(connection, tables.lookbacks, Sweep, writes=writes)

    def next_due(self, now: datetime) -> Sweep | None:
        """Lock and read, of the unfinished ones no worker has, the one with the fewest uploads done."""
        due = self.all_due(now, limit=1)
        return due[0] if due else None

    def all_due(self, now: datetime, *, limit: int) -> list[Sweep]:
        """Lock and read those of the unfinished ones that no worker has, with the fewest uploads done first."""
        return [self.load(row) for row in rows_of(self.connection, _DUE, {"now": now, "most": limit})]

    def of_takedown(self, takedown_id: TakedownId) -> list[Sweep]:
        """List a takedown's, oldest first."""
        query = select(self.table).where(self.table.c.takedown_id == takedown_id).order_by(self.table.c.id)
        return [self.load(row) for row in self.connection.execute(query).mappings()]

    def unfinished_searches(self) -> list[Sweep]:
        """List the look-backs that are not done, whoever has them, oldest first."""
        query = select(self.table).where(self.table.c.state.in_(_SEARCHING)).order_by(self.table.c.id)
        return [self.load(row) for row in self.connection.execute(query).mappings()]

    def load(self, row: Mapping[Any, Any]) -> Sweep:
        """Turn a row into its object."""
        kind, word = _MEANING_OF.get(row["state"], (SweepKind.SEARCH, row["state"]))
        begun = word == SweepState.PENDING.value and row["started_at"] is not None
        return super().load({**row, "kind": kind, "state": SweepState.RUNNING.value if begun else word})

    def dump(self, entity: Sweep) -> dict[str, Any]:
        """Turn an object into column values."""
        values = super().dump(entity)
        kind = values.pop("kind")
        if kind in _WORDS:
            unfinished, done = _WORDS[kind]
            values["state"] = done if entity.state is SweepState.DONE else unfinished
        return values
