"""Of keys, kept answers and figures: the fake and SQL answer alike."""

from dataclasses import replace
from datetime import timedelta

import pytest

from casework.domain.actor import Role
from casework.domain.errors import NotFoundError
from casework.domain.ids import KeyId
from casework.domain.keys import ApiKey
from casework.ports.records.operations import KeptAnswer
from casework.ports.unit_of_work import UnitOfWork
from tests.contracts.repositories.entries import decided, picture, reported, uploaded


def test_key_is_known_by_its_hash_until_it_is_revoked(record: UnitOfWork) -> None:
    """Nothing else of it is stored, so nothing else can be stolen."""
    key = ApiKey(KeyId("key_1"), "one", Role.ADMIN, trusted=False, created_at=record.now)
    assert not record.keys.has_admin()
    record.keys.add(key, key_hash=b"h" * 32)
    assert record.keys.find(b"h" * 32) == record.keys.get(key.id) == key
    assert record.keys.find(b"i" * 32) is None
    assert record.keys.has_admin()
    assert record.keys.revoke(key.id)
    assert not record.keys.revoke(key.id)
    assert not record.keys.has_admin()
    revoked = replace(key, revoked_at=record.now)
    assert record.keys.find(b"h" * 32) == revoked
    assert record.keys.listed(after=None, limit=1) == ([revoked], None)
    with pytest.raises(NotFoundError, match="key_2"):
        record.keys.get("key_2")


def test_all_keys_that_speak_for_one_are_revoked_together(record: UnitOfWork) -> None:
    """Those of others stay in use; one that was revoked before keeps its moment."""
    for name, principal in (("key_1", None), ("key_2", "key_1"), ("key_3", "per_1"), ("key_4", "key_1")):
        key = ApiKey(KeyId(name), name, Role.ADMIN, trusted=False, created_at=record.now)
        record.keys.add(replace(key, principal=None if principal is None else KeyId(principal)), key_hash=name.encode())
    record.keys.revoke("key_4")
    assert record.keys.revoke_all("key_1") == ["key_1", "key_2"]
    assert record.keys.revoke_all("key_1") == []
    assert record.keys.get("key_3").revoked_at is None


def test_key_ends_at_its_moment_and_says_what_took_its_place(record: UnitOfWork) -> None:
    """A key that has ended is no way back in: `init` makes another admin key then."""
    key = ApiKey(KeyId("key_1"), "one", Role.ADMIN, trusted=False, created_at=record.now)
    record.keys.add(replace(key, principal=KeyId("key_0"), requests_per_minute=5), key_hash=b"h" * 32)
    assert record.keys.has_admin()
    record.keys.replace(key.id, by=KeyId("key_2"), expires_at=record.now)
    ended = record.keys.get(key.id)
    assert (ended.replaced_by, ended.expires_at, ended.speaks_for) == ("key_2", record.now, "key_0")
    assert not record.keys.has_admin()


def test_use_of_a_key_is_written_once_it_is_far_enough_from_the_last(record: UnitOfWork) -> None:
    """Of many processes that note the same minute, one writes."""
    minute, key_id = timedelta(minutes=1), KeyId("key_1")
    record.keys.add(ApiKey(key_id, "one", Role.ADMIN, trusted=False, created_at=record.now), key_hash=b"h" * 32)
    assert record.keys.get(key_id).last_used_at is None
    for seconds, written in ((0, 0), (59, 0), (60, 60), (30, 60)):
        record.keys.note_uses({key_id: record.now + timedelta(seconds=seconds)}, apart=minute)
        assert record.keys.get(key_id).last_used_at == record.now + timedelta(seconds=written)


def test_kept_answer_is_found_by_who_asked_and_their_key(record: UnitOfWork) -> None:
    """Two clients may use the same key for different things."""
    answer = KeptAnswer("key_1 POST /v1/reports", "once", bytes(32), 201, b"sealed")
    record.kept_answers.keep(answer)
    assert record.kept_answers.find(answer.scope, "once") == answer
    assert record.kept_answers.find("key_2 POST /v1/reports", "once") is None
    assert record.kept_answers.forget_before(record.now) == 0
    assert record.kept_answers.forget_before(record.now + timedelta(seconds=1)) == 1
    assert record.kept_answers.find(answer.scope, "once") is None


def test_figures_count_what_is_on_record(record: UnitOfWork) -> None:
    """An operator sees at a glance what waits."""
    decided(record)
    reported(record)
    uploaded(record, "u1", picture(record))
    assert record.figures.cases_by_state() == {"open": 1, "decided": 1}
    assert record.figures.takedowns_by_state() == {"active": 1}
    assert record.figures.uploads() == 1
