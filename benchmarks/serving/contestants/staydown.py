"""Ours: `staydown serve` as it is, over a prepared folder."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus

import httpx2

from api.settings import Settings
from benchmarks.serving.contestants.server import RunningServer, started

NAME = "staydown"
_READY_WITHIN_S = 300.0


@contextmanager
def staydown(settings: Settings, *, processes: int) -> Iterator[RunningServer]:
    """
    Run it until the block ends.

    Args:
        settings: Of the prepared folder.

        processes: As many as `--workers` says.
    """
    given = settings.model_dump(mode="json", exclude_unset=True, exclude_none=True)
    environment = {f"STAYDOWN_{name.upper()}": str(value) for name, value in given.items()}
    command = [sys.executable, "-m", "api.cli", "serve", "--port", "0", "--workers", str(processes)]
    log = settings.data / "server.log"
    with started(command, environment=environment, log=log, folder=settings.data) as server:
        _wait_until_ready(server.address, processes)
        yield server


def _wait_until_ready(address: str, processes: int) -> None:
    """Wait for an answer of each process: which one answers a new connection is left to chance."""
    answered, until = 0, time.monotonic() + _READY_WITHIN_S
    while answered < 4 * processes:
        try:
            ready = httpx2.get(f"{address}/readyz", timeout=30).status_code == HTTPStatus.OK
        except httpx2.TransportError:
            ready = False
        answered = answered + 1 if ready else 0
        if not ready:
            if time.monotonic() > until:
                message = f"{address}/readyz did not answer 200 within {_READY_WITHIN_S:.0f} s; see its server.log"
                raise TimeoutError(message)
            time.sleep(0.1)
