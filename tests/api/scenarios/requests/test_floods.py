"""Whoever floods the service waits for themselves: nobody else does, and nothing is spent on who has no key."""

import json
import select
import socket
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass

import httpx2
import pytest

from api.app import create_app
from api.security.keys import KeyTerms, create_key
from api.service import Service
from benchmarks.service.attacks.hostile_files import hostile_files
from casework.domain.actor import Role
from tests.api.conftest import TESTER, settings_in
from tests.helpers.media.animations import animation_of_dots
from tests.helpers.media.pictures import photo_bytes
from tests.helpers.records.empty_records import prepare_empty
from tests.helpers.running.scrapes import scraped, series
from tests.helpers.running.servers import Served, served
from tests.helpers.running.waiting import eventually

WAITING = 3
FORM = "multipart/form-data; boundary=x"
LONG = animation_of_dots(500, side_px=500)
"""11 KB that take longer to decode than any of these tests takes."""


@dataclass(frozen=True)
class Flooded:
    """
    A service on loopback.

    Args:
        server: Where it is.

        service: What it holds.
    """

    server: Served
    service: Service

    def key(self, name: str, *, trusted: bool = False) -> str:
        """Make a key of a pipeline."""
        with self.service.writing() as uow:
            return create_key(uow, KeyTerms(name, Role.PIPELINE, trusted=trusted), actor=TESTER).key

    def begin(self, path: str, body: bytes, kind: str, *, key: str | None, size: int | None = None) -> socket.socket:
        """Send a request, whole or in part, and do not wait for its answer."""
        authorization = "" if key is None else f"authorization: Bearer {key}\r\n"
        head = f"POST {path} HTTP/1.1\r\nhost: x\r\n{authorization}content-type: {kind}\r\n"
        return self.server.connect(f"{head}content-length: {size or len(body)}\r\n\r\n".encode() + body)

    def ask_about(self, data: bytes, key: str) -> socket.socket:
        """Ask about a file, and do not wait for the answer."""
        asked = httpx2.Request("POST", self.server.url, files={"media": ("x", data)})
        return self.begin("/v1/match", asked.read(), asked.headers["content-type"], key=key)


@pytest.fixture(scope="module")
def flooded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flooded]:
    """Serve with a short queue; reports are taken without a key."""
    settings = settings_in(
        tmp_path_factory.mktemp("flooded"),
        decode_waiting_per_key=WAITING,
        public_reports=True,
        public_reports_per_hour=4,
        decode_timeout_s=600,
    )
    prepare_empty(settings)
    app = create_app(settings)
    with served(app) as server:
        assert httpx2.get(f"{server.url}/readyz", timeout=60).json()["ready"] is True
        yield Flooded(server, app.state.service)


def status_of(connection: socket.socket) -> int:
    """Read the status of an answer."""
    return int(connection.recv(2000).split()[1])


def hung_up(flooded: Flooded) -> float:
    """Return how many questions about files ended with their client."""
    labels = {"method": "POST", "route": "/v1/match", "status": "499"}
    return scraped(flooded.server.url).get(series("staydown_requests_total", **labels), 0.0)


def test_flood_of_one_key_keeps_nobody_else_waiting(flooded: Flooded):
    """45 uploads of an 11 KB animation took all threads: nobody was answered for minutes, even after they had gone."""
    attacker, other = flooded.key("attacker"), flooded.key("other", trusted=True)
    before = hung_up(flooded)
    with ExitStack() as flood, httpx2.Client(base_url=flooded.server.url, timeout=60) as http:
        sent = [flood.enter_context(flooded.ask_about(LONG, attacker)) for _ in range(1 + WAITING + 4)]
        refused = eventually(lambda: select.select(sent, [], [], 0)[0], lambda answered: len(answered) == 4)
        answers = [one.recv(2000) for one in refused]
        assert all(answer.startswith(b"HTTP/1.1 429") and b"retry-after: " in answer for answer in answers)
        with flooded.begin("/v1/match", b"", FORM, key=attacker, size=5_000_000) as unread:
            assert status_of(unread) == 429
        headers = {"Authorization": f"Bearer {other}"}
        assert http.get("/readyz").json()["ready"] is True
        signals = [{"type": "pdq/1", "value": "0f" * 32}]
        assert http.post("/v1/match", json={"signals": signals}, headers=headers).status_code == 200
        assert http.post("/v1/match", files={"media": ("x", photo_bytes(1))}, headers=headers).status_code == 200
    eventually(lambda: hung_up(flooded) - before, lambda count: count == 1 + WAITING)
    with flooded.ask_about(photo_bytes(2), attacker) as connection:
        assert status_of(connection) == 200


def test_hostile_files_of_twelve_formats_are_no_error_of_ours(flooded: Flooded):
    """Two thousand of them, with the innocents beside them, are a benchmark: `python -m benchmarks abuse`."""
    headers = {"Authorization": f"Bearer {flooded.key('hostile')}"}
    with httpx2.Client(base_url=flooded.server.url, headers=headers, timeout=60) as http:
        for number, data in enumerate(hostile_files(15, seed=4)):
            answer = http.post("/v1/match", files={"media": ("x", data)})
            assert answer.status_code < 500, (number, answer.text)


@pytest.mark.parametrize("path", ["/v1/uploads", "/v1/match/batch", "/v1/keys", "/v1/cases/x/decision"])
@pytest.mark.parametrize("kind", ["application/json", FORM])
@pytest.mark.parametrize("key", [None, "sdk_unknown"])
def test_nothing_of_a_body_is_awaited_before_the_key_is_known(flooded: Flooded, path: str, kind: str, key: str | None):
    """Bodies of strangers were collected, parsed and written to the disk before they were refused."""
    with flooded.begin(path, b"", kind, key=key, size=5_000_000) as connection:
        assert status_of(connection) == 401


def test_json_of_strangers_is_refused_by_its_size(flooded: Flooded):
    """A receipt is asked for without a key, with a line of text."""
    path, kind = "/v1/receipts/x/withdraw", "application/json"
    with flooded.begin(path, b"[" * 60_000, kind, key=None) as connection:
        assert status_of(connection) in {400, 422}
    with flooded.begin(path, b"", kind, key=None, size=100_000) as connection:
        assert status_of(connection) == 413


def test_report_of_the_public_is_taken(flooded: Flooded):
    """What keeps strangers out must let those in who are welcome."""
    report = {"report": json.dumps({"reporter": {"relation": "subject"}})}
    files = {"media": ("x", photo_bytes(3))}
    assert httpx2.post(f"{flooded.server.url}/v1/reports", data=report, files=files, timeout=60).status_code == 201


def test_public_report_is_counted_before_its_body_is_read(flooded: Flooded):
    """The limit of an address is there to save work, too."""
    while httpx2.post(f"{flooded.server.url}/v1/reports", json={}, timeout=60).status_code != 429:
        pass
    with flooded.begin("/v1/reports", b"", FORM, key=None, size=5_000_000) as connection:
        assert connection.recv(2000).startswith(b"HTTP/1.1 429")


def test_client_that_leaves_its_body_half_sent_leaves_nothing_behind(flooded: Flooded):
    """A client that hangs up is no error of ours, and its file goes with it."""
    before = hung_up(flooded)
    begun = b'--x\r\ncontent-disposition: form-data; name="media"; filename="x"\r\n\r\n' + bytes(2_500_000)
    incoming = flooded.service.settings.incoming_folder
    with flooded.begin("/v1/match", begun, FORM, key=flooded.key("half"), size=5_000_000):
        eventually(lambda: list(incoming.glob("*.part")))
    eventually(lambda: hung_up(flooded) - before, lambda count: count == 1)
    assert not list(incoming.glob("*.part"))
