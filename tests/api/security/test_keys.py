"""The life of a key: made, replaced, ended."""

from datetime import timedelta

import pytest

from api.errors import BodyError
from api.security.keys import KeyTerms, create_key, known_key, revoke_key, rotate_key
from casework.domain.actor import Role, policy_actor
from casework.domain.errors import NotFoundError, WrongStateError
from tests.fakes import FakeUnitOfWork

TESTER = policy_actor("tests")
PIPELINE = KeyTerms("photos", Role.PIPELINE, trusted=True, requests_per_minute=9)
DAY = timedelta(days=1)


@pytest.fixture
def record() -> FakeUnitOfWork:
    """Open an empty record."""
    return FakeUnitOfWork()


def opens(record: FakeUnitOfWork, key: str) -> bool:
    """Tell whether a key is in use."""
    known = known_key(record, key)
    return known is not None and known.refused_because(record.now) is None


def test_key_opens_nothing_from_its_end_on(record: FakeUnitOfWork) -> None:
    """A key that was forgotten must not open anything for ever."""
    made = create_key(record, KeyTerms("alex", Role.MODERATOR, expires_at=record.now + DAY), actor=TESTER)
    record.clock.moment += DAY - timedelta(microseconds=1)
    assert opens(record, made.key)
    record.clock.moment += timedelta(microseconds=1)
    assert not opens(record, made.key)
    assert "expired at 2026-01-02T09:00:00Z" in known_key(record, made.key).refused_because(record.now)


def test_key_that_would_be_expired_is_not_made(record: FakeUnitOfWork) -> None:
    """It would be handed out, and then refused."""
    with pytest.raises(BodyError, match="after now"):
        create_key(record, KeyTerms("alex", Role.MODERATOR, expires_at=record.now), actor=TESTER)


def test_rotated_key_speaks_for_the_same_bearer_with_the_same_terms(record: FakeUnitOfWork) -> None:
    """What it registered, asked and claimed stays its own, however often it is rotated."""
    first = create_key(record, PIPELINE, actor=TESTER)
    second = rotate_key(record, first.id, overlap=DAY, actor=TESTER)
    third = rotate_key(record, second.id, overlap=DAY, actor=TESTER)
    assert len({first.key, second.key, third.key}) == 3
    assert {one.kept.actor for one in (first, second, third)} == {first.kept.actor}
    assert third.kept.requests_per_minute == 9


def test_both_keys_are_taken_until_the_overlap_is_over(record: FakeUnitOfWork) -> None:
    """Servers are given a new key one after the other."""
    old = create_key(record, PIPELINE, actor=TESTER)
    new = rotate_key(record, old.id, overlap=DAY, actor=TESTER)
    assert (opens(record, old.key), opens(record, new.key)) == (True, True)
    record.clock.moment += DAY
    assert (opens(record, old.key), opens(record, new.key)) == (False, True)


def test_rotation_without_overlap_ends_the_old_key_at_once(record: FakeUnitOfWork) -> None:
    """A key that leaked is not taken a second longer."""
    old = create_key(record, PIPELINE, actor=TESTER)
    rotate_key(record, old.id, overlap=timedelta(), actor=TESTER)
    assert not opens(record, old.key)


def test_overlap_never_prolongs_a_key(record: FakeUnitOfWork) -> None:
    """It was to end then, whatever took its place."""
    terms = KeyTerms("photos", Role.PIPELINE, expires_at=record.now + DAY)
    old = create_key(record, terms, actor=TESTER)
    record.clock.moment += DAY / 2
    new = rotate_key(record, old.id, overlap=30 * DAY, actor=TESTER)
    assert record.keys.get(old.id).expires_at == terms.expires_at
    assert new.kept.expires_at == record.now + DAY


def test_key_that_is_not_in_use_is_not_rotated(record: FakeUnitOfWork) -> None:
    """Rotating would hand out a key for one that was taken away."""
    revoked, replaced = (create_key(record, PIPELINE, actor=TESTER) for _ in range(2))
    revoke_key(record, revoked.id, actor=TESTER)
    successor = rotate_key(record, replaced.id, overlap=DAY, actor=TESTER)
    with pytest.raises(WrongStateError, match="revoked"):
        rotate_key(record, revoked.id, overlap=DAY, actor=TESTER)
    with pytest.raises(WrongStateError, match=successor.id):
        rotate_key(record, replaced.id, overlap=DAY, actor=TESTER)
    with pytest.raises(NotFoundError, match="key_none"):
        rotate_key(record, "key_none", overlap=DAY, actor=TESTER)


def test_second_key_of_one_bearer_is_made_on_purpose(record: FakeUnitOfWork) -> None:
    """Two servers of one platform share its uploads; two keys of one person are one pair of eyes."""
    first = create_key(record, PIPELINE, actor=TESTER)
    second = create_key(record, KeyTerms("more photos", Role.PIPELINE, principal=first.id), actor=TESTER)
    assert second.kept.actor.id == first.id
    with pytest.raises(NotFoundError, match="key_none"):
        create_key(record, KeyTerms("more photos", Role.PIPELINE, principal="key_none"), actor=TESTER)


def test_no_secret_is_in_the_audit_log(record: FakeUnitOfWork) -> None:
    """Auditors read it."""
    old = create_key(record, PIPELINE, actor=TESTER)
    new = rotate_key(record, old.id, overlap=DAY, actor=TESTER)
    assert record.audited()[old.id] == ["key:created", "key:rotated"]
    assert not any(key in repr(record.audit.entries) for key in (old.key, new.key))
