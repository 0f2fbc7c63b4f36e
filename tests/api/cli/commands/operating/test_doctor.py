"""`staydown doctor`: it must find what is wrong, and nothing where all is well."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.api.cli.conftest import Shell


def problems(shell: Shell) -> dict[str, str]:
    """Run it and return the remedies by finding."""
    ran = shell("doctor", "--json")
    found = {one["name"]: one["remedy"] for one in ran.document["findings"] if not one["ok"]}
    assert ran.code == (1 if found else 0)
    assert ran.document["ok"] is not bool(found)
    return found


def test_prepared_folder_is_healthy(shell: Shell) -> None:
    """A doctor that always finds something is not asked twice."""
    shell("init")
    assert problems(shell) == {}


def test_missing_folder_is_found_with_its_remedy(shell: Shell) -> None:
    """The first start is when a newcomer needs it."""
    found = problems(shell)
    assert set(found) == {"data folder", "keyring", "database", "index", "index and record", "retention"}
    assert all("staydown init" in found[name] for name in ("data folder", "database", "index"))
    assert "not looked at: there is no data folder yet" in shell("doctor").out


def test_damaged_index_is_found(shell: Shell, tmp_path: Path) -> None:
    """One flipped byte on disk must be told before it costs a match."""
    shell("init")
    shell("doctor")
    manifest = tmp_path / "data" / "index" / "takedowns" / "MANIFEST.json"
    manifest.touch(mode=0o600)
    manifest.write_text("{")
    assert set(problems(shell)) == {"index", "index and record"}


def test_odd_setting_is_found(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without settings there is nothing else to look at, and it still answers in JSON."""
    monkeypatch.setenv("STAYDOWN_MAX_IMAGE_BYTES", "lots")
    assert set(problems(shell)) == {"settings"}


def test_damaged_database_is_found(shell: Shell, tmp_path: Path) -> None:
    """The remedy is a backup; found late, the backups are as damaged."""
    shell("init")
    file = tmp_path / "data" / "staydown.db"
    pages = file.read_bytes()
    file.write_bytes(pages[:4096] + b"\x07" * 4096 + pages[8192:])
    assert "restore a backup" in problems(shell)["database"]
    file.write_bytes(b"no database at all" * 1000)
    assert "restore a backup" in problems(shell)["database"]


def test_older_database_beside_the_index_is_found(shell: Shell, picture: Callable[..., Path], tmp_path: Path) -> None:
    """After a restore the index knows what the database does not: no server starts, and doctor says why."""
    shell("init")
    file, backup = tmp_path / "data" / "staydown.db", tmp_path / "backup.db"
    shutil.copyfile(file, backup)
    case = shell("report", picture("a.jpg", 1), "--relation", "subject", "--nudity", "--json").document["case_id"]
    assert shell("decide", case, "--uphold", "--override-reason", "for a test", "--json").code == 0
    assert shell("index", "compact").code == 0
    assert problems(shell) == {}
    for left in tmp_path.glob("data/staydown.db-*"):
        left.unlink()
    shutil.copyfile(backup, file)
    found = problems(shell)
    assert set(found) == {"index and record"}
    assert "delete" in found["index and record"]


def test_setting_without_effect_is_found(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    """A misspelt limit protects nobody."""
    shell("init")
    monkeypatch.setenv("STAYDOWN_MAX_IMAGE_BITES", "5")
    assert set(problems(shell)) == {"variables"}
