"""Of what the policy is asked about again: the fake and SQL answer alike."""

from dataclasses import replace
from datetime import timedelta

from casework.domain.cases.case import CaseState
from casework.domain.cases.decision import DecisionOutcome
from casework.domain.takedowns.trust import Lack
from casework.domain.takedowns.upload import Match, Upload
from casework.domain.verdict import Verdict
from casework.ports.unit_of_work import UnitOfWork
from matcher.comparing.hashes import HashEvidence
from tests.contracts.repositories.entries import decided, matched, picture, reported, uploaded

EVIDENCE = HashEvidence(
    signal="pdq/1", distance=12, threshold=31, query_quality=90, reference_quality=None, transformation="mirrored"
)


def upload_that_matched(record: UnitOfWork, name: str, **changes: object) -> tuple[Upload, Match]:
    """Store an upload with a match that rests on evidence."""
    upload = uploaded(record, name, picture(record), by="somebody")
    match = replace(matched(record, upload, decided(record)), evidence=(EVIDENCE,), **changes)
    record.matches.update(upload.id, match)
    return upload, match


def test_cases_that_wait_are_read_in_order_a_page_at_a_time(record: UnitOfWork) -> None:
    """What was decided meanwhile does not make a page skip a case."""
    waiting = sorted(reported(record, url=f"https://example.org/{n}") for n in range(3))
    decided(record)
    first = record.past.open_cases(after=None, limit=2)
    rest = record.past.open_cases(after=first[-1].position, limit=2)
    assert [one.case_id for one in (*first, *rest)] == waiting
    assert first[0].facts == record.cases.get(waiting[0]).facts


def test_decision_is_read_with_what_was_recommended_and_the_facts_it_saw(record: UnitOfWork) -> None:
    """The policy may say something else by now, and the case may know more."""
    made = decided(record, DecisionOutcome.REJECT)
    (past,) = record.past.decisions(after=None, limit=10)
    assert (past.decision_id, past.case_id, past.outcome) == (made.id, made.case_id, DecisionOutcome.REJECT)
    assert (past.rule, past.recommended, past.hash_action) == ("R07", "REMOVE", "bank_context_free")
    assert past.by_policy  # the tests' actor is one
    assert past.facts == made.facts
    assert record.past.decisions(after=past.position, limit=10) == []


def test_match_is_read_with_what_it_was_judged_by(record: UnitOfWork) -> None:
    """The policy is asked again by the facts of the origin, how it is banked, and who posted the copy."""
    upload, match = upload_that_matched(record, "one")
    (past,) = record.past.matches(after=None, limit=10, with_evidence=True)
    takedown = record.takedowns.get(match.takedown_id)
    assert (past.upload_id, past.takedown.takedown_id) == (upload.id, takedown.id)
    assert (past.strength, past.agreeing, past.verdict, past.rule) == (match.strength, 1, Verdict.HOLD, "R07")
    assert past.evidence == (EVIDENCE,)
    assert past.takedown.origin == record.cases.get(takedown.case_id).facts
    assert past.takedown.hash_action is takedown.hash_action
    told = (past.takedown.interim, past.takedown.quarantined, past.named, past.claimed, past.by_subject)
    assert told == (False,) * 5
    assert (past.case_id, past.case_state, past.settled) == (None, None, None)
    assert record.past.matches(after=past.position, limit=10, with_evidence=False) == []


def test_evidence_is_left_out_where_nobody_asks_for_it(record: UnitOfWork) -> None:
    """A hundred thousand are read several times as fast."""
    upload_that_matched(record, "one")
    (past,) = record.past.matches(after=None, limit=10, with_evidence=False)
    assert past.evidence is None
    assert not past.named


def test_match_without_evidence_is_one_that_a_report_named(record: UnitOfWork) -> None:
    """Neither threshold nor table has anything to say of it."""
    matched(record, uploaded(record, "one", picture(record)), decided(record))
    (past,) = record.past.matches(after=None, limit=10, with_evidence=False)
    assert past.named


def test_match_says_what_a_person_said_of_it_and_where_its_case_stands(record: UnitOfWork) -> None:
    """What people decided is taken as it is."""
    upload, match = upload_that_matched(record, "one")
    made = decided(record)
    record.matches.update(upload.id, replace(match, confirmed_by=made.id))
    record.uploads.update(replace(upload, case_id=made.case_id))
    (confirmed,) = record.past.matches(after=None, limit=10, with_evidence=False)
    assert confirmed.settled is DecisionOutcome.UPHOLD
    assert (confirmed.case_id, confirmed.case_state) == (made.case_id, CaseState.DECIDED)
    record.matches.update(upload.id, replace(match, dismissed_by=made.id))
    (dismissed,) = record.past.matches(after=None, limit=10, with_evidence=False)
    assert dismissed.settled is DecisionOutcome.REJECT


def test_own_post_of_the_person_depicted_is_told_apart(record: UnitOfWork) -> None:
    """Their own picture is no violation, whatever the table says."""
    _, match = upload_that_matched(record, "one")
    takedown = record.takedowns.get(match.takedown_id)
    record.takedowns.update(replace(takedown, subject_uploader_id="somebody"))
    (past,) = record.past.matches(after=None, limit=10, with_evidence=False)
    assert past.by_subject


def test_match_says_what_its_takedown_lacks(record: UnitOfWork) -> None:
    """Which rule of the trust ladder kept it from blocking."""
    _, match = upload_that_matched(record, "one")
    takedown = record.takedowns.get(match.takedown_id)
    record.takedowns.update(takedown.with_trust((Lack.SIGNATURE, Lack.LOOK)))
    (past,) = record.past.matches(after=None, limit=10, with_evidence=False)
    assert past.takedown.lacks == (Lack.SIGNATURE, Lack.LOOK)


def test_what_is_older_is_left_out_and_not_counted(record: UnitOfWork) -> None:
    """An operator asks about a month."""
    upload_that_matched(record, "one")
    reported(record)
    later = record.now + timedelta(seconds=1)
    assert record.past.count() == record.past.count(since=record.now) == 3
    assert record.past.count(since=later) == 0
    assert record.past.open_cases(after=None, limit=10, since=later) == []
    assert record.past.decisions(after=None, limit=10, since=later) == []
    assert record.past.matches(after=None, limit=10, since=later, with_evidence=False) == []
