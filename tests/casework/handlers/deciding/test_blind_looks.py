"""Pairs whose answer is known: who is asked about which, and what follows from an answer, which is nothing."""

import pytest

from casework.domain.actor import Actor, Role
from casework.domain.errors import NotFoundError, WrongStateError
from casework.handlers.deciding.blind_looks import ask_about_known_pair, give_blind_look, look_of
from casework.handlers.deciding.known_pairs import PlantDrawings, plant_case, plant_drawings, take_off_pair
from casework.handlers.deciding.review import change_facts
from casework.handlers.deciding.undo import undo_decision
from tests.casework.handlers.conftest import COLLEAGUE, MODERATOR, Desk, picture

SENIOR = Actor("key_sam", "sam", Role.SENIOR)
DRAWN = {"original": b"one", "copy": b"two"}


def decided_copy(desk: Desk, outcome: str = "uphold") -> tuple[str, str]:
    """Take a picture of no nudity down, and have a copy of it decided; return its case and the decision."""
    desk.take_down(1, nudity=False, context_assessed=True, actor=COLLEAGUE)
    case_id = desk.upload("u1", picture(1, flipped=4, file=1)).upload.case_id
    return case_id, desk.decide(case_id, outcome, because="as a test").id


@pytest.mark.parametrize(("outcome", "known"), [("uphold", True), ("reject", False)])
def test_known_answer_of_a_case_is_what_stands_decided_of_it(desk: Desk, outcome: str, known: bool) -> None:
    """Planted twice, it is one pair."""
    case_id, _ = decided_copy(desk, outcome)
    pair = plant_case(case_id, SENIOR, desk.record)
    assert (pair.is_copy, pair.case_id) == (known, case_id)
    assert plant_case(case_id, SENIOR, desk.record) == pair


def test_what_is_not_known_is_not_planted(desk: Desk) -> None:
    """A first report says nothing of a copy, and an open case nothing at all."""
    reported = desk.take_down(2).case_id
    case_id, decision_id = decided_copy(desk)
    undo_decision(decision_id, MODERATOR, desk.record)
    for unknown in (reported, case_id):
        with pytest.raises(WrongStateError, match=unknown):
            plant_case(unknown, SENIOR, desk.record)
    with pytest.raises(WrongStateError, match="both sides"):
        plant_drawings(PlantDrawings(SENIOR, {"copy": b"two"}, is_copy=True), desk.record)


def test_copy_that_the_policy_keeps_is_no_known_answer(desk: Desk) -> None:
    """It was rejected for what the post is, and is a copy all the same: who says so is right."""
    desk.take_down(1, nudity=False, context_assessed=True, actor=COLLEAGUE)
    upload = desk.upload("u1", picture(1, flipped=4, file=1)).upload
    change_facts(upload.case_id, {"mainstream_news": True, "context_assessed": True}, MODERATOR, desk.record)
    decision = desk.decide(upload.case_id, "reject")
    assert decision.recommendation.outcome == "KEEP"
    with pytest.raises(WrongStateError, match="not known"):
        plant_case(upload.case_id, SENIOR, desk.record)


def test_whoever_decided_or_planted_is_not_asked_and_others_are_asked_once(desk: Desk) -> None:
    """They know the answer."""
    case_id, _ = decided_copy(desk)
    pair = plant_case(case_id, SENIOR, desk.record)
    for knows in (MODERATOR, SENIOR):
        assert ask_about_known_pair(knows, desk.record) is None
    assert ask_about_known_pair(COLLEAGUE, desk.record, can_be_seen=lambda _: False) is None
    look = ask_about_known_pair(COLLEAGUE, desk.record)
    assert look is not None
    assert look.pair_id == pair.id
    assert ask_about_known_pair(COLLEAGUE, desk.record) is None


def test_answer_changes_nothing_but_what_is_known_of_answers(desk: Desk) -> None:
    """Neither the case nor the upload, and nobody downstream is told."""
    case_id, _ = decided_copy(desk)
    plant_case(case_id, SENIOR, desk.record)
    before = (dict(desk.record.cases.rows), dict(desk.record.uploads.rows), desk.told())
    look = ask_about_known_pair(COLLEAGUE, desk.record)
    given = give_blind_look(look.id, COLLEAGUE, desk.record, is_copy=False)
    assert (given.is_copy, given.known, given.answered_at) == (False, True, desk.record.now)
    assert (desk.record.cases.rows, desk.record.uploads.rows, desk.told()) == before
    assert desk.record.audited()[look.id] == ["blind_look:given"]
    with pytest.raises(WrongStateError, match="answered before"):
        give_blind_look(look.id, COLLEAGUE, desk.record, is_copy=True)


def test_look_is_for_whom_it_was_asked_of_alone(desk: Desk) -> None:
    """For everybody else there is none."""
    plant_drawings(PlantDrawings(SENIOR, DRAWN, is_copy=True), desk.record)
    look = ask_about_known_pair(COLLEAGUE, desk.record)
    with pytest.raises(NotFoundError, match=look.id):
        look_of(look.id, MODERATOR, desk.record)
    with pytest.raises(NotFoundError, match=look.id):
        give_blind_look(look.id, MODERATOR, desk.record, is_copy=True)


def test_pair_whose_decision_was_taken_back_is_asked_about_no_more(desk: Desk) -> None:
    """What was known is not known any more."""
    case_id, decision_id = decided_copy(desk)
    plant_case(case_id, SENIOR, desk.record)
    undo_decision(decision_id, MODERATOR, desk.record)
    assert ask_about_known_pair(COLLEAGUE, desk.record) is None
    desk.decide(case_id, "reject", because="seen again")
    assert ask_about_known_pair(COLLEAGUE, desk.record) is None


def test_answer_about_what_is_known_no_more_counts_for_nobody(desk: Desk) -> None:
    """Who was asked before a decision was taken back, and answered after it, may have seen better than it did."""
    case_id, decision_id = decided_copy(desk)
    plant_case(case_id, SENIOR, desk.record)
    look = ask_about_known_pair(COLLEAGUE, desk.record)
    undo_decision(decision_id, MODERATOR, desk.record)
    assert give_blind_look(look.id, COLLEAGUE, desk.record, is_copy=False).known is None
    assert desk.record.blind_looks.known_answers(desk.record.now, limit=9) == []


def test_pair_that_was_taken_off_is_asked_about_no_more_and_its_drawings_are_gone(desk: Desk) -> None:
    """What was asked before can still be answered."""
    pair = plant_drawings(PlantDrawings(SENIOR, DRAWN, is_copy=False), desk.record)
    look = ask_about_known_pair(COLLEAGUE, desk.record)
    take_off_pair(pair.id, SENIOR, desk.record)
    assert desk.record.known_pairs.drawing(pair.id, "copy") is None
    assert ask_about_known_pair(MODERATOR, desk.record) is None
    assert give_blind_look(look.id, COLLEAGUE, desk.record, is_copy=False).known is False
    assert desk.record.audited()[pair.id] == ["known_pair:planted", "known_pair:taken_off"]
    with pytest.raises(WrongStateError, match=pair.id):
        take_off_pair(pair.id, SENIOR, desk.record)
