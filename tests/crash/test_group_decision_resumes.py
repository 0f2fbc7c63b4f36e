"""A decision about many cases, killed in the middle: what was decided stays, and a repeat decides what is left."""

import threading
from contextlib import suppress
from pathlib import Path

import httpx2
import pytest

from tests.crash.processes.servers import Server, pdq, servers
from tests.helpers.records.databases import KINDS
from tests.helpers.records.empty_records import record_url
from tests.helpers.running.waiting import eventually

COPIES = 120
PICTURES = ("5a" * 32, "3c" * 32, "96" * 32, "e1" * 32)
"""Each is tried where a decision about those before had ended when it was killed."""
UPHELD = {"outcome": "uphold", "override_reason": "its context was looked at elsewhere"}
DECISION = {"outcome": "uphold", "facts": {"context_assessed": True}}


@pytest.mark.parametrize("kind", KINDS)
def test_killed_group_decision_goes_on_where_it_was(kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    """A moderator who repeats the request hears of every case, and none was decided twice."""
    with (
        record_url(kind, request) as url,
        servers(tmp_path, 1, database_url=url, sample_above="500", worker="false") as (server,),
    ):
        for picture in PICTURES:
            if killed_in_the_middle(server, picture):
                return
        pytest.fail(f"of {len(PICTURES)} decisions about {COPIES} cases each had ended before it was killed")


def killed_in_the_middle(server: Server, picture: str) -> bool:
    """Kill a group decision and repeat it; return whether it was in the middle, which is for the machine to say."""
    takedown_id = removed(server, picture)
    case_ids = [copied(server, picture, n) for n in range(COPIES)]
    body = {"group": takedown_id, **DECISION}
    asking = threading.Thread(target=ask_until_killed, args=(server, body, takedown_id))
    asking.start()
    eventually(lambda: decided(server, takedown_id), again_s=0.005)
    server.kill()
    asking.join()
    server.start()
    before = decided(server, takedown_id)
    assert before
    answer = ask(server, body, takedown_id).json()
    assert [one["case_id"] for one in answer["results"]] == case_ids
    assert [one["problem"] for one in answer["results"]] == [None] * COPIES
    for one in answer["results"]:
        decisions = [made["decision_id"] for made in read(server, f"/v1/cases/{one['case_id']}")["decisions"]]
        assert decisions == [one["decision_id"]]
    assert ask(server, body, takedown_id).json() == answer
    return len(before) < COPIES


def ask(server: Server, body: dict[str, object], key: str) -> httpx2.Response:
    """Decide the group, under one key each time."""
    return server.http.post("/v1/cases/decisions", json=body, headers={"Idempotency-Key": key})


def ask_until_killed(server: Server, body: dict[str, object], key: str) -> None:
    """Decide the group, and most likely hear nothing of it."""
    with suppress(httpx2.TransportError):
        ask(server, body, key)


def read(server: Server, address: str) -> dict:
    """Read an address that answers."""
    response = server.http.get(address)
    assert response.status_code == 200, response.text
    return response.json()


def decided(server: Server, takedown_id: str) -> list[str]:
    """List the copies that are decided by now."""
    rows = read(server, f"/v1/cases?state=decided&takedown_id={takedown_id}&limit=200")["items"]
    return [one["id"] for one in rows if one["upload"] is not None]


def removed(server: Server, picture: str) -> str:
    """Take down a picture whose copies need a person; return the takedown."""
    report = {"reporter": {"relation": "subject"}, "statement": {"non_consent": True}, "facts": {"nudity": False}}
    body = {"report": report, "signals": [pdq(picture)]}
    filed = server.http.post("/v1/reports", json=body, headers=server.as_reporter).json()
    return server.http.post(f"/v1/cases/{filed['case_id']}/decision", json=UPHELD).json()["takedown_id"]


def copied(server: Server, picture: str, number: int) -> str:
    """Register a copy; return its case."""
    value = f"{int(picture, 16) ^ (1 << number):064x}"
    body = {"upload": {"upload_id": f"copy {picture[:4]} {number}", "uploader_id": "somebody"}, "signals": [pdq(value)]}
    answer = server.http.post("/v1/uploads", json=body)
    assert answer.status_code == 200, answer.text
    return answer.json()["case_id"]
