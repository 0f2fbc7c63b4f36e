"""
Restricted at once: once a report is acknowledged no process misses a copy; once it is rejected nothing is left, in the
index of any process or owed to anybody downstream.
"""

import os
import secrets
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from api.replica.indexes import read_live_items
from api.settings import Settings
from casework.domain.media import Collection
from casework.persistence.connection.database import open_reader
from tests.crash.processes.servers import Server, pdq, servers, takedowns_found
from tests.helpers.records.databases import KINDS
from tests.helpers.records.empty_records import record_url
from tests.helpers.running.waiting import eventually

ROUNDS = int(os.environ.get("STAYDOWN_TEST_ROUNDS", "8"))
PROCESSES = 4


@pytest.mark.parametrize("kind", KINDS)
def test_no_process_lets_a_copy_through_before_a_person_decides(
    kind: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    """Reported in one process, held at once in the others; rejected in one, let go at once everywhere."""
    with (
        record_url(kind, request) as url,
        servers(tmp_path, PROCESSES, database_url=url) as running,
        ThreadPoolExecutor(PROCESSES) as clients,
    ):
        made = running[0].http.post("/v1/destinations", json={"name": "ledger", "kind": "file", "path": "told.ndjson"})
        assert made.status_code == 201, made.text
        rounds = [(n, running[n % PROCESSES :] + running[: n % PROCESSES]) for n in range(ROUNDS)]
        told = list(clients.map(one_round, rounds))
        left = interims(running[0])
        live = live_items(Settings(_env_file=None, data=tmp_path / "data", database_url=url))
        for interim, _ in told:
            eventually(lambda interim=interim: ledger(running[0], interim), is_settled)
    assert [one for _, wrong in told for one in wrong] == []
    assert left == []
    assert live == []


def one_round(story: tuple[int, list[Server]]) -> tuple[str, list[str]]:
    """Tell one story over four processes; return its interim takedown and what went wrong; every other is a dispute."""
    number, (first, second, third, fourth) = story
    value = secrets.token_hex(32)
    filed = report(first, value, disputed=number % 2 == 0)
    interim = filed["interim"]["takedown_id"]
    copies = [upload(server, value) for server in (second, third)]
    wrong = [f"a copy at {one['server']}: {one['verdict']}" for one in copies if one["verdict"] != "hold"]
    wrong += [f"a question at {server.port}" for server in (third, fourth) if interim not in found(server, value)]
    rejected = fourth.http.post(
        f"/v1/cases/{filed['case_id']}/decision", json={"outcome": "reject", "override_reason": "test"}
    )
    assert rejected.status_code == 200, rejected.text
    wrong += [f"found after the end at {server.port}" for server in (first, second) if found(server, value)]
    for one in copies:
        now = third.http.get(f"/v1/uploads/{one['upload']}").json()["verdict"]
        wrong += [] if now == "allow" else [f"{one['upload']} is {now} after the end"]
    again = upload(first, value)["verdict"]
    wrong += [] if again == "allow" else [f"a copy after the end: {again}"]
    ended = second.http.get(f"/v1/takedowns/{interim}").json()
    if (ended["state"], ended["signals"]) != ("withdrawn", {}):
        wrong.append(f"left: {ended['state']} {ended['signals']}")
    return interim, wrong


def found(server: Server, value: str) -> set[str]:
    """Ask which takedowns match a hash."""
    return takedowns_found(server, pdq(value))


def report(server: Server, value: str, *, disputed: bool) -> dict:
    """Report an intimate picture by its hash: as a stranger, or where the poster claims permission."""
    facts = {"nudity": True, **({"permission_evidence": "claimed_by_poster"} if disputed else {})}
    body = {
        "report": {
            "reporter": {"relation": "subject" if disputed else "third_party"},
            "statement": {"non_consent": True},
            "facts": facts,
        },
        "signals": [pdq(value)],
    }
    filed = server.http.post("/v1/reports", json=body, headers=server.as_reporter)
    assert filed.status_code == 201, filed.text
    return filed.json()


def upload(server: Server, value: str) -> dict:
    """Register a copy by its hash."""
    body = {"upload": {"upload_id": secrets.token_hex(8)}, "signals": [pdq(value)]}
    answer = server.http.post("/v1/uploads", json=body)
    assert answer.status_code == 200, answer.text
    return {**answer.json(), "server": server.port}


def live_items(settings: Settings) -> list[int]:
    """List what the record says the index holds of takedowns."""
    reader = open_reader(settings.url)
    try:
        return [item.item_id for item in read_live_items(reader, Collection.TAKEDOWNS)().items]
    finally:
        reader.dispose()


Told = list[tuple[str, str]]


def ledger(server: Server, interim: str) -> Told:
    """List what a destination was, or is still to be, told of an interim takedown and its end."""
    lines = server.http.get(f"/v1/takedowns/{interim}/propagation").json()["items"]
    return [(one["type"], one["state"]) for one in lines if one["type"].startswith("takedown.")]


def is_settled(told: Told) -> bool:
    """Tell whether the destination got the interim and, after it, its end, and nothing is owed to it any more."""
    return told == [("takedown.interim", "delivered"), ("takedown.interim_ended", "delivered")]


def interims(server: Server) -> list[dict]:
    """List what is still restricted without a decision."""
    return server.http.get("/v1/takedowns?state=interim").json()["items"]
