"""Rows that wait for each other: written a statement a table, and never missed by whoever reads meanwhile."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine, event

from casework.domain.cases.case import CaseState
from casework.domain.cases.decision import Decision, DecisionOutcome, DecisionState
from casework.domain.errors import WrongStateError
from casework.domain.ids import CaseId
from casework.domain.media import Collection
from casework.domain.verdict import Verdict
from casework.handlers.deciding.decide import DecideCase, decide_case
from casework.persistence.connection.database import open_database
from casework.persistence.index_log.reading import IndexLogReader
from casework.persistence.reading_ahead import read_ahead
from casework.persistence.unit_of_work import SqlUnitOfWork
from casework.policy.automation.safeguards import SafeguardLimits
from casework.steps.finding.looking_ahead.foreseeing import Foreseen
from tests.casework.persistence.records import writing
from tests.contracts.repositories.entries import TESTER, _Nothing, matched, picture, reported, uploaded
from tests.helpers.records.databases import KINDS
from tests.helpers.records.empty_records import empty_record

MOST_STATEMENTS = 30


@pytest.fixture(params=KINDS)
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """Open an empty record."""
    with empty_record(request.param, request, tmp_path) as url:
        opened = open_database(url)
        yield opened
        opened.dispose()


@contextmanager
def counted(connection: Connection) -> Iterator[list[str]]:
    """Collect the statements that are sent, by their first words."""
    sent: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        sent.append(" ".join(statement.split()[:2]))

    event.listen(connection, "before_cursor_execute", note)
    yield sent
    event.remove(connection, "before_cursor_execute", note)


def copies(uow: SqlUnitOfWork, count: int) -> list[str]:
    """Store cases, each about a copy of what was taken down."""
    decision = uphold(uow, looked_at(uow, reported(uow)))
    case_ids = []
    for n in range(count):
        upload = uploaded(uow, f"u{n}", picture(uow))
        matched(uow, upload, decision)
        case = replace(uow.cases.get(reported(uow)), report_id=None, upload_id=upload.id)
        uow.cases.update(replace(case, takedown_id=decision.takedown_id))
        case_ids.append(case.id)
    return case_ids


def looked_at(uow: SqlUnitOfWork, case_id: str) -> str:
    """Look at what was reported, so that nothing is lacking for trust."""
    for media in uow.media.of_case(CaseId(case_id)):
        uow.media_views.add(media.id, TESTER.id, CaseId(case_id))
    return case_id


def uphold(uow: SqlUnitOfWork, case_id: str) -> Decision:
    """Take down what was reported, or confirm a copy."""
    command = DecideCase(case_id, TESTER, DecisionOutcome.UPHOLD, override_reason="for a test")
    return decide_case(command, uow, search=_Nothing(), limits=SafeguardLimits(), foreseen=Foreseen())


def log_of(uow: SqlUnitOfWork) -> list[tuple[int, str, str]]:
    """Return what a replica reads of takedowns: place, what is done, and the type."""
    rows = IndexLogReader(uow._connection).after(Collection.TAKEDOWNS, 0, limit=1_000)
    return [(row["seq"], row["op"], row["signal_type"]) for row in rows]


@pytest.mark.parametrize("count", [1, 7])
def test_decisions_in_one_transaction_are_a_statement_a_table(engine: Engine, count: int) -> None:
    """Five hundred copies took ten thousand statements: how many they are does not depend on how many copies."""
    with writing(engine) as uow:
        case_ids = copies(uow, count)
    with writing(engine) as uow, counted(uow._connection) as sent:
        with uow.writes.collected():
            read_ahead(case_ids, uow)
            for case_id in case_ids:
                with uow.part():
                    uphold(uow, case_id)
        assert len(sent) < MOST_STATEMENTS
    with writing(engine) as uow:
        for case_id in case_ids:
            (decision,) = uow.decisions.of_case(case_id)
            case = uow.cases.get(case_id)
            (match,) = uow.matches.of_upload(case.upload_id)
            assert (decision.state, case.state) == (DecisionState.EFFECTIVE, CaseState.DECIDED)
            assert (match.confirmed_by, uow.uploads.get(case.upload_id).verdict) == (decision.id, Verdict.BLOCK)
            assert len(uow.takedowns.reference_of_decision(decision.id)) == 1


def test_the_log_goes_on_without_a_gap_where_a_part_failed(engine: Engine) -> None:
    """A replica would wait for ever for a place that nobody writes."""
    with writing(engine) as uow:
        case_ids = copies(uow, 3)
        before = len(log_of(uow))  # of one picture
    with writing(engine) as uow, uow.writes.collected():
        read_ahead(case_ids, uow)
        for place, case_id in enumerate(case_ids):
            with suppress(WrongStateError), uow.part():
                uphold(uow, case_id)
                if place == 1:
                    raise WrongStateError
        read_ahead(case_ids, uow)
    with writing(engine) as uow:
        log = log_of(uow)
        assert [seq for seq, _, _ in log] == list(range(1, len(log) + 1))
        assert len(log) == 3 * before
        assert [len(uow.decisions.of_case(one)) for one in case_ids] == [1, 0, 1]
        assert uow.index_log.version(Collection.TAKEDOWNS) == len(log)


def test_whoever_reads_meanwhile_sees_what_waits(engine: Engine) -> None:
    """Most of what reads a record knows nothing of rows that wait."""
    with writing(engine) as uow:
        first, second = reported(uow), reported(uow)
    with writing(engine) as uow, uow.writes.collected():
        uow.cases.update(uow.cases.get(first).moved_to(CaseState.DECIDED))
        assert uow.cases.many([first])[first].state is CaseState.DECIDED
        with uow.part():
            uow.cases.update(uow.cases.get(second).moved_to(CaseState.DECIDED))
            counting = uow._connection.exec_driver_sql("SELECT count(*) FROM cases WHERE state = 'decided'")
            assert counting.scalar_one() == 2


@pytest.mark.parametrize("reads", [False, True])
def test_a_part_that_fails_takes_no_other_with_it(engine: Engine, reads: bool) -> None:
    """Whether its rows still waited, or had been written because somebody read."""
    with writing(engine) as uow:
        first, second = reported(uow), reported(uow)
    with writing(engine) as uow, uow.writes.collected():
        with uow.part():
            uow.cases.update(replace(uow.cases.get(first), note="kept"))
        with suppress(WrongStateError), uow.part():
            uow.cases.update(replace(uow.cases.get(first), note="undone"))
            uow.cases.update(replace(uow.cases.get(second), note="undone"))
            if reads:
                assert [one.note for one in uow.cases.many([first, second]).values()] == ["undone", "undone"]
            raise WrongStateError
        assert (uow.cases.get(first).note, uow.cases.get(second).note) == ("kept", None)
        with uow.part():
            uow.cases.update(replace(uow.cases.get(second), note="kept, too"))
    with writing(engine) as uow:
        assert [uow.cases.get(one).note for one in (first, second)] == ["kept", "kept, too"]


def test_a_part_that_only_collects_needs_no_savepoint(engine: Engine) -> None:
    """On PostgreSQL each is a way to the server and back."""
    with writing(engine) as uow:
        case = uow.cases.get(reported(uow))
    with writing(engine) as uow, uow.writes.collected(), counted(uow._connection) as sent:
        for note in ("one", "two"):
            with uow.part():
                uow.cases.update(replace(case, note=note))
        assert sent == []
        with uow.part():
            uow._connection.exec_driver_sql("UPDATE cases SET note = note")
        assert sent == ["UPDATE cases", "SAVEPOINT part", "UPDATE cases", "RELEASE SAVEPOINT"]


def test_nothing_is_written_of_a_block_that_fails(engine: Engine) -> None:
    """Its transaction is undone; what still waited must not be written into another."""
    with writing(engine) as uow:
        case = uow.cases.get(reported(uow))
    with writing(engine) as uow:
        with suppress(WrongStateError), uow.writes.collected():
            uow.cases.update(replace(case, note="lost"))
            raise WrongStateError
        uow.cases.update(replace(case, note="afterwards"))
    with writing(engine) as uow:
        assert uow.cases.get(case.id).note == "afterwards"
