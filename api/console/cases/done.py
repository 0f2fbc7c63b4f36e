"""The line that says what was just decided, with the way to undo it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from api.console.door import Visitor
from casework.domain.cases.decision import Decision, DecisionOutcome, DecisionState
from casework.domain.errors import NotFoundError
from casework.handlers.deciding.undo import MOST_UNDONE, UNDO_FOR, may_be_undone
from casework.ports.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class Done:
    """
    A decision that was just made, and can be undone.

    Args:
        decision_id: Which.

        words: What was decided.

        case_id: Of which case.

        left_s: Seconds until it is too late.
    """

    decision_id: str
    words: str
    case_id: str
    left_s: float


def done_of(decision_id: str | None, visitor: Visitor, uow: UnitOfWork) -> Done | None:
    """Show the decision that was just made, while it can be undone."""
    if decision_id is None:
        return None
    try:
        decision = uow.decisions.get(decision_id)
    except NotFoundError:  # an address that somebody typed
        return None
    if not may_be_undone(decision, visitor.actor, uow):
        return None
    return Done(decision.id, _decided(decision, uow), decision.case_id, _left_s(decision.decided_at, uow))


@dataclass(frozen=True, slots=True)
class DoneTogether:
    """
    Decisions that were just made at once, and can be undone at once.

    Args:
        decision_ids: All of them.

        left_s: Seconds until it is too late for the first.
    """

    decision_ids: list[str]
    left_s: float


def done_together(decision_ids: Sequence[str], visitor: Visitor, uow: UnitOfWork) -> DoneTogether | None:
    """Show decisions that were just made at once, while every one of them can be undone, and they are not too many."""
    if len(decision_ids) > MOST_UNDONE:
        return None
    made = [uow.decisions.get(one) for one in decision_ids]
    if not made or not all(may_be_undone(one, visitor.actor, uow) for one in made):
        return None
    first = min(one.decided_at for one in made)
    return DoneTogether([one.id for one in made], _left_s(first, uow))


def _left_s(decided_at: datetime, uow: UnitOfWork) -> float:
    return max(0.0, UNDO_FOR.total_seconds() - (uow.now - decided_at).total_seconds())


def _decided(decision: Decision, uow: UnitOfWork) -> str:
    is_copy = uow.cases.get(decision.case_id).opened_by_match
    words: Mapping[DecisionOutcome, str] = {
        DecisionOutcome.UPHOLD: "a copy" if is_copy else "upheld",
        DecisionOutcome.REJECT: "not a copy" if is_copy else "rejected",
    }
    said = words.get(decision.outcome, decision.outcome.value)
    return f"{said}, waits for a second person" if decision.state is DecisionState.AWAITING_APPROVAL else said
