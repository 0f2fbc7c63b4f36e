"""Who reports does not judge: not their report, not its approval, not an appeal about it, under none of their keys."""

from dataclasses import replace

import pytest

from casework.domain.actor import Actor, Role
from casework.domain.cases.appeal import AppealBy, AppealOutcome, AppealState
from casework.domain.cases.decision import DecisionState
from casework.domain.errors import SamePersonError
from casework.domain.ids import KeyId
from casework.domain.keys import ApiKey
from casework.handlers.deciding.decide import approve_decision
from casework.handlers.standing.appeals import DecideAppeal, FileAppeal, decide_appeal, file_appeal
from casework.policy.automation.safeguards import SafeguardLimits
from tests.casework.handlers.conftest import COLLEAGUE, MODERATOR, Desk, picture
from tests.fakes import START

SENIOR = Actor("key_sam", "sam", Role.SENIOR)
ADMIN = Actor("key_root", "root", Role.ADMIN)


@pytest.mark.parametrize("actor", [MODERATOR, SENIOR, ADMIN], ids=lambda one: one.role)
@pytest.mark.parametrize("outcome", ["uphold", "reject", "request_information"])
def test_reporter_does_not_decide_their_own_case(desk: Desk, actor: Actor, outcome: str) -> None:
    """Whatever the role: whoever can take anything down by reporting it holds every key to everything."""
    case_id = desk.report(1, actor=actor).report.case_id
    with pytest.raises(SamePersonError, match=actor.id):
        desk.decide(case_id, outcome, actor, because="mine")
    assert desk.decide(case_id, "uphold", COLLEAGUE).takedown_id is not None


def test_second_key_of_the_reporter_is_the_reporter(desk: Desk) -> None:
    """Rotating a key, or making one of the same bearer, makes no other person."""
    key = ApiKey(KeyId("key_new"), "alex", Role.MODERATOR, trusted=False, created_at=START, principal=KeyId("key_alex"))
    case_id = desk.report(1, actor=MODERATOR).report.case_id
    with pytest.raises(SamePersonError, match=MODERATOR.id):
        desk.decide(case_id, "uphold", key.actor)


def second_key_of(actor: Actor, role: Role) -> Actor:
    """Return who acts where another key of the same bearer is presented, whatever its name and its role."""
    key = ApiKey(KeyId("key_two"), "another", role, trusted=False, created_at=START, principal=KeyId(actor.id))
    return key.actor


def test_second_key_of_who_decided_approves_nothing(desk: Desk) -> None:
    """Two people must agree, not two keys of one."""
    desk.limits = SafeguardLimits(uploads=0)
    desk.upload("u1", picture(1))
    decision = desk.decide(desk.report(1).report.case_id, "uphold")
    assert decision.state is DecisionState.AWAITING_APPROVAL
    with pytest.raises(SamePersonError, match=MODERATOR.id):
        approve_decision(decision.id, second_key_of(MODERATOR, Role.SENIOR), desk.record)
    assert approve_decision(decision.id, SENIOR, desk.record).state is DecisionState.EFFECTIVE


@pytest.mark.parametrize("part", ["decided", "approved"])
def test_second_key_of_who_had_a_part_in_it_decides_no_appeal(desk: Desk, part: str) -> None:
    """Who decided, or agreed, is asked by their second key whether they were wrong."""
    desk.limits = SafeguardLimits(uploads=0)
    desk.upload("u1", picture(1))
    decision = desk.decide(desk.report(1).report.case_id, "uphold")
    approve_decision(decision.id, SENIOR, desk.record)
    appeal = file_appeal(FileAppeal(decision.id, AppealBy.POSTER, "mine", COLLEAGUE), desk.record)
    who = second_key_of(MODERATOR if part == "decided" else SENIOR, Role.ADMIN)
    with pytest.raises(SamePersonError, match=who.id):
        decide_appeal(DecideAppeal(appeal.id, who, AppealOutcome.OVERTURN), desk.record)
    decided = decide_appeal(DecideAppeal(appeal.id, ADMIN, AppealOutcome.STAND), desk.record)
    assert decided.state is AppealState.STANDS


def test_reporter_is_no_second_pair_of_eyes(desk: Desk) -> None:
    """Two must agree who did not ask for it."""
    desk.limits = SafeguardLimits(uploads=0)
    desk.upload("u1", picture(1))
    decision = desk.decide(desk.report(1, actor=SENIOR).report.case_id, "uphold")
    assert decision.state is DecisionState.AWAITING_APPROVAL
    with pytest.raises(SamePersonError, match=SENIOR.id):
        approve_decision(decision.id, SENIOR, desk.record)
    assert approve_decision(decision.id, ADMIN, desk.record).state is DecisionState.EFFECTIVE


@pytest.mark.parametrize("filed", ["the report", "the appeal"])
def test_appeal_is_decided_by_who_had_no_part_in_it(desk: Desk, filed: str) -> None:
    """Neither who asked for the takedown nor who asks for its end says whether it ends."""
    reports, appeals = (SENIOR, COLLEAGUE) if filed == "the report" else (COLLEAGUE, SENIOR)
    decision = desk.decide(desk.report(1, actor=reports).report.case_id, "uphold")
    appeal = file_appeal(FileAppeal(decision.id, AppealBy.POSTER, "mine", appeals), desk.record)
    with pytest.raises(SamePersonError, match=SENIOR.id):
        decide_appeal(DecideAppeal(appeal.id, SENIOR, AppealOutcome.OVERTURN), desk.record)
    decided = decide_appeal(DecideAppeal(appeal.id, ADMIN, AppealOutcome.STAND), desk.record)
    assert decided.state is AppealState.STANDS


def test_person_at_the_machine_may_do_both(desk: Desk) -> None:
    """They have the database itself in hand; a rule they could step around would only be in their way."""
    operator = replace(ADMIN, id="cli:root", is_operator=True)
    case_id = desk.report(1, actor=operator).report.case_id
    assert desk.decide(case_id, "uphold", operator).takedown_id is not None
