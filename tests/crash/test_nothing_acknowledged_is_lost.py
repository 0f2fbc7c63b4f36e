"""Promise 2: whatever is killed at whatever moment, what was acknowledged is there."""

import os
import random
import secrets
import threading
from pathlib import Path

import httpx2
import pytest

from tests.crash.servers import Server, pdq, servers, takedowns_found, uphold_signals
from tests.databases import KINDS, database_url

KILLS = int(os.environ.get("STAYDOWN_TEST_KILLS", "3"))
WRITERS = 3


@pytest.mark.parametrize("kind", KINDS)
def test_acknowledged_upholds_survive_kill_9(kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    """Killed at random moments of a stream of upholds, the server matches all it acknowledged after each restart."""
    moments = random.Random(20261121)
    acknowledged: dict[str, str] = {}
    with database_url(kind, request) as url, servers(tmp_path, 1, database_url=url) as (server,):
        for _ in range(KILLS):
            writers = [
                threading.Thread(target=uphold_until_killed, args=(server, acknowledged)) for _ in range(WRITERS)
            ]
            for writer in writers:
                writer.start()
            threading.Event().wait(moments.uniform(0.05, 0.6))
            server.kill()
            for writer in writers:
                writer.join()
            server.start()
            lost = [
                value for value, takedown in acknowledged.items() if takedown not in takedowns_found(server, pdq(value))
            ]
            assert lost == []
    assert acknowledged


def uphold_until_killed(server: Server, acknowledged: dict[str, str]) -> None:
    """Uphold one report after another; note each only when its decision was answered."""
    while True:
        value = secrets.token_hex(32)
        try:
            acknowledged[value] = uphold_signals(server, server, pdq(value))["takedown_id"]
        except httpx2.TransportError:
            return
