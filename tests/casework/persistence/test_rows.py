"""What a transaction holds it reads once; and what it then goes by is what everybody else reads."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine, event

from casework.domain.cases.case import CaseState
from casework.domain.cases.decision import DecisionState
from casework.domain.errors import WrongStateError
from casework.domain.takedowns.takedown import TakedownState
from casework.domain.verdict import Verdict
from casework.persistence.connection.database import open_database
from tests.casework.persistence.records import writing
from tests.contracts.repositories.entries import decided, picture, uploaded
from tests.helpers.records.databases import KINDS
from tests.helpers.records.empty_records import empty_record


@pytest.fixture(params=KINDS)
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """Open an empty record."""
    with empty_record(request.param, request, tmp_path) as url:
        opened = open_database(url)
        yield opened
        opened.dispose()


@contextmanager
def asked(connection: Connection) -> Iterator[list[str]]:
    """Collect what is asked of the database."""
    sent: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if statement.startswith("SELECT"):
            sent.append(statement)

    event.listen(connection, "before_cursor_execute", note)
    yield sent
    event.remove(connection, "before_cursor_execute", note)


def test_what_is_held_or_written_is_read_once(engine: Engine) -> None:
    """A decision asked for its case and its takedown four times, a tenth of a millisecond each."""
    with writing(engine) as uow:
        decision = decided(uow)
        upload = uploaded(uow, "u", picture(uow))
    with writing(engine) as uow:
        case = uow.cases.get(decision.case_id, lock=True)
        takedown = uow.takedowns.get(decision.takedown_id, lock=True)
        uow.uploads.get(upload.id, lock=True)
        uow.decisions.update(replace(decision, note="seen again"))
        with asked(uow._connection) as sent:
            assert uow.cases.get(case.id) == case
            uow.cases.update(case.moved_to(CaseState.OPEN))
            assert uow.cases.get(case.id, lock=True).state is CaseState.OPEN
            uow.takedowns.update(replace(takedown, state=TakedownState.WITHDRAWN))
            assert uow.takedowns.get(takedown.id).state is TakedownState.WITHDRAWN
            uow.uploads.update(replace(upload, verdict=Verdict.BLOCK))
            assert uow.uploads.get(upload.id).verdict is Verdict.BLOCK
            assert uow.decisions.get(decision.id).note == "seen again"
        assert sent == []


def test_what_is_only_read_is_read_again(engine: Engine) -> None:
    """On PostgreSQL another transaction may have changed it since; nothing was held."""
    with writing(engine) as uow:
        case_id = decided(uow).case_id
    with writing(engine) as uow:
        uow.cases.get(case_id)
        with asked(uow._connection) as sent:
            uow.cases.get(case_id)
        assert len(sent) == 1


def test_what_was_written_is_what_the_next_transaction_reads(engine: Engine) -> None:
    """Whoever goes by what it has written must not go by more, or less, than is on record."""
    with writing(engine) as uow:
        decision = decided(uow)
        upload = uploaded(uow, "u", picture(uow))
        asked_for = [
            (uow.cases, decision.case_id),
            (uow.decisions, decision.id),
            (uow.takedowns, decision.takedown_id),
            (uow.uploads, upload.id),
        ]
        gone_by = [repository.get(one) for repository, one in asked_for]
    with writing(engine) as uow:
        repositories = (uow.cases, uow.decisions, uow.takedowns, uow.uploads)
        assert [rows.get(one) for rows, (_, one) in zip(repositories, asked_for, strict=True)] == gone_by


def test_what_an_undone_part_wrote_is_not_gone_by(engine: Engine) -> None:
    """Of many cases decided at once, one that fails leaves nothing for the next to rest on."""
    with writing(engine) as uow:
        decision = decided(uow)
    with writing(engine) as uow:
        case = uow.cases.get(decision.case_id, lock=True)

        def fail() -> None:
            with uow.part():
                uow.cases.update(case.moved_to(CaseState.OPEN))
                uow.decisions.update(replace(decision, state=DecisionState.AWAITING_APPROVAL))
                raise WrongStateError

        with pytest.raises(WrongStateError):
            fail()
        assert uow.cases.get(case.id) == case
        assert uow.decisions.get(decision.id).state is decision.state
        uow.cases.update(case)
