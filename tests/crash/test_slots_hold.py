"""Uploads in four slots, through real processes: none is lost by a kill, and none is missed by another process."""

import os
import random
import secrets
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx2
import pytest

from api.bootstrap import open_service
from api.settings import Settings
from casework.domain.media import Collection
from casework.persistence.connection.database import open_follower
from casework.persistence.index_log.reading import IndexLogReader
from casework.persistence.index_log.slots import layout_of, versions_of
from matcher.hashing.query import Query
from matcher.signals.base import Signal
from tests.crash.processes.servers import Server, pdq, servers, uphold_signals
from tests.helpers.records.databases import KINDS
from tests.helpers.records.empty_records import record_url

KILLS = int(os.environ.get("STAYDOWN_TEST_KILLS", "2"))
ROUNDS = int(os.environ.get("STAYDOWN_TEST_ROUNDS", "8"))
SLOTS = 4
WRITERS = 3


def register(server: Server, *values: str) -> dict:
    """Register an upload by hashes."""
    signals = [{"type": name, "value": value} for name, value in zip(("pdq/1", "phash/1"), values, strict=False)]
    answer = server.http.post("/v1/uploads", json={"upload": {"upload_id": values[0]}, "signals": signals})
    assert answer.status_code == 200, answer.text
    return answer.json()


@pytest.mark.parametrize("kind", KINDS)
def test_acknowledged_uploads_survive_kill_9_in_every_slot(
    kind: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    """Killed at random moments of a stream of registrations, every slot's log is whole, and all of them are found."""
    moments = random.Random(19)
    acknowledged: dict[str, str] = {}
    with record_url(kind, request) as url:
        with servers(tmp_path, 1, database_url=url, upload_slots=str(SLOTS)) as (server,):
            for _ in range(KILLS):
                known = len(acknowledged)
                writers = [
                    threading.Thread(target=register_until_killed, args=(server, acknowledged)) for _ in range(WRITERS)
                ]
                for writer in writers:
                    writer.start()
                while len(acknowledged) < known + 5:  # however busy the machine is, there is something to lose
                    threading.Event().wait(0.05)
                threading.Event().wait(moments.uniform(0.05, 0.6))
                server.kill()
                for writer in writers:
                    writer.join()
                server.start()
        settings = Settings(_env_file=None, data=tmp_path / "data", database_url=url, upload_slots=SLOTS)
        assert min(whole_logs(settings)) > 0
        assert not_found(settings, acknowledged) == []


def register_until_killed(server: Server, acknowledged: dict[str, str]) -> None:
    """Register one upload after another; note each only when it was answered."""
    while True:
        value = secrets.token_hex(32)
        try:
            acknowledged[value] = register(server, value, secrets.token_hex(32))["upload"]
        except httpx2.TransportError:
            return


def whole_logs(settings: Settings) -> Sequence[int]:
    """Make sure that no log has a gap; return how long each is."""
    engine = open_follower(settings.url)
    try:
        with engine.connect() as connection:
            layout, reader = layout_of(connection, Collection.UPLOADS), IndexLogReader(connection)
            versions = versions_of(connection, layout)
            for slot, last in zip(layout.slots, versions, strict=True):
                rows = reader.after(slot, 0, limit=1_000_000)
                assert [row["seq"] for row in rows] == list(range(1, last + 1))
                assert {layout.slot_of(row["item_id"]) for row in rows} <= {slot}
            return versions
    finally:
        engine.dispose()


def not_found(settings: Settings, acknowledged: dict[str, str]) -> list[str]:
    """Return the uploads that a fresh process does not find by their hash."""
    values = list(acknowledged)
    questions = [Query.of_signals([Signal("pdq/1", bytes.fromhex(value), 100)]).codes() for value in values]
    with open_service(settings) as service:
        near = service.replica.near(Collection.UPLOADS, questions).item_ids
        with service.reading() as uow:
            owners = [uow.index_log.owners(found) for found in near]
    return [value for value, found in zip(values, owners, strict=True) if acknowledged[value] not in found]


@pytest.mark.parametrize("kind", KINDS)
def test_no_process_misses_an_upload_that_another_registered(
    kind: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    """Who decides in one process is told of every copy that any process registered before, in whichever slot."""
    with (
        record_url(kind, request) as url,
        servers(tmp_path, 2, database_url=url, upload_slots=str(SLOTS)) as running,
        ThreadPoolExecutor(4) as clients,
    ):
        pairs = [tuple(running[:: 1 if n % 2 else -1]) for n in range(ROUNDS)]
        misses = [miss for found in clients.map(one_round, pairs) for miss in found]
    assert misses == []


def one_round(processes: tuple[Server, Server]) -> list[str]:
    """Register copies here and there, decide there, and return what was missed."""
    first, second = processes
    value = secrets.token_hex(32)
    near = f"{int(value, 16) ^ (1 << 7):064x}"
    register(first, value)
    register(second, near)
    decision = uphold_signals(first, second, pdq(value))
    counted = decision["blast_radius"]["uploads"]
    return [] if counted == 2 else [f"{counted} of 2 counted at {second.port}"]
