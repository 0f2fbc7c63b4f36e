"""Undoing one's own decision at once: reversed whole, or not at all."""

from datetime import timedelta

import pytest

from casework.domain.cases.case import CaseState
from casework.domain.cases.decision import DecisionState
from casework.domain.errors import SamePersonError, WrongStateError
from casework.domain.takedowns.takedown import TakedownState
from casework.handlers.deciding.undo import MOST_UNDONE, may_be_undone, undo_decision, undo_together
from casework.handlers.reports.minors import SayMinor, say_minor
from casework.policy.automation.safeguards import SafeguardLimits
from tests.casework.handlers.conftest import COLLEAGUE, MODERATOR, Desk, picture


def held_copy(desk: Desk) -> tuple[str, str]:
    """Take a picture of no nudity down, and register a copy, on which a person decides; return upload and case."""
    desk.take_down(1, nudity=False, context_assessed=True, actor=COLLEAGUE)
    held = desk.upload("u1", picture(1, flipped=4, file=1)).upload
    assert desk.verdict(held) == "hold"
    return held.id, held.case_id


def test_undone_takedown_leaves_the_index_and_its_case_is_open_for_who_undid_it(desk: Desk) -> None:
    """A slip of the finger: whoever was told of it is told of its end."""
    decision = desk.take_down(1)
    blocked = desk.upload("u1", picture(1)).upload
    case = undo_decision(decision.id, MODERATOR, desk.record)
    assert not desk.record.index_log.of_owner(decision.takedown_id)
    assert desk.record.takedowns.get(decision.takedown_id).state is TakedownState.WITHDRAWN
    assert desk.verdict(blocked) == "allow"
    assert "takedown.reversed" in desk.told()
    assert (case.state, case.claimed_by) == (CaseState.OPEN, MODERATOR.id)


def test_case_of_an_undone_takedown_is_decided_again_as_if_for_the_first_time(desk: Desk) -> None:
    """Uphold, undo, uphold: the picture is down."""
    decision = desk.take_down(1)
    undo_decision(decision.id, MODERATOR, desk.record)
    again = desk.decide(decision.case_id, "uphold")
    assert again.takedown_id != decision.takedown_id
    assert desk.record.takedowns.get(again.takedown_id).state is TakedownState.ACTIVE
    assert desk.verdict(desk.upload("u1", picture(1)).upload) == "block"


def test_undone_confirmation_of_a_copy_is_held_again_and_its_variant_is_banked_no_more(desk: Desk) -> None:
    """The takedown itself, which somebody else decided, stands."""
    upload, case_id = held_copy(desk)
    decision = desk.decide(case_id, "uphold", because="a copy")
    assert desk.record.uploads.get(upload).verdict.value == "block"
    references = len(desk.record.takedowns.references(decision.takedown_id))
    case = undo_decision(decision.id, MODERATOR, desk.record)
    assert desk.record.uploads.get(upload).verdict.value == "hold"
    assert len(desk.record.takedowns.references(decision.takedown_id)) == references - 1
    assert desk.record.takedowns.get(decision.takedown_id).state is TakedownState.ACTIVE
    assert case.is_open
    assert desk.record.decisions.get(decision.id).state is DecisionState.WITHDRAWN


def test_confirmation_of_a_copy_of_somebody_under_18_is_not_undone(desk: Desk) -> None:
    """What a referred takedown had blocked stays so: a copy that was let go halfway would be told to its platform."""
    upload, case_id = held_copy(desk)
    decision = desk.decide(case_id, "uphold", because="a copy")
    origin = desk.record.takedowns.get(decision.takedown_id).case_id
    say_minor(SayMinor(origin, COLLEAGUE, minor=True), desk.record)
    assert desk.record.takedowns.get(decision.takedown_id).state is TakedownState.REFERRED
    with pytest.raises(WrongStateError, match="referred"):
        undo_decision(decision.id, MODERATOR, desk.record)
    assert desk.record.uploads.get(upload).verdict.value == "block"


def test_undone_rejection_of_a_copy_is_held_again(desk: Desk) -> None:
    """What was let go by mistake does not stay published."""
    upload, case_id = held_copy(desk)
    decision = desk.decide(case_id, "reject")
    assert desk.record.uploads.get(upload).verdict.value == "allow"
    undo_decision(decision.id, MODERATOR, desk.record)
    assert desk.record.uploads.get(upload).verdict.value == "hold"
    assert desk.record.cases.get(case_id).is_open


def test_undone_rejection_of_a_report_is_open_again(desk: Desk) -> None:
    """With its deadline as it was."""
    case_id = desk.report(1).report.case_id
    before = desk.record.cases.get(case_id)
    decision = desk.decide(case_id, "reject", because="not depicted")
    undo_decision(decision.id, MODERATOR, desk.record)
    after = desk.record.cases.get(case_id)
    assert (after.state, after.queue, after.deadline) == (CaseState.OPEN, before.queue, before.deadline)


def test_decision_that_waits_for_a_second_person_is_undone_before_it_had_any_effect(desk: Desk) -> None:
    """Nothing is told downstream."""
    desk.limits = SafeguardLimits(uploads=0)
    for number in range(3):
        desk.upload(f"u{number}", picture(1, file=number), by=f"p{number}")
    decision = desk.take_down(1)
    assert decision.state is DecisionState.AWAITING_APPROVAL
    told = desk.told()
    assert undo_decision(decision.id, MODERATOR, desk.record).is_open
    assert desk.record.decisions.get(decision.id).state is DecisionState.WITHDRAWN
    assert desk.told() == told


def test_only_who_decided_may_undo_and_only_at_once(desk: Desk) -> None:
    """After that a takedown is withdrawn, a decision appealed: with reasons, and by others."""
    decision = desk.take_down(1)
    with pytest.raises(SamePersonError, match="only they can undo"):
        undo_decision(decision.id, COLLEAGUE, desk.record)
    desk.record.clock.moment += timedelta(seconds=10)
    assert may_be_undone(decision, MODERATOR, desk.record)
    desk.record.clock.moment += timedelta(seconds=3)
    assert not may_be_undone(decision, MODERATOR, desk.record)
    with pytest.raises(WrongStateError, match="more than 10 s ago"):
        undo_decision(decision.id, MODERATOR, desk.record)


def test_decision_is_undone_once(desk: Desk) -> None:
    """Of two clicks, the second is told that nothing is left."""
    decision = desk.take_down(1)
    undo_decision(decision.id, MODERATOR, desk.record)
    with pytest.raises(WrongStateError, match="nothing left to undo"):
        undo_decision(decision.id, MODERATOR, desk.record)


def test_question_to_the_reporter_cannot_be_undone(desk: Desk) -> None:
    """They may have read it; the case is open anyway."""
    case_id = desk.report(1).report.case_id
    decision = desk.decide(case_id, "request_information", because="who is it?")
    with pytest.raises(WrongStateError, match="may have read it"):
        undo_decision(decision.id, MODERATOR, desk.record)


def test_decision_that_ended_an_interim_takedown_is_not_undone_in_part(desk: Desk) -> None:
    """What was held from the report on would not be held again: it stands, and the message says what can be done."""
    case_id = desk.report(1, permission_evidence="claimed_by_poster").report.case_id
    decision = desk.decide(case_id, "reject", because="no")
    with pytest.raises(WrongStateError, match="was restricted until"):
        undo_decision(decision.id, MODERATOR, desk.record)


def test_decisions_made_at_once_are_undone_at_once(desk: Desk) -> None:
    """All of them; each case is open again."""
    desk.take_down(1, nudity=False, context_assessed=True, actor=COLLEAGUE)
    held = [desk.upload(f"u{n}", picture(1, flipped=2, file=n)).upload for n in (1, 2, 3)]
    made = [desk.decide(one.case_id, "uphold", because="a copy").id for one in held]
    cases = undo_together([*made, made[0]], MODERATOR, desk.record)
    assert [one.id for one in cases] == [one.case_id for one in held]
    assert all(one.is_open for one in cases)
    assert {desk.verdict(one) for one in held} == {"hold"}


def test_of_decisions_made_at_once_one_that_cannot_be_undone_is_named(desk: Desk) -> None:
    """The transaction then ends, and none is undone."""
    desk.take_down(1, nudity=False, context_assessed=True, actor=COLLEAGUE)
    held = [desk.upload(f"u{n}", picture(1, flipped=2, file=n)).upload for n in (1, 2)]
    first = desk.decide(held[0].case_id, "uphold", because="a copy").id
    desk.record.clock.moment += timedelta(seconds=13)
    second = desk.decide(held[1].case_id, "uphold", because="a copy").id
    with pytest.raises(WrongStateError, match=first):
        undo_together([first, second], MODERATOR, desk.record)


def test_more_than_others_can_wait_for_are_not_undone_at_once(desk: Desk) -> None:
    """They would be one transaction."""
    with pytest.raises(WrongStateError, match="101 decisions are more than 100"):
        undo_together([f"dec_{n}" for n in range(MOST_UNDONE + 1)], MODERATOR, desk.record)
