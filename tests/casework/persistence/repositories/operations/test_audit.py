"""The database keeps the audit log as it was written, whoever writes beside it and whatever version wrote first."""

import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from alembic import command
from sqlalchemy import Engine, insert, text
from sqlalchemy.exc import DBAPIError

from casework.domain.actor import policy_actor
from casework.domain.keeping.audit import Chain
from casework.persistence import tables
from casework.persistence.connection.database import open_database, url_of_file
from casework.persistence.schema import alembic_config, migrate
from casework.persistence.unit_of_work import SqlUnitOfWork, transaction
from casework.steps.journal import record
from tests.casework.persistence.records import VAULT
from tests.fakes import START, FakeClock
from tests.helpers.records.databases import KINDS, database_url
from tests.helpers.records.empty_records import empty_record

SOMEBODY = policy_actor("tests")
WRITERS, EACH = 4, 12


@pytest.fixture(params=KINDS)
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """Open an empty record."""
    with empty_record(request.param, request, tmp_path) as url:
        opened = open_database(url)
        yield opened
        opened.dispose()


@pytest.fixture(params=KINDS)
def engine_without_a_schema(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """Open an empty database."""
    with database_url(request.param, request) as url:
        opened = open_database(url or url_of_file(tmp_path / "record.db"))
        yield opened
        opened.dispose()


def write(engine: Engine, *subjects: str) -> None:
    """Write rows in one transaction."""
    with transaction(engine, clock=FakeClock(), preview_retention=timedelta(days=1), vault=VAULT) as uow:
        for subject in subjects:
            record(uow, SOMEBODY, "case:claimed", subject, n=len(subject))


def subjects_of_intact_log(engine: Engine) -> list[str]:
    """Return what was done to whom, after following the chain to its end."""
    chain = Chain()
    with transaction(engine, clock=FakeClock(), preview_retention=timedelta(days=1), vault=VAULT) as uow:
        rows = list(uow.audit.rows())
        position, link = uow.audit.end()
    assert [problem for row in rows if (problem := chain.follow(row)) is not None] == []
    assert chain.end(position=position, link=link) is None
    return [row.subject_id for row in rows]


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM audit_log WHERE position = 1",
        "UPDATE audit_log SET actor_id = 'key_b'",
        "UPDATE audit_log SET at = '2020-01-01'",
        "UPDATE audit_log SET position = 7 WHERE position = 2",
        "UPDATE audit_log SET detail = '{}'",
    ],
)
def test_database_refuses_to_change_the_log(engine: Engine, statement: str) -> None:
    """A slip in our own code, or in a shell, must not cost the proof."""
    write(engine, "case_1", "case_2")
    with pytest.raises(DBAPIError, match="append-only"), engine.begin() as connection:
        connection.execute(text(statement))
    assert subjects_of_intact_log(engine) == ["case_1", "case_2"]


def test_transactions_at_the_same_time_make_one_chain(engine: Engine) -> None:
    """Two that chained onto the same row would break the log for good."""

    def writes(writer: int) -> None:
        for number in range(EACH):
            write(engine, f"case_{writer}_{number}", f"case_{writer}_{number}_again")

    threads = [threading.Thread(target=writes, args=(writer,)) for writer in range(WRITERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(subjects_of_intact_log(engine))) == 2 * WRITERS * EACH


def test_transaction_undone_leaves_no_row(engine: Engine) -> None:
    """The log says what happened, not what was tried."""
    write(engine, "case_1")
    with pytest.raises(DBAPIError):
        write_and_fail(engine)
    write(engine, "case_3")
    assert subjects_of_intact_log(engine) == ["case_1", "case_3"]


def write_and_fail(engine: Engine) -> None:
    """Write a row in a transaction that fails after it."""
    with engine.connect() as connection, connection.begin():
        uow = SqlUnitOfWork(connection, now=START, preview_retention=timedelta(days=1), vault=VAULT)
        record(uow, SOMEBODY, "case:claimed", "case_2")
        uow.audit.flush()
        connection.execute(text("SELECT nothing"))


def test_rows_of_the_version_before_are_chained(engine_without_a_schema: Engine) -> None:
    """Who updates keeps their history."""
    engine = engine_without_a_schema
    with engine.connect() as connection:
        config = alembic_config(connection)
        command.upgrade(config, "0004")
    names = ("at", "actor_id", "action", "subject_id", "detail")
    with engine.begin() as connection:
        for number in range(3):
            values = dict(zip(names, (START, "key_a", "case:claimed", f"case_{number}", {"n": number}), strict=True))
            old = [tables.audit_log.c[name] for name in names]
            connection.execute(insert(tables.audit_log).values({column: values[column.name] for column in old}))
        connection.execute(text("DELETE FROM audit_log WHERE subject_id = 'case_1'"))
    migrate(engine, VAULT)
    write(engine, "case_new")
    assert subjects_of_intact_log(engine) == ["case_0", "case_2", "case_new"]
    with transaction(engine, clock=FakeClock(), preview_retention=timedelta(days=1), vault=VAULT) as uow:
        assert [row.detail for row in uow.audit.rows()] == [{"n": 0}, {"n": 2}, {"n": 8}]
