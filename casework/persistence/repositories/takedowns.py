"""
Takedowns, over SQL.

Invariant: nothing here commits. `unit_of_work.py` does, once, for everything together.
"""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, Connection, delete, insert, select

from casework.domain.ids import DecisionId, MediaId, TakedownId
from casework.domain.takedowns.takedown import Takedown, TakedownState
from casework.persistence import tables
from casework.persistence.sealed import SealedRows
from casework.ports.vault import Vault


class SqlTakedowns(SealedRows[Takedown]):
    """Takedowns, and the media that copies are compared with."""

    def __init__(self, connection: Connection, vault: Vault) -> None:
        super().__init__(connection, tables.takedowns, Takedown, vault)

    def state_page(
        self, *, states: Sequence[TakedownState], after: str | None, limit: int
    ) -> tuple[list[Takedown], str | None]:
        """List by id, which is by age."""
        return self.page(self.table.c.state.in_([state.value for state in states]), after=after, limit=limit)

    def add_reference(self, takedown_id: TakedownId, media_id: MediaId, decision_id: DecisionId) -> None:
        """Let a piece of media be one of its references, by this decision."""
        self.connection.execute(
            insert(tables.takedown_references).values(
                takedown_id=takedown_id, media_id=media_id, decision_id=decision_id
            )
        )

    def references(self, takedown_id: TakedownId) -> list[MediaId]:
        """List its references."""
        return self._references(tables.takedown_references.c.takedown_id == takedown_id)

    def reference_of_decision(self, decision_id: DecisionId) -> list[MediaId]:
        """List the references a decision added."""
        return self._references(tables.takedown_references.c.decision_id == decision_id)

    def drop_reference(self, takedown_id: TakedownId, media_id: MediaId) -> None:
        """Take a reference back."""
        columns = tables.takedown_references.c
        self.connection.execute(
            delete(tables.takedown_references).where(columns.takedown_id == takedown_id, columns.media_id == media_id)
        )

    def _references(self, condition: ColumnElement[bool]) -> list[MediaId]:
        columns = tables.takedown_references.c
        query = select(columns.media_id).where(condition).order_by(columns.media_id)
        return [MediaId(media_id) for media_id in self.connection.execute(query).scalars()]
