"""
What goes on while the database is away: nothing (`strict`), or matching as of what was followed (`available`).

Invariant: an answer from the copy says so (`stale`). The record is asked again a second after it was last found away,
by the next request, so what follows its return needs nobody.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import timedelta
from pathlib import Path
from typing import TypeVar

import structlog

from api.logs import Recurring
from casework.persistence.connection.database import Database
from casework.persistence.connection.failures import DriverError, is_database_away
from casework.persistence.machine_files.standby import StandbyCopy, forget_copies
from casework.persistence.unit_of_work import SqlUnitOfWork, transaction
from casework.ports.unit_of_work import Clock
from casework.ports.vault import Vault

log = structlog.get_logger()

T = TypeVar("T")

_ASK_AGAIN_S = 1.0


class Standby:
    """
    The way around a database that is away.

    Args:
        copy: What to answer from; None if nothing may be answered then.

        clock: What time it is.

        vault: Decrypts what was copied.
    """

    def __init__(self, copy: StandbyCopy | None, clock: Clock, vault: Vault) -> None:
        self._copy = copy
        self._clock = clock
        self._vault = vault
        self._ask_again_at = 0.0
        self._away = Recurring("the database is away; matching goes on as of what was followed")

    @property
    def engine(self) -> Database | None:
        """Where the copy is read; None without one."""
        return None if self._copy is None else self._copy.reader

    @property
    def is_away(self) -> bool:
        """Whether the database was away a moment ago, and answers come from the copy meanwhile."""
        return self._copy is not None and time.monotonic() < self._ask_again_at

    def instead(self, live: Callable[[], T], stale: Callable[[Database], T]) -> T:
        """
        Do something over the record or, while it cannot be reached and that is allowed, over the copy.

        Args:
            live: Over the record.

            stale: Over the copy; nothing is written.

        Raises:
            DriverError: If the record cannot be reached and there is no copy.
        """
        if self._copy is None:
            return live()
        if time.monotonic() >= self._ask_again_at:
            try:
                answer = live()
            except DriverError as error:
                if not is_database_away(error):
                    raise
                self._ask_again_at = time.monotonic() + _ASK_AGAIN_S
                self._away.met(error=str(error.orig))
            else:
                self._away.over()
                return answer
        return stale(self._copy.reader)

    def reading(self, copy: Database) -> AbstractContextManager[SqlUnitOfWork]:
        """Begin a transaction that reads the copy."""
        return transaction(copy, clock=self._clock, preview_retention=timedelta(), vault=self._vault)

    def follow(self, follower: Database) -> None:
        """Copy what changed in the record; without a copy, do nothing."""
        if self._copy is not None:
            with follower.connect() as record:
                self._copy.follow(record)

    def scrub(self) -> bool:
        """Leave no byte of what left the copy in its files; return whether that is done. Without a copy, it is."""
        return self._copy is None or self._copy.scrub()


@contextmanager
def open_standby(folder: Path, *, allowed: bool, clock: Clock, vault: Vault) -> Iterator[Standby]:
    """
    Open the copy, or delete one that is not wanted any more.

    Args:
        folder: Where it lies; made if it is missing.

        allowed: Whether matching goes on without the database.

        clock: What time it is.

        vault: Decrypts what was copied.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not allowed:
        forget_copies(folder)
        yield Standby(None, clock, vault)
        return
    copy = StandbyCopy(folder)
    try:
        yield Standby(copy, clock, vault)
    finally:
        copy.close()
