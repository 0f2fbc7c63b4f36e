"""Taking in a report: what the sender states is a statement."""

import pytest

from casework.domain.actor import PUBLIC, Actor, Role
from casework.domain.cases.report import Relation
from casework.domain.facts import Authority, Reporter
from casework.handlers.deciding.review import change_facts
from casework.handlers.reports.intake import UNVERIFIED_MANDATE_NOTE
from casework.policy.engine import recommend
from tests.casework.handlers.conftest import FORM, MODERATOR, Desk

REVIEWERS = [MODERATOR, Actor("key_sam", "sam", Role.SENIOR), Actor("key_root", "root", Role.ADMIN)]


@pytest.mark.parametrize("actor", [FORM, PUBLIC], ids=["intake", "public"])
def test_mandate_is_not_verified_by_who_claims_it(desk: Desk, actor: Actor) -> None:
    """The report is taken in all the same, lacks the proof, and the reviewer reads why."""
    filed = desk.report(1, relation=Relation.AUTHORISED_REPRESENTATIVE, authority="verified", actor=actor)
    case = desk.record.cases.get(filed.report.case_id)
    assert case.facts.authority is Authority.UNVERIFIED
    assert not case.facts.report_is_valid
    assert case.note == UNVERIFIED_MANDATE_NOTE
    assert "authority_evidence" in filed.missing


@pytest.mark.parametrize("actor", [FORM, PUBLIC, *REVIEWERS], ids=lambda one: one.role)
def test_who_reports_is_what_the_form_says(desk: Desk, actor: Actor) -> None:
    """A fact that contradicts it is no way around it: a stranger's report does not become the person's own."""
    filed = desk.report(1, relation=Relation.THIRD_PARTY, reporter="subject", authority="verified", actor=actor)
    assert desk.record.cases.get(filed.report.case_id).facts.reporter is Reporter.THIRD_PARTY


@pytest.mark.parametrize("stated", [{}, {"context_assessed": True}], ids=["left out", "stated"])
@pytest.mark.parametrize("actor", [FORM, PUBLIC], ids=["intake", "public"])
def test_context_is_not_assessed_by_who_reports(desk: Desk, actor: Actor, stated: dict) -> None:
    """Nobody who decides has looked at the post yet, whatever the form was filled in with."""
    filed = desk.report(1, nudity=False, actor=actor, **stated)
    case = desk.record.cases.get(filed.report.case_id)
    assert (case.facts.context_assessed, recommend(case.facts).rule) == (False, "R13")
    change_facts(case.id, {"context_assessed": True}, MODERATOR, desk.record)
    assert recommend(desk.record.cases.get(case.id).facts).rule == "R21"


@pytest.mark.parametrize("stated", [{}, {"context_assessed": True}], ids=["left out", "stated"])
def test_reviewer_who_takes_a_report_in_may_have_assessed_the_context(desk: Desk, stated: dict) -> None:
    """They say so: what is left out is not assessed."""
    filed = desk.report(1, nudity=False, actor=MODERATOR, **stated)
    assert desk.record.cases.get(filed.report.case_id).facts.context_assessed is bool(stated)


@pytest.mark.parametrize("actor", REVIEWERS, ids=lambda one: one.role)
def test_reviewer_who_takes_a_report_in_may_have_verified_the_mandate(desk: Desk, actor: Actor) -> None:
    """They saw the papers; somebody else decides."""
    filed = desk.report(1, relation=Relation.AUTHORISED_REPRESENTATIVE, authority="verified", actor=actor)
    case = desk.record.cases.get(filed.report.case_id)
    assert (case.facts.authority, case.note) == (Authority.VERIFIED, None)


def test_unverified_mandate_needs_no_note(desk: Desk) -> None:
    """It is what every representative's report says."""
    filed = desk.report(1, relation=Relation.AUTHORISED_REPRESENTATIVE)
    assert desk.record.cases.get(filed.report.case_id).note is None
