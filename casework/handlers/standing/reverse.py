"""
Taking a takedown back: a withdrawal by staff, or of a report with its receipt. Appeals: `appeals.py`.

Reversal equals takedown: in one transaction the items leave the index, every upload that was held or blocked because of
it is let go (unless another standing takedown holds it), and downstream is sent events. Where that is many uploads, the
transaction asks a worker to let them go, a batch at a time.
"""

from dataclasses import dataclass

from casework.domain.actor import Actor
from casework.domain.cases.report import Report
from casework.domain.takedowns.takedown import Takedown, TakedownState
from casework.ports.unit_of_work import UnitOfWork
from casework.steps.lock_takedowns import lock_takedowns
from casework.steps.taking_back.reversal import reverse_takedown, take_report_back
from casework.steps.taking_down.interim import end_interim


@dataclass(frozen=True, slots=True)
class WithdrawTakedown:
    """Take a takedown back, with a reason for the history."""

    takedown_id: str
    actor: Actor
    reason: str


def withdraw_takedown(command: WithdrawTakedown, uow: UnitOfWork) -> Takedown:
    """
    Withdraw a takedown: nothing of it can be matched once this has committed.

    Raises:
        NotFoundError: If there is none.
        WrongStateError: If it was taken back before.
    """
    lock_takedowns(uow)
    takedown = uow.takedowns.get(command.takedown_id, lock=True)
    if takedown.is_interim:
        return end_interim(takedown, command.actor, command.reason, uow)
    return reverse_takedown(takedown, TakedownState.WITHDRAWN, command.actor, command.reason, uow)


def withdraw_report(report: Report, reason: str, uow: UnitOfWork) -> None:
    """
    Withdraw a report with its receipt: what was taken down on it comes back; if nobody decided yet, nobody will.

    Args:
        report: Its receipt was shown; no account is needed.

        reason: For the history.

        uow: The transaction.

    Raises:
        NotYoursToWithdrawError: If the reporter is neither the person depicted nor acts for them.
        WrongStateError: If there is nothing to withdraw (any more).
    """
    lock_takedowns(uow)
    take_report_back(report, reason, uow)
