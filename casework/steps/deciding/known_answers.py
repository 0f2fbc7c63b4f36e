"""What stands decided of a case by people: where it is about a copy, that is the known answer of a pair."""

from casework.domain.actor import Role
from casework.domain.cases.decision import Decision, DecisionOutcome, DecisionState
from casework.domain.cases.known_pair import KnownPair
from casework.domain.exchanges.sending import Feedback
from casework.domain.ids import CaseId
from casework.ports.unit_of_work import UnitOfWork
from casework.steps.exchanging.feedback import word_for

_BY_POLICY = f"{Role.POLICY.value}:"


def standing_answer(case_id: CaseId, uow: UnitOfWork) -> Decision | None:
    """
    Return the last decision of people about a case that stands, where it says copy or no copy.

    Returns:
        None without one, and where it was rejected because the policy keeps such a post: that says nothing of a copy.
    """
    stand = [
        one
        for one in uow.decisions.of_case(case_id)
        if one.state is DecisionState.EFFECTIVE
        and not one.decided_by.startswith(_BY_POLICY)
        and word_for(one) is not None
    ]
    return stand[-1] if stand and word_for(stand[-1]) is not Feedback.NOT_OUR_POLICY else None


def still_holds(pair: KnownPair, uow: UnitOfWork) -> bool:
    """Tell whether what is known of a pair is what stands decided; of one that an operator gave, always."""
    return pair.case_id is None or _decision_behind(pair.case_id, pair, uow) is not None


def may_be_asked(pair: KnownPair, person_id: str, uow: UnitOfWork) -> bool:
    """Tell whether somebody can be asked about a pair: what is known stands, and they had no part in it."""
    if person_id == pair.added_by:
        return False
    if pair.case_id is None:
        return True
    decision = _decision_behind(pair.case_id, pair, uow)
    return decision is not None and person_id not in (decision.decided_by, decision.approved_by)


def _decision_behind(case_id: CaseId, pair: KnownPair, uow: UnitOfWork) -> Decision | None:
    """Return what stands decided of a pair's case, if it says what is known."""
    decision = standing_answer(case_id, uow)
    if decision is None or pair.is_copy is not (decision.outcome is DecisionOutcome.UPHOLD):
        return None
    return decision
