"""
Lifting a flood quarantine: a person has looked at what a takedown matches, and it is what it seems.

What it matches from then on is acted on as before. What was held meanwhile is judged anew: at once, or, where it is
much, by a worker, batch by batch. Who finds that it is a logo or a frame withdraws the takedown instead.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from casework.domain.actor import Actor
from casework.domain.events import EventType
from casework.domain.ids import UploadId
from casework.domain.takedowns.sweep import Sweep, SweepKind
from casework.domain.takedowns.takedown import Takedown
from casework.policy.flood import AFTER_LIFT, FLOOD_WINDOW
from casework.ports.search import CandidateSearch
from casework.ports.unit_of_work import UnitOfWork
from casework.steps.flood import close_quarantine_case, held_by, rejudge
from casework.steps.journal import announce, record
from casework.steps.lock_takedowns import lock_takedowns
from casework.steps.sweeps import request_sweep, require_lease

REJUDGED_AT_ONCE = 50
"""Uploads that are judged anew in the transaction that lifts a quarantine; where it is more, a worker does it."""


@dataclass(frozen=True, slots=True)
class LiftQuarantine:
    """Somebody says that a takedown may act by itself again, and why."""

    takedown_id: str
    actor: Actor
    reason: str | None = None


def lift_quarantine(command: LiftQuarantine, uow: UnitOfWork, search: CandidateSearch) -> Takedown:
    """
    Let a takedown act by itself again, until it matches several times as many people as now.

    Args:
        command: Who lifts which.

        uow: The transaction.

        search: Over the `protected` collection.

    Raises:
        NotFoundError: If there is no such takedown.
        WrongStateError: If it is not in quarantine, or was taken back.
    """
    lock_takedowns(uow)
    takedown = uow.takedowns.get(command.takedown_id, lock=True)
    uploaders = uow.matches.uploaders(takedown.id, since=uow.now - FLOOD_WINDOW)
    lifted = takedown.lift_quarantine(agreed_uploaders=AFTER_LIFT * max(uploaders, takedown.most_uploaders))
    uow.takedowns.update(lifted)
    close_quarantine_case(lifted, uow, words=command.reason)
    record(
        uow,
        command.actor,
        "takedown:quarantine:lifted",
        lifted.id,
        case_id=lifted.quarantine_case_id,
        agreed_uploaders=lifted.agreed_uploaders,
    )
    announce(uow, EventType.QUARANTINE_LIFTED, lifted.id, case_id=lifted.quarantine_case_id)
    held = held_by(lifted, uow)
    if len(held) <= REJUDGED_AT_ONCE:
        rejudge(lifted, held, uow, search)
    else:
        request_sweep(SweepKind.REJUDGE, lifted.id, lifted.decision_id, uow, candidates=len(held))
    return lifted


def uploads_to_rejudge(sweep: Sweep, uow: UnitOfWork) -> list[UploadId]:
    """List the uploads that are still to be judged anew, in the order they are worked through."""
    held = held_by(uow.takedowns.get(sweep.takedown_id), uow)
    return [one for one in held if sweep.after is None or one > sweep.after]


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
    Judge some uploads anew that were held while their takedown was in quarantine.

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
    rejudge(uow.takedowns.get(current.takedown_id), upload_ids, uow, search)
    moved = current.past(upload_ids, uow.now, is_last=is_last, lease=lease)
    uow.sweeps.update(moved)
    return moved
