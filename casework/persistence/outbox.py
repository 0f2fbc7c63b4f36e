"""
The outbox: the only source of messages.

Invariant: a row is written in the transaction that made it true, so a message exists exactly when its cause does.
"""

from pydantic import TypeAdapter
from sqlalchemy import Connection, insert

from casework.domain.events import Event
from casework.persistence import tables


class SqlOutbox:
    """Messages that will be delivered because this transaction commits."""

    _adapter = TypeAdapter(Event)

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, event: Event) -> None:
        """Write one."""
        self._connection.execute(insert(tables.outbox).values(self._adapter.dump_python(event)))
