"""
Asking for a sweep in a decision's transaction, and who works through it.

Invariant: a worker that was too slow must not write over what its successor did: each batch asks whether the lease is
still its own.
"""

from dataclasses import replace
from datetime import timedelta

from casework.domain.errors import LeaseLostError
from casework.domain.ids import DecisionId, LookbackId, TakedownId, new_id
from casework.domain.takedowns.sweep import Sweep, SweepKind, SweepState
from casework.domain.work.lease import Lease
from casework.ports.unit_of_work import UnitOfWork


def request_sweep(
    kind: SweepKind, takedown_id: TakedownId, decision_id: DecisionId, uow: UnitOfWork, *, candidates: int = 0
) -> None:
    """
    Ask a worker for a sweep.

    Args:
        kind: What is done with each upload.

        takedown_id: That was made, or taken back.

        decision_id: That added the references which are searched for, or that made the takedown.

        uow: The decision's transaction.

        candidates: How many uploads there are, where that is known.
    """
    uow.sweeps.add(
        Sweep(
            id=LookbackId(new_id("lkb", uow.now)),
            kind=kind,
            takedown_id=takedown_id,
            decision_id=decision_id,
            state=SweepState.PENDING,
            created_at=uow.now,
            candidates=candidates,
        )
    )


def claim_sweep(uow: UnitOfWork, *, lease: timedelta) -> Sweep | None:
    """
    Take a sweep no worker has, for as long as the lease is renewed; None if there is none.

    Of several it is the one with the fewest uploads done: one with ten thousand does not keep small ones waiting.
    """
    due = uow.sweeps.next_due(uow.now)
    if due is None:
        return None
    claimed = due.claimed(Lease.begin(uow.now, until=uow.now + lease), uow.now)
    uow.sweeps.update(claimed)
    return claimed


def claim_sweeps(uow: UnitOfWork, *, lease: timedelta, most: int) -> list[Sweep]:
    """
    Take up to `most` sweeps no worker has; the first is the one that `claim_sweep` would take.

    After it come only look-backs that nobody has begun: of these most find nothing, and are done together.
    """
    due = uow.sweeps.all_due(uow.now, limit=most)
    fresh = [one for one in due[1:] if one.kind is SweepKind.SEARCH and one.state is SweepState.PENDING]
    claimed = [one.claimed(Lease.begin(uow.now, until=uow.now + lease), uow.now) for one in [*due[:1], *fresh]]
    for one in claimed:
        uow.sweeps.update(one)
    return claimed


def give_back_sweep(sweep: Sweep, uow: UnitOfWork) -> None:
    """Give back a sweep that was not finished, so that another worker need not wait for the lease to run out."""
    current = uow.sweeps.get(sweep.id, lock=True)
    if _same_claim(current, sweep):
        uow.sweeps.update(replace(current, lease=None))


def require_lease(sweep: Sweep, uow: UnitOfWork) -> Sweep:
    """
    Lock and read a sweep that this worker has claimed.

    Raises:
        LeaseLostError: If another worker took it over.
    """
    current = uow.sweeps.get(sweep.id, lock=True)
    if not _same_claim(current, sweep):
        message = f"look-back {sweep.id} was taken over by another worker"
        raise LeaseLostError(message)
    return current


def _same_claim(current: Sweep, claimed: Sweep) -> bool:
    return (current.lease and current.lease.id) == (claimed.lease and claimed.lease.id)
