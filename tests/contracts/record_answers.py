"""
Records what the service and the command line answer: `python -m tests.contracts.record_answers`.

Run it after a change that is meant to be seen from outside, and commit `tests/golden/answers.jsonl` with the change: a
line for each request or command, with its answer. `tests/contracts/test_recorded_answers.py` compares every later
version with it and shows what differs.
"""

import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tests.contracts.recorded.pictures import files
from tests.contracts.recorded.service import running
from tests.contracts.recorded.shell import commands
from tests.contracts.recorded.story import run_story

GOLDEN = Path(__file__).parents[1] / "golden" / "answers.jsonl"

Recording = list[dict[str, Any]]


def ask_http(folder: Path) -> Recording:
    """Tell the story to a service over a fresh folder; return each request with its answer."""
    with running(folder, files()) as service:
        run_story(service)
        return service.recorded


def run_commands(folder: Path) -> Recording:
    """Run every command over a fresh folder; return each with what it printed."""
    return commands(folder, files())


def recorded() -> dict[str, Recording]:
    """Read the recording."""
    lines = [json.loads(line) for line in GOLDEN.read_text(encoding="utf-8").splitlines()]
    return {kind: [one[kind] for one in lines if kind in one] for kind in ("http", "shell")}


def record() -> None:
    """Write the recording again."""
    with TemporaryDirectory() as http, TemporaryDirectory() as shell:
        lines = [{"http": one} for one in ask_http(Path(http))] + [{"shell": one} for one in run_commands(Path(shell))]
    written = "".join(json.dumps(line, sort_keys=True, ensure_ascii=False) + "\n" for line in lines)
    GOLDEN.write_text(written, encoding="utf-8")


if __name__ == "__main__":
    record()
