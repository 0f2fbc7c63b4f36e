"""
Refusing, as a second person, a decision that waits for one: it never takes effect, and its case is open again.

Invariant: who decided does not refuse, as they do not approve; the case says why to whoever decides it next.
"""

from dataclasses import replace

from casework.domain.actor import Actor
from casework.domain.cases.case import Case, CaseState
from casework.domain.cases.decision import Decision, DecisionState
from casework.domain.takedowns.takedown import TakedownState
from casework.ports.unit_of_work import UnitOfWork
from casework.steps.deciding.judged_by_another import as_second_person
from casework.steps.journal import record
from casework.steps.lock_takedowns import lock_takedowns
from casework.steps.taking_back.reversal import reverse_takedown


def refuse_decision(decision_id: str, reason: str, actor: Actor, uow: UnitOfWork) -> Decision:
    """
    Refuse a decision that waits for a second person; return it, withdrawn.

    What an interim takedown holds stays held: the case is open again, as it was before the decision.

    Args:
        decision_id: Which.

        reason: Why; the case shows it.

        actor: Who refuses.

        uow: The transaction.

    Raises:
        NotFoundError: If there is no such decision.
        WrongStateError: If it does not wait for a second person.
        SamePersonError: If the one who decided, or who filed the report, refuses.
    """
    lock_takedowns(uow)
    decision, case = as_second_person(decision_id, actor, uow, waits_for="a second person", must="look at")
    _withdraw(decision, reason, actor, uow)
    uow.cases.update(_open_again(uow.cases.get(case.id, lock=True), decision, reason))
    record(uow, actor, "decision:refused", case.id, decision_id=decision.id)
    return uow.decisions.get(decision.id)


def _withdraw(decision: Decision, reason: str, actor: Actor, uow: UnitOfWork) -> None:
    takedown = None if decision.takedown_id is None else uow.takedowns.get(decision.takedown_id, lock=True)
    if takedown is not None and takedown.decision_id == decision.id:  # made by this decision, and never in effect
        reverse_takedown(takedown, TakedownState.WITHDRAWN, actor, reason, uow)
    else:
        uow.decisions.update(replace(decision, state=DecisionState.WITHDRAWN, approvals_needed=0))


def _open_again(case: Case, decision: Decision, reason: str) -> Case:
    outcome = decision.outcome.value.replace("_", " ")
    said = f"A second person did not agree to {outcome}: {reason}"
    note = said if case.note is None else f"{case.note}\n{said}"
    return replace(case.moved_to(CaseState.OPEN), note=note)
