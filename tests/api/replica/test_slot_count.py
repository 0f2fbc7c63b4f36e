"""The record decides in how many slots uploads lie; who is told another number does not start, or moves them."""

import json
from pathlib import Path

import pytest

from api.bootstrap import open_service, prepare_data
from api.cli import main
from api.errors import SettingsError
from api.replica.indexes import open_indexes
from api.replica.slot_count import move_uploads
from api.settings import Settings
from casework.domain.actor import Role
from casework.domain.media import Collection
from casework.persistence.connection.database import open_reader
from casework.persistence.connection.failures import DatabaseFailedError
from tests.api.conftest import running, settings_in
from tests.helpers.media.pictures import photo_bytes

UPLOADS = Collection.UPLOADS


def registered(settings: Settings, *numbers: int) -> None:
    """Register uploads, and seal them."""
    with running(settings) as staydown:
        for number in numbers:
            staydown.upload(f"post {number}", photo_bytes(number))
        staydown.service.replica.catch_up()
        staydown.service.indexes[UPLOADS].seal()


def folders(settings: Settings) -> list[str]:
    """Return the folders of the uploads' index."""
    return sorted(path.name for path in settings.index_folder.glob("uploads*"))


def staydown(settings: Settings, *arguments: str, monkeypatch: pytest.MonkeyPatch) -> int:
    """Run a command over the data folder."""
    monkeypatch.setenv("STAYDOWN_DATA", str(settings.data))
    monkeypatch.setenv("STAYDOWN_UPLOAD_SLOTS", str(settings.upload_slots))
    return main(list(arguments))


def test_setting_is_taken_over_while_nothing_was_registered(tmp_path: Path) -> None:
    """An operator may change their mind before the first upload."""
    for slots in (4, 1, 16, 4):
        settings = settings_in(tmp_path, upload_slots=slots)
        prepare_data(settings)
        with open_service(settings) as service:
            assert len(service.indexes[UPLOADS].slots) == slots
        assert len(folders(settings)) == slots  # those of before are gone


def test_another_number_refuses_to_start_once_there_is_an_upload(tmp_path: Path) -> None:
    """A process that wrote to one log while others read four would lose what it acknowledged."""
    registered(settings_in(tmp_path, upload_slots=4), 801)
    for slots in (1, 8):
        settings = settings_in(tmp_path, upload_slots=slots)
        with pytest.raises(SettingsError, match=f"STAYDOWN_UPLOAD_SLOTS.*lies in 4.*index slots {slots}"):
            prepare_data(settings)
        with pytest.raises(SettingsError, match="STAYDOWN_UPLOAD_SLOTS"), open_service(settings):
            pass
    with open_service(settings_in(tmp_path, upload_slots=4)) as service:
        assert service.replica.version(UPLOADS) > 0


def test_uploads_are_moved_by_a_command_and_found_as_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nothing is lost on the way there, nor on the way back, and the files of before hold no value any more."""
    one = settings_in(tmp_path)
    registered(one, 811, 812)
    assert staydown(one, "index", "slots", monkeypatch=monkeypatch) == 0
    assert capsys.readouterr().out == "uploads: 1 slot\n"
    assert staydown(one, "index", "slots", "4", monkeypatch=monkeypatch) == 0
    assert "STAYDOWN_UPLOAD_SLOTS=4" in capsys.readouterr().out
    assert folders(one) == [f"uploads.1.00{n}" for n in range(4)]
    four = settings_in(tmp_path, upload_slots=4)
    with running(four) as moved:
        assert moved.service.indexes[UPLOADS].stats().delta_changes == 0  # the command has built the files
        earlier = moved.upload("post 813", photo_bytes(813))
        found = moved.looked_back(moved.take_down(photo_bytes(811), nudity=True)["takedown_id"])
        assert [one["upload_id"] for one in found["items"]] == ["post 811"]
        found = moved.looked_back(moved.take_down(photo_bytes(813), nudity=True)["takedown_id"])
        assert [one["upload"] for one in found["items"]] == [earlier["upload"]]
    assert staydown(four, "index", "slots", "1", "--json", monkeypatch=monkeypatch) == 0
    assert json.loads(capsys.readouterr().out) == {"slots": {"uploads": 1}}
    assert folders(one) == ["uploads.2.000"]
    with running(one) as back:
        found = back.looked_back(back.take_down(photo_bytes(812), nudity=True)["takedown_id"])
        assert [one["upload_id"] for one in found["items"]] == ["post 812"]
    capsys.readouterr()
    staydown(one, "doctor", "--json", monkeypatch=monkeypatch)
    findings = {each["name"]: each["ok"] for each in json.loads(capsys.readouterr().out)["findings"]}
    assert (findings["index"], findings["index and record"]) == (True, True)


def test_process_that_runs_while_uploads_are_moved_says_so_and_loses_nothing(tmp_path: Path) -> None:
    """The operator is told to stop all; one that was forgotten must not answer from slots that nobody writes to."""
    settings = settings_in(tmp_path)
    registered(settings, 821)
    with running(settings) as forgotten:
        case_id = forgotten.report(photo_bytes(821), facts={"nudity": True})["case_id"]
        move_uploads(settings, 4)
        with pytest.raises(DatabaseFailedError, match="restart"):
            forgotten.service.replica.version(UPLOADS)
        assert forgotten.http.get("/readyz").status_code == 503
        headers, address = forgotten.headers(Role.MODERATOR), f"/v1/cases/{case_id}/decision"
        decided = forgotten.http.post(address, headers=headers, json={"outcome": "uphold"})
        assert (decided.status_code, "restart" in decided.json()["detail"]) == (503, True)
        assert forgotten.get(f"/v1/cases/{case_id}")["state"] == "open"
        forgotten.upload("post 822", photo_bytes(822))
    with running(settings_in(tmp_path, upload_slots=4)) as started:
        found = started.looked_back(started.take_down(photo_bytes(822), nudity=True)["takedown_id"])
        assert [one["upload_id"] for one in found["items"]] == ["post 822"]


def test_index_of_slots_that_the_record_does_not_know_is_refused(tmp_path: Path) -> None:
    """After a restored backup its files would be taken for those of a later move to as many slots."""
    settings = settings_in(tmp_path)
    registered(settings, 831)
    (settings.index_folder / "uploads.1.000").mkdir()
    reader = open_reader(settings.url)
    with pytest.raises(SettingsError, match=r"uploads\.1\.000.*restored from a backup"):
        open_indexes(settings, reader)
    reader.dispose()


def test_commands_look_after_every_slot(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Counted as one collection, and checked, rebuilt and compacted slot by slot."""
    settings = settings_in(tmp_path, upload_slots=4)
    registered(settings, 841, 842, 843)
    assert staydown(settings, "index", "stats", "--json", monkeypatch=monkeypatch) == 0
    said = json.loads(capsys.readouterr().out)
    uploads = said["uploads"]
    assert (len(uploads["slots"]), sum(uploads["slots"])) == (4, uploads["version"])
    assert said["takedowns"]["slots"] == [said["takedowns"]["version"]]
    for command in ("stats", "compact", "rebuild", "verify"):
        assert staydown(settings, "index", command, monkeypatch=monkeypatch) == 0
    assert "uploads: 4 slots, at versions" in capsys.readouterr().out
    damaged = next(settings.index_folder.glob("uploads.1.*/segments/*/*/*"))
    damaged.write_bytes(bytes(~one & 0xFF for one in damaged.read_bytes()))
    folder = damaged.relative_to(settings.index_folder).parts[0]
    assert staydown(settings, "index", "verify", monkeypatch=monkeypatch) != 0
    assert folder in capsys.readouterr().err
    assert staydown(settings, "doctor", "--json", monkeypatch=monkeypatch) == 1
    assert f"uploads, slot {int(folder[-3:])} of 4" in capsys.readouterr().out
