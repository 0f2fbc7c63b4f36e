"""The guide for operators is right where it matters most: what it says of backups brings a record back whole."""

import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.helpers.media.pictures import photo_bytes

REPOSITORY = Path(__file__).parents[2]
PAGE = (REPOSITORY / "docs" / "DEPLOYING.md").read_text()
BLOCKS = re.findall(r"```sh\n(.*?)```", PAGE, flags=re.DOTALL)
REPORT = (
    "staydown report photo.jpg --relation subject --nudity --non-consent --good-faith --signature A "
    "--contact a@b.example --url https://b.example/1 | grep -o 'case_[0-9A-Z]*' | head -n 1"
)

Shell = Callable[[str], str]


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


def test_what_was_backed_up_is_there_again(shell: Shell, tmp_path: Path) -> None:
    """The takedown still blocks, the keyring opens what was encrypted, and what came after the backup is gone."""
    shell("staydown init")
    case = shell(REPORT).strip()
    shell(f"staydown look {case} --out looked; staydown decide {case} --uphold")
    back_up, restore = BLOCKS
    shell(back_up)
    later = shell(REPORT.replace("photo.jpg", "--conduct private_info --text call").replace("--nudity ", "")).strip()
    shell(restore)
    restored = "STAYDOWN_DATA=restored staydown"
    assert "block" in shell(f"{restored} match photo.jpg")
    assert "a@b.example" in shell(f"{restored} cases show {case} --json")
    assert later not in shell(f"{restored} cases list --json")
    assert later in shell("staydown cases list --json")


def test_only_what_was_encrypted_with_its_keyring_is_restored(shell: Shell, tmp_path: Path) -> None:
    """A restore without the keyring stops at the start, not at the first report that cannot be read."""
    shell("staydown init")
    shell(BLOCKS[0])
    shell("mkdir restored; cp backup/staydown.db restored/")
    refused = shell("STAYDOWN_DATA=restored staydown init --no-key 2>&1 || true")
    assert "keyring" in refused
    assert not (tmp_path / "restored" / "keyring.json").exists()
