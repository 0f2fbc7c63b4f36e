"""A record of an earlier version, brought up to date: nothing is lost, and nobody sees more than before."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from alembic import command
from sqlalchemy import Connection, Engine, text

from casework.domain.actor import Actor, Role
from casework.domain.cases.case import Case
from casework.domain.cases.handles import handles_of_upload
from casework.domain.events import EventType
from casework.domain.verdict import Verdict
from casework.persistence.connection.database import open_database, url_of_file
from casework.persistence.schema import alembic_config, migrate
from casework.persistence.unit_of_work import SqlUnitOfWork
from casework.steps.uploads.copies import open_case
from matcher.comparing.hashes import HashEvidence
from tests.casework.persistence.records import VAULT, writing
from tests.contracts.repositories.entries import decided, matched, picture, reported, uploaded
from tests.helpers.records.databases import KINDS, database_url
from tests.helpers.records.empty_records import empty_record

NOW = datetime(2026, 1, 1, tzinfo=UTC)
BEFORE_LISTS = "0020"
PARTNER = Actor("key_new", "made after the upgrade", Role.PIPELINE)


def before_owners(connection: Connection, pipelines: Sequence[str]) -> None:
    """Write keys, an upload and events as version 0005 did."""
    columns = "(id, name, role, trusted, key_hash, created_at) VALUES (:id, :id, :role, :no, :hash, :now)"
    for name, role in [*((one, "pipeline") for one in pipelines), ("key_admin", "admin")]:
        row = {"id": name, "role": role, "no": False, "hash": name.encode(), "now": NOW}
        connection.execute(text(f"INSERT INTO api_keys {columns}"), row)
    connection.execute(text("INSERT INTO media (id, position, kind) VALUES ('med_1', 0, 'image')"))
    connection.execute(
        text(
            "INSERT INTO uploads (id, platform_id, registered_at, media_id, sha256, verdict, index_version, facts)"
            " VALUES ('upl_1', 'one', :now, 'med_1', :sha256, 'hold', 1, '{}')"
        ),
        {"now": NOW, "sha256": bytes(32)},
    )
    event = "INSERT INTO outbox (position, id, type, occurred_at, data) VALUES (:position, :id, :type, :now, '{}')"
    for position, event_type in enumerate(("upload.matched", "report.received"), start=1):
        row = {"position": position, "id": f"evt_{position}", "type": event_type, "now": NOW}
        connection.execute(text(event), row)


def seen(uow: SqlUnitOfWork, owner: str) -> tuple[bool, list[EventType]]:
    """Return whether a pipeline sees the upload, and which events it follows."""
    actor = Actor(owner, owner, Role.PIPELINE)
    feed = uow.outbox.feed(types=list(EventType), after=0, limit=9, owner_id=owner)
    return uow.uploads.get("upl_1").is_seen_by(actor), [one.type for _, one in feed]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("pipelines", [["key_1"], ["key_1", "key_2"]], ids=["one pipeline", "two pipelines"])
def test_uploads_of_before_belong_to_the_only_pipeline_or_to_the_operator(
    kind: str, pipelines: list[str], request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    """The one pipeline there was goes on seeing them; where there were two, nobody can tell whose they are."""
    with database_url(kind, request) as url:
        engine = open_database(url or url_of_file(tmp_path / "record.db"))
        try:
            with engine.connect() as connection:
                command.upgrade(alembic_config(connection), "0005")
            with engine.connect() as connection, connection.begin():
                before_owners(connection, pipelines)
            migrate(engine, VAULT)
            with writing(engine) as uow:
                mine = (True, [EventType.UPLOAD_MATCHED])
                assert [seen(uow, one) for one in pipelines] == [mine] * len(pipelines)
                assert seen(uow, PARTNER.id) == ((False, []) if len(pipelines) == 1 else mine)
                assert [one.speaks_for for one in uow.keys.listed(after=None, limit=9)[0]] == [*pipelines, "key_admin"]
        finally:
            engine.dispose()


@pytest.mark.parametrize("kind", KINDS)
def test_cases_of_before_are_listed_as_those_of_today(
    kind: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    """A moderator who searches on the day of the upgrade finds the cases of the day before, in the same groups."""
    with empty_record(kind, request, tmp_path) as url:
        engine = open_database(url)
        try:
            with writing(engine) as uow:
                case_ids = [reported(uow), matched_case(uow)]
            today = as_listed(engine, case_ids)
            with engine.connect() as connection:
                command.downgrade(alembic_config(connection), BEFORE_LISTS)
            migrate(engine, VAULT)
            assert as_listed(engine, case_ids) == today
            assert [len(found) for _, found in today] == [1, 3]
        finally:
            engine.dispose()


def matched_case(uow: SqlUnitOfWork) -> str:
    """Open the case of an upload that matches."""
    decision, upload = decided(uow), uploaded(uow, "u1", picture(uow), by="user-a")
    upload = replace(upload, url="https://example.org/u1")
    uow.uploads.update(upload)
    evidence = HashEvidence(
        signal="pdq/1",
        distance=4,
        threshold=31,
        query_quality=100,
        reference_quality=100,
        transformation="rotated by 4°",
    )
    match = replace(matched(uow, upload, decision), evidence=(evidence,))
    uow.matches.update(upload.id, match)
    return open_case(upload.id, "user-a", match, Verdict.HOLD, uow, found_by=handles_of_upload(upload)).id


def as_listed(engine: Engine, case_ids: Sequence[str]) -> list[tuple[Case, list[str]]]:
    """Return cases as they are stored, each with the digests it is found by."""
    handles = "SELECT digest FROM case_handles WHERE case_id = :case ORDER BY digest"
    with writing(engine) as uow:
        cases = [uow.cases.get(one) for one in case_ids]
    with engine.connect() as connection:
        return [(one, list(connection.execute(text(handles), {"case": one.id}).scalars())) for one in cases]
