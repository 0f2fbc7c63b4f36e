"""A decision with wide effects waits for a second person."""

import pytest

from casework.domain.cases.case import CaseState
from casework.domain.cases.decision import Decision, DecisionState
from casework.domain.errors import SamePersonError, WrongStateError
from casework.domain.takedowns.takedown import TakedownState
from casework.handlers.deciding.decide import approve_decision
from casework.handlers.protect import ProtectMedia, protect_media
from casework.policy.automation.safeguards import SafeguardLimits
from tests.casework.handlers.conftest import COLLEAGUE, MODERATOR, Desk, picture, submitted


@pytest.fixture
def waiting(desk: Desk) -> Decision:
    """Take down what three uploads show, where one person may take down two."""
    desk.limits = SafeguardLimits(uploads=2)
    for number in range(3):
        desk.upload(f"u{number}", picture(1, file=number))
    return desk.take_down(1)


def test_takedown_that_hits_many_uploads_waits(desk: Desk, waiting: Decision) -> None:
    """One mistaken click must not empty a platform."""
    assert waiting.state is DecisionState.AWAITING_APPROVAL
    assert waiting.blast_radius.uploads == 3
    assert "3 registered uploads" in waiting.approval_reasons[0]
    assert not desk.record.index_log.of_owner(waiting.takedown_id)


def test_takedown_at_the_limit_does_not_wait(desk: Desk) -> None:
    """Limits are inclusive, as operators read them."""
    desk.limits = SafeguardLimits(uploads=1)
    desk.upload("u1", picture(1))
    assert desk.take_down(1).state is DecisionState.EFFECTIVE


def test_second_person_lets_it_take_effect(desk: Desk, waiting: Decision) -> None:
    """Then it is a takedown like any other."""
    approved = approve_decision(waiting.id, COLLEAGUE, desk.record)
    assert (approved.state, approved.approved_by) == (DecisionState.EFFECTIVE, COLLEAGUE.id)
    assert desk.record.takedowns.get(waiting.takedown_id).state is TakedownState.ACTIVE
    assert desk.record.cases.get(waiting.case_id).state is CaseState.DECIDED
    assert desk.told()[-2:] == ["takedown.created", "post.removed"]


def test_nobody_approves_their_own_decision(desk: Desk, waiting: Decision) -> None:
    """Four eyes are those of two people."""
    with pytest.raises(SamePersonError, match=MODERATOR.id):
        approve_decision(waiting.id, MODERATOR, desk.record)


def test_decision_is_approved_once(desk: Desk, waiting: Decision) -> None:
    """A second approval would tell downstream twice."""
    approve_decision(waiting.id, COLLEAGUE, desk.record)
    with pytest.raises(WrongStateError, match="effective"):
        approve_decision(waiting.id, COLLEAGUE, desk.record)


def test_newsworthy_picture_is_not_taken_down_by_one_person(desk: Desk) -> None:
    """What the public has a right to see is removed by two people or by none."""
    protect_media(ProtectMedia(MODERATOR, submitted(picture(1)), "news"), desk.record)
    decision = desk.take_down(1)
    assert decision.state is DecisionState.AWAITING_APPROVAL
    assert "newsworthy" in decision.approval_reasons[0]
