"""Promise 2: whatever is killed at whatever moment, what was acknowledged is there."""

import json
import os
import random
import secrets
import threading
from pathlib import Path

import httpx2
import pytest

from tests.crash.processes.servers import Server, pdq, servers, takedowns_found, uphold_signals
from tests.helpers.media.videos import scene, write_video
from tests.helpers.records.databases import KINDS
from tests.helpers.records.empty_records import record_url
from tests.helpers.running.waiting import eventually

KILLS = int(os.environ.get("STAYDOWN_TEST_KILLS", "2"))
WRITERS = 3


@pytest.mark.parametrize("kind", KINDS)
def test_acknowledged_upholds_survive_kill_9(kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    """
    Killed at random moments of a stream of upholds, the server matches all it acknowledged after each restart, and goes
    on with a video it was reading.
    """
    moments = random.Random(20261121)
    acknowledged: dict[str, str] = {}
    settings = {"async_above_bytes": "0"}
    with record_url(kind, request) as url, servers(tmp_path, 1, database_url=url, **settings) as (server,):
        video = acknowledged_video(server, tmp_path)
        for _ in range(KILLS):
            writers = [
                threading.Thread(target=uphold_until_killed, args=(server, acknowledged)) for _ in range(WRITERS)
            ]
            for writer in writers:
                writer.start()
            while not acknowledged:  # however busy the machine is, there is something to lose
                threading.Event().wait(0.05)
            threading.Event().wait(moments.uniform(0.05, 0.6))
            server.kill()
            for writer in writers:
                writer.join()
            server.start()
            lost = [
                value for value, takedown in acknowledged.items() if takedown not in takedowns_found(server, pdq(value))
            ]
            assert lost == []
        assert answer_of(server, video)["verdict"] == "allow"


def uphold_until_killed(server: Server, acknowledged: dict[str, str]) -> None:
    """Uphold one report after another; note each only when its decision was answered."""
    while True:
        value = secrets.token_hex(32)
        try:
            acknowledged[value] = uphold_signals(server, server, pdq(value))["takedown_id"]
        except httpx2.TransportError:
            return


def acknowledged_video(server: Server, folder: Path) -> str:
    """Send a video that is answered later; return where."""
    film = write_video(folder / "long.mp4", scene(1, frames=200, pan_px=8))
    with film.open("rb") as file:
        fields = {"upload": json.dumps({"upload_id": "long"})}
        accepted = server.http.post("/v1/uploads", data=fields, files={"media": ("a.mp4", file)})
    assert accepted.status_code == 202, accepted.text
    return accepted.headers["Location"]


def answer_of(server: Server, address: str) -> dict:
    """Wait for the end of a job and return its answer."""
    job = eventually(lambda: server.http.get(address).json(), lambda one: one["state"] in ("done", "failed"))
    assert job["state"] == "done", job
    return job["answer"]
