"""Counts for operators, over SQL."""

from sqlalchemy import Connection, Table, func, select

from casework.persistence import tables


class SqlFigures:
    """Counts of what is on record."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def cases_by_state(self) -> dict[str, int]:
        """Count cases by the state they are in."""
        return self._by_state(tables.cases)

    def takedowns_by_state(self) -> dict[str, int]:
        """Count takedowns by the state they are in."""
        return self._by_state(tables.takedowns)

    def uploads(self) -> int:
        """Count registered uploads."""
        return int(self._connection.execute(select(func.count()).select_from(tables.uploads)).scalar_one())

    def _by_state(self, table: Table) -> dict[str, int]:
        query = select(table.c.state, func.count()).group_by(table.c.state)
        return {str(state): int(count) for state, count in self._connection.execute(query)}
