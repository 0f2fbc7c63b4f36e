"""A record of an earlier version, brought up to date: nothing is lost, and nobody sees more than before."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest
from alembic import command
from sqlalchemy import Connection, text

from casework.domain.actor import Actor, Role
from casework.domain.events import EventType
from casework.persistence.connection.database import alembic_config, migrate, open_database, url_of_file
from casework.persistence.unit_of_work import SqlUnitOfWork
from tests.casework.persistence.records import VAULT, writing
from tests.databases import KINDS, database_url

NOW = datetime(2026, 1, 1, tzinfo=UTC)
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
