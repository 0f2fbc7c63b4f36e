"""Taking in a report: what the sender states is a statement."""

import pytest

from casework.domain.actor import PUBLIC, Actor, Role
from casework.domain.cases.report import Relation
from casework.domain.facts import Authority
from casework.handlers.intake import UNVERIFIED_MANDATE_NOTE
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


def test_mandate_is_not_verified_by_another_word_for_the_reporter(desk: Desk) -> None:
    """A fact that contradicts the form is no way around it."""
    filed = desk.report(1, reporter="authorised_representative", authority="verified")
    facts = desk.record.cases.get(filed.report.case_id).facts
    assert (facts.authority, facts.report_is_valid) == (Authority.NOT_APPLICABLE, False)


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
