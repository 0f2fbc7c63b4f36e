"""The index is derived: damaged it is rebuilt, ahead of the record it is refused, full disks are told."""

import shutil
from pathlib import Path
from typing import get_args

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from api.bootstrap import open_service, prepare_data
from api.cli import main
from api.errors import SettingsError
from api.settings import Settings, read_settings
from casework.domain.actor import Role
from casework.domain.media import Collection
from index.collections import COLLECTION_INDEXES
from index.errors import MaintenanceError
from index.hashes.backends import INDEX_BACKENDS
from tests.api.conftest import Staydown, settings_in
from tests.helpers.media.pictures import photo_bytes
from tests.helpers.records.empty_records import prepare_empty


@pytest.fixture(scope="module")
def sealed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Prepare a data folder in which one picture was taken down and sealed."""
    settings = settings_in(tmp_path_factory.mktemp("sealed"))
    prepare_empty(settings)
    app = create_app(settings)
    with TestClient(app) as http:
        staydown = Staydown(http, app.state.service)
        staydown.take_down(photo_bytes(1), nudity=True)
        app.state.service.replica.catch_up()
        app.state.service.indexes[Collection.TAKEDOWNS].seal()
    return settings.data


@pytest.fixture
def settings(sealed: Path, tmp_path: Path) -> Settings:
    """Copy that folder for a test."""
    settings = settings_in(tmp_path)
    shutil.copytree(sealed, settings.data)
    return settings


def found(settings: Settings) -> int:
    """Ask a fresh service for the picture and count the matches."""
    app = create_app(settings)
    with TestClient(app) as http:
        return len(Staydown(http, app.state.service).upload("again", photo_bytes(1))["matches"])


def files(settings: Settings) -> list[Path]:
    """List the files of the takedowns' segments."""
    return [path for path in (settings.index_folder / "takedowns" / "segments").rglob("*") if path.is_file()]


def test_every_backend_and_every_kind_of_index_can_be_chosen() -> None:
    """A new row of either table is a value of its setting."""
    assert get_args(Settings.model_fields["index_backend"].annotation) == tuple(INDEX_BACKENDS)
    assert get_args(Settings.model_fields["upload_index"].annotation) == tuple(COLLECTION_INDEXES)


def test_what_answers_rest_on_is_held_by_every_process() -> None:
    """Takedowns must be matched without a network in between."""
    assert get_args(Settings.model_fields["collection_index"].annotation) == ("folder",)
    with pytest.raises(SettingsError, match="STAYDOWN_COLLECTION_INDEX"):
        read_settings(collection_index="clustered")


def test_sealed_takedown_is_found_after_restart(settings: Settings) -> None:
    """What was sealed needs no log to be found."""
    assert files(settings)
    assert found(settings) == 1


def test_missing_segment_is_built_anew_from_the_record(settings: Settings) -> None:
    """Files are derived; losing them loses nothing."""
    shutil.rmtree(settings.index_folder / "takedowns" / "segments")
    assert found(settings) == 1
    assert files(settings)


def test_index_ahead_of_the_record_is_refused(settings: Settings) -> None:
    """After a restored backup the segments hold what the record never decided: nobody is judged by them."""
    for path in settings.data.glob("staydown.db*"):
        path.unlink()
    prepare_data(settings)
    with pytest.raises(SettingsError, match="restored from a backup"), open_service(settings):
        pass


def test_full_disk_is_told_by_readyz_and_the_old_index_serves(settings: Settings) -> None:
    """An operator learns of it before the index grows old; nobody else notices."""
    app = create_app(settings)
    with TestClient(app) as http:
        staydown = Staydown(http, app.state.service)
        staydown.take_down(photo_bytes(2), nudity=True)
        segments = settings.index_folder / "takedowns" / "segments"
        hidden = segments.with_name("elsewhere")
        segments.rename(hidden)
        segments.write_text("no folder: as good as a full disk")
        app.state.service.replica.catch_up()
        with pytest.raises(MaintenanceError):
            app.state.service.indexes[Collection.TAKEDOWNS].seal()
        ready = http.get("/readyz")
        assert ready.status_code == 200
        assert "seal" in ready.json()["checks"]["index maintenance (takedowns)"]
        assert staydown.upload("old", photo_bytes(1))["verdict"] == "block"
        assert staydown.upload("new", photo_bytes(2))["verdict"] == "block"
        segments.unlink()
        hidden.rename(segments)


def test_index_commands(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Stats, verify, rebuild and compact work on a folder, and verify tells damage."""
    monkeypatch.setenv("STAYDOWN_DATA", str(settings.data))
    for command in ("stats", "verify", "rebuild", "compact"):
        assert main(["index", command, "--json"]) == 0
    assert '"takedowns"' in capsys.readouterr().out
    damaged = max(files(settings), key=lambda path: path.stat().st_size)
    content = bytearray(damaged.read_bytes())
    content[-1] ^= 1
    damaged.write_bytes(bytes(content))
    assert main(["index", "verify", "--collection", "takedowns"]) == 1
    assert "error:" in capsys.readouterr().err
    assert main(["index", "rebuild"]) == 0
    assert main(["index", "verify"]) == 0


def test_compact_erases_a_withdrawn_value_from_disk(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """A hash of a withdrawn picture is not kept in files nobody thinks of."""
    app = create_app(settings)
    with TestClient(app) as http:
        staydown = Staydown(http, app.state.service)
        takedown = staydown.get("/v1/takedowns")["items"][0]
        value = next(
            bytes.fromhex(signal["value"])
            for signal in staydown.get(f"/v1/takedowns/{takedown['id']}")["values"][0]["signals"]
            if signal["type"] == "pdq/1"
        )
        staydown.http.post(
            f"/v1/takedowns/{takedown['id']}/withdraw", headers=staydown.headers(Role.SENIOR), json={"reason": "wish"}
        )
    assert any(value in path.read_bytes() for path in files(settings))
    monkeypatch.setenv("STAYDOWN_DATA", str(settings.data))
    assert main(["index", "compact"]) == 0
    assert not any(value in path.read_bytes() for path in files(settings))
