"""
AMQP 0-9-1, as RabbitMQ speaks it: a persistent message, and the broker's confirmation as the receipt.

    amqps://host/vhost?routing_key=QUEUE                   into a queue, by the default exchange
    amqps://host/vhost?exchange=NAME[&routing_key=KEY]     to an exchange; the key is the event's type if left out

Messages are `mandatory`: one that no queue takes is a failure, not a receipt. Nothing is declared here: exchanges and
queues are the operator's. One connection and one channel a destination, so what is published in order arrives in order.

Invariant: the address that was checked is the one connected to, and TLS verifies the certificate for the name.
"""

import asyncio
import re
import ssl
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any, ClassVar, Final
from urllib.parse import quote

from casework.delivery.closing import ClosedAtTheEnd
from casework.delivery.options import SendOptions
from casework.delivery.pinned import Resolve, addresses_of, failed_because, no_answer_in_time
from casework.delivery.places import AMQP, Place, read_place
from casework.delivery.queues.extras import require_extra
from casework.delivery.target import TargetField
from casework.domain.errors import DeliveryFailedError, TargetError
from casework.domain.takedowns.propagation import Message, Receipt
from casework.ports.trace import TRACEPARENT
from casework.ports.unit_of_work import Clock

if TYPE_CHECKING:
    from aiormq.abc import AbstractChannel, AbstractConnection
    from pamqp.commands import Basic

    from casework.delivery.addresses import Address

WHAT: Final = "an AMQP broker"

_PARAMETERS: Final = {"exchange", "routing_key"}
_NAME: Final = re.compile(r"[\x20-\x7e]{0,255}")
_CREDENTIALS: Final = re.compile(r"([^\x00-\x1f:]{1,100}):([^\x00-\x1f]{1,100})")
_HEARTBEAT_S: Final = 30
_PERSISTENT: Final = 2
_CLOSING_S: Final = 5.0


class AmqpBroker(ClosedAtTheEnd):
    """
    An exchange or a queue of a broker; keeps its connection open between messages.

    Args:
        target: Its URL.

        secret: ``"user:password"``; None for RabbitMQ's default user, which it takes from its own machine alone.

        options: What the operator allows.

        clock: For the timestamp of messages.

        resolve: Name and port to addresses; the system's resolver if left out.

        ssl_context: What TLS trusts; the system's authorities if left out.

    Raises:
        TargetError: If URL or secret cannot be used, or are not allowed.
    """

    label: ClassVar[str] = "AMQP broker"
    target_field: ClassVar[TargetField] = TargetField(
        "url",
        max_length=2_000,
        description="For an AMQP broker: `amqps://host/vhost?exchange=NAME&routing_key=KEY`, one of the two at least.",
        example="amqps://broker.example.org/moderation?exchange=staydown",
    )
    signing: ClassVar[str | None] = None
    credentials: ClassVar[str | None] = "For an AMQP broker: `user:password`; left out, `guest:guest`."

    def __init__(
        self,
        target: str,
        secret: str | None,
        *,
        options: SendOptions,
        clock: Clock,
        resolve: Resolve | None = None,
        ssl_context: ssl.SSLContext | None = None,
    ) -> None:
        self.check(target, secret, options=options)
        self._place = _read_url(target, options)
        self._exchange = self._place.url.params.get("exchange", "")
        self._routing_key = self._place.url.params.get("routing_key")
        self._user, _, self._password = (secret or "guest:guest").partition(":")
        self._options = options
        self._clock = clock
        self._resolve = resolve
        self._context = ssl_context
        self._opening = asyncio.Lock()
        self._connection: AbstractConnection | None = None
        self._channel: AbstractChannel | None = None

    @staticmethod
    def make_secret() -> None:
        """Return none: nothing is signed."""

    @classmethod
    def check(cls, target: str, secret: str | None, *, options: SendOptions) -> None:
        """
        Refuse what could never be sent to, before anything is stored.

        Raises:
            TargetError: If URL or secret cannot be used, or are not allowed.
        """
        require_extra("aiormq", extra="amqp", what=WHAT)
        place = _read_url(target, options)
        given = place.url.params
        if not given or not set(given) <= _PARAMETERS or len(given.multi_items()) != len(given):
            message = (
                f"{target!r} says not where to: it takes exchange and routing_key, as in {cls.target_field.example}"
            )
            raise TargetError(message)
        if not all(_NAME.fullmatch(one) for one in given.values()) or not any(given.values()):
            message = f"{target!r} has a name of an exchange or a routing key that is none: 1 to 255 plain characters"
            raise TargetError(message)
        if secret is not None and _CREDENTIALS.fullmatch(secret) is None:
            message = "the secret must be user:password; leave it out for guest:guest"
            raise TargetError(message)

    async def send(self, message: Message) -> Receipt:
        """
        Publish a message and wait until the broker confirms that it has it.

        Raises:
            DeliveryFailedError: If it did not, or no queue took it.
        """
        from aiormq.exceptions import AMQPError
        from pamqp.commands import Basic
        from pamqp.exceptions import PAMQPException

        # ValueError: for one, of a broker that confirms nothing.
        failures = (AMQPError, PAMQPException, OSError, RuntimeError, ValueError, asyncio.InvalidStateError)
        begun = time.monotonic()
        try:
            async with asyncio.timeout(self._options.timeout_s):
                channel = await self._open_channel()
                confirmed = await channel.basic_publish(
                    message.document(),
                    exchange=self._exchange,
                    routing_key=message.event_type if self._routing_key is None else self._routing_key,
                    properties=self._properties(message),
                    mandatory=True,
                )
        except TimeoutError as error:
            await self.close()
            raise no_answer_in_time(self._options) from error
        except (*failures, TargetError) as error:
            await self.close()
            raise failed_because(error) from error
        if not isinstance(confirmed, Basic.Ack):
            reason = "the broker did not take it"
            raise DeliveryFailedError(reason)
        return {"confirmed": True, "duration_ms": round((time.monotonic() - begun) * 1000)}

    async def close(self) -> None:
        """Close the connection, if there is one."""
        from aiormq.exceptions import AMQPError

        connection, self._connection, self._channel = self._connection, None, None
        if connection is not None:
            with suppress(AMQPError, OSError, RuntimeError, TimeoutError):
                async with asyncio.timeout(_CLOSING_S):
                    await connection.close()

    def _properties(self, message: Message) -> "Basic.Properties":
        from pamqp.commands import Basic

        traceparent = TRACEPARENT.get()
        return Basic.Properties(
            content_type="application/json",
            delivery_mode=_PERSISTENT,
            message_id=message.id,
            message_type=message.event_type or None,
            timestamp=self._clock.now(),
            app_id="staydown",
            headers={} if traceparent is None else {"traceparent": traceparent},
        )

    async def _open_channel(self) -> "AbstractChannel":
        """Return the channel, opened to the first address that takes a connection if there is none."""
        async with self._opening:
            if self._channel is not None and not (self._channel.is_closed or self._connection_is_gone):
                return self._channel
            addresses = await addresses_of(self._place, self._options, self._resolve)
            for address in addresses[:-1]:
                try:
                    self._connection = await self._connect(address)
                    break
                except OSError:
                    continue
            else:
                self._connection = await self._connect(addresses[-1])
            self._channel = await self._connection.channel(publisher_confirms=True, on_return_raises=True)
            return self._channel

    @property
    def _connection_is_gone(self) -> bool:
        return self._connection is None or self._connection.is_closed

    async def _connect(self, address: "Address") -> "AbstractConnection":
        from aiormq.connection import Connection
        from yarl import URL

        place = self._place
        # Of what was typed in, the virtual host alone goes in: the library takes file names and "do not verify" here.
        url = URL.build(
            scheme=place.url.scheme,
            user=self._user,
            password=self._password,
            host=str(address),
            port=place.port,
            path="/" + quote(place.url.path.removeprefix("/") or "/", safe=""),
            query={"heartbeat": str(_HEARTBEAT_S)},
            encoded=False,
        )
        tls: dict[str, Any] = {} if place.is_plain else {"server_hostname": place.host}
        connection = Connection(url, context=self._context or ssl.create_default_context(), **tls)
        await connection.connect()
        return connection


def _read_url(target: str, options: SendOptions) -> Place:
    return read_place(target, allow_private=options.allow_private, what=WHAT, schemes=AMQP)
