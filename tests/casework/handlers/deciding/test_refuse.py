"""Refusing as a second person: what waited never takes effect, and the case is open again and says why."""

import pytest

from casework.domain.cases.case import CaseState
from casework.domain.cases.decision import DecisionState
from casework.domain.errors import SamePersonError, WrongStateError
from casework.domain.takedowns.takedown import TakedownState
from casework.handlers.deciding.refuse import refuse_decision
from casework.policy.automation.safeguards import SafeguardLimits
from tests.casework.handlers.conftest import COLLEAGUE, MODERATOR, Desk, picture

EVERYTHING_NEEDS_TWO = SafeguardLimits(uploads=0)


def test_refused_takedown_never_begins_and_its_case_is_open_with_the_reason(desk: Desk) -> None:
    """Whoever decides it next reads why."""
    desk.upload("u1", picture(1))
    desk.limits = EVERYTHING_NEEDS_TWO
    decision = desk.take_down(1)
    assert decision.state is DecisionState.AWAITING_APPROVAL
    refused = refuse_decision(decision.id, "the face is another", COLLEAGUE, desk.record)
    case = desk.record.cases.get(decision.case_id)
    assert (refused.state, refused.approvals_needed) == (DecisionState.WITHDRAWN, 0)
    assert desk.record.takedowns.get(decision.takedown_id).state is TakedownState.WITHDRAWN
    assert not desk.record.index_log.of_owner(decision.takedown_id)
    assert case.state is CaseState.OPEN
    assert case.note == "A second person did not agree to uphold: the face is another"
    assert "takedown.reversed" not in desk.told()
    desk.limits = SafeguardLimits()
    again = desk.decide(decision.case_id, "uphold")
    assert desk.record.takedowns.get(again.takedown_id).state is TakedownState.ACTIVE


def test_only_another_person_refuses_and_only_what_waits(desk: Desk) -> None:
    """Who decided cannot be their own second person, either way."""
    desk.upload("u1", picture(1))
    desk.limits = EVERYTHING_NEEDS_TWO
    decision = desk.take_down(1)
    with pytest.raises(SamePersonError, match="another person must look at it"):
        refuse_decision(decision.id, "no", MODERATOR, desk.record)
    refuse_decision(decision.id, "no", COLLEAGUE, desk.record)
    with pytest.raises(WrongStateError, match="is withdrawn; it does not wait"):
        refuse_decision(decision.id, "no", COLLEAGUE, desk.record)
