"""`staydown doctor`: it must find what is wrong, and nothing where all is well."""

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
    assert set(found) == {"data folder", "database", "index"}
    assert all("staydown init" in remedy for remedy in found.values())


def test_damaged_index_is_found(shell: Shell, tmp_path: Path) -> None:
    """One flipped byte on disk must be told before it costs a match."""
    shell("init")
    shell("doctor")
    (tmp_path / "data" / "index" / "takedowns" / "MANIFEST.json").write_text("{")
    assert set(problems(shell)) == {"index"}


def test_odd_setting_is_found(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without settings there is nothing else to look at, and it still answers in JSON."""
    monkeypatch.setenv("STAYDOWN_MAX_IMAGE_BYTES", "lots")
    assert set(problems(shell)) == {"settings"}
