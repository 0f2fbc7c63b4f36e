"""
Reinstating many uploads: the worker's part of a reversal, batch by batch.

    request    in the reversal's transaction   a sweep                        `steps/taking_back/reinstate.py`
    claim      (a transaction)                 a worker takes it              `steps/sweeps.py`
    reinstate  (a transaction a batch)         verdicts, cases, events for downstream, how far it came

Invariant: the takedown's signals left the index with the reversal; only what was restricted before comes back later.
"""

from collections.abc import Sequence
from datetime import timedelta

from casework.domain.ids import UploadId
from casework.domain.takedowns.sweep import Sweep
from casework.ports.unit_of_work import UnitOfWork
from casework.steps.lock_takedowns import lock_takedowns
from casework.steps.sweeps import require_lease
from casework.steps.taking_back.reinstate import reinstate, uploads_resting_on


def uploads_left(sweep: Sweep, uow: UnitOfWork) -> list[UploadId]:
    """List the uploads a reversal has yet to let go, in the order they are worked through."""
    upload_ids = uploads_resting_on(uow.takedowns.get(sweep.takedown_id), uow)
    return [one for one in upload_ids if sweep.after is None or one > sweep.after]


def reinstate_batch(
    sweep: Sweep, upload_ids: Sequence[UploadId], uow: UnitOfWork, *, is_last: bool, lease: timedelta
) -> Sweep:
    """
    Let go of some uploads that rested on a takedown that was taken back.

    Args:
        sweep: As claimed, or as the last batch left it.

        upload_ids: This batch, in order.

        uow: The transaction.

        is_last: Whether nothing is left after it.

        lease: How long it stays this worker's.

    Returns:
        It now; done, if the batch was the last.

    Raises:
        LeaseLostError: If another worker took it over.
    """
    lock_takedowns(uow)
    current = require_lease(sweep, uow)
    reinstate(uow.takedowns.get(current.takedown_id), upload_ids, uow)
    moved = current.past(upload_ids, uow.now, is_last=is_last, lease=lease)
    uow.sweeps.update(moved)
    return moved
