"""
Ending interim takedowns whose time is over: a worker's part, one a transaction.

Nobody decided within the limit, so nothing is restricted any more: what was held is let go, and downstream is told. The
case stays as it is, and can still be upheld; that makes a takedown of its own.
"""

from casework.domain.actor import SERVICE
from casework.domain.ids import TakedownId
from casework.ports.unit_of_work import UnitOfWork
from casework.steps.lock_takedowns import lock_takedowns
from casework.steps.taking_down.interim import end_interim

PAST_ITS_LIMIT = "nobody decided within its limit"


def end_past_interim(takedown_id: TakedownId, uow: UnitOfWork) -> bool:
    """
    End an interim takedown whose limit has passed.

    Args:
        takedown_id: As `Takedowns.next_interim_due` named it.

        uow: The transaction.

    Returns:
        Whether it ended now; False where somebody decided, or another worker was faster.
    """
    lock_takedowns(uow)
    takedown = uow.takedowns.get(takedown_id, lock=True)
    if not takedown.is_interim or takedown.interim_until is None or takedown.interim_until > uow.now:
        return False
    end_interim(takedown, SERVICE, PAST_ITS_LIMIT, uow)
    return True
