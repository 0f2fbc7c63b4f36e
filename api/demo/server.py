"""A real server in a process of its own, for as long as a `with` block lasts; nothing is left afterwards."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from httpx2 import HTTPError

from api.shell.errors import CommandError

_STOP_TIMEOUT_S = 15

_DEEP_BUDGET_MS = "60000"
"""On a busy machine half a second is over before every part of a picture was compared."""


@dataclass(frozen=True, slots=True)
class StartingServer:
    """
    A server on its way up.

    Args:
        process: The running server.

        log: What it writes to standard error.
    """

    process: subprocess.Popen[str]
    log: Path

    def address(self) -> str:
        """
        Wait for its address. Requests sent there are answered once it is up.

        Raises:
            CommandError: If it ended instead.
        """
        line = "" if self.process.stdout is None else self.process.stdout.readline()
        for word in line.split():
            if word.startswith("http://"):
                return word
        message = f"the demo's server did not start:\n{self.log.read_text()}"
        raise CommandError(message)


@contextmanager
def running_server(data: Path) -> Iterator[StartingServer]:
    """
    Start a server over a data folder on a free port of this machine, and end it with the block.

    Args:
        data: The folder; the operator's own settings for another one do not count.
    """
    log = data / "server.log"
    patient = {"STAYDOWN_DEEP_BUDGET_MS": _DEEP_BUDGET_MS}  # nobody comes back here for what is found later
    environment = {**patient, **os.environ, "STAYDOWN_DATA": str(data), "STAYDOWN_DATABASE_URL": ""}
    with log.open("w") as errors:
        process = subprocess.Popen(
            [sys.executable, "-m", "api.cli", "serve", "--port", "0"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=errors,
            env=environment,
            text=True,
            process_group=0,  # Ctrl-C is for the story, which then ends its server
        )
    try:
        yield StartingServer(process, log)
    except HTTPError as error:
        if process.poll() is None:
            raise
        message = f"the demo's server ended with {process.returncode}:\n{log.read_text()}"
        raise CommandError(message) from error
    finally:
        process.terminate()
        try:
            process.wait(_STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        if process.stdout is not None:
            process.stdout.close()
