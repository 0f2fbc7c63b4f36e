"""
A look-back: earlier uploads are searched for what was just taken down.

    pending -> running -> done
    pending | running  -> cancelled     its takedown was taken back meanwhile
    releasing -> released               the way back: what a reversal of many uploads lets go, batch by batch

Invariant: a job is written in the transaction of the decision it follows, so no takedown and no confirmed copy goes
without. It works through the uploads it found in order of their ids, and notes how far it came with every batch: a
worker that is killed is followed by one that goes on after it.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from casework.domain.ids import DecisionId, LookbackId, TakedownId, UploadId


class LookbackState(StrEnum):
    """Where a look-back stands."""

    PENDING = "pending"
    RUNNING = "running"
    DONE = "done"
    CANCELLED = "cancelled"
    RELEASING = "releasing"
    RELEASED = "released"


UNFINISHED = (LookbackState.PENDING, LookbackState.RUNNING, LookbackState.RELEASING)


@dataclass(frozen=True, slots=True)
class Lookback:
    """
    One sweep over the registered uploads: for the references one decision added, or over those a reversal lets go.

    Args:
        candidates: Uploads near a reference, as the index told, or that rested on the takedown; 0 before it was asked.

        checked: How many of them were compared, or settled.

        hits: Uploads that are copies and were not known as such.

        cases: Cases that were opened for them.

        after: The upload it came to; None at first.

        index_version: The `uploads` version it was searched at.
    """

    id: LookbackId
    takedown_id: TakedownId
    decision_id: DecisionId
    state: LookbackState
    created_at: datetime
    started_at: datetime | None = None
    finished_at: datetime | None = None
    candidates: int = 0
    checked: int = 0
    hits: int = 0
    cases: int = 0
    after: UploadId | None = None
    index_version: int = 0
    lease_id: str | None = None
    lease_until: datetime | None = None

    @property
    def is_release(self) -> bool:
        """Whether it lets go rather than looks for."""
        return self.state in (LookbackState.RELEASING, LookbackState.RELEASED)

    def claimed(self, lease_id: str, *, until: datetime, now: datetime) -> "Lookback":
        """Return it in a worker's hands."""
        return replace(
            self,
            state=LookbackState.RELEASING if self.is_release else LookbackState.RUNNING,
            started_at=self.started_at or now,
            lease_id=lease_id,
            lease_until=until,
        )

    def ended(self, state: LookbackState, now: datetime) -> "Lookback":
        """Return it done or cancelled."""
        return replace(self, state=state, finished_at=now, lease_id=None, lease_until=None)
