"""Cases that are decided together are read together, and decided on what they are at that moment."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine, event

from casework.domain.cases.case import CaseState
from casework.domain.errors import WrongStateError
from casework.domain.takedowns.takedown import TakedownState
from casework.domain.verdict import Verdict
from casework.persistence.connection.database import open_database
from casework.persistence.reading_ahead import read_ahead
from casework.persistence.unit_of_work import SqlUnitOfWork
from tests.casework.persistence.records import writing
from tests.contracts.repositories.entries import decided, matched, picture, reported, uploaded
from tests.helpers.records.databases import KINDS
from tests.helpers.records.empty_records import empty_record


@pytest.fixture(params=KINDS)
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """Open an empty record."""
    with empty_record(request.param, request, tmp_path) as url:
        opened = open_database(url)
        yield opened
        opened.dispose()


def copies(uow: SqlUnitOfWork, count: int) -> list[str]:
    """Store cases, each about a copy of what was taken down."""
    decision = decided(uow)
    case_ids = []
    for n in range(count):
        upload = uploaded(uow, f"u{n}", picture(uow))
        matched(uow, upload, decision)
        case = replace(uow.cases.get(reported(uow)), report_id=None, upload_id=upload.id)
        uow.cases.update(replace(case, takedown_id=decision.takedown_id))
        case_ids.append(case.id)
    return case_ids


@contextmanager
def counted(connection: Connection) -> Iterator[list[str]]:
    """Collect the statements that are sent."""
    sent: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        sent.append(statement)

    event.listen(connection, "before_cursor_execute", note)
    yield sent
    event.remove(connection, "before_cursor_execute", note)


def asked(uow: SqlUnitOfWork, case_id: str) -> list[object]:
    """Ask what a decision asks about a case."""
    case = uow.cases.get(case_id, lock=True)
    upload = uow.uploads.get(case.upload_id, lock=True)
    media = uow.media.get(uow.uploads.media_id_of(upload.id))
    return [
        case,
        upload,
        media,
        uow.media.query_of(media).codes().keys(),
        uow.matches.of_upload(upload.id),
        uow.takedowns.get(case.takedown_id, lock=True),
        uow.takedowns.of_case(case.id),
    ]


def test_what_was_read_ahead_is_not_asked_for_again(engine: Engine) -> None:
    """Five hundred cases are decided by one request; each would ask ten times."""
    with writing(engine) as uow:
        case_ids = copies(uow, 3)
    with writing(engine) as uow:
        alone = [asked(uow, one) for one in case_ids]
    with writing(engine) as uow:
        read_ahead([*case_ids, "case_none_such"], uow)
        with counted(uow._connection) as sent:
            assert [asked(uow, one) for one in case_ids] == alone
        assert sent == []


def test_what_was_written_since_is_read_as_it_is_now(engine: Engine) -> None:
    """One decision may change what the next one rests on."""
    with writing(engine) as uow:
        (case_id,) = copies(uow, 1)
    with writing(engine) as uow:
        read_ahead([case_id], uow)
        case, upload, _, _, (match,), takedown, _ = asked(uow, case_id)
        uow.cases.update(case.moved_to(CaseState.DECIDED))
        uow.uploads.update(replace(upload, verdict=Verdict.BLOCK))
        uow.matches.update(upload.id, replace(match, explanation="another"))
        uow.takedowns.update(replace(takedown, case_id=case_id, state=TakedownState.WITHDRAWN))
        case, upload, _, _, (match,), takedown, of_case = asked(uow, case_id)
        assert (case.state, upload.verdict, match.explanation) == (CaseState.DECIDED, Verdict.BLOCK, "another")
        assert takedown.state is TakedownState.WITHDRAWN
        assert of_case == [takedown]
        uow.matches.remove(upload.id, takedown.id)
        assert uow.matches.of_upload(upload.id) == []


def test_what_was_read_before_a_part_was_undone_is_read_again(engine: Engine) -> None:
    """A case that could not be decided leaves nothing behind that the next one would rest on."""
    with writing(engine) as uow:
        (case_id,) = copies(uow, 1)
    with writing(engine) as uow:
        before = asked(uow, case_id)

        def fail() -> None:
            with uow.part():
                uow.cases.update(before[0].moved_to(CaseState.DECIDED))
                uow.takedowns.update(replace(before[5], state=TakedownState.WITHDRAWN))
                read_ahead([case_id], uow)
                assert asked(uow, case_id)[0].state is CaseState.DECIDED
                raise WrongStateError

        with pytest.raises(WrongStateError):
            fail()
        assert asked(uow, case_id) == before
        uow.takedowns.update(replace(before[5], state=TakedownState.PAUSED))
        assert asked(uow, case_id)[5].state is TakedownState.PAUSED
