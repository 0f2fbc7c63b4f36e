"""Taking a takedown back: it is undone as fully as it was done."""

import pytest

from casework.domain.actor import Actor
from casework.domain.cases.appeal import AppealBy, AppealOutcome, AppealState
from casework.domain.cases.case import CaseState, Queue
from casework.domain.cases.decision import Decision, DecisionState
from casework.domain.cases.report import Relation
from casework.domain.errors import NotYoursToWithdrawError, SamePersonError, WrongStateError
from casework.domain.takedowns.takedown import TakedownState
from casework.handlers.standing.reverse import (
    DecideAppeal,
    FileAppeal,
    WithdrawTakedown,
    decide_appeal,
    file_appeal,
    withdraw_report,
    withdraw_takedown,
)
from tests.casework.handlers.conftest import COLLEAGUE, MODERATOR, Desk, picture


def withdraw(desk: Desk, decision: Decision) -> None:
    """Take a decision's takedown back."""
    withdraw_takedown(WithdrawTakedown(decision.takedown_id, MODERATOR, "asked for"), desk.record)


def appeal(desk: Desk, decision: Decision, outcome: str, actor: Actor = COLLEAGUE) -> AppealState:
    """File an appeal and decide it."""
    filed = file_appeal(FileAppeal(decision.id, AppealBy.POSTER, "it is mine", MODERATOR), desk.record)
    return decide_appeal(DecideAppeal(filed.id, actor, AppealOutcome(outcome)), desk.record).state


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


def test_appeal_is_decided_by_somebody_else(desk: Desk) -> None:
    """Whoever decided is no judge of their own decision."""
    with pytest.raises(SamePersonError, match=MODERATOR.id):
        appeal(desk, desk.take_down(1), "stand", MODERATOR)


def test_overturned_decision_takes_its_takedown_back(desk: Desk) -> None:
    """In the same transaction: nobody waits for a worker to be in the right."""
    decision = desk.take_down(1)
    blocked = desk.upload("u1", picture(1)).upload
    assert appeal(desk, decision, "overturn") is AppealState.OVERTURNED
    assert desk.record.takedowns.get(decision.takedown_id).state is TakedownState.OVERTURNED
    assert desk.verdict(blocked) == "allow"


def test_decision_that_stands_changes_nothing(desk: Desk) -> None:
    """The index, the takedown and the upload stay as they were."""
    decision = desk.take_down(1)
    blocked = desk.upload("u1", picture(1)).upload
    assert appeal(desk, decision, "stand") is AppealState.STANDS
    assert desk.record.takedowns.get(decision.takedown_id).state is TakedownState.ACTIVE
    assert desk.verdict(blocked) == "block"


def test_overturned_rejection_brings_the_case_back(desk: Desk) -> None:
    """A wrong rejection leaves somebody's picture online: the case is decided again."""
    decision = desk.decide(desk.report(1).report.case_id, "reject", because="it is a drawing")
    appeal(desk, decision, "overturn")
    case = desk.record.cases.get(decision.case_id)
    assert (case.state, case.queue) == (CaseState.OPEN, Queue.APPEALS)


def test_copy_that_was_none_is_let_go_and_its_variant_with_it(desk: Desk) -> None:
    """What matched only the wrongly confirmed copy was held by a mistake."""
    takedown = desk.take_down(1).takedown_id
    held = desk.upload("u1", picture(1, flipped=12, file=1)[:2]).upload
    confirmed = desk.decide(held.case_id, "uphold", because="the same picture")
    appeal(desk, confirmed, "overturn")
    assert desk.verdict(held) == "allow"
    assert held.media_id not in desk.record.takedowns.references(takedown)
    assert desk.record.takedowns.get(takedown).state is TakedownState.ACTIVE
