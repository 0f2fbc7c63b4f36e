"""
Trust: what a takedown lacks holds copies in every process, what is given counts in every process from its answer on,
and a server that is killed meanwhile leaves a takedown, its copies and its index that agree.
"""

import json
import os
import random
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx2
import pytest

from tests.crash.processes.servers import Server, servers
from tests.helpers.media.pictures import photo_bytes
from tests.helpers.records.databases import KINDS
from tests.helpers.records.empty_records import record_url
from tests.helpers.running.waiting import PATIENCE_S

ROUNDS = int(os.environ.get("STAYDOWN_TEST_ROUNDS", "4"))
KILLS = int(os.environ.get("STAYDOWN_TEST_KILLS", "2"))
PROCESSES = 3
PICTURES = 9300
"""Numbers of pictures that no other test asks about in the same folder."""


@pytest.mark.parametrize("kind", KINDS)
def test_every_process_holds_until_it_is_signed_and_blocks_from_then_on(
    kind: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    """Upheld in one process and signed in another; none blocks before, and none that was asked later holds."""
    with (
        record_url(kind, request) as url,
        servers(tmp_path, PROCESSES, database_url=url) as running,
        ThreadPoolExecutor(PROCESSES) as clients,
    ):
        turns = [(n, running[n % PROCESSES :] + running[: n % PROCESSES]) for n in range(ROUNDS)]
        wrong = [one for found in clients.map(one_round, turns) for one in found]
    assert wrong == []


def one_round(turn: tuple[int, list[Server]]) -> list[str]:
    """Report, look, uphold and sign at one server after the other; return what went wrong."""
    number, (first, second, third) = turn
    data = photo_bytes(PICTURES + number)
    filed = unsigned(first, data)
    signals = signals_of(second, data)
    takedown_id = looked_at_and_upheld(second, filed["case_id"])
    wrong = [
        f"unsigned, {one.port} says {said}" for one in (first, second, third) if (said := asked(one, signals)) != "hold"
    ]
    if lacks(first, takedown_id) != ["signature"]:
        wrong.append(f"lacks {lacks(first, takedown_id)}")
    signed = third.http.post(
        f"/v1/receipts/{filed['receipt']['number']}/messages",
        headers={"Receipt-Secret": filed["receipt"]["secret"]},
        json={"statement": {"signature": "A. Person"}},
    )
    assert signed.status_code == 201, signed.text
    wrong += [
        f"signed, {one.port} says {said}" for one in (first, second, third) if (said := asked(one, signals)) != "block"
    ]
    return wrong


@pytest.mark.parametrize("kind", KINDS)
def test_killed_while_copies_are_confirmed_and_overturned_trust_is_what_stands(
    kind: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    """A copy that was confirmed lifts what lacks, its overturn brings it back: wholly or not at all, at each moment."""
    moments = random.Random(20261129)
    data = photo_bytes(PICTURES + 99)
    with record_url(kind, request) as url, servers(tmp_path, 1, database_url=url) as (server,):
        colleague = made_key(server)
        signals = signals_of(server, data)
        takedown_id = looked_at_and_upheld(server, unsigned(server, data)["case_id"])
        held = copied(server, "held", data)
        assert held["verdict"] == "hold"
        for life in range(KILLS):
            done = threading.Event()
            told = (server, colleague, takedown_id, data, life, done)
            at_work = threading.Thread(target=confirm_and_overturn, args=told)
            at_work.start()
            assert done.wait(PATIENCE_S)
            threading.Event().wait(moments.uniform(0.0, 0.3))
            server.kill()
            at_work.join()
            server.start()
            trusted = bool(confirmed(server, takedown_id))
            assert lacks(server, takedown_id) == ([] if trusted else ["signature"])
            expected = "block" if trusted else "hold"
            assert read(server, f"/v1/uploads/{held['upload']}")["verdict"] == expected
            assert asked(server, signals) == expected


def confirm_and_overturn(
    server: Server, colleague: dict[str, str], takedown_id: str, data: bytes, life: int, done: threading.Event
) -> None:
    """Confirm a copy and have that overturned, again and again, until the server is gone."""
    try:
        for decision_id in confirmed(server, takedown_id):  # by the life before
            overturn(server, colleague, decision_id)
        for number in range(1000):
            copy = copied(server, f"{life} {number}", data)
            decision_id = looked_at_and_decided(server, copy["case_id"])["decision_id"]
            done.set()
            overturn(server, colleague, decision_id)
    except httpx2.TransportError:
        return


def overturn(server: Server, colleague: dict[str, str], decision_id: str) -> None:
    """Appeal for who posted a copy, unless that was done; somebody else finds that it is none."""
    waiting = [one for one in read(server, "/v1/appeals?state=open")["items"] if one["decision_id"] == decision_id]
    if not waiting:
        body = {"decision_id": decision_id, "by": "poster", "grounds": "it is another picture"}
        appealed = server.http.post("/v1/appeals", json=body)
        assert appealed.status_code == 201, appealed.text
        waiting = [appealed.json()]
    decided = server.http.post(
        f"/v1/appeals/{waiting[0]['id']}/decision", json={"outcome": "overturn"}, headers=colleague
    )
    assert decided.status_code == 200, decided.text


def confirmed(server: Server, takedown_id: str) -> list[str]:
    """List the decisions that stand and confirmed a copy of a takedown."""
    rows = read(server, f"/v1/cases?state=decided&takedown_id={takedown_id}&limit=200")["items"]
    decisions = [one for row in rows if row["upload"] for one in read(server, f"/v1/cases/{row['id']}")["decisions"]]
    stand = [one for one in decisions if (one["outcome"], one["state"]) == ("uphold", "effective")]
    return [one["decision_id"] for one in stand if not one["decided_by"]["id"].startswith("policy")]


def unsigned(server: Server, data: bytes) -> dict:
    """Report an intimate picture without signing it."""
    report = {
        "reporter": {"relation": "subject", "contact": "a@example.org"},
        "statement": {"non_consent": True, "good_faith": True},
        "facts": {"nudity": True},
    }
    fields, files = {"report": json.dumps(report)}, {"media": ("a.jpg", data)}
    filed = server.http.post("/v1/reports", data=fields, files=files, headers=server.as_reporter)
    assert filed.status_code == 201, filed.text
    return filed.json()


def looked_at_and_upheld(server: Server, case_id: str) -> str:
    """Look at what was reported and uphold it; return the takedown."""
    return looked_at_and_decided(server, case_id)["takedown_id"]


def looked_at_and_decided(server: Server, case_id: str) -> dict:
    """Look at what a case shows, and uphold it."""
    assert server.http.get(f"/v1/cases/{case_id}/media/0").status_code == 200
    body = {"outcome": "uphold", "override_reason": "seen"}
    decided = server.http.post(f"/v1/cases/{case_id}/decision", json=body)
    assert decided.status_code == 200, decided.text
    return decided.json()


def copied(server: Server, name: str, data: bytes) -> dict:
    """Register a copy as somebody."""
    fields = {"upload": json.dumps({"upload_id": name, "uploader_id": name})}
    answer = server.http.post("/v1/uploads", data=fields, files={"media": ("a.jpg", data)})
    assert answer.status_code == 200, answer.text
    return answer.json()


def signals_of(server: Server, data: bytes) -> list[dict]:
    """Hash a file, as a platform does by itself."""
    hashed = server.http.post("/v1/hash", files={"media": ("a.jpg", data)}).json()["signals"]
    return [{"type": one["type"], "value": one["value"]} for one in hashed if one["type"] in ("pdq/1", "phash/1")]


def asked(server: Server, signals: list[dict]) -> str:
    """Ask by hashes; return the verdict."""
    answer = server.http.post("/v1/match", json={"signals": signals})
    assert answer.status_code == 200, answer.text
    return answer.json()["verdict"]


def lacks(server: Server, takedown_id: str) -> list[str]:
    """Return what a takedown lacks, by name."""
    return [one["what"] for one in read(server, f"/v1/takedowns/{takedown_id}")["lacks"]]


def made_key(server: Server) -> dict[str, str]:
    """Make the key of another senior; return its header."""
    made = server.http.post("/v1/keys", json={"name": "colleague", "role": "senior"})
    assert made.status_code == 201, made.text
    return {"Authorization": f"Bearer {made.json()['key']}"}


def read(server: Server, address: str) -> dict:
    """Read an address that answers."""
    response = server.http.get(address)
    assert response.status_code == 200, response.text
    return response.json()
