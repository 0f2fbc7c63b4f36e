"""
Lifting a flood quarantine: a person has looked at what a takedown matches, and it is what it seems.

What it matches from then on is acted on as before. What was held meanwhile is judged anew: at once, or, where it is
much, by a worker, batch by batch. Who finds that it is a logo or a frame withdraws the takedown instead.
"""

from dataclasses import dataclass

from casework.domain.actor import Actor
from casework.domain.events import EventType
from casework.domain.takedowns.takedown import Takedown
from casework.policy.automation.flood import AFTER_LIFT, FLOOD_WINDOW
from casework.ports.search import CandidateSearch
from casework.ports.unit_of_work import UnitOfWork
from casework.steps.journal import announce, record
from casework.steps.judging_anew.flood import close_quarantine_case
from casework.steps.judging_anew.rejudging import rejudge_all
from casework.steps.lock_takedowns import lock_takedowns


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
    rejudge_all(lifted, uow, search, reason="its takedown left quarantine")
    return lifted
