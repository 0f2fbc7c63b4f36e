"""
Jobs as rows. The process that does one holds the lock of its file, not of its row: when it is killed, the operating
system ends that lock at once.
"""

from datetime import datetime

from sqlalchemy import Connection, bindparam, delete, select, update

from casework.domain.ids import JobId
from casework.domain.work.job import UNFINISHED, Job, JobState
from casework.persistence import tables
from casework.persistence.connection.direct import column_of
from casework.persistence.encryption.sealed import SealedRows
from casework.ports.vault import Vault

_UNFINISHED = [state.value for state in UNFINISHED]
_ANY_UNFINISHED = (
    select(tables.jobs.c.id)
    .where(tables.jobs.c.state.in_(_UNFINISHED), tables.jobs.c.folder_id == bindparam("folder"))
    .limit(1)
)


class SqlJobs(SealedRows[Job]):
    """Requests that were acknowledged before they were done."""

    def __init__(self, connection: Connection, vault: Vault) -> None:
        super().__init__(connection, tables.jobs, Job, vault)

    def unfinished(self, folder_id: str) -> list[Job]:
        """List those whose files lie in a folder, oldest first."""
        columns = self.table.c
        query = select(self.table).where(columns.state.in_(_UNFINISHED), columns.folder_id == folder_id)
        return [self.load(row) for row in self.connection.execute(query.order_by(columns.id)).mappings()]

    def has_unfinished(self, folder_id: str) -> bool:
        """Tell whether there is one whose file lies in a folder."""
        return bool(column_of(self.connection, _ANY_UNFINISHED, {"folder": folder_id}))

    def needs(self, file: str) -> bool:
        """Tell whether a file belongs to an unfinished job."""
        columns = self.table.c
        query = select(columns.id).where(columns.file == file, columns.state.in_(_UNFINISHED))
        return self.connection.execute(query).first() is not None

    def note_progress(self, job_id: JobId, progress: float) -> None:
        """Note how far one is, unless it has ended since."""
        columns = self.table.c
        running = {"state": JobState.RUNNING.value, "progress": progress}
        self.connection.execute(
            update(self.table).where(columns.id == job_id, columns.state.in_(_UNFINISHED)).values(running)
        )

    def answered(self, *, after: str, limit: int) -> list[Job]:
        """List, by id, those after one that have an answer."""
        columns = self.table.c
        query = select(self.table).where(columns.outcome.is_not(None), columns.id > after)
        return [self.load(row) for row in self.connection.execute(query.order_by(columns.id).limit(limit)).mappings()]

    def forget(self, job_id: JobId) -> None:
        """Erase one that has ended."""
        self.connection.execute(delete(self.table).where(self.table.c.id == job_id))

    def forget_ended(self, before: datetime) -> int:
        """Erase those that ended before a moment; return how many."""
        return self.connection.execute(delete(self.table).where(self.table.c.finished_at < before)).rowcount
