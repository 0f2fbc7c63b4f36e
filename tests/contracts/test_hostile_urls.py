"""No address of somebody else reaches what the firewall protects: as a webhook's, a queue's, or that of media."""

import asyncio
import ssl
from collections.abc import Callable
from ipaddress import ip_address
from pathlib import Path

import pytest

from api.clock import SystemClock
from api.fetching.fetch import fetch
from api.fetching.wire import Failure, Hop, Kind
from casework.delivery.addresses import Address
from casework.delivery.asking import Asker, AskOptions
from casework.delivery.options import SendOptions
from casework.delivery.queues.amqp import AmqpBroker
from casework.delivery.queues.sqs import SqsQueue
from casework.delivery.webhook import Webhook
from casework.domain.errors import DeliveryFailedError, ExchangeFailedError, TargetError
from casework.domain.ids import EventId
from casework.domain.takedowns.propagation import Message
from casework.ports.asking import Ask
from tests.helpers.attackers.hostile_urls import HOSTILE_URLS, HostileUrl
from tests.helpers.counterparts.receiver import SECRET

Asked = Callable[[], list[Address]]

TRUST = ssl.create_default_context()
"""What the system trusts, read once: hundredths of a second, which each of these tests would take."""


def answers(hostile: HostileUrl) -> Asked:
    """Return a name server that says what the address's does, each time it is asked."""
    left = list(hostile.resolves_to)

    def asked() -> list[Address]:
        return [ip_address(one) for one in (left.pop(0) if len(left) > 1 else left[0])]

    return asked


def as_a_webhook(hostile: HostileUrl) -> str:
    """Send a message there; return why not."""
    asked = answers(hostile)

    async def resolve(host: str, port: int) -> list[Address]:
        return asked()

    async def send() -> None:
        options = SendOptions(export_folder=Path(), timeout_s=5)
        async with Webhook(hostile.url, SECRET, options=options, clock=SystemClock(), resolve=resolve) as webhook:
            await webhook.send(Message(EventId("evt_1"), b"{}"))

    with pytest.raises((TargetError, DeliveryFailedError)) as refused:
        asyncio.run(send())
    return str(refused.value)


def as_media(hostile: HostileUrl) -> str:
    """Fetch a file from there; return why not. No wall is raised: nothing may be connected before."""
    asked, frames = answers(hostile), []

    def connected() -> None:
        pytest.fail(f"{hostile.url} was connected to")

    hop = Hop(hostile.url, max_bytes=1_000, timeout_s=5, allow_private=False)
    fetch(hop, frames.append, context=TRUST, behind_walls=connected, resolve=lambda host, port: asked())
    (frame,) = frames
    assert frame[:1] == Kind.FAILED.value
    return Failure.from_bytes(frame[5:]).reason


def as_an_exchange(hostile: HostileUrl) -> str:
    """Ask a server of hashes there; return why not."""
    asked = answers(hostile)
    asker = Asker(AskOptions(timeout_s=5), resolve=lambda host, port: asked())
    with pytest.raises(ExchangeFailedError) as refused:
        asker.ask(hostile.url, Ask("FetchHashes"))
    return str(refused.value)


def as_a_queue(kind: type[SqsQueue | AmqpBroker], hostile: HostileUrl, url: str) -> str:
    """Send a message to a queue there; return why not."""
    asked = answers(hostile)

    async def resolve(host: str, port: int) -> list[Address]:
        return asked()

    async def send() -> None:
        options = SendOptions(export_folder=Path(), timeout_s=5)
        async with kind(url, "user:password", options=options, clock=SystemClock(), resolve=resolve) as queue:
            await queue.send(Message(EventId("evt_1"), b"{}"))

    with pytest.raises((TargetError, DeliveryFailedError)) as refused:
        asyncio.run(send())
    assert "names no queue" not in str(refused.value)
    assert "says not where to" not in str(refused.value)
    return str(refused.value)


def as_an_sqs_queue(hostile: HostileUrl) -> str:
    """Send a message to an SQS queue there."""
    return as_a_queue(SqsQueue, hostile, hostile.url.replace("/a.jpg", "/123456789012/queue"))


def as_an_amqp_broker(hostile: HostileUrl) -> str:
    """Publish at a broker there."""
    url = hostile.url.replace("/a.jpg", "/?routing_key=queue").replace("https:", "amqps:").replace("http:", "amqp:")
    return as_a_queue(AmqpBroker, hostile, url)


WAYS = [as_a_webhook, as_media, as_an_exchange, as_an_sqs_queue, as_an_amqp_broker]


@pytest.mark.parametrize("reach", WAYS)
@pytest.mark.parametrize("hostile", HOSTILE_URLS, ids=[f"{n} {one.url}" for n, one in enumerate(HOSTILE_URLS)])
def test_hostile_address_is_refused_before_anything_is_connected(
    hostile: HostileUrl, reach: Callable[[HostileUrl], str]
) -> None:
    """In whatever spelling, and whatever the name server says the second time."""
    reason = reach(hostile)
    assert "Connect" not in reason
    assert "connection" not in reason


def test_there_are_sixty() -> None:
    """A list that shrinks protects less."""
    assert len(HOSTILE_URLS) >= 60
