"""
Judging many uploads anew: the worker's part of a lifted quarantine, or of a takedown that may do more, or less, by now.

    request  in the transaction that changes the takedown   a sweep          `steps/judging_anew/rejudging.py`
    claim    (a transaction)                                a worker         `steps/sweeps.py`
    rejudge  (a transaction a batch)                        verdicts, cases, events for downstream, how far it came
"""

from collections.abc import Sequence
from datetime import timedelta

from casework.domain.ids import UploadId
from casework.domain.takedowns.sweep import Sweep
from casework.ports.search import CandidateSearch
from casework.ports.unit_of_work import UnitOfWork
from casework.steps.judging_anew.rejudging import rejudge, unsettled
from casework.steps.lock_takedowns import lock_takedowns
from casework.steps.sweeps import require_lease


def uploads_to_rejudge(sweep: Sweep, uow: UnitOfWork) -> list[UploadId]:
    """List the uploads that are still to be judged anew, in the order they are worked through."""
    found = unsettled(uow.takedowns.get(sweep.takedown_id), uow)
    return [one for one in found if sweep.after is None or one > sweep.after]


def rejudge_batch(
    sweep: Sweep,
    upload_ids: Sequence[UploadId],
    uow: UnitOfWork,
    search: CandidateSearch,
    *,
    is_last: bool,
    lease: timedelta,
) -> Sweep:
    """
    Judge some uploads anew by what their takedown is now.

    Args:
        sweep: As claimed, or as the last batch left it.

        upload_ids: This batch, in order.

        uow: The transaction.

        search: Over the `protected` collection.

        is_last: Whether nothing is left after it.

        lease: How long it stays this worker's.

    Returns:
        It now; done, if the batch was the last.

    Raises:
        LeaseLostError: If another worker took it over.
    """
    lock_takedowns(uow)
    current = require_lease(sweep, uow)
    takedown = uow.takedowns.get(current.takedown_id)
    rejudge(takedown, upload_ids, uow, search, reason="its takedown does not restrict it any more")
    moved = current.past(upload_ids, uow.now, is_last=is_last, lease=lease)
    uow.sweeps.update(moved)
    return moved
