"""Taking a takedown back: it is undone as fully as it was done."""

import pytest

from casework.domain.cases.case import CaseState, Queue
from casework.domain.cases.decision import Decision, DecisionState
from casework.domain.cases.report import Relation
from casework.domain.errors import NotYoursToWithdrawError, WrongStateError
from casework.domain.takedowns.takedown import TakedownState
from casework.handlers.standing.reverse import WithdrawTakedown, withdraw_report, withdraw_takedown
from tests.casework.handlers.conftest import MODERATOR, Desk, picture


def withdraw(desk: Desk, decision: Decision) -> None:
    """Take a decision's takedown back."""
    withdraw_takedown(WithdrawTakedown(decision.takedown_id, MODERATOR, "asked for"), desk.record)


def test_withdrawn_takedown_leaves_the_index_and_is_told_downstream(desk: Desk) -> None:
    """Whoever was told to remove it must hear that it may come back."""
    decision = desk.take_down(1)
    withdraw(desk, decision)
    assert not desk.record.index_log.of_owner(decision.takedown_id)
    assert desk.record.takedowns.get(decision.takedown_id).state is TakedownState.WITHDRAWN
    assert desk.told()[-1] == "takedown.reversed"


def test_blocked_copy_comes_back_with_the_takedown(desk: Desk) -> None:
    """And its case is closed: there is nothing left to be a copy of."""
    decision = desk.take_down(1)
    blocked = desk.upload("u1", picture(1)).upload
    withdraw(desk, decision)
    assert desk.verdict(blocked) == "allow"
    assert desk.record.cases.get(blocked.case_id).state is CaseState.DECIDED
    assert desk.told()[-1] == "upload.reinstated"


def test_copy_of_two_removed_pictures_stays_blocked_by_the_other(desk: Desk) -> None:
    """One person's withdrawal does not publish another person's picture."""
    first, second = desk.take_down(1), desk.take_down(1)
    blocked = desk.upload("u1", picture(1)).upload
    withdraw(desk, first)
    assert desk.verdict(blocked) == "block"
    withdraw(desk, second)
    assert desk.verdict(blocked) == "allow"


def test_copy_a_person_had_confirmed_is_looked_at_again(desk: Desk) -> None:
    """The post may have been wrong by itself; somebody looks, while it is published again."""
    decision = desk.take_down(1)
    held = desk.upload("u1", picture(1, flipped=12, file=1)[:2]).upload
    desk.decide(held.case_id, "uphold", because="the same picture")
    withdraw(desk, decision)
    case = desk.record.cases.get(held.case_id)
    assert desk.verdict(held) == "allow"
    assert (case.state, case.queue) == (CaseState.OPEN, Queue.APPEALS)


def test_takedown_is_taken_back_once(desk: Desk) -> None:
    """Downstream must not hear it twice."""
    decision = desk.take_down(1)
    withdraw(desk, decision)
    with pytest.raises(WrongStateError, match="withdrawn"):
        withdraw(desk, decision)


def test_person_depicted_withdraws_with_the_receipt_alone(desk: Desk) -> None:
    """They need no account and give no reason they do not want to give."""
    filed = desk.report(1)
    decision = desk.decide(filed.report.case_id, "uphold")
    withdraw_report(filed.report, "changed my mind", desk.record)
    assert desk.record.decisions.get(decision.id).state is DecisionState.WITHDRAWN


def test_report_withdrawn_before_a_decision_is_never_decided(desk: Desk) -> None:
    """Nobody need look at pictures whose subject does not want it any more."""
    filed = desk.report(1)
    withdraw_report(filed.report, "changed my mind", desk.record)
    with pytest.raises(WrongStateError):
        desk.decide(filed.report.case_id, "uphold")


def test_third_party_cannot_withdraw(desk: Desk) -> None:
    """It was never theirs."""
    filed = desk.report(1, relation=Relation.THIRD_PARTY)
    with pytest.raises(NotYoursToWithdrawError):
        withdraw_report(filed.report, "never mind", desk.record)
