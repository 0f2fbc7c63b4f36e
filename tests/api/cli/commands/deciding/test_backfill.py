"""`staydown backfill`: a library that exists already is found by the takedowns of tomorrow."""

import json
import os
from pathlib import Path

import pytest

from api.cli import main
from tests.helpers.media.pictures import photo_bytes


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, dict]:
    """Run the command and read its document."""
    code = main(["backfill", *arguments, "--json"])
    return code, json.loads(capsys.readouterr().out)


@pytest.fixture
def library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make an empty library, and let commands register in a folder beside it."""
    monkeypatch.setenv("STAYDOWN_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("STAYDOWN_DECODE_WORKERS", "1")
    made = tmp_path / "library"
    made.mkdir()
    return made


def test_library_is_registered_once(library: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A run that was stopped goes on; what is known is not decoded again; what fails is listed and stops nothing."""
    (library / "2025").mkdir()
    for number in range(3):
        (library / "2025" / f"{number}.jpg").write_bytes(photo_bytes(900 + number))
    (library / "notes.txt").write_text("no picture")
    code, first = run(capsys, str(library), "--prefix", "photos/")
    assert (code, first["registered"], first["known"]) == (1, 3, 0)
    assert [Path(one["file"]).name for one in first["failed"]] == ["notes.txt"]
    (library / "notes.txt").unlink()
    (library / "new.jpg").write_bytes(photo_bytes(910))
    assert run(capsys, str(library), "--prefix", "photos/") == (0, {"registered": 1, "known": 3, "failed": []})


def test_a_file_whose_name_is_no_text_is_one_that_failed(library: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Old libraries hold names in other encodings; one of them ended the whole run."""
    (library / "good.jpg").write_bytes(photo_bytes(920))
    Path(os.fsdecode(os.fsencode(library) + b"/caf\xe9.jpg")).write_bytes(photo_bytes(921))
    code, found = run(capsys, str(library))
    assert (code, found["registered"]) == (1, 1)
    assert [Path(one["file"]).name for one in found["failed"]] == ["caf\\xe9.jpg"]
    assert "UTF-8" in found["failed"][0]["error"]


def test_a_pipe_among_the_files_is_one_that_failed(library: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Nobody writes to it, so a run that opened it waited for ever."""
    (library / "good.jpg").write_bytes(photo_bytes(922))
    os.mkfifo(library / "pipe.jpg")
    code, found = run(capsys, str(library))
    assert (code, found["registered"]) == (1, 1)
    assert [Path(one["file"]).name for one in found["failed"]] == ["pipe.jpg"]
    assert "no regular file" in found["failed"][0]["error"]
