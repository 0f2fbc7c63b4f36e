"""Programs of tests that do as they are told on standard input, and end all they started once that is closed."""

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parents[3]
PATIENCE_S = 120


@contextmanager
def told(module: str, settings: Mapping[str, str], log: Path) -> Iterator["subprocess.Popen[str]"]:
    """
    Start a program, and end it.

    Args:
        module: Of these tests.

        settings: Its ``STAYDOWN_…`` variables, all of them.

        log: Where its errors are written.
    """
    others = {name: value for name, value in os.environ.items() if not name.startswith("STAYDOWN_")}
    with (
        log.open("w") as errors,
        subprocess.Popen(
            [sys.executable, "-m", module],
            cwd=ROOT,
            env={**others, **settings},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
        ) as process,
    ):
        assert process.stdin is not None
        try:
            yield process
        finally:
            process.stdin.close()
            try:
                process.wait(PATIENCE_S)
            except subprocess.TimeoutExpired:  # the kernel ends what it started
                process.kill()
