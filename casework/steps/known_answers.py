"""What stands decided of a case by people: where it is about a copy, that is the known answer of a pair."""

from casework.domain.actor import Role
from casework.domain.cases.decision import Decision, DecisionOutcome, DecisionState
from casework.domain.cases.known_pair import KnownPair
from casework.domain.ids import CaseId
from casework.ports.unit_of_work import UnitOfWork

_ANSWERS = (DecisionOutcome.UPHOLD, DecisionOutcome.REJECT)
_BY_POLICY = f"{Role.POLICY.value}:"


def standing_answer(case_id: CaseId, uow: UnitOfWork) -> Decision | None:
    """Return the last decision of people about a case that stands and says copy or no copy; None without one."""
    stand = [
        one
        for one in uow.decisions.of_case(case_id)
        if one.state is DecisionState.EFFECTIVE
        and one.outcome in _ANSWERS
        and not one.decided_by.startswith(_BY_POLICY)
    ]
    return stand[-1] if stand else None


def still_holds(pair: KnownPair, uow: UnitOfWork) -> bool:
    """Tell whether what is known of a pair is what stands decided; of one that an operator gave, always."""
    if pair.case_id is None:
        return True
    decision = standing_answer(pair.case_id, uow)
    return decision is not None and pair.is_copy is (decision.outcome is DecisionOutcome.UPHOLD)


def may_be_asked(pair: KnownPair, person_id: str, uow: UnitOfWork) -> bool:
    """Tell whether somebody can be asked about a pair: it holds, and they had no part in what is known."""
    if person_id == pair.added_by or not still_holds(pair, uow):
        return False
    decision = None if pair.case_id is None else standing_answer(pair.case_id, uow)
    return decision is None or person_id not in (decision.decided_by, decision.approved_by)
