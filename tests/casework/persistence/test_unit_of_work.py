"""Parts of a transaction that fail by themselves."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import Engine

from casework.domain.actor import policy_actor
from casework.domain.cases.decision import DecisionOutcome
from casework.domain.errors import WrongStateError
from casework.domain.events import EventType
from casework.domain.media import Collection
from casework.domain.takedowns.takedown import TakedownState
from casework.persistence.connection.database import open_database
from casework.persistence.unit_of_work import SqlUnitOfWork
from casework.steps.journal import announce, record
from tests.casework.persistence.records import writing
from tests.contracts.repositories.entries import decided, reported
from tests.helpers.records.databases import KINDS
from tests.helpers.records.empty_records import empty_record

TESTER = policy_actor("tests")


@pytest.fixture(params=KINDS)
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """Open an empty record."""
    with empty_record(request.param, request, tmp_path) as url:
        opened = open_database(url)
        yield opened
        opened.dispose()


def rename(uow: SqlUnitOfWork, case_id: str, note: str) -> None:
    """Change a case, and say so everywhere."""
    uow.cases.update(replace(uow.cases.get(case_id, lock=True), note=note))
    record(uow, TESTER, "case:renamed", case_id, note=note)
    announce(uow, EventType.CASE_OPENED, None, case_id=case_id, note=note)


def fail(uow: SqlUnitOfWork, case_id: str) -> None:
    """Do much, and fail at the end."""
    with uow.part():
        rename(uow, case_id, "undone")
        decided(uow, DecisionOutcome.UPHOLD)
        raise WrongStateError


def test_a_part_that_fails_is_undone_and_no_other(engine: Engine) -> None:
    """One of five hundred that cannot be decided takes no other with it, and leaves no trace."""
    with writing(engine) as uow:
        first, second = reported(uow), reported(uow)
    with writing(engine) as uow:
        with uow.part():
            rename(uow, first, "kept")
        before = uow.index_log.version(Collection.TAKEDOWNS)
        with pytest.raises(WrongStateError):
            fail(uow, second)
        assert uow.index_log.version(Collection.TAKEDOWNS) == before
        assert uow.index_log.changed == set()
        with uow.part():
            rename(uow, second, "kept, too")
    with writing(engine) as uow:
        assert [uow.cases.get(one).note for one in (first, second)] == ["kept", "kept, too"]
        told = [
            event.data["note"]
            for _, event in uow.outbox.feed(types=[EventType.CASE_OPENED], after=0, limit=99)
            if "note" in event.data
        ]
        written = [one.detail["note"] for one in uow.audit.of([first, second]) if one.action == "case:renamed"]
        assert told == written == ["kept", "kept, too"]
        assert uow.takedowns.state_page(states=list(TakedownState), after=None, limit=9) == ([], None)


def test_what_a_part_banked_before_another_failed_is_numbered_on(engine: Engine) -> None:
    """The log goes on without a gap."""
    with writing(engine) as uow:
        with uow.part():
            decided(uow, DecisionOutcome.UPHOLD)
        version = uow.index_log.version(Collection.TAKEDOWNS)
        with pytest.raises(WrongStateError):
            fail(uow, reported(uow))
        with uow.part():
            decided(uow, DecisionOutcome.UPHOLD)
        assert uow.index_log.version(Collection.TAKEDOWNS) == 2 * version
