"""`staydown health` says the truth to whatever restarts a container or wakes somebody, and says it soon."""

import os
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from inspect import signature
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from api.app import create_app
from api.background.worker import Worker
from api.bootstrap import open_service
from api.cli.commands.operating.health import ADDRESS
from api.cli.commands.operating.serve import serve
from api.http.watching.watched import Watched
from casework.persistence.machine_files.shared_totals import SharedTotals
from tests.api.cli.conftest import Shell
from tests.api.conftest import settings_in
from tests.helpers.counterparts.receiver import closed_url
from tests.helpers.records.empty_records import prepare_empty
from tests.helpers.running.servers import served
from tests.helpers.running.waiting import eventually

REPOSITORY = Path(__file__).parents[5]
WORKS = {("staydown_workers", ()): 1.0}


@contextmanager
def answering(status: int, body: str) -> Iterator[str]:
    """Answer every request alike, and yield the address."""

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with HTTPServer(("127.0.0.1", 0), Answer) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


def test_it_asks_where_a_server_listens_unless_told_otherwise() -> None:
    """A container that listens on the default port needs no option for its health."""
    defaults = {name: one.default for name, one in signature(serve).parameters.items()}
    address = urlsplit(ADDRESS)
    assert (address.hostname, address.port) == (defaults["host"], defaults["port"])


def test_server_that_is_ready_is_well(shell: Shell, tmp_path: Path) -> None:
    """Exit 0, and one word; and where it delivers itself, a worker works there."""
    settings = settings_in(tmp_path)
    prepare_empty(settings)
    with served(create_app(settings)) as server:
        ran = eventually(lambda: shell("health", "--server", server.url), lambda ran: ran.code == 0)
        assert ran.out == "ready\n"
        assert shell("health", "--server", f"{server.url}/", "--json").document == {"ok": True, "trouble": None}
        eventually(lambda: shell("health", "--worker"), lambda ran: ran.code == 0)


@pytest.mark.parametrize(
    ("status", "body", "said"),
    [
        (503, '{"ready": false, "checks": {"database": "is away", "index": "ok"}}', "not ready: database: is away\n"),
        (503, '{"ready": false}', "not ready: /readyz is answered 503\n"),
        (200, '{"ready": false, "checks": {"disk": "full"}}', "not ready: disk: full\n"),
        (200, "It works!", "not ready: /readyz is answered 200\n"),
        (404, "[]", "not ready: /readyz is answered 404\n"),
        (200, '{"ready": "yes", "checks": ["ok"]}', "not ready: /readyz is answered 200\n"),
    ],
)
def test_what_is_not_ready_is_told_with_why(shell: Shell, status: int, body: str, said: str) -> None:
    """What answers at that address may be another service, or a proxy's page of errors."""
    with answering(status, body) as url:
        ran = shell("health", "--server", url)
        assert (ran.code, ran.out) == (1, said)


def test_nobody_there_is_told_in_one_line(shell: Shell) -> None:
    """A refused connection is what a server that starts, or is gone, looks like."""
    url = closed_url().rstrip("/")
    ran = shell("health", "--server", url)
    assert ran.code == 1
    assert ran.out.startswith(f"{url} does not answer")
    assert ran.out.count("\n") == 1


@pytest.mark.parametrize("address", ["127.0.0.1:8080", "ftp://127.0.0.1", "http://", "http://127.0.0.1:x"])
def test_address_that_is_none_is_told(shell: Shell, address: str) -> None:
    """Not a traceback in the log of whatever asks every half minute."""
    ran = shell("health", "--server", address)
    assert ran.code == 1
    assert address in ran.out + ran.err


def test_no_proxy_of_the_environment_is_asked(tmp_path: Path) -> None:
    """A container is often told of a proxy for the way out; its health is not found out there."""
    with answering(200, '{"ready": true, "checks": {}}') as url:
        asked = run_apart(tmp_path, "--server", url, more={"HTTP_PROXY": closed_url(), "http_proxy": closed_url()})
    assert asked == "ready"


def test_asking_a_server_imports_nothing_heavy(tmp_path: Path) -> None:
    """It is asked every half minute, in a process of its own each time."""
    program = (
        "import sys; from api.cli import main; main(['health', '--server', sys.argv[1]]); print(*sys.modules, sep=',')"
    )
    with answering(200, '{"ready": true, "checks": {}}') as url:
        ran = subprocess.run([sys.executable, "-c", program, url], cwd=REPOSITORY, capture_output=True, check=True)
    imported = set(ran.stdout.decode().splitlines()[-1].split(","))
    assert imported & {"numpy", "numba", "faiss", "sqlalchemy", "fastapi", "uvicorn", "pydantic_settings"} == set()


def run_apart(folder: Path, *arguments: str, more: Mapping[str, str]) -> str:
    """Run the command in a process of its own, with these variables; return the last line."""
    ran = subprocess.run(
        [sys.executable, "-m", "api.cli", "health", *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(REPOSITORY), **more},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return (ran.stdout + ran.stderr).splitlines()[-1]


def test_worker_is_well_while_it_works_and_not_afterwards(shell: Shell, tmp_path: Path) -> None:
    """Its heartbeat comes from the process that has its threads, and only while all of them run."""
    settings = settings_in(tmp_path)
    prepare_empty(settings)
    assert shell("health", "--worker").code == 1
    with open_service(settings) as service:
        Watched(service).publish()
        assert shell("health", "--worker").code == 1  # a server that leaves the work to others
        with Worker(service) as worker:
            watched = Watched(service, works=lambda: worker.works)
            watched.publish()
            ran = shell("health", "--worker")
            assert (ran.code, ran.out) == (0, "a worker works\n")
        watched.publish()
        assert shell("health", "--worker").code == 1
    assert shell("health", "--worker", "--json").document["ok"] is False


def test_heartbeat_of_another_host_or_of_long_ago_is_none(shell: Shell, tmp_path: Path) -> None:
    """Containers that share a volume have a worker each: one that lives says nothing of one that does not."""
    (tmp_path / "data").mkdir()
    now = [0.0]
    totals = SharedTotals(tmp_path / "data" / "metrics.db")
    old = SharedTotals(tmp_path / "data" / "metrics.db", now=lambda: now[0])
    totals.add({}, process="another-host/7-abc", levels=WORKS)
    assert shell("health", "--worker").code == 1
    old.add({}, process=f"{os.uname().nodename}/7-def", levels=WORKS)
    assert shell("health", "--worker").code == 1
    totals.add({}, process=f"{os.uname().nodename}/7-def", levels=WORKS)
    assert shell("health", "--worker").code == 0
    totals.close()
    old.close()


def test_asking_after_a_worker_makes_no_file(shell: Shell, tmp_path: Path) -> None:
    """Asked by another user, root for one, it would make a file that the service cannot write."""
    assert shell("health", "--worker").code == 1
    assert not (tmp_path / "data").exists()
