"""Real server processes over one data folder, started, asked and killed by tests."""

import os
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from multiprocessing.process import BaseProcess
from pathlib import Path

import httpx2
import numpy as np

from api.cli.local import open_record
from api.security.keys import KeyTerms, create_key
from api.settings import Settings
from casework.domain.actor import Role, policy_actor
from matcher.signals.local import extract_reference
from tests.crash.processes import forked
from tests.crash.processes.forked import REPOSITORY
from tests.helpers.records.empty_records import prepare_empty
from tests.helpers.running.waiting import eventually

START_TIMEOUT_S = 300
ASK_AGAIN_S = 0.05
"""A starting server has much to do: who asks without a pause takes the processor from it."""
STOP_TIMEOUT_S = 20


class Server:
    """
    One server process.

    Args:
        data: The data folder.

        key: Key of an admin.

        reporter: Key under which reports are filed: nobody decides on their own.

        settings: More settings, by the names of their variables.
    """

    def __init__(self, data: Path, key: str, reporter: str, settings: Mapping[str, str]) -> None:
        self._data = data
        self.as_reporter = {"Authorization": f"Bearer {reporter}"}
        self._settings = settings
        self.http = httpx2.Client(headers={"Authorization": f"Bearer {key}"}, timeout=60)
        self._choose_port()
        self._process: BaseProcess | None = None

    def start(self) -> "Server":
        """Start the process and wait until it is ready."""
        environment = environment_for(self._data, self._settings)
        if is_taken(self.port):  # by somebody else on this machine, since it was chosen or left
            self._choose_port()
        self._process = forked.start(forked.serve, self.port, environment=environment)
        eventually(self._is_ready, patience_s=START_TIMEOUT_S, again_s=ASK_AGAIN_S)
        return self

    def kill(self) -> None:
        """Kill it as a power cut would: no handler runs."""
        assert self._process is not None
        self._process.kill()
        self._process.join()

    def stop(self) -> None:
        """End it, if it runs, and its client."""
        self.http.close()
        if self._process is not None and self._process.is_alive():
            self._process.terminate()
            self._process.join(STOP_TIMEOUT_S)
            self.kill()

    def _choose_port(self) -> None:
        self.port = free_port()
        self.http.base_url = f"http://127.0.0.1:{self.port}"

    def _is_ready(self) -> bool:
        assert self._process is not None
        assert self._process.is_alive(), "the server ended while starting"
        try:
            return self.http.get("/readyz", timeout=1).status_code == 200
        except httpx2.TransportError:
            return False


class WorkerProcess:
    """
    One `staydown worker`, beside the servers over a data folder.

    Args:
        data: The data folder.

        settings: More settings, by the names of their variables.
    """

    def __init__(self, data: Path, settings: Mapping[str, str]) -> None:
        self._environment = environment_for(data, settings)
        self._process: BaseProcess | None = None

    def start(self) -> "WorkerProcess":
        """Start the process; it is at work soon after."""
        self._process = forked.start(forked.work, environment=self._environment)
        return self

    def kill(self) -> None:
        """Kill it as a power cut would."""
        assert self._process is not None
        self._process.kill()
        self._process.join()


def environment_for(data: Path, settings: Mapping[str, str]) -> dict[str, str]:
    """Return the variables of a process over a data folder."""
    return {
        **os.environ,
        "STAYDOWN_DATA": str(data),
        "STAYDOWN_DECODE_WORKERS": "1",
        "STAYDOWN_DEEP_BUDGET_MS": "60000",  # a machine that is busy with tests is no miss
        "PYTHONPATH": str(REPOSITORY),
        **settings,
    }


@contextmanager
def worker_beside(folder: Path, **settings_by_name: str) -> Iterator[WorkerProcess]:
    """Run a worker process over the folder that `servers` prepared, with the same settings."""
    worker = WorkerProcess(folder / "data", variables_of(settings_by_name)).start()
    try:
        yield worker
    finally:
        worker.kill()


def variables_of(settings_by_name: Mapping[str, str]) -> dict[str, str]:
    """Name settings as the environment does."""
    return {f"STAYDOWN_{name.upper()}": value for name, value in settings_by_name.items()}


@contextmanager
def servers(folder: Path, count: int, **settings_by_name: str) -> Iterator[list[Server]]:
    """Run several server processes over one data folder, with more settings: ``database_url="postgresql…"``."""
    settings = Settings(_env_file=None, data=folder / "data", **settings_by_name)
    variables = variables_of(settings_by_name)
    prepare_empty(settings)
    with open_record(settings) as uow:
        made = create_key(uow, KeyTerms("admin", Role.ADMIN, trusted=True), actor=policy_actor("tests"))
        form = create_key(uow, KeyTerms("form", Role.INTAKE), actor=policy_actor("tests"))
    running = [Server(settings.data, made.key, form.key, variables) for _ in range(count)]
    try:
        for server in running:
            server.start()
        yield running
    finally:
        for server in running:
            server.stop()


def is_taken(port: int) -> bool:
    """Tell whether a process could not listen on a loopback port now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # what its last connections left does not count
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return True
    return False


def free_port() -> int:
    """Return a loopback port nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


Signal = dict[str, str]


def pdq(value: str) -> Signal:
    """Return a hash as it is sent; without a quality it counts as good."""
    return {"type": "pdq/1", "value": value}


def local(pixels: np.ndarray) -> Signal:
    """Return a picture's local features as they are sent."""
    return {"type": "local/1", "value": extract_reference(pixels).to_bytes().hex()}


def uphold_signals(report_at: Server, decide_at: Server, *signals: Signal) -> dict:
    """Report an intimate picture by signals alone at one server and uphold it at another."""
    report = {
        "report": {
            "reporter": {"relation": "subject"},
            "statement": {"non_consent": True},
            "facts": {"nudity": True},
        },
        "signals": list(signals),
    }
    filed = report_at.http.post("/v1/reports", json=report, headers=report_at.as_reporter)
    assert filed.status_code == 201, filed.text
    decision = decide_at.http.post(f"/v1/cases/{filed.json()['case_id']}/decision", json={"outcome": "uphold"})
    assert decision.status_code == 200, decision.text
    return decision.json()


def takedowns_found(server: Server, *signals: Signal) -> set[str]:
    """Ask a server which takedowns match."""
    answer = server.http.post("/v1/match", json={"signals": list(signals), "depth": "deep"})
    assert answer.status_code == 200, answer.text
    return {match["takedown_id"] for match in answer.json()["matches"]}
