"""Of the audit log: the fake and SQL answer alike."""

from dataclasses import replace
from datetime import timedelta

from casework.domain.actor import policy_actor
from casework.domain.keeping.audit import Chain
from casework.policy import POLICY_VERSION
from casework.ports.unit_of_work import UnitOfWork
from tests.contracts.repositories.entries import REPORTER, TESTER, decided, reported, written


def test_audit_log_says_who_did_what_to_a_thing(record: UnitOfWork) -> None:
    """Every effect explains itself."""
    decision = decided(record)
    written(record)
    told = record.audit.of([decision.case_id, decision.takedown_id])
    assert [one.action for one in told] == [
        "report:filed",
        "case:decision:made",
        "takedown:activated",
        "takedown:trust:changed",  # nobody looked at it
    ]
    assert [one.actor_id for one in told] == [
        REPORTER.id,
        TESTER.id,
        TESTER.id,
        policy_actor(POLICY_VERSION).id,
    ]


def test_audit_log_is_one_chain_that_proves_itself(record: UnitOfWork) -> None:
    """Nobody who writes the database can say later that somebody else looked."""
    decision = decided(record)
    written(record)
    chain = Chain()
    rows = list(record.audit.rows())
    assert [chain.follow(row) for row in rows] == [None] * len(rows)
    assert record.audit.end() == (len(rows), rows[-1].hash)
    assert record.audit.page(after=1, limit=1) == rows[1:2]
    assert record.audit.page(after=0, limit=9, subject_id=decision.takedown_id) == [
        row for row in rows if row.subject_id == decision.takedown_id
    ]
    assert record.audit.page(after=0, limit=9, actor_id="nobody") == []


def test_erased_detail_leaves_who_did_what_and_when(record: UnitOfWork) -> None:
    """What stays after an erasure is the skeleton that proves the decision."""
    case_id = decided(record).case_id
    written(record)
    before = list(record.audit.rows())
    assert record.audit.erase_details([case_id], action_ends=":viewed") == 0
    erased = record.audit.erase_details([case_id])
    chain = Chain()
    after = list(record.audit.rows())
    assert [chain.follow(row) for row in after] == [None] * len(after)
    assert chain.erased == erased == sum(row.subject_id == case_id for row in after)
    assert after == [replace(row, detail=None, salt=None) if row.subject_id == case_id else row for row in before]
    assert record.audit.erase_details([case_id]) == 0


def test_audit_log_knows_what_somebody_did_lately(record: UnitOfWork) -> None:
    """A view of a contact is written once an hour, not at every step."""
    case_id = reported(record)
    written(record)
    asked = (REPORTER.id, "report:filed", case_id)
    assert record.audit.was_recorded(*asked, since=record.now)
    assert not record.audit.was_recorded(*asked, since=record.now + timedelta(seconds=1))
    assert not record.audit.was_recorded("nobody", *asked[1:], since=record.now)
