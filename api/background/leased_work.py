"""
Work that is claimed under a lease and done in the background: look for something due, claim it, do it, look again.

Any number of processes may do the same kind of work. A process that was killed, or lost the database, is followed by
another once the lease ran out.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

import structlog

from api.logs import Recurring
from api.service import Service
from casework.domain.errors import LeaseLostError, SearchAwayError
from casework.persistence.connection.failures import DatabaseFailedError
from casework.persistence.unit_of_work import SqlUnitOfWork
from index.errors import IndexStoreError

log = structlog.get_logger()

WorkT = TypeVar("WorkT")


@dataclass(frozen=True, slots=True)
class LeasedWork(Generic[WorkT]):
    """
    One kind of work.

    Args:
        name: For the log: ``"look-back"``.

        service: What this process holds.

        stop: Set to end it; what is under way decides how soon.

        poll_s: How often to look, should nobody tell that there is work.

        is_due: Whether there is something to claim; asked without holding anything up, and by the lookout.

        claim: Claims it, or returns None if another was faster.

        work: Does it.
    """

    name: str
    service: Service
    stop: threading.Event
    poll_s: float
    is_due: Callable[[SqlUnitOfWork], bool]
    claim: Callable[[SqlUnitOfWork], WorkT | None]
    work: Callable[[WorkT], None]

    def run(self) -> None:
        """Work until told to stop."""
        interrupted = Recurring(f"{self.name} interrupted; it goes on where it was")
        failed = Recurring(f"{self.name} failed; it is tried again once its lease has run out")
        with self.service.lookout.place(self.is_due, self.stop) as place:
            while not self.stop.is_set():
                if not self._do_one(interrupted, failed):
                    place.wait(self.poll_s)

    def _do_one(self, interrupted: Recurring, failed: Recurring) -> bool:
        """Claim and do one; return whether there was one."""
        try:
            with self.service.reading() as uow:
                is_due = self.is_due(uow)
            interrupted.over()
            if not is_due:
                return False
            with self.service.writing(gives_way=True) as uow:
                claimed = self.claim(uow)
            if claimed is not None:
                self.work(claimed)
        except (DatabaseFailedError, IndexStoreError, SearchAwayError) as error:
            interrupted.met(error=str(error))
            self.stop.wait(self.poll_s)
        except LeaseLostError as error:
            log.warning(f"{self.name} left to another worker", reason=str(error))
        except Exception as error:  # whatever it is, this thread must live to try again
            failed.met(exc_info=error)
            self.stop.wait(self.poll_s)
        return True
