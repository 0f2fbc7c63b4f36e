"""
A sweep: a decision is carried out over many uploads, a batch a transaction, by a worker.

    search      uploads that are copies of what was just taken down are looked for (a look-back)
    reinstate   uploads that rested on a takedown that was taken back are let go
    rejudge     uploads are judged anew whose takedown may do more by itself, or less, than when they were found

    pending -> running -> done
    pending | running  -> cancelled     of a search: its takedown was taken back meanwhile

Invariant: a sweep is written in the transaction of the decision it follows, so no takedown and no confirmed copy goes
without. It works through its uploads in order of their ids, and notes how far it came with every batch: a worker that
is killed is followed by one that goes on after it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from casework.domain.ids import DecisionId, LookbackId, TakedownId, UploadId
from casework.domain.work.lease import Lease


class SweepKind(StrEnum):
    """What is done with each upload."""

    SEARCH = "search"
    REINSTATE = "reinstate"
    REJUDGE = "rejudge"


class SweepState(StrEnum):
    """How far a sweep is."""

    PENDING = "pending"
    RUNNING = "running"
    DONE = "done"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Sweep:
    """
    One sweep over the registered uploads, for the references one decision added or the takedown one ended.

    Args:
        candidates: Uploads the index found near a reference, and that did not match the takedown before, or that rested
            on the takedown; 0 before the first search.

        checked: How many of them were compared, or reinstated.

        hits: Uploads that are copies and were not known as such.

        cases: Cases that were opened for them.

        after: The upload it came to; None at first.

        index_version: The `uploads` version it was searched at.

        lease: Of the worker that goes on with it; None while no worker has it.
    """

    id: LookbackId
    kind: SweepKind
    takedown_id: TakedownId
    decision_id: DecisionId
    state: SweepState
    created_at: datetime
    started_at: datetime | None = None
    finished_at: datetime | None = None
    candidates: int = 0
    checked: int = 0
    hits: int = 0
    cases: int = 0
    after: UploadId | None = None
    index_version: int = 0
    lease: Lease | None = None

    def claimed(self, lease: Lease, now: datetime) -> "Sweep":
        """Return it as a worker has it that has just claimed it."""
        return replace(self, state=SweepState.RUNNING, started_at=self.started_at or now, lease=lease)

    def renewed(self, until: datetime) -> "Sweep":
        """Return it with its lease, where it has one, renewed."""
        return self if self.lease is None else replace(self, lease=replace(self.lease, until=until))

    def past(self, upload_ids: Sequence[UploadId], now: datetime, *, is_last: bool, lease: timedelta) -> "Sweep":
        """
        Return it after a batch, with its lease renewed.

        Args:
            upload_ids: The batch, in order.

            now: What time it is.

            is_last: Whether nothing is left after it; then it is done.

            lease: How long it stays this worker's.
        """
        after = upload_ids[-1] if upload_ids else self.after
        moved = replace(self, checked=self.checked + len(upload_ids), after=after)
        return moved.ended(SweepState.DONE, now) if is_last else moved.renewed(now + lease)

    def ended(self, state: SweepState, now: datetime) -> "Sweep":
        """Return it done or cancelled."""
        return replace(self, state=state, finished_at=now, lease=None)
