"""Who may not judge: nobody their own report, and nobody, as the second person, their own decision."""

from casework.domain.actor import Actor
from casework.domain.cases.case import Case
from casework.domain.cases.decision import Decision, DecisionState
from casework.domain.errors import SamePersonError, WrongStateError
from casework.ports.unit_of_work import UnitOfWork


def require_another_than_the_reporter(case: Case, actor: Actor, uow: UnitOfWork) -> None:
    """
    Refuse whoever filed the report that opened a case.

    Raises:
        SamePersonError: If they are the one who judges.
    """
    report = None if case.opened_by_match else uow.reports.of_case(case.id)
    if report is not None:
        report.require_judged_by_another(actor)


def as_second_person(
    decision_id: str, actor: Actor, uow: UnitOfWork, *, waits_for: str, must: str
) -> tuple[Decision, Case]:
    """
    Lock a decision that waits for a second person, and its case, for one who may be that.

    Args:
        decision_id: Which.

        actor: Who judges it.

        uow: The transaction.

        waits_for: What it does not wait for where it does not wait: ``"approval"``.

        must: What another person must do: ``"approve"``.

    Raises:
        NotFoundError: If there is no such decision.
        WrongStateError: If it does not wait.
        SamePersonError: If the one who decided, or who filed the report, judges it.
    """
    decision = uow.decisions.get(decision_id, lock=True)
    if decision.state is not DecisionState.AWAITING_APPROVAL:
        message = f"decision {decision.id} is {decision.state.value}; it does not wait for {waits_for}"
        raise WrongStateError(message)
    if decision.decided_by == actor.id:
        message = f"decision {decision.id} was made by {actor.id}; another person must {must} it"
        raise SamePersonError(message)
    case = uow.cases.get(decision.case_id, lock=True)
    require_another_than_the_reporter(case, actor, uow)
    return decision, case
