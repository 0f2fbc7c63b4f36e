"""The line that says what was just decided, with the way to undo it."""

from collections.abc import Mapping
from dataclasses import dataclass

from api.console.door import Visitor
from casework.domain.cases.decision import Decision, DecisionOutcome, DecisionState
from casework.domain.errors import NotFoundError
from casework.handlers.deciding.undo import UNDO_FOR, may_be_undone
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
    left_s = UNDO_FOR.total_seconds() - (uow.now - decision.decided_at).total_seconds()
    return Done(decision.id, _decided(decision, uow), decision.case_id, max(0.0, left_s))


def _decided(decision: Decision, uow: UnitOfWork) -> str:
    is_copy = uow.cases.get(decision.case_id).opened_by_match
    words: Mapping[DecisionOutcome, str] = {
        DecisionOutcome.UPHOLD: "a copy" if is_copy else "upheld",
        DecisionOutcome.REJECT: "not a copy" if is_copy else "rejected",
    }
    said = words.get(decision.outcome, decision.outcome.value)
    return f"{said}, waits for a second person" if decision.state is DecisionState.AWAITING_APPROVAL else said
