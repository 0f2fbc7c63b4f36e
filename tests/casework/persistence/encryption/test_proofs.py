"""A database of the version before, in which texts were in the clear: it upgrades, and nothing stays in the clear."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import inspect, text

from api.bootstrap import open_keyring, prepare_data
from api.cli.local import open_record
from api.settings import Settings
from casework.domain.cases.listing import CaseFilter
from casework.domain.cases.report import RESPONSE_TIME, reporter_key_of, target_of
from casework.domain.ids import JobId, UploadId
from casework.persistence.connection.database import open_reader
from tests.casework.persistence.frozen import FROZEN, Old, frozen_record, prepared_record
from tests.fakes import START
from tests.golden.make_record import WORDS, write_words
from tests.helpers.records.databases import KINDS, database_url


@pytest.fixture(params=KINDS)
def old(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Old]:
    """Put the frozen record where the version before had it."""
    with frozen_record(request.param, request, tmp_path) as found:
        yield found


@pytest.fixture(params=KINDS)
def prepared(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Old]:
    """Take the record as the upgrade left it."""
    with prepared_record(request.param, request, tmp_path) as found:
        yield found


def test_old_record_held_its_words_in_the_clear(old: Old) -> None:
    """Otherwise the tests below would prove nothing."""
    there = old.everything()
    assert [word for word in WORDS.values() if word.encode() not in there] == []


def test_nothing_is_in_the_clear_once_it_is_prepared(old: Old) -> None:
    """Pages that were let go are written anew too: whoever copies the disk reads nothing."""
    prepare_data(old.settings)
    left = old.everything()
    assert [word for word in WORDS.values() if word.encode() in left] == []


def test_every_word_is_read_as_it_was(prepared: Old) -> None:
    """An upgrade must not lose what somebody declared."""
    with open_record(prepared.settings) as uow:
        cases = uow.cases.listed(CaseFilter(state=None), now=uow.now, after=None, limit=9)[0]
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


def test_reports_are_still_counted_by_target_and_reporter(prepared: Old) -> None:
    """A campaign that began before the upgrade is one campaign."""
    with open_record(prepared.settings) as uow:
        report = uow.reports.of_case(uow.cases.listed(CaseFilter(), now=uow.now, after=None, limit=1)[0][0].id)
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


def test_columns_are_those_of_the_tables(prepared: Old) -> None:
    """A column that was forgotten would be found by the first person who needs it."""
    engine = open_reader(prepared.settings.url)
    columns = {one["name"]: one for one in inspect(engine).get_columns("reports")}
    engine.dispose()
    found = {(columns[name]["nullable"], str(columns[name]["type"])) for name in ("reporter", "statement", "content")}
    assert found in ({(False, "BLOB")}, {(False, "BYTEA")})


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_new_is_written_in_the_clear(kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    """Not into the database, nor its log, nor any other file: with the server running, and after."""
    with database_url(kind, request) as url:
        new = Old(Settings(_env_file=None, data=tmp_path / "data", database_url=url))
        prepare_data(new.settings)
        with open_record(new.settings) as uow:
            write_words(uow)
        reader = open_reader(new.settings.url)
        with reader.connect() as connection, connection.begin():
            connection.execute(text("SELECT 1"))
            held = new.everything()
        reader.dispose()
        left = held + new.everything()
        found = [
            word for word in (*WORDS.values(), "preview", "whsec") if word.encode() in left.replace(b"previews", b"")
        ]
        assert found == []
