"""The guide for operators is right where it matters most: what it says of backups brings a record back whole."""

import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from api.cli import main
from tests.helpers.media.pictures import photo_bytes

REPOSITORY = Path(__file__).parents[2]
PAGE = (REPOSITORY / "docs" / "DEPLOYING.md").read_text()
BLOCKS = re.findall(r"```sh\n(.*?)```", PAGE, flags=re.DOTALL)
WHO = ("--relation", "subject", "--non-consent", "--good-faith", "--signature", "A", "--contact", "a@b.example")
WHERE = ("--url", "https://b.example/1")
PICTURE = ("photo.jpg", "--nudity")
WORDS = ("--conduct", "private_info", "--text", "call")

Shell = Callable[[str], str]
Typed = Callable[..., str]


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    """Return a function that runs lines in one folder and returns what they print; they must succeed."""
    (tmp_path / "photo.jpg").write_bytes(photo_bytes(1))
    ours = {name: value for name, value in os.environ.items() if not name.startswith("STAYDOWN_")}
    path = f"{Path(sys.executable).parent}:{ours['PATH']}"
    more = {"PATH": path, "PYTHONPATH": f"{REPOSITORY}:{REPOSITORY / 'client'}", "STAYDOWN_DECODE_WORKERS": "1"}

    def run(lines: str) -> str:
        ran = subprocess.run(
            ["bash", "-eo", "pipefail", "-c", lines],
            cwd=tmp_path,
            env={**ours, **more},
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        assert ran.returncode == 0, f"{lines}\n{ran.stdout}\n{ran.stderr}"
        return ran.stdout

    return run


@pytest.fixture
def typed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Typed:
    """Return a function that runs a command in that folder, in this process, and returns what it prints."""
    for name in [name for name in os.environ if name.startswith("STAYDOWN_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("STAYDOWN_DECODE_WORKERS", "1")
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str, data: str = "staydown-data") -> str:
        monkeypatch.setenv("STAYDOWN_DATA", data)
        capsys.readouterr()
        assert main(arguments) == 0
        return capsys.readouterr().out

    return run


def test_what_was_backed_up_is_there_again(shell: Shell, typed: Typed) -> None:
    """The takedown still blocks, the keyring opens what was encrypted, and what came after the backup is gone."""
    typed("init")
    case = case_in(typed("report", *PICTURE, *WHO, *WHERE))
    typed("look", case, "--out", "looked")
    typed("decide", case, "--uphold")
    back_up, restore = BLOCKS
    shell(back_up)
    later = case_in(typed("report", *WORDS, *WHO, *WHERE))
    shell(restore)
    assert "block" in typed("match", "photo.jpg", data="restored")
    assert "a@b.example" in typed("cases", "show", case, "--json", data="restored")
    assert later not in typed("cases", "list", "--json", data="restored")
    assert later in typed("cases", "list", "--json")


def case_in(printed: str) -> str:
    """Return the case that a command names first."""
    found = re.search(r"case_[0-9A-Z]+", printed)
    assert found is not None, printed
    return found.group()


def test_only_what_was_encrypted_with_its_keyring_is_restored(shell: Shell, typed: Typed, tmp_path: Path) -> None:
    """A restore without the keyring stops at the start, not at the first report that cannot be read."""
    typed("init")
    shell(BLOCKS[0])
    shell("mkdir restored; cp backup/staydown.db restored/")
    refused = shell("STAYDOWN_DATA=restored staydown init --no-key 2>&1 || true")
    assert "keyring" in refused
    assert not (tmp_path / "restored" / "keyring.json").exists()
