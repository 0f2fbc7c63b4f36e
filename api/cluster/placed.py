"""The placement as the record has it, and as the index sees it."""

from collections.abc import Iterable

from casework.persistence.connection.database import Database
from casework.persistence.index_log.placement import ReplicaRow, SqlPlacement
from index.cluster.home import Placed, Stage


def placement_in(record: Database) -> list[Placed]:
    """Read the whole placement."""
    with record.connect() as connection, connection.begin():
        return placed(SqlPlacement(connection).rows())


def placed(rows: Iterable[ReplicaRow]) -> list[Placed]:
    """Return rows of the record as the index sees them."""
    return [Placed(one.slot, one.node, Stage.SERVING if one.serving else Stage.COMING, one.replaces) for one in rows]


def rows_of(several: Iterable[Placed]) -> list[ReplicaRow]:
    """Return replicas as rows of the record."""
    return [ReplicaRow(one.slot, one.node, one.stage is Stage.SERVING, one.replaces) for one in several]
