"""
A new signal type is one file and one row: a toy hash of 64 bits, in processes that know nothing else of it.

`tests/contracts/toys/toy_signal.py` is that file. Everything here runs our own commands with its row in the table.
"""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import httpx2
import pytest
from PIL import ImageOps

from tests.contracts.typed_commands import TypedCommands
from tests.crash.processes.servers import ASK_AGAIN_S, REPOSITORY, START_TIMEOUT_S, environment_for, free_port
from tests.helpers.media.pictures import encoded, photo
from tests.helpers.running.waiting import eventually

TOY = "tests.contracts.toys.toy_signal"
REPORT = {
    "reporter": {"relation": "subject", "contact": "a@example.org"},
    "statement": {"non_consent": True, "good_faith": True, "signature": "A"},
    "facts": {"nudity": True},
}


@dataclass(frozen=True)
class Running:
    """A service in processes of its own, asked as its administrator, and as the colleague who decides."""

    http: httpx2.Client
    colleague: str
    typed: TypedCommands

    def run(self, *arguments: str) -> str:
        """Run a command beside it and return what it printed."""
        return printed_by(self.typed, *arguments)

    def uphold(self, case_id: str) -> None:
        """Look at a case and decide it."""
        headers = {"Authorization": f"Bearer {self.colleague}"}
        self.http.get(f"/v1/cases/{case_id}/media/0", headers=headers)  # 404 where only signals were sent
        answer = self.http.post(f"/v1/cases/{case_id}/decision", json={"outcome": "uphold"}, headers=headers)
        assert answer.status_code == 200, answer.text

    def toy_of(self, data: bytes) -> str:
        """Ask for a file's toy hash."""
        answer = self.http.post("/v1/hash", files={"media": ("photo.jpg", data)})
        assert answer.status_code == 200, answer.text
        return next(one["value"] for one in answer.json()["signals"] if one["type"] == "toy/1")

    def upload(self, upload_id: str, data: bytes) -> dict:
        """Register an upload."""
        fields = {"upload": json.dumps({"upload_id": upload_id, "depth": "fast"})}
        answer = self.http.post("/v1/uploads", data=fields, files={"media": ("photo.jpg", data)})
        assert answer.status_code == 200, answer.text
        return answer.json()


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """Start a service with the toy's row."""
    environment, port = environment_for(tmp_path_factory.mktemp("toy") / "data", {}), free_port()
    command = [sys.executable, "-m", TOY, "serve", "--port", str(port)]
    with ExitStack() as stack:
        typed = TypedCommands(REPOSITORY, environment, TOY)
        stack.callback(typed.close)
        key = json.loads(printed_by(typed, "init", "--json"))["admin_key"]["key"]
        made = printed_by(typed, "keys", "create", "--role", "moderator", "--name", "colleague", "--json")
        http = httpx2.Client(
            base_url=f"http://127.0.0.1:{port}", headers={"Authorization": f"Bearer {key}"}, timeout=60
        )
        stack.enter_context(http)
        server = stack.enter_context(subprocess.Popen(command, env=environment, cwd=REPOSITORY))
        stack.callback(server.terminate)
        eventually(lambda: is_ready(http, server), patience_s=START_TIMEOUT_S, again_s=ASK_AGAIN_S)
        yield Running(http, json.loads(made)["key"], typed)


def printed_by(typed: TypedCommands, *arguments: str) -> str:
    """Run a command, which succeeds, and return what it printed."""
    ran = typed.run(arguments)
    assert ran.code == 0, ran.err
    return ran.out


def is_ready(http: httpx2.Client, server: subprocess.Popen[bytes]) -> bool:
    """Tell whether the server answers."""
    assert server.poll() is None, "the server ended while starting"
    try:
        return http.get("/readyz", timeout=1).status_code == 200
    except httpx2.TransportError:
        return False


def test_command_line_shows_it(service: Running, tmp_path: Path) -> None:
    """`staydown hash` prints what is taken of a file, a new type too."""
    (tmp_path / "photo.jpg").write_bytes(encoded(photo(11)))
    value = service.toy_of(encoded(photo(11)))
    assert len(value) == 16
    assert f"toy/1     {value}" in service.run("hash", str(tmp_path / "photo.jpg"))
    (hashed,) = json.loads(service.run("hash", "--json", str(tmp_path / "photo.jpg")))
    assert {"type": "toy/1", "value": value}.items() <= hashed["signals"][-1].items()


def test_descriptions_of_the_interface_name_it(service: Running) -> None:
    """Whoever writes a client reads there which types are taken."""
    described = service.http.get("/openapi.json").json()["components"]["schemas"]["SignalIn"]["properties"]["type"]
    assert "toy/1" in described["enum"]


@pytest.mark.parametrize("sealed", [False, True], ids=["in memory", "sealed"])
def test_mirrored_upload_is_found_by_it_alone(service: Running, sealed: bool) -> None:
    """A value that a bank holds is asked for by every picture, in every variant, before it is sealed and after."""
    picture = photo(12 + sealed)
    value = service.toy_of(encoded(picture))
    body = {"report": REPORT, "signals": [{"type": "toy/1", "value": value}]}
    reported = service.http.post("/v1/reports", json=body)
    assert reported.status_code == 201, reported.text
    service.uphold(reported.json()["case_id"])
    if sealed:
        service.run("index", "compact")
        assert "toy/1" in service.run("index", "stats", "--json")
    answer = service.upload(f"mirrored, {sealed}", encoded(ImageOps.mirror(picture)))
    (match,) = answer["matches"]
    assert (match["strength"], match["agreeing"], answer["verdict"]) == ("weak", 0, "allow")
    assert answer["case_id"] is not None, "a person looks at what a hint alone found"
    assert match["explanation"] == "mirrored, re-encoded; only Toy hash, too little to be sure"
    (evidence,) = match["evidence"]
    assert (evidence["signal"], evidence["transformation"], evidence["threshold"]) == ("toy/1", "mirrored", 6)
    assert evidence["distance"] <= 6


def test_report_of_a_picture_stores_it(service: Running) -> None:
    """And beside the others it is shown, agreeing, and does not count as an opinion."""
    picture = photo(15)
    fields = {"report": json.dumps(REPORT)}
    reported = service.http.post("/v1/reports", data=fields, files={"media": ("photo.jpg", encoded(picture))})
    assert reported.status_code == 201, reported.text
    service.uphold(reported.json()["case_id"])
    answer = service.upload("turned", encoded(picture.rotate(-90, expand=True), quality=60))
    (match,) = answer["matches"]
    assert (match["strength"], match["agreeing"], answer["verdict"]) == ("near", 2, "block")
    signals = [one["signal"] for one in match["evidence"]]
    assert signals == ["pdq/1", "phash/1", "toy/1"]
    assert {one["transformation"] for one in match["evidence"]} == {"rotated 90° clockwise"}
