"""From a decision to a queue of others, and back: what webhooks promise, over brokers that are really there."""

import json
import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest

from casework.domain.actor import Role
from tests.api.conftest import Staydown, running, settings_in
from tests.helpers.counterparts.aws import SECRET, Queue, aws_server
from tests.helpers.counterparts.brokers import queue_in, rabbitmq, taken
from tests.helpers.media.pictures import photo_bytes
from tests.helpers.running.waiting import eventually


@dataclass(frozen=True)
class Broker:
    """
    A broker with a queue.

    Args:
        destination: What an operator adds.

        messages: Takes what is in the queue.
    """

    destination: dict[str, str]
    messages: Callable[[], list[dict]]


@pytest.fixture(scope="module", params=["sqs", "amqp"])
def broker(request: pytest.FixtureRequest) -> Iterator[Broker]:
    """Run a broker of each kind."""
    if request.param == "sqs":
        with aws_server() as server:
            queue = Queue(server, f"{secrets.token_hex(4)}.fifo")
            yield Broker(
                {"kind": "sqs", "url": queue.url, "secret": SECRET},
                lambda: [json.loads(one["Body"]) for one in queue.taken()],
            )
        return
    with rabbitmq() as server:
        name = queue_in(server)
        yield Broker(
            {"kind": "amqp", "url": f"{server}/?routing_key={name}", "secret": "guest:guest"},
            lambda: [json.loads(one.body) for one in taken(server, name)],
        )


@pytest.fixture(scope="module")
def staydown(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Staydown]:
    """Open a service that may reach this machine, and tries again soon."""
    chosen = {"allow_private_destinations": True, "retry_first_s": 0.05, "retry_cap_s": 0.2, "delivery_timeout_s": 20}
    with running(settings_in(tmp_path_factory.mktemp("queues"), **chosen)) as service:
        yield service


def add(staydown: Staydown, broker: Broker, **changes: str) -> dict:
    """Add the queue as a destination."""
    body = {"name": "queue", "events": ["takedown.created"], **broker.destination, **changes}
    response = staydown.http.post("/v1/destinations", headers=staydown.headers(Role.ADMIN), json=body)
    assert response.status_code == 201, response.text
    return response.json()


def test_takedown_and_reversal_reach_a_queue_in_order(staydown: Staydown, broker: Broker) -> None:
    """Reversal equals takedown, downstream too; the ledger shows both with their receipts, and nobody the secret."""
    added = add(staydown, broker)
    takedown = staydown.take_down(photo_bytes(170), nudity=True)["takedown_id"]
    withdrawn = staydown.http.post(
        f"/v1/takedowns/{takedown}/withdraw", headers=staydown.headers(Role.ADMIN), json={"reason": "asked to"}
    )
    assert withdrawn.status_code == 200, withdrawn.text
    ledger = eventually(
        lambda: staydown.get(f"/v1/takedowns/{takedown}/propagation")["items"],
        lambda lines: [line["state"] for line in lines] == ["delivered", "delivered"],
    )
    found = broker.messages()
    assert [one["type"] for one in found] == ["takedown.created", "takedown.reversed"]
    assert [one["id"] for one in found] == [line["event_id"] for line in ledger]
    assert {one["data"]["takedown_id"] for one in found} == {takedown}
    shown = staydown.get(f"/v1/destinations/{added['id']}")
    assert (shown["kind"], shown["url"]) == (broker.destination["kind"], broker.destination["url"])
    assert broker.destination["secret"] not in json.dumps(shown)
    gone = staydown.http.delete(f"/v1/destinations/{added['id']}", headers=staydown.headers(Role.ADMIN))
    assert gone.status_code == 204


def test_what_a_queue_does_not_take_is_tried_again_and_then_given_up(staydown: Staydown, broker: Broker) -> None:
    """As for webhooks: visible, with the reason, and retried by hand once the queue is there."""
    nowhere = broker.destination["url"] + "nowhere"
    added = add(staydown, broker, url=nowhere.replace(".fifonowhere", "nowhere.fifo"))
    takedown = staydown.take_down(photo_bytes(171), nudity=True)["takedown_id"]
    (line,) = eventually(
        lambda: staydown.get(f"/v1/takedowns/{takedown}/propagation")["items"],
        lambda lines: [one["attempts"] >= 2 for one in lines] == [True],
    )
    assert line["state"] in ("pending", "failed", "dead")
    assert line["error"]
    assert broker.messages() == []
    gone = staydown.http.delete(f"/v1/destinations/{added['id']}", headers=staydown.headers(Role.ADMIN))
    assert gone.status_code == 204
