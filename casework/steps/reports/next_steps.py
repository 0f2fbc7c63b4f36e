"""
What the holder of a receipt can do now.

Invariant: what is named here is not refused, and what is not named would be. So the handlers' own conditions are asked,
and a test tries each step in each state.
"""

from collections.abc import Iterator
from enum import StrEnum

from casework.domain.cases.appeal import AppealState
from casework.domain.cases.case import Case, CaseState
from casework.domain.cases.decision import Decision, DecisionOutcome, DecisionState
from casework.domain.cases.message import MOST_ANSWERS, Sender
from casework.domain.cases.report import Relation, Report
from casework.domain.errors import WrongStateError
from casework.domain.takedowns.takedown import TakedownState
from casework.ports.unit_of_work import UnitOfWork
from casework.steps.judging_anew.trusting import awaits_notice


class Step(StrEnum):
    """What a receipt opens: POST /v1/receipts/{number}/…"""

    WITHDRAW = "withdraw"
    ERASE = "erase"
    APPEAL = "appeal"
    ANSWER = "answer"


def what_is_next(report: Report, case: Case, uow: UnitOfWork) -> tuple[Step, ...]:
    """
    Say what the holder of a receipt can do now.

    Args:
        report: Its receipt was shown.

        case: The report's.

        uow: To read.
    """
    if uow.erasures.of_scope(case.id) is not None:
        return ()
    return tuple(_steps(report, case, uow))


def decision_to_appeal(report: Report, uow: UnitOfWork) -> Decision:
    """
    Return the decision that the reporter can appeal against: the last one that has effect.

    Raises:
        WrongStateError: If there is none.
    """
    effective = [one for one in uow.decisions.of_case(report.case_id) if _has_effect(one)]
    if not effective:
        message = f"report {report.receipt_number} has no decision in effect; there is nothing to appeal against"
        raise WrongStateError(message)
    return effective[-1]


def _steps(report: Report, case: Case, uow: UnitOfWork) -> Iterator[Step]:
    decisions = uow.decisions.of_case(case.id)
    appealed = [one.decision_id for one in uow.appeals.of_case(case.id) if one.state is AppealState.OPEN]
    if report.reporter.relation is not Relation.THIRD_PARTY:
        stands = any(one.reversed_at is None for one in uow.takedowns.of_case(case.id))
        if (case.is_open or stands) and case.minor is None:
            yield Step.WITHDRAW
        if not appealed and _may_be_erased(case, uow) and (stands or case.state is not CaseState.AWAITING_APPROVAL):
            yield Step.ERASE
    effective = [one.id for one in decisions if _has_effect(one)]
    if effective and effective[-1] not in appealed:
        yield Step.APPEAL
    written = sum(one.sender is Sender.REPORTER for one in uow.messages.of_case(case.id))
    if written < MOST_ANSWERS and (case.is_open or awaits_notice(case, uow) is not None):
        yield Step.ANSWER


def _may_be_erased(case: Case, uow: UnitOfWork) -> bool:
    """Tell whether nobody may need it for what the law asks for where somebody under 18 is shown."""
    referred = any(one.state is TakedownState.REFERRED for one in uow.takedowns.of_case(case.id))
    return not referred and (case.minor is None or case.state is CaseState.DECIDED)


def _has_effect(decision: Decision) -> bool:
    asks = decision.outcome is DecisionOutcome.REQUEST_INFORMATION
    return decision.state is DecisionState.EFFECTIVE and not asks
