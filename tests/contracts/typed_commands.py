"""Commands typed one after another into one process: loading the program takes seconds, and is done once."""

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

_PATIENCE_S = 300
_PROGRAM = Path(__file__).parent / "recorded" / "one_process.py"


@dataclass(frozen=True)
class Printed:
    """What a command did: exit code, standard output, standard error."""

    code: int
    out: str
    err: str


class TypedCommands:
    """
    A process that runs one command after another, each as `python -m MODULE` would.

    Args:
        folder: Where commands are typed.

        variables: Environment variables of the process, all of them.

        module: What runs them: `api.cli`, or a module that is it with something added.
    """

    def __init__(self, folder: Path, variables: Mapping[str, str], module: str = "api.cli") -> None:
        self._process = subprocess.Popen(
            [sys.executable, str(_PROGRAM), module],
            env=dict(variables),
            cwd=folder,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def run(self, arguments: Sequence[str]) -> Printed:
        """Run a command to its end."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(list(arguments)) + "\n")
        self._process.stdin.flush()
        answer = json.loads(self._process.stdout.readline())
        return Printed(answer["exit"], answer["out"], answer["err"])

    def close(self) -> None:
        """End the process."""
        self._process.communicate(timeout=_PATIENCE_S)
