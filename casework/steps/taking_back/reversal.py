"""
Taking back what a decision or a report brought about: where it is withdrawn, overturned, or withdrawn to be erased.

Reversal equals takedown: what is done here is done in one transaction, or not at all.
"""

from dataclasses import replace

from casework.domain.actor import Actor, Role
from casework.domain.cases.case import Case, CaseState
from casework.domain.cases.decision import Decision, DecisionOutcome, DecisionState
from casework.domain.cases.report import Relation, Report
from casework.domain.errors import NotYoursToWithdrawError, WrongStateError
from casework.domain.events import EventType
from casework.domain.media import Collection
from casework.domain.takedowns.takedown import STANDING, Takedown, TakedownState
from casework.policy.engine import recommend
from casework.ports.unit_of_work import UnitOfWork
from casework.steps.deciding.decisions import draft_decision
from casework.steps.journal import announce, record
from casework.steps.judging_anew.flood import close_quarantine_case
from casework.steps.reports.named_post import place_of
from casework.steps.taking_back.reinstate import reinstate_uploads_of


def reverse_takedown(takedown: Takedown, to: TakedownState, actor: Actor, reason: str, uow: UnitOfWork) -> Takedown:
    """
    Un-index a takedown, tell downstream, let go of what rested on it. The case of an interim one stays as it is.

    Args:
        takedown: Locked.

        to: `WITHDRAWN` or `OVERTURNED`.

        actor: Who.

        reason: For the history.

        uow: The transaction.

    Raises:
        WrongStateError: If it was taken back before.
    """
    before = takedown.state
    takedown = takedown.reverse(to, by=actor.id, reason=reason, now=uow.now)
    uow.takedowns.update(takedown)
    version = uow.index_log.remove(Collection.TAKEDOWNS, takedown.id)
    origin = uow.decisions.get(takedown.decision_id, lock=True)
    uow.decisions.update(replace(origin, state=DecisionState(to.value), approvals_needed=0))
    case = uow.cases.get(takedown.case_id, lock=True)
    if before is TakedownState.PENDING:
        uow.cases.update(case.moved_to(CaseState.DECIDED))
    close_quarantine_case(takedown, uow)
    record(uow, actor, f"takedown:{to.value}", takedown.id, index_version=version, case_id=case.id)
    if before.stands and takedown.source is None:  # of hashes of others downstream was told nothing
        ended = EventType.TAKEDOWN_INTERIM_ENDED if before is TakedownState.INTERIM else EventType.TAKEDOWN_REVERSED
        place = place_of(uow.reports.of_case(case.id))
        announce(uow, ended, takedown.id, about=None, case_id=takedown.case_id, state=to.value, **place)
    reinstate_uploads_of(takedown, uow)
    return takedown


def holder_of(report: Report) -> Actor:
    """Name who acts with nothing but a report's receipt."""
    return Actor(id=f"receipt:{report.receipt_number}", name="holder of the receipt", role=Role.PUBLIC)


def require_own_report(report: Report) -> None:
    """
    Refuse to take a third party's report back: what it says is not theirs.

    Raises:
        NotYoursToWithdrawError: If the reporter is neither the person depicted nor acts for them.
    """
    if report.reporter.relation is Relation.THIRD_PARTY:
        message = "only the person depicted, or who acts for them, can withdraw; a third party's report stays on file"
        raise NotYoursToWithdrawError(message)


def take_report_back(report: Report, reason: str, uow: UnitOfWork) -> None:
    """
    Take back what was taken down on a report; if nobody decided yet, close its case.

    Args:
        report: Its receipt was shown.

        reason: For the history.

        uow: The transaction, with the takedowns locked.

    Raises:
        NotYoursToWithdrawError: If the reporter is neither the person depicted nor acts for them.
        WrongStateError: If there is nothing to withdraw (any more).
    """
    require_own_report(report)
    actor = holder_of(report)
    case = uow.cases.get(report.case_id, lock=True)
    if case.minor is not None:
        message = (
            f"report {report.receipt_number} may be about somebody under 18: a person takes the steps that the law "
            "asks for, which a receipt cannot take back. Nothing of the media is kept here"
        )
        raise WrongStateError(message)
    upheld = [one.takedown_id for one in uow.decisions.of_case(case.id) if one.takedown_id is not None]
    for takedown in uow.takedowns.many(upheld).values():
        if takedown.is_interim:
            _close_waiting(case, takedown, uow)
        if takedown.state in (TakedownState.PENDING, *STANDING):
            reverse_takedown(takedown, TakedownState.WITHDRAWN, actor, reason, uow)
        if takedown.state in (TakedownState.PENDING, TakedownState.ACTIVE):
            return
    case = uow.cases.get(report.case_id)
    case.require_open()
    uow.cases.update(case.moved_to(CaseState.DECIDED))
    uow.decisions.add(_closing(case, actor, reason, uow))
    record(uow, actor, "report:withdrawn", case.id, report_id=report.id)


def _close_waiting(case: Case, interim: Takedown, uow: UnitOfWork) -> None:
    """Take back a decision about a report that waits for a second person: it is withdrawn before that."""
    for decision in uow.decisions.of_case(case.id):
        if decision.state is DecisionState.AWAITING_APPROVAL and decision.takedown_id == interim.id:
            uow.decisions.update(replace(decision, state=DecisionState.WITHDRAWN, approvals_needed=0))
    if case.state is CaseState.AWAITING_APPROVAL:
        uow.cases.update(case.moved_to(CaseState.OPEN))


def _closing(case: Case, actor: Actor, reason: str, uow: UnitOfWork) -> Decision:
    """Return the decision that ends a case whose report was withdrawn before anybody decided it."""
    closed = draft_decision(case, DecisionOutcome.REJECT, actor, recommend(case.facts), uow)
    return replace(closed, state=DecisionState.WITHDRAWN, note=reason)
