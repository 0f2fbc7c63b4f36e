"""Messages between reporters and moderators, over SQL; their words are encrypted."""

from sqlalchemy import Connection, bindparam, select

from casework.domain.cases.message import Message
from casework.domain.ids import CaseId
from casework.persistence import tables
from casework.persistence.encryption.sealed import SealedRows
from casework.ports.vault import Vault

_OF_CASE = (
    select(tables.case_messages)
    .where(tables.case_messages.c.case_id == bindparam("of_case"))
    .order_by(tables.case_messages.c.at, tables.case_messages.c.id)
)


class SqlMessages(SealedRows[Message]):
    """What reporters and moderators wrote to each other."""

    def __init__(self, connection: Connection, vault: Vault) -> None:
        super().__init__(connection, tables.case_messages, Message, vault)

    def of_case(self, case_id: CaseId) -> list[Message]:
        """List the messages of a case, oldest first."""
        return [self.load(row) for row in self.connection.execute(_OF_CASE, {"of_case": case_id}).mappings()]
