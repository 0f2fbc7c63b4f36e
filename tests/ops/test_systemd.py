"""The unit that we hand out is one that systemd takes, and leaves the service what it needs and little else."""

import shutil
import subprocess
from pathlib import Path

import pytest

UNIT = Path(__file__).parents[2] / "ops" / "systemd" / "staydown.service"
ANALYZE = shutil.which("systemd-analyze")

pytestmark = pytest.mark.skipif(ANALYZE is None, reason="systemd-analyze is not installed (Debian: systemd)")


def test_systemd_takes_every_line(tmp_path: Path) -> None:
    """A directive that is misspelt is ignored at the start, and a wall is missing."""
    program = tmp_path / "staydown"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    unit = tmp_path / "staydown.service"
    unit.write_text(UNIT.read_text().replace("/opt/staydown/bin/staydown", str(program)))
    said = subprocess.run([str(ANALYZE), "verify", "--man=no", unit], capture_output=True, text=True, check=False)
    assert [line for line in said.stderr.splitlines() if "staydown.service" in line] == []
    assert said.returncode == 0, said.stderr


def test_little_is_exposed(tmp_path: Path) -> None:
    """By systemd's own measure, 0 to 10, it stays below 5, which it calls OK; most services have more than 9."""
    said = subprocess.run(
        [str(ANALYZE), "security", "--offline=true", "--threshold=45", UNIT],
        capture_output=True,
        text=True,
        check=False,
    )
    assert said.returncode == 0, said.stdout[-300:]
