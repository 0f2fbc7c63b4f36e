"""Programs of these tests that add a row to a table before anything imports it, each in a process of its own."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

_ROOT = Path(__file__).parents[3]
_PATIENCE_S = 300


def printed_by(module: str, folder: Path) -> dict[str, Any]:
    """
    Run a program over a fresh folder.

    Returns:
        The JSON of the last line it printed.
    """
    done = subprocess.run(
        [sys.executable, "-m", module, str(folder)],
        cwd=_ROOT,
        env={**os.environ, "PYTHONPATH": str(_ROOT)},
        capture_output=True,
        text=True,
        timeout=_PATIENCE_S,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])
