"""
Destinations that fail, hang, hang up and answer twice; servers and a worker killed with -9 at random; all at once.

A few seconds here; ``STAYDOWN_TEST_CHAOS_S=300`` makes it minutes.
"""

import os
import random
import secrets
import threading
import uuid
from contextlib import ExitStack
from pathlib import Path

import httpx2
import pytest

from tests.crash.processes.servers import Server, WorkerProcess, servers, worker_beside
from tests.helpers.counterparts.receiver import SECRET, Receiver, receiver
from tests.helpers.records.databases import KINDS
from tests.helpers.records.empty_records import record_url
from tests.helpers.running.waiting import eventually

pytestmark = pytest.mark.crash

CHAOS_S = float(os.environ.get("STAYDOWN_TEST_CHAOS_S", "4"))
CLIENTS = 3
AT_LEAST = 2
"""Takedowns that each client makes, however short the time was."""
TYPES = ["takedown.created", "takedown.reversed"]
SETTINGS = {
    "allow_private_destinations": "true",
    "delivery_timeout_s": "1",
    "retry_first_s": "0.05",
    "retry_cap_s": "0.5",
    "retry_attempts": "100000",
}

MOODS: dict[str, list[str]] = {
    "sound": ["ok"],
    "failing": ["500", "404", "503", "ok"],
    "hanging up": ["drop", "refuse", "ok"],
    "answering twice": ["twice"],
    "hanging": ["hang", "ok", "ok"],
    "dead": ["500"],
}


@pytest.mark.parametrize("kind", KINDS)
def test_every_event_arrives_once_and_in_order(kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    """Whatever fails: each event reaches each destination, no reversal comes first, the ledger tells the truth."""
    rng = random.Random(20261121)
    with ExitStack() as stack:
        url = stack.enter_context(record_url(kind, request))
        running = stack.enter_context(servers(tmp_path, 2, database_url=url, **SETTINGS))
        worker = stack.enter_context(worker_beside(tmp_path, database_url=url, **SETTINGS))
        noted = {
            name: stack.enter_context(receiver(behave=lambda moods=moods: rng.choice(moods)))
            for name, moods in MOODS.items()
        }
        ids = {name: add(running[0], one.url) for name, one in noted.items()}
        stop = threading.Event()
        traffic = [threading.Thread(target=take_down_and_back, args=(running, seed, stop)) for seed in range(CLIENTS)]
        for thread in traffic:
            thread.start()
        kill_at_random([*running, worker], rng, stop)
        for thread in traffic:
            thread.join()
        for one in noted.values():
            one.behave = lambda: "ok"
            one.release.set()
        check(running[0], noted, ids)


def add(server: Server, url: str) -> str:
    """Add a destination."""
    body = {"name": url, "kind": "webhook", "url": url, "secret": SECRET, "events": TYPES}
    response = server.http.post("/v1/destinations", json=body)
    assert response.status_code == 201, response.text
    return response.json()["id"]


def take_down_and_back(running: list[Server], seed: int, stop: threading.Event) -> None:
    """Report, uphold, and withdraw every other time, until told to stop; each step is repeated until acknowledged."""
    rng = random.Random(seed)
    made = 0
    while not stop.is_set() or made < AT_LEAST:  # on a busy machine little is done in so few seconds
        made += 1
        report = {
            "report": {"reporter": {"relation": "subject"}, "facts": {"nudity": True}},
            "signals": [{"type": "pdq/1", "value": secrets.token_hex(32), "quality": 100}],
        }
        report["report"]["statement"] = {"non_consent": True}
        filed = insist(running, rng, "/v1/reports", report)
        decided = insist(running, rng, f"/v1/cases/{filed['case_id']}/decision", {"outcome": "uphold"})
        if rng.random() < 0.5:
            insist(running, rng, f"/v1/takedowns/{decided['takedown_id']}/withdraw", {"reason": "chaos"})


def insist(running: list[Server], rng: random.Random, path: str, body: dict) -> dict:
    """Send a request until some server acknowledges it; the key makes it happen once."""
    key = {"Idempotency-Key": str(uuid.UUID(int=rng.getrandbits(128)))}
    while True:
        try:
            server = rng.choice(running)
            headers = {**key, **(server.as_reporter if path == "/v1/reports" else {})}
            response = server.http.post(path, json=body, headers=headers)
        except httpx2.TransportError:
            threading.Event().wait(0.05)
            continue
        if response.status_code == 503:
            continue
        assert response.status_code in (200, 201), response.text
        return response.json()


def kill_at_random(running: list[Server | WorkerProcess], rng: random.Random, stop: threading.Event) -> None:
    """Kill one process after another, each while the others serve and work, then let the traffic end."""
    timer = threading.Timer(CHAOS_S, stop.set)
    timer.start()
    while not stop.wait(rng.uniform(0.2, 1.0)):
        victim = rng.choice(running)
        victim.kill()
        victim.start()


def check(server: Server, noted: dict[str, Receiver], ids: dict[str, str]) -> None:
    """Compare the feed, the ledger and every receiver, line by line."""
    events = [event for event in pages(server, "/v1/events") if event["type"] in TYPES]
    expected = {event["id"]: (event["type"], event["data"]["takedown_id"]) for event in events}
    assert len(expected) >= CLIENTS * AT_LEAST
    eventually(
        lambda: [one for state in ("pending", "failed") for one in pages(server, "/v1/deliveries", state=state)],
        lambda waiting: not waiting,
        again_s=0.2,
    )
    lines = list(pages(server, "/v1/deliveries", state="delivered"))
    assert len(lines) == len(expected) * len(ids)
    assert list(pages(server, "/v1/deliveries", state="dead")) == []
    for name, one in noted.items():
        first_arrivals = {taken.id: (taken.type, taken.data["takedown_id"]) for taken in one.taken}
        assert first_arrivals == expected, name
        receipted = {line["event_id"] for line in lines if line["destination_id"] == ids[name]}
        assert receipted == {taken.id for taken in one.taken if taken.answered}, name
        check_order(list(first_arrivals.values()))


def check_order(arrivals: list[tuple[str, str]]) -> None:
    """No reversal comes before its takedown."""
    created = set()
    for event_type, takedown in arrivals:
        if event_type == "takedown.created":
            created.add(takedown)
        else:
            assert takedown in created


def pages(server: Server, path: str, **asked: str) -> list[dict]:
    """Read a list to its end."""
    found, after = [], None
    while True:
        response = server.http.get(path, params={**asked, "limit": 200, **({"after": after} if after else {})})
        assert response.status_code == 200, response.text
        page = response.json()
        found += page["items"]
        after = page["next"]
        if after is None:
            return found
