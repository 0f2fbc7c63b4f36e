"""Appeals: a decision that was wrong loses all of its effect, and one that was right keeps it."""

import pytest

from casework.domain.actor import Actor
from casework.domain.cases.appeal import AppealBy, AppealOutcome, AppealState
from casework.domain.cases.case import CaseState, Queue
from casework.domain.cases.decision import Decision
from casework.domain.errors import SamePersonError
from casework.domain.takedowns.takedown import TakedownState
from casework.handlers.standing.appeals import DecideAppeal, FileAppeal, decide_appeal, file_appeal
from tests.casework.handlers.conftest import COLLEAGUE, MODERATOR, Desk, picture


def appeal(desk: Desk, decision: Decision, outcome: str, actor: Actor = COLLEAGUE) -> AppealState:
    """File an appeal and decide it."""
    filed = file_appeal(FileAppeal(decision.id, AppealBy.POSTER, "it is mine", MODERATOR), desk.record)
    return decide_appeal(DecideAppeal(filed.id, actor, AppealOutcome(outcome)), desk.record).state


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
