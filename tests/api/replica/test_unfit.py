"""A value in the record that no index can take costs itself alone: starts, rebuilds and all other matches go on."""

import shutil
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import insert, select, update

from api.app import create_app
from api.cli import main
from api.cli.commands.operating.doctor import check_versions_of_index
from api.settings import Settings
from casework.domain.media import Collection
from casework.persistence import tables
from casework.persistence.connection.database import open_database
from tests.api.conftest import Staydown, settings_in
from tests.helpers.media.pictures import photo_bytes
from tests.helpers.records.empty_records import prepare_empty


@pytest.fixture(scope="module")
def taken_down(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Prepare a data folder with one takedown."""
    settings = settings_in(tmp_path_factory.mktemp("record"))
    prepare_empty(settings)
    app = create_app(settings)
    with TestClient(app) as http:
        Staydown(http, app.state.service).take_down(photo_bytes(1), nudity=True)
    return settings.data


@pytest.fixture(params=["pdq/1", "local/1"])
def settings(request: pytest.FixtureRequest, taken_down: Path, tmp_path: Path) -> Settings:
    """Copy that folder, and add a value of five bytes after the takedown, as an earlier version once stored it."""
    settings = settings_in(tmp_path)
    shutil.copytree(taken_down, settings.data)
    add_five_bytes(settings, request.param)
    return settings


def add_five_bytes(settings: Settings, signal_type: str) -> None:
    """Write a row beside those of the takedown, past every check."""
    engine = open_database(settings.url)
    items, changes, counters = tables.items, tables.index_changes, tables.index_counters
    collection = Collection.TAKEDOWNS.value
    with engine.begin() as connection:
        beside = dict(
            connection.execute(select(items).where(items.c.collection == collection)).mappings().first() or {}
        )
        del beside["id"]
        bad = {**beside, "signal_type": signal_type, "value": b"12345"}
        number = connection.execute(insert(items).values(bad)).inserted_primary_key
        assert number is not None
        seq = connection.execute(
            update(counters)
            .where(counters.c.collection == collection)
            .values(seq=counters.c.seq + 1)
            .returning(counters.c.seq)
        ).scalar_one()
        row = {"collection": collection, "seq": seq, "op": "add", "item_id": number[0]}
        connection.execute(insert(changes).values(**row, signal_type=signal_type, own_value=b"12345"))
    engine.dispose()


def found(settings: Settings, name: str) -> int:
    """Start a service afresh, ask for the picture, and count the matches."""
    app = create_app(settings)
    with TestClient(app) as http:
        assert http.get("/readyz").status_code == 200
        return len(Staydown(http, app.state.service).upload(name, photo_bytes(1))["matches"])


def test_service_starts_and_finds_all_else(settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    """The next start failed for good."""
    assert found(settings, "one") == 1
    assert "is set aside" in capsys.readouterr().err
    assert found(settings, "two") == 1


def test_rebuild_goes_on_without_it(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """What cures everything else must not be what fails."""
    monkeypatch.setenv("STAYDOWN_DATA", str(settings.data))
    assert main(["index", "rebuild"]) == 0
    assert found(settings, "one") == 1


def test_it_is_named(settings: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Whoever was not found because of it has to be told."""
    monkeypatch.setenv("STAYDOWN_DATA", str(settings.data))
    assert main(["index", "verify"]) == 1
    assert "takedowns: item" in capsys.readouterr().err
    assert not check_versions_of_index(settings).ok
