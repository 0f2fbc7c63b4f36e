"""Promise 1: once a decision is acknowledged, no request that starts afterwards, in any process, misses it."""

import os
import secrets
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.crash.processes.servers import Server, local, pdq, servers, takedowns_found, uphold_signals
from tests.helpers.media.textures import texture
from tests.helpers.records.databases import KINDS
from tests.helpers.records.empty_records import record_url

ROUNDS = int(os.environ.get("STAYDOWN_TEST_ROUNDS", "8"))
ASKED = os.environ.get("STAYDOWN_TEST_ASKED", "hash parts").split()
"""Questions by parts take ten times as long; `hash` alone leaves them out, for many rounds in the event loop."""

PROCESSES = 4


@pytest.mark.parametrize("kind", KINDS)
def test_no_process_misses_a_takedown_or_a_withdrawal(
    kind: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    """Upheld in one process, matched at once in another; withdrawn in a third, gone at once in a fourth."""
    with (
        record_url(kind, request) as url,
        servers(tmp_path, PROCESSES, database_url=url) as running,
        ThreadPoolExecutor(PROCESSES) as clients,
    ):
        rounds = [running[n % PROCESSES :] + running[: n % PROCESSES] for n in range(ROUNDS)]
        misses = [miss for found in clients.map(one_round, rounds) for miss in found]
    assert misses == []


def one_round(processes: list[Server]) -> list[str]:
    """Tell one story over four processes, by hash and by parts, and return what was missed."""
    first, second, third, fourth = processes
    value = secrets.token_hex(32)
    picture = texture(int(value[:8], 16), width=320, height=240)
    banked = {"hash": pdq(value), "parts": local(picture)}
    questions = {by: one for by, one in {"hash": pdq(value), "parts": local(picture[40:, 60:])}.items() if by in ASKED}
    takedown_id = uphold_signals(first, second, *(banked[by] for by in ASKED))["takedown_id"]

    def found(server: Server, question: dict[str, str]) -> bool:
        return takedown_id in takedowns_found(server, question)

    misses = [
        f"takedown by {by} at {server.port}"
        for server in (third, first)
        for by, question in questions.items()
        if not found(server, question)
    ]
    withdrawal = fourth.http.post(f"/v1/takedowns/{takedown_id}/withdraw", json={"reason": "test"})
    assert withdrawal.status_code == 200, withdrawal.text
    return misses + [
        f"withdrawal by {by} at {server.port}"
        for server in (second, third)
        for by, question in questions.items()
        if found(server, question)
    ]
