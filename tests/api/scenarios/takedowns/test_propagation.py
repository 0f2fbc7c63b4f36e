"""From a decision to whoever must know, and back: destinations, order, outages, ledger, feed; through HTTP alone."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import LargeBinary, select, type_coerce

from casework.domain.actor import Role
from casework.persistence import tables
from tests.api.conftest import Staydown, running, settings_in
from tests.helpers.counterparts.receiver import SECRET, Receiver, closed_url, receiver
from tests.helpers.media.pictures import photo_bytes
from tests.helpers.records.databases import KINDS
from tests.helpers.records.empty_records import record_url
from tests.helpers.running.waiting import eventually


@pytest.fixture(scope="module", params=KINDS)
def staydown(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Staydown]:
    """Open a service that may reach this machine, tries again soon, and gives up after three attempts."""
    with (
        record_url(request.param, request) as url,
        running(
            settings_in(
                tmp_path_factory.mktemp("propagation"),
                database_url=url,
                allow_private_destinations=True,
                delivery_timeout_s=2,
                retry_first_s=0.05,
                retry_cap_s=0.2,
                retry_attempts=3,
            )
        ) as service,
    ):
        yield service


def add(staydown: Staydown, target: str, *events: str, kind: str = "webhook") -> str:
    """Add a destination."""
    place = {"url": target, "secret": SECRET} if kind == "webhook" else {"path": target}
    response = staydown.http.post(
        "/v1/destinations",
        headers=staydown.headers(Role.ADMIN),
        json={"name": "one", "kind": kind, "events": list(events) or ["takedown.created"], **place},
    )
    assert response.status_code == 201, response.text
    return response.json()["id"]


def remove(staydown: Staydown, destination: str) -> None:
    """Delete a destination, so that the next test has its own alone."""
    response = staydown.http.delete(f"/v1/destinations/{destination}", headers=staydown.headers(Role.ADMIN))
    assert response.status_code == 204, response.text


def post(staydown: Staydown, path: str, /, **body: object):
    """Do something as an admin."""
    return staydown.http.post(path, headers=staydown.headers(Role.ADMIN), json=body or None)


def withdraw(staydown: Staydown, takedown: str) -> None:
    """Take a takedown back."""
    response = post(staydown, f"/v1/takedowns/{takedown}/withdraw", reason="withdrawn by the person depicted")
    assert response.status_code == 200, response.text


def ledger(staydown: Staydown, takedown: str) -> dict:
    """Read a takedown's ledger."""
    response = staydown.http.get(f"/v1/takedowns/{takedown}/propagation", headers=staydown.headers(Role.AUDITOR))
    assert response.status_code == 200, response.text
    return response.json()


def wait_for_ledger(staydown: Staydown, takedown: str, *states: str) -> list[dict]:
    """Read a takedown's lines once they are in these states; each look waits for a commit or a poll of the worker."""
    return eventually(
        lambda: ledger(staydown, takedown)["items"], lambda lines: [line["state"] for line in lines] == list(states)
    )


@pytest.fixture
def hook(staydown: Staydown) -> Iterator[Receiver]:
    """Run a receiver that is told of takedowns."""
    with receiver() as noted:
        destination = add(staydown, noted.url)
        yield noted
        remove(staydown, destination)


def test_takedown_and_reversal_reach_a_webhook_in_order(staydown: Staydown, hook: Receiver) -> None:
    """Reversal equals takedown, downstream too; the ledger shows both with their receipts."""
    takedown = staydown.take_down(photo_bytes(100), nudity=True)["takedown_id"]
    withdraw(staydown, takedown)
    hook.wait_for("takedown.created", "takedown.reversed")
    assert [one.data["takedown_id"] for one in hook.taken] == [takedown, takedown]
    lines = wait_for_ledger(staydown, takedown, "delivered", "delivered")
    assert [line["event_id"] for line in lines] == [one.id for one in hook.taken]
    assert all(line["receipt"]["status"] == 200 and line["attempts"] == 1 for line in lines)


def test_clock_shows_report_decision_and_receipt(staydown: Staydown, hook: Receiver) -> None:
    """The 48 hours can be proved, line by line."""
    takedown = staydown.take_down(photo_bytes(101), nudity=True)["takedown_id"]
    hook.wait_for("takedown.created")
    wait_for_ledger(staydown, takedown, "delivered")
    told = ledger(staydown, takedown)
    clock = told["clock"]
    assert clock["received_at"] <= clock["decided_at"] <= clock["first_delivery_at"] <= clock["deadline"]
    assert (clock["first_delivery_at"], clock["late"]) == (clock["last_delivery_at"], 0)
    assert told["destinations"][0]["informed_at"] == clock["first_delivery_at"]


def test_paused_destination_gets_everything_when_it_is_resumed(staydown: Staydown) -> None:
    """Maintenance downstream loses nothing."""
    with receiver() as noted:
        destination = add(staydown, noted.url)
        assert post(staydown, f"/v1/destinations/{destination}/pause").json()["state"] == "paused"
        takedown = staydown.take_down(photo_bytes(102), nudity=True)["takedown_id"]
        withdraw(staydown, takedown)
        assert [line["state"] for line in ledger(staydown, takedown)["items"]] == ["pending", "pending"]
        assert post(staydown, f"/v1/destinations/{destination}/resume").json()["state"] == "active"
        noted.wait_for("takedown.created", "takedown.reversed")
        remove(staydown, destination)


def test_hanging_destination_delays_no_other(staydown: Staydown, hook: Receiver) -> None:
    """One system that is down must not leave the picture up everywhere else."""
    with receiver(behave=lambda: "hang") as slow:
        destination = add(staydown, slow.url)
        takedowns = [staydown.take_down(photo_bytes(110 + n), nudity=True)["takedown_id"] for n in range(3)]
        hook.wait_until(lambda: {one.data["takedown_id"] for one in hook.taken} == set(takedowns))
        assert not any(one.answered for one in slow.taken)
        slow.behave = lambda: "ok"
        slow.release.set()

        def all_answered() -> bool:
            # On a slow machine three attempts may have timed out before the others had everything.
            for one in staydown.get("/v1/deliveries?state=dead&limit=200")["items"]:
                if one["destination_id"] == destination:
                    post(staydown, f"/v1/deliveries/{one['id']}/retry")
            return {one.data["takedown_id"] for one in slow.taken if one.answered} == set(takedowns)

        eventually(all_answered)
        remove(staydown, destination)


def test_outage_is_caught_up_under_the_same_message_ids(staydown: Staydown) -> None:
    """A receiver that honours `webhook-id` sees each message once, however often it was sent."""
    moods = iter(["500", "drop"])
    with receiver(behave=lambda: next(moods, "ok")) as noted:
        destination = add(staydown, noted.url)
        takedown = staydown.take_down(photo_bytes(120), nudity=True)["takedown_id"]
        withdraw(staydown, takedown)
        noted.wait_for("takedown.created", "takedown.reversed")
        first, second = wait_for_ledger(staydown, takedown, "delivered", "delivered")
        assert (first["attempts"], second["attempts"]) == (3, 1)
        assert [one.type for one in noted.taken] == ["takedown.created"] * 3 + ["takedown.reversed"]
        remove(staydown, destination)


def test_dead_letter_can_be_retried(staydown: Staydown) -> None:
    """Giving up is visible, and not the end."""
    with receiver(behave=lambda: "500") as noted:
        destination = add(staydown, noted.url)
        takedown = staydown.take_down(photo_bytes(130), nudity=True)["takedown_id"]
        line = wait_for_ledger(staydown, takedown, "dead")[0]
        assert (line["attempts"], line["error"]) == (3, "answered 500")
        dead = staydown.http.get("/v1/deliveries?state=dead&limit=200", headers=staydown.headers(Role.ADMIN)).json()
        assert line["id"] in [one["id"] for one in dead["items"]]
        noted.behave = lambda: "ok"
        assert post(staydown, f"/v1/deliveries/{line['id']}/retry").status_code == 200
        assert wait_for_ledger(staydown, takedown, "delivered")[0]["attempts"] == 4
        assert post(staydown, f"/v1/deliveries/{line['id']}/retry").status_code == 409
        remove(staydown, destination)


def test_dead_takedown_is_not_retried_after_its_reversal(staydown: Staydown) -> None:
    """A retry must never bring back what was reversed."""
    with receiver(behave=lambda: "500") as noted:
        destination = add(staydown, noted.url)
        takedown = staydown.take_down(photo_bytes(131), nudity=True)["takedown_id"]
        line = wait_for_ledger(staydown, takedown, "dead")[0]
        noted.behave = lambda: "ok"
        withdraw(staydown, takedown)
        wait_for_ledger(staydown, takedown, "dead", "delivered")
        answer = post(staydown, f"/v1/deliveries/{line['id']}/retry")
        assert answer.status_code == 409
        assert "would bring it back" in answer.json()["detail"]
        remove(staydown, destination)


def test_reversal_owed_to_a_deleted_destination_is_a_dead_letter(staydown: Staydown) -> None:
    """What cannot be told any more is not forgotten: somebody has to tell it by other means."""
    with receiver() as noted:
        destination = add(staydown, noted.url)
        takedown = staydown.take_down(photo_bytes(140), nudity=True)["takedown_id"]
        wait_for_ledger(staydown, takedown, "delivered")
        remove(staydown, destination)
        withdraw(staydown, takedown)
        lines = wait_for_ledger(staydown, takedown, "delivered", "dead")
        assert "deleted" in lines[1]["error"]
        assert noted.types() == ["takedown.created"]


def test_destination_that_never_got_a_takedown_is_not_told_of_its_reversal(staydown: Staydown) -> None:
    """A reversal never arrives before its takedown."""
    takedown = staydown.take_down(photo_bytes(141), nudity=True)["takedown_id"]
    with receiver() as noted:
        destination = add(staydown, noted.url)
        withdraw(staydown, takedown)
        marker = staydown.take_down(photo_bytes(142), nudity=True)["takedown_id"]
        noted.wait_for("takedown.created")
        assert noted.taken[0].data["takedown_id"] == marker
        remove(staydown, destination)


def test_upload_events_keep_their_order(staydown: Staydown) -> None:
    """What was blocked is reinstated after, not before."""
    with receiver() as noted:
        destination = add(staydown, noted.url, "takedown.created", "upload.matched")
        takedown = staydown.take_down(photo_bytes(150), nudity=True)["takedown_id"]
        for number in range(5):
            staydown.upload(f"in order {number}", photo_bytes(150))
        withdraw(staydown, takedown)
        noted.wait_until(lambda: len(noted.types()) == 12)
        assert noted.types() == [
            "takedown.created",
            *["upload.matched"] * 5,
            "takedown.reversed",
            *["upload.reinstated"] * 5,
        ]
        remove(staydown, destination)


def test_file_export_holds_every_event_once(staydown: Staydown) -> None:
    """The same messages, for those who read files; the ids are the webhook's."""
    destination = add(staydown, "events.ndjson", kind="file")
    takedown = staydown.take_down(photo_bytes(160), nudity=True)["takedown_id"]
    withdraw(staydown, takedown)
    written = wait_for_ledger(staydown, takedown, "delivered", "delivered")
    path: Path = staydown.service.settings.exports / "events.ndjson"
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    assert [line["id"] for line in lines] == [line["event_id"] for line in written]
    assert [line["type"] for line in lines] == ["takedown.created", "takedown.reversed"]
    remove(staydown, destination)


def test_feed_is_read_to_its_end_and_on(staydown: Staydown) -> None:
    """Polling misses nothing: a cursor is good for ever."""
    headers = staydown.headers(Role.SENIOR)
    seen, after = [], "0"
    while after is not None:
        page = staydown.http.get("/v1/events", headers=headers, params={"after": after, "limit": 3}).json()
        seen += page["items"]
        after = page["next"]
    assert len({event["id"] for event in seen}) == len(seen)
    takedown = staydown.take_down(photo_bytes(170), nudity=True)["takedown_id"]
    asked = {"after": page["cursor"], "type": ["takedown.created", "case.opened"]}
    news = staydown.http.get("/v1/events", headers=headers, params=asked).json()
    assert [event["type"] for event in news["items"]] == ["case.opened", "takedown.created"]
    assert news["items"][1]["data"]["takedown_id"] == takedown
    assert news["next"] is None


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"name": "x", "kind": "webhook", "url": "ftp://127.0.0.1/"}, 422),
        ({"name": "x", "kind": "webhook", "url": "http://user:password@127.0.0.1/"}, 422),
        ({"name": "x", "kind": "webhook", "url": "http://8.8.8.8/"}, 422),
        ({"name": "x", "kind": "webhook", "url": "http://169.254.169.254/latest"}, 422),
        ({"name": "x", "kind": "webhook", "url": "https://example.org/", "secret": "short"}, 422),
        ({"name": "x", "kind": "webhook", "path": "events.ndjson"}, 422),
        ({"name": "x", "kind": "file", "path": "../outside.ndjson"}, 422),
        ({"name": "x", "kind": "file", "path": "events.txt"}, 422),
        ({"name": "x", "kind": "webhook", "url": "https://example.org/", "events": ["no.such"]}, 422),
    ],
)
def test_destination_that_cannot_be_used_is_refused(staydown: Staydown, body: dict, status: int) -> None:
    """What could never be sent to is refused while its author is still there to read why."""
    response = post(staydown, "/v1/destinations", **body)
    assert response.status_code == status, response.text
    assert response.json()["type"].startswith("urn:staydown:problem:")


def test_credentials_of_a_queue_are_never_answered(staydown: Staydown) -> None:
    """They are not ours, and answers are kept for repeats."""
    queue = {"kind": "amqp", "url": "amqp://127.0.0.1:1/?routing_key=q", "secret": "staydown:its-password"}
    for _ in range(2):
        made = staydown.http.post(
            "/v1/destinations",
            headers={**staydown.headers(Role.ADMIN), "Idempotency-Key": "a queue"},
            json={"name": "queue", "events": ["appeal.decided"], **queue},
        )
        assert (made.status_code, made.json()["secret"]) == (201, None)
        assert "its-password" not in made.text
    remove(staydown, made.json()["id"])


def test_secret_is_shown_once_and_stored_encrypted(staydown: Staydown) -> None:
    """A copy of the database signs no messages."""
    made = post(
        staydown, "/v1/destinations", name="x", kind="webhook", url=closed_url(), events=["appeal.decided"]
    ).json()
    assert made["secret"].startswith("whsec_")
    read = staydown.http.get(f"/v1/destinations/{made['id']}", headers=staydown.headers(Role.AUDITOR)).json()
    assert "secret" not in read
    columns = tables.destinations.c
    with staydown.service.reader.connect() as connection:
        query = select(type_coerce(columns.sealed_secret, LargeBinary)).where(columns.id == made["id"])
        stored = connection.execute(query).scalar_one()
    assert stored
    assert made["secret"].encode() not in stored
    remove(staydown, made["id"])
    with staydown.service.reading() as uow:
        assert uow.destinations.get(made["id"]).secret is None
