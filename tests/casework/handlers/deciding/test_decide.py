"""Deciding a case: the only way anything is taken down."""

import pytest

from casework.domain.cases.case import CaseState
from casework.domain.cases.decision import DecisionState
from casework.domain.errors import CaseClaimedError, NotFoundError, OverrideReasonMissingError, WrongStateError
from casework.domain.media import Collection
from casework.domain.takedowns.sweep import SweepKind
from casework.domain.takedowns.takedown import TakedownState
from casework.handlers.deciding.review import claim_case, release_case
from tests.casework.handlers.conftest import COLLEAGUE, MODERATOR, Desk, picture


def test_upheld_report_puts_its_picture_into_the_index(desk: Desk) -> None:
    """The decision itself does it; nothing runs afterwards that could be forgotten."""
    decision = desk.take_down(1)
    assert desk.record.takedowns.get(decision.takedown_id).state is TakedownState.ACTIVE
    assert [one.signal for one in desk.record.index_log.of_owner(decision.takedown_id)] == list(picture(1))
    assert decision.index_version == desk.record.index_log.version(Collection.TAKEDOWNS)


def test_upheld_report_is_told_downstream_and_audited(desk: Desk) -> None:
    """A takedown nobody downstream hears of stays up there; one without an audit row has no author."""
    decision = desk.take_down(1)
    assert desk.told() == ["report.received", "case.opened", "takedown.created", "post.removed"]
    assert desk.record.audited()[decision.case_id][-1] == "case:decision:made"


def test_upheld_report_asks_for_earlier_uploads(desk: Desk) -> None:
    """Copies that were posted before the report are as private as those that come after it."""
    decision = desk.take_down(1)
    sweeps = desk.record.sweeps.of_takedown(decision.takedown_id)
    assert [(one.kind, one.decision_id) for one in sweeps] == [(SweepKind.SEARCH, decision.id)]


def test_rejected_report_takes_nothing_down(desk: Desk) -> None:
    """Reporting alone must not remove anything."""
    case_id = desk.report(1).report.case_id
    decision = desk.decide(case_id, "reject", because="it is a drawing")
    assert decision.takedown_id is None
    assert not desk.record.index_log.live
    assert desk.record.cases.get(case_id).state is CaseState.DECIDED


def test_case_stays_open_when_information_is_asked_for(desk: Desk) -> None:
    """The reporter's answer must find a case that can still be decided."""
    case_id = desk.report(1).report.case_id
    desk.decide(case_id, "request_information", because="which of the two is it?")
    assert desk.record.cases.get(case_id).is_open


def test_deciding_against_the_recommendation_needs_a_reason(desk: Desk) -> None:
    """The history must say why a person knew better than the policy."""
    case_id = desk.report(1).report.case_id
    with pytest.raises(OverrideReasonMissingError, match="override_reason"):
        desk.decide(case_id, "reject")
    assert not desk.record.decisions.rows


def test_decided_case_is_not_decided_again(desk: Desk) -> None:
    """Of two moderators who decide it, the second is told so."""
    decision = desk.take_down(1)
    with pytest.raises(WrongStateError):
        desk.decide(decision.case_id, "uphold", COLLEAGUE)


def test_case_a_colleague_works_on_is_theirs_until_it_is_released(desk: Desk) -> None:
    """Two people who look at the same pictures is one too many."""
    case_id = desk.report(1).report.case_id
    claim_case(case_id, COLLEAGUE, desk.record)
    with pytest.raises(CaseClaimedError, match=COLLEAGUE.id):
        desk.decide(case_id, "uphold", MODERATOR)
    release_case(case_id, COLLEAGUE, desk.record)
    assert desk.decide(case_id, "uphold", MODERATOR).state is DecisionState.EFFECTIVE


def test_unknown_case_is_named(desk: Desk) -> None:
    """An id that was mistyped is shown as it was typed."""
    with pytest.raises(NotFoundError, match="case_none"):
        desk.decide("case_none", "uphold")


def test_confirmed_copy_joins_what_is_searched_for(desk: Desk) -> None:
    """The next copy may be nearer to this one than to the first."""
    takedown = desk.take_down(1).takedown_id
    held = desk.upload("u1", picture(1, flipped=12, file=1)[:2])
    decision = desk.decide(held.upload.case_id, "uphold", because="the same picture")
    assert decision.takedown_id == takedown
    assert desk.verdict(held.upload) == "block"
    assert desk.record.takedowns.reference_of_decision(decision.id) == [held.upload.media_id]


def test_rejected_match_lets_the_upload_go(desk: Desk) -> None:
    """Somebody waits for their post; a person has said that it is no copy."""
    desk.take_down(1)
    held = desk.upload("u1", picture(1, flipped=12, file=1)[:2])
    desk.decide(held.upload.case_id, "reject")
    assert desk.verdict(held.upload) == "allow"
    assert desk.told()[-1] == "upload.reinstated"
