"""A server that is measured: its process, where it listens, and what it and its children cost."""

import os
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import psutil

_ROOT = Path(__file__).parents[3]
_LAST_S = 30
_IDLE_WITHIN_S = 60.0
_LOOK_EVERY_S = 0.25
_IDLE_SHARE = 0.15
"""Of a core: what background work takes at most while nobody asks."""


@dataclass(frozen=True, slots=True)
class RunningServer:
    """
    A server that answers.

    Args:
        address: ``"http://127.0.0.1:8080"``.

        pid: Of the process that was started.
    """

    address: str
    pid: int

    def processor_s(self) -> float:
        """Return the processor time of all its processes, user and system, also of children that ended."""
        total = 0.0
        with suppress(psutil.Error):
            for one in (parent := psutil.Process(self.pid), *parent.children(recursive=True)):
                with suppress(psutil.Error):
                    total += sum(one.cpu_times()[:4])
        return total

    def wait_until_idle(self) -> None:
        """Wait until it has done with what nobody waits for any more, so that it does not lengthen what comes next."""
        patience = time.monotonic() + _IDLE_WITHIN_S
        before = self.processor_s()
        while time.monotonic() < patience:
            time.sleep(_LOOK_EVERY_S)
            now = self.processor_s()
            if now - before < _IDLE_SHARE * _LOOK_EVERY_S:
                return
            before = now

    def memory_bytes(self) -> int:
        """Return the memory of all its processes; shared pages count once (Pss)."""
        total = 0
        with suppress(psutil.Error):
            for one in (parent := psutil.Process(self.pid), *parent.children(recursive=True)):
                with suppress(psutil.Error):
                    total += one.memory_full_info().pss
        return total


@contextmanager
def started(
    command: Sequence[str], *, environment: Mapping[str, str], log: Path, folder: Path = _ROOT
) -> Iterator[RunningServer]:
    """
    Start a server, wait until it says where it listens, and end it with all its children.

    Args:
        command: That prints a line with its address.

        environment: Beside this process's own, without any setting of the service.

        log: Where its lines go that are no address.

        folder: Where it runs.

    Raises:
        RuntimeError: If it ends before that; with the end of its log.
    """
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("STAYDOWN_")}
    with log.open("w") as lines:
        process = subprocess.Popen(
            command,
            cwd=folder,
            env={**inherited, "PYTHONPATH": str(_ROOT), "PYTHONUNBUFFERED": "1", **environment},
            stdout=subprocess.PIPE,
            stderr=lines,
            text=True,
            start_new_session=True,  # Ctrl-C is for the benchmark, which then ends it
        )
        try:
            assert process.stdout is not None
            yield RunningServer(_address_said(process.stdout, log), process.pid)
        finally:
            _end(process)


def _address_said(lines: IO[str], log: Path) -> str:
    for line in lines:
        address = next((word.strip("(),.") for word in line.split() if word.startswith("http://")), None)
        if address is not None:
            return address
    message = f"a server did not start: {log.read_text()[-2000:].strip() or 'it said nothing'}"
    raise RuntimeError(message)


def _end(process: subprocess.Popen[str]) -> None:
    """End it as an operator does; whatever is left of its session after that is killed."""
    process.terminate()
    with suppress(subprocess.TimeoutExpired):
        process.wait(_LAST_S)
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    if process.stdout is not None:
        process.stdout.close()
