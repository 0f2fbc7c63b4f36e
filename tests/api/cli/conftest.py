"""A shell: commands run in this process, over a data folder of one test, with nothing of the machine's settings."""

import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from api.cli import main
from api.security.modes import PRIVATE_FOLDER
from tests.helpers.media.pictures import encoded, photo
from tests.helpers.records.empty_records import write_empty_record


@dataclass(frozen=True)
class Ran:
    """What a command did: exit code, standard output, standard error."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        """Return standard output, which must be one JSON document."""
        return json.loads(self.out)


Shell = Callable[..., Ran]


@pytest.fixture
def shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Shell:
    """Return a function that runs one command."""
    for name in [name for name in os.environ if name.startswith("STAYDOWN_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("STAYDOWN_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("STAYDOWN_DECODE_WORKERS", "1")
    monkeypatch.chdir(tmp_path)

    def run(*arguments: object) -> Ran:
        if arguments[:1] == ("init",) and not (tmp_path / "data").exists():
            (tmp_path / "data").mkdir(mode=PRIVATE_FOLDER)
            write_empty_record(tmp_path / "data" / "staydown.db")  # it is migrated in other tests, a fifth of a second
        code = main([str(argument) for argument in arguments])
        printed = capsys.readouterr()
        return Ran(code, printed.out, printed.err)

    return run


@pytest.fixture
def picture(tmp_path: Path) -> Callable[..., Path]:
    """Return a function that writes a picture; the same seed shows the same, however it is encoded."""

    def write(name: str, seed: int, **options: Any) -> Path:
        file = tmp_path / name
        file.write_bytes(encoded(photo(seed), **options))
        return file

    return write
