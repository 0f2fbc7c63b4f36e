"""
An exchange: a server of others from which hashes are pulled, page by page, and to which it is said what came of them.

    active <-> paused
    active | paused -> removed     what was pulled stays on its list

    pulling:    page, page, …, the last one  ->  [clearing]  ->  waiting until the next time
    clearing:   after everything was asked for anew: what the server no longer has is taken off, some at a time

Invariant: the checkpoint says how far what is on the list is complete: it is stored in the transaction that stores its
page. Whoever pulls holds the lease.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from casework.domain.errors import WrongStateError
from casework.domain.ids import ExchangeId
from casework.domain.work.lease import Lease

Checkpoint = Mapping[str, str | int | bool | None]
"""How far a server was read, in words of its row; plain JSON."""

FIRST_PAUSE: Final = timedelta(seconds=30)
LONGEST_PAUSE: Final = timedelta(hours=6)
"""Between tries that fail; what a server asks for by `Retry-After` counts instead, up to a day."""


class ExchangeState(StrEnum):
    """Whether it is pulled from, and sent to."""

    ACTIVE = "active"
    PAUSED = "paused"
    REMOVED = "removed"


@dataclass(frozen=True, slots=True)
class Exchange:
    """
    A server, and how far it was read.

    Args:
        name: Of the list its hashes are on, which cases name as the source; unique.

        kind: A row of `EXCHANGES`.

        address: Where it is: the beginning of every URL.

        options: What the row asks for that is no secret, by name.

        secrets: What it asks for that is; None once it was removed, or where it cannot be read.

        shares: Whether upheld takedowns are sent there, where the reporter agreed, too.

        answers: Whether it is told what became of its hashes.

        every_s: Seconds from the end of one pull to the next.

        checkpoint: How far it was read; empty before the first page.

        round: Counted up when everything is asked for anew.

        clearing: Whether what was not in this round is being taken off.

        pulled: Records that were taken over, withdrawn or changed.

        passed_over: Records of kinds that are not searched here, or of no change.

        set_aside: Records that could not be read.

        completed_at: When everything there was had been read, last.

        failures: Tries in a row that failed.

        next_pull_at: From when it is pulled again.

        followed: Up to which position of the events it was looked what to send.
    """

    id: ExchangeId
    name: str
    kind: str
    address: str
    options: dict[str, str]
    secrets: dict[str, str] | None
    shares: bool
    answers: bool
    every_s: int
    created_at: datetime
    next_pull_at: datetime
    state: ExchangeState = ExchangeState.ACTIVE
    checkpoint: dict[str, str | int | bool | None] = field(default_factory=dict)
    round: int = 0
    clearing: bool = False
    pulled: int = 0
    passed_over: int = 0
    set_aside: int = 0
    completed_at: datetime | None = None
    failures: int = 0
    last_error: str | None = None
    followed: int = 0
    lease: Lease | None = None

    @property
    def up_to_date(self) -> bool:
        """Whether the last thing that was asked for came whole."""
        return self.completed_at is not None and self.last_error is None and not self.clearing

    def pause(self) -> "Exchange":
        """
        Ask it nothing for now; what is on its list goes on matching.

        Raises:
            WrongStateError: If it is not active.
        """
        self._require(ExchangeState.ACTIVE)
        return replace(self, state=ExchangeState.PAUSED)

    def resume(self, now: datetime) -> "Exchange":
        """
        Ask it again, at once.

        Raises:
            WrongStateError: If it is not paused.
        """
        self._require(ExchangeState.PAUSED)
        return replace(self, state=ExchangeState.ACTIVE, next_pull_at=now, failures=0, last_error=None)

    def remove(self) -> "Exchange":
        """
        Ask it nothing any more, and forget its secrets.

        Raises:
            WrongStateError: If it was removed before.
        """
        self._require(ExchangeState.ACTIVE, ExchangeState.PAUSED)
        return replace(self, state=ExchangeState.REMOVED, secrets=None)

    def claimed(self, lease: Lease) -> "Exchange":
        """Let somebody pull."""
        return replace(self, lease=lease)

    def finished(self, now: datetime) -> "Exchange":
        """Note that everything there is has been read and applied."""
        again = now + timedelta(seconds=self.every_s)
        done = replace(self, clearing=False, completed_at=now, next_pull_at=again, lease=None)
        return replace(done, failures=0, last_error=None)

    def failed(self, error: str, now: datetime, *, retry_after_s: float | None = None) -> "Exchange":
        """
        Note that it gave no page, and leave it alone for a while.

        Args:
            error: Why, without secrets.

            now: When.

            retry_after_s: How long it asked to be left alone; that is no failure.
        """
        if retry_after_s is None:
            pause = min(FIRST_PAUSE * 2 ** min(self.failures, 20), LONGEST_PAUSE)
        else:
            pause = min(timedelta(seconds=max(1.0, retry_after_s)), timedelta(days=1))
        failures = self.failures + (retry_after_s is None)
        return replace(self, failures=failures, last_error=error, next_pull_at=now + pause, lease=None)

    def _require(self, *states: ExchangeState) -> None:
        if self.state not in states:
            message = f"exchange {self.name} is {self.state.value}"
            raise WrongStateError(message)
