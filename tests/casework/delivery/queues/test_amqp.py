"""One message to an AMQP broker: what is in it, what is a receipt, and where it may go."""

import asyncio
import json
import secrets
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from api.clock import SystemClock
from casework.delivery.options import SendOptions
from casework.delivery.queues.amqp import AmqpBroker
from casework.domain.errors import DeliveryFailedError, TargetError
from tests.helpers.counterparts.brokers import BrokerWithoutConfirmations, queue_in, rabbitmq, taken
from tests.helpers.counterparts.messages import message

OPEN = SendOptions(export_folder=Path(), allow_private=True, timeout_s=30)
PUBLIC_ONLY = SendOptions(export_folder=Path(), timeout_s=5)
GOOD = "amqps://broker.example.org/moderation?exchange=staydown"


@pytest.fixture(scope="module")
def broker() -> Iterator[str]:
    """Run a broker."""
    with rabbitmq() as url:
        yield url


def send(url: str, *numbers: int, secret: str | None = None, options: SendOptions = OPEN) -> list[dict]:
    """Send messages one after another."""

    async def all_of_them() -> list[dict]:
        async with AmqpBroker(url, secret, options=options, clock=SystemClock()) as sender:
            return [await sender.send(message(one)) for one in numbers]

    return asyncio.run(all_of_them())


def test_messages_arrive_in_order_persistent_and_with_their_ids(broker: str) -> None:
    """A broker that is started again has them, and whoever takes one twice knows it by its id."""
    queue = queue_in(broker)
    receipts = send(f"{broker}/?routing_key={queue}", 1, 2, 3)
    assert [one["confirmed"] for one in receipts] == [True, True, True]
    found = taken(broker, queue)
    assert [json.loads(one.body)["id"] for one in found] == ["evt_1", "evt_2", "evt_3"]
    properties = found[0].header.properties
    assert (properties.message_id, properties.message_type) == ("evt_1", "takedown.created")
    assert (properties.delivery_mode, properties.content_type) == (2, "application/json")


def test_an_exchange_routes_by_what_happened(broker: str) -> None:
    """Each consumer binds to the events it wants."""
    name = f"x-{secrets.token_hex(4)}"
    wanted = queue_in(broker, exchange=name, key="takedown.*")
    send(f"{broker}/?exchange={name}", 1)
    assert len(taken(broker, wanted)) == 1


@pytest.mark.parametrize("where", ["routing_key=nowhere", "exchange=nowhere"])
def test_what_no_queue_takes_is_a_failure(broker: str, where: str) -> None:
    """A receipt for what was thrown away would leave a takedown untold; and the next one is sent all the same."""
    with pytest.raises(DeliveryFailedError):
        send(f"{broker}/?{where}", 1)


def test_a_full_queue_is_no_receipt_and_an_open_one_is_sent_to_again(broker: str) -> None:
    """The broker says no; the same sender goes on once there is room."""
    queue = queue_in(broker, **{"x-max-length": 1, "x-overflow": "reject-publish"})

    async def fill() -> list[bool]:
        went = []
        async with AmqpBroker(f"{broker}/?routing_key={queue}", None, options=OPEN, clock=SystemClock()) as sender:
            for number in range(1, 5):
                if number == 4:
                    await asyncio.to_thread(taken, broker, queue)
                try:
                    await sender.send(message(number))
                    went.append(True)
                except DeliveryFailedError:
                    went.append(False)
        return went

    went = asyncio.run(fill())
    assert (went[0], went[3]) == (True, True)
    assert False in went


def test_a_connection_that_was_lost_is_opened_again(broker: str) -> None:
    """Between two takedowns may lie a week and a restart of the broker."""
    queue = queue_in(broker)

    async def lose() -> None:
        async with AmqpBroker(f"{broker}/?routing_key={queue}", None, options=OPEN, clock=SystemClock()) as sender:
            await sender.send(message(1))
            assert sender._connection is not None
            await sender._connection.close()
            await sender.send(message(2))

    asyncio.run(lose())
    assert len(taken(broker, queue)) == 2


def test_a_wrong_password_is_a_failure_that_does_not_repeat_it(broker: str) -> None:
    """What failed stands in the ledger, for everybody who may read that."""
    with pytest.raises(DeliveryFailedError) as refused:
        send(f"{broker}/?routing_key=q", 1, secret="guest:no-such-password")
    assert "no-such-password" not in str(refused.value)


def test_a_broker_that_says_nothing_is_given_up() -> None:
    """One attempt takes as long as the operator allows."""

    async def hold(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    async def silent() -> None:
        server = await asyncio.start_server(hold, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        options = SendOptions(export_folder=Path(), allow_private=True, timeout_s=0.3)
        try:
            async with AmqpBroker(
                f"amqp://127.0.0.1:{port}/?routing_key=q", None, options=options, clock=SystemClock()
            ) as sender:
                with pytest.raises(DeliveryFailedError, match=r"no answer within 0\.3 s"):
                    await sender.send(message(1))
        finally:
            server.close()

    asyncio.run(silent())


def test_a_broker_that_confirms_nothing_is_a_failure_and_keeps_no_connection() -> None:
    """What it took could never be told from what it lost; and each attempt left a connection open there."""

    async def attempts() -> None:
        async with (
            BrokerWithoutConfirmations() as old,
            AmqpBroker(f"{old.address}/?routing_key=q", None, options=OPEN, clock=SystemClock()) as sender,
        ):
            for number in range(3):
                with pytest.raises(DeliveryFailedError, match="publisher_confirms"):
                    await sender.send(message(number))
            await asyncio.wait_for(old.left.wait(), OPEN.timeout_s)

    asyncio.run(attempts())


@pytest.mark.parametrize(
    ("url", "secret", "reason"),
    [
        ("amqps://broker.example.org/", None, "says not where to"),
        ("amqps://broker.example.org/?exchange=", None, "none: 1 to 255"),
        ("amqps://broker.example.org/?exchange=a&cafile=/etc/passwd", None, "says not where to"),
        ("amqps://broker.example.org/?exchange=a&no_verify_ssl=1", None, "says not where to"),
        ("amqps://broker.example.org/?exchange=a&exchange=b", None, "says not where to"),
        (f"amqps://broker.example.org/?exchange={'a' * 300}", None, "none: 1 to 255"),
        ("amqps://user:password@broker.example.org/?exchange=a", None, "cannot be used"),
        ("https://broker.example.org/?exchange=a", None, "cannot be used"),
        ("amqp://broker.example.org/?exchange=a", None, "not encrypted; use amqps"),
        ("amqps://127.0.0.1/?exchange=a", None, "not a public address"),
        ("amqps://169.254.169.254/?exchange=a", None, "never reached"),
        (GOOD, "no pair", "user:password"),
        (GOOD, "user:two\nlines", "user:password"),
    ],
)
def test_what_could_never_be_sent_to_is_refused_before_it_is_stored(url: str, secret: str | None, reason: str) -> None:
    """The library reads file names and "do not verify" off an address; none of that is passed on."""
    with pytest.raises(TargetError, match=reason):
        AmqpBroker.check(url, secret, options=PUBLIC_ONLY)


def test_without_the_library_it_is_refused_with_the_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is an extra."""
    monkeypatch.setitem(sys.modules, "aiormq", None)
    with pytest.raises(TargetError, match=r'pip install "staydown\[amqp\]"'):
        AmqpBroker.check(GOOD, None, options=PUBLIC_ONLY)
