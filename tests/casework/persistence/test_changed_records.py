"""What changed is noted in the order of commits, by whoever changes it."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import Engine

from casework.domain.ids import CaseId, KeyId, MediaId
from casework.persistence.changed_records import COUNTER, EVERYTHING, KEPT, changed_between, heads
from casework.persistence.connection.database import open_database, open_follower
from casework.persistence.unit_of_work import SqlUnitOfWork
from tests.casework.persistence.records import writing
from tests.helpers.records.databases import KINDS
from tests.helpers.records.empty_records import empty_record


@pytest.fixture(scope="module", params=KINDS)
def engines(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Engine, Engine]]:
    """Open a record for writing and for following."""
    with empty_record(request.param, request, tmp_path_factory.mktemp("record")) as url:
        writer, follower = open_database(url), open_follower(url)
        yield writer, follower
        writer.dispose()
        follower.dispose()


def noted_since(follower: Engine, seq: int) -> list[str]:
    """Return what changed after a `seq`."""
    with follower.connect() as connection:
        return list(changed_between(connection, seq, heads(connection)[COUNTER]))


def newest(follower: Engine) -> int:
    """Return the `seq` of the newest change."""
    with follower.connect() as connection:
        return heads(connection)[COUNTER]


def _note_and_fail(uow: SqlUnitOfWork) -> None:
    uow.changed.note("tkd_c")
    raise ZeroDivisionError


def test_changes_are_noted_once_each_with_their_transaction(engines: tuple[Engine, Engine]) -> None:
    """Nothing is noted of what was undone, and a commit and its notes are one."""
    writer, follower = engines
    before = newest(follower)
    with writing(writer) as uow:
        for subject in ("tkd_a", "tkd_b", "tkd_a"):
            uow.changed.note(subject)
        assert noted_since(follower, before) == []
    assert noted_since(follower, before) == ["tkd_a", "tkd_b"]
    with pytest.raises(ZeroDivisionError), writing(writer) as uow:
        _note_and_fail(uow)
    assert noted_since(follower, before) == ["tkd_a", "tkd_b"]


def test_a_reader_that_is_too_far_behind_forgets_everything(engines: tuple[Engine, Engine]) -> None:
    """Old rows are deleted; what they named is not known any more."""
    writer, follower = engines
    before = newest(follower)
    with writing(writer) as uow:
        for number in range(KEPT + 5):
            uow.changed.note(f"tkd_{number}")
    assert noted_since(follower, before) == [EVERYTHING]
    with writing(writer) as uow:
        uow.changed.forget_old()
    assert len(noted_since(follower, before + 5)) == KEPT
    with follower.connect() as connection:
        assert changed_between(connection, before + 4, before + 6) == [EVERYTHING]
        assert changed_between(connection, before + 6, before + 5) == [EVERYTHING]


def test_keys_that_change_and_media_that_is_erased_are_noted(engines: tuple[Engine, Engine]) -> None:
    """Each repository notes what it writes: none of its callers can forget it."""
    writer, follower = engines
    before = newest(follower)
    with writing(writer) as uow:
        uow.keys.revoke("key_a")
        uow.keys.pause("key_b")
        uow.keys.replace(KeyId("key_c"), by=KeyId("key_d"), expires_at=uow.now + timedelta(days=1))
        uow.media.erase([MediaId("med_none")])
        uow.changed.note_case(CaseId("case_without_takedown"))
    assert noted_since(follower, before) == ["key_a", "key_b", "key_c", EVERYTHING]


@pytest.mark.parametrize(
    "write", [lambda uow: uow.keys.revoke("key_z"), lambda uow: uow.media.erase([MediaId("med_z")])]
)
def test_a_repository_that_notes_nothing_fails_every_test(engines: tuple[Engine, Engine], write) -> None:
    """`tests/helpers/records/noted_changes.py` watches all tests: a writer that forgets to note is found by any."""
    writer, _ = engines
    with pytest.raises(AssertionError, match="nothing noted"):
        _write_and_note_nothing(writer, write)


def _write_and_note_nothing(writer: Engine, write) -> None:
    with writing(writer) as uow:
        write(uow)
        vars(uow.changed).update(_subjects={}, _cases={})
