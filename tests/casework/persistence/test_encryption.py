"""A database of the version before, in which texts were in the clear: it upgrades, and nothing stays in the clear."""

import shutil
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import MetaData, create_engine, inspect, text

from api.bootstrap import open_keyring, prepare_data
from api.cli.local import open_record
from api.settings import Settings
from casework.domain.cases.case import CaseState
from casework.domain.cases.report import RESPONSE_TIME, reporter_key_of, target_of
from casework.domain.ids import JobId, UploadId
from casework.persistence.connection.database import migrate, open_database, open_reader
from tests.casework.persistence.records import VAULT
from tests.databases import KINDS, database_url
from tests.fakes import START
from tests.golden.make_record import WORDS, folder_of

FROZEN = folder_of("0004")


@dataclass
class Old:
    """A data folder of the version before, and how to look at all of it."""

    settings: Settings

    def everything(self) -> bytes:
        """Return every byte of the folder and, of another database, every value of every table."""
        files = b"".join(path.read_bytes() for path in self.settings.data.rglob("*") if path.is_file())
        return files + (b"" if not self.settings.database_url else dumped(self.settings.url))


def dumped(url: str) -> bytes:
    """Return every value of every table, as text and as bytes."""
    engine = create_engine(url)
    metadata = MetaData()
    metadata.reflect(engine)
    with engine.connect() as connection:
        rows = [tuple(row) for table in metadata.sorted_tables for row in connection.execute(table.select())]
    engine.dispose()
    values = [value for row in rows for value in row]
    return b"\n".join(one if isinstance(one, bytes) else str(one).encode() for one in values)


@pytest.fixture(params=KINDS)
def old(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Old]:
    """Put the frozen record where the version before had it."""
    data = tmp_path / "data"
    data.mkdir()
    shutil.copy(FROZEN / "preview.key", data)
    file = data / "staydown.db" if request.param == "sqlite" else tmp_path / "frozen.db"
    with sqlite3.connect(file) as connection:
        connection.executescript((FROZEN / "record.sql").read_text())
    connection.close()
    with database_url(request.param, request) as url:
        if url:
            copy_rows(f"sqlite:///{file}", url)
        yield Old(Settings(_env_file=None, data=data, database_url=url))


def copy_rows(source: str, target: str) -> None:
    """Copy a record of revision 0004 from one database to another."""
    reader, writer = create_engine(source), open_database(target)
    migrate(writer, VAULT, to="0004")
    metadata = MetaData()
    metadata.reflect(writer)
    with reader.connect() as rows, writer.connect() as connection, connection.begin():
        connection.execute(text("SET session_replication_role = replica"))
        for table in metadata.sorted_tables:
            connection.execute(table.delete())
            if found := [dict(row) for row in rows.execute(table.select()).mappings()]:
                connection.execute(table.insert(), found)
    reader.dispose()
    writer.dispose()


def test_old_record_held_its_words_in_the_clear(old: Old) -> None:
    """Otherwise the tests below would prove nothing."""
    there = old.everything()
    assert [word for word in WORDS.values() if word.encode() not in there] == []


def test_nothing_is_in_the_clear_once_it_is_prepared(old: Old) -> None:
    """Pages that were let go are written anew too: whoever copies the disk reads nothing."""
    prepare_data(old.settings)
    left = old.everything()
    assert [word for word in WORDS.values() if word.encode() in left] == []


def test_every_word_is_read_as_it_was(old: Old) -> None:
    """An upgrade must not lose what somebody declared."""
    prepare_data(old.settings)
    with open_record(old.settings) as uow:
        cases = uow.cases.queue_page(states=list(CaseState), queue=None, after=None, limit=9)[0]
        reports = [uow.reports.of_case(one.id) for one in cases]
        decisions = [decision for one in cases for decision in uow.decisions.of_case(one.id)]
        takedown = uow.takedowns.get(decisions[0].takedown_id)
        upload, bare = uow.uploads.get(UploadId("upl_one")), uow.uploads.get(UploadId("upl_two"))
        assert {one.reporter.name for one in reports} == {WORDS["name"]}
        assert {one.statement.signature for one in reports} == {WORDS["signature"]}
        assert {one.content.post_text for one in reports} == {WORDS["reported text"]}
        assert WORDS["note"] in [one.note for one in cases]
        assert (decisions[0].note, decisions[0].override_reason) == (WORDS["note"], WORDS["note"])
        assert [one.grounds for one in uow.appeals.of_decision(decisions[0].id)] == [WORDS["grounds"]]
        assert takedown.reversal_reason == WORDS["reason"]
        assert (upload.post_text, upload.url) == (WORDS["upload's text"], WORDS["address"])
        assert (bare.post_text, bare.url) == (None, None)
        assert uow.jobs.get(JobId("job_one")).fields == {"post_text": WORDS["job"]}


def test_reports_are_still_counted_by_target_and_reporter(old: Old) -> None:
    """A campaign that began before the upgrade is one campaign."""
    prepare_data(old.settings)
    with open_record(old.settings) as uow:
        report = uow.reports.of_case(
            uow.cases.queue_page(states=[CaseState.OPEN], queue=None, after=None, limit=1)[0][0].id
        )
        assert (report.target, report.reporter_key) == (target_of(report.content), reporter_key_of(report.reporter))
        pattern = uow.reports.pattern(report.target, since=START - RESPONSE_TIME)
        assert (pattern.reports, pattern.reporters) == (2, 1)
        assert uow.reports.history(report.reporter_key).decided == 0


def test_machines_with_the_same_old_key_have_the_same_keyring(old: Old, tmp_path: Path) -> None:
    """Over PostgreSQL each machine upgrades by itself, and must read what the others write."""
    prepare_data(old.settings)
    other = tmp_path / "other"
    other.mkdir()
    shutil.copy(FROZEN / "preview.key", other)
    settings = old.settings.model_copy(update={"data": other, "database_url": old.settings.url})
    prepare_data(settings)
    reader = open_reader(settings.url)
    assert open_keyring(settings, reader).ring == open_keyring(old.settings, reader).ring
    reader.dispose()


def test_columns_are_those_of_the_tables(old: Old) -> None:
    """A column that was forgotten would be found by the first person who needs it."""
    prepare_data(old.settings)
    engine = open_reader(old.settings.url)
    columns = {one["name"]: one for one in inspect(engine).get_columns("reports")}
    engine.dispose()
    found = {(columns[name]["nullable"], str(columns[name]["type"])) for name in ("reporter", "statement", "content")}
    assert found in ({(False, "BLOB")}, {(False, "BYTEA")})
