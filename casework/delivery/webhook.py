"""
Signed webhooks, after the Standard Webhooks specification (standardwebhooks.com, 1.0).

One POST an attempt: `webhook-id` (the event's, the same at every attempt), `webhook-timestamp`, `webhook-signature`.
An answer of 2xx is the receipt; anything else, and no answer within the time limit, is a failure. Redirects are not
followed and proxies of the environment are not used: both would send what was signed for one place to another.

Invariant: the address that was checked is the one connected to. The name is resolved here, the connection is made to
that address, and TLS still verifies the certificate for the name.
"""

import asyncio
import base64
import binascii
import secrets
import socket
import ssl
import time
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import ClassVar, Self

import httpx2
from standardwebhooks import Webhook as Signer

from casework.delivery.addresses import Address, parse_address
from casework.delivery.options import SendOptions
from casework.delivery.places import Place, reachable, read_place
from casework.delivery.target import TargetField
from casework.domain.errors import DeliveryFailedError, TargetError
from casework.domain.takedowns.propagation import Message, Receipt
from casework.ports.trace import TRACEPARENT
from casework.ports.unit_of_work import Clock

Resolve = Callable[[str, int], Awaitable[list[Address]]]

_SECRET_PREFIX = "whsec_"  # noqa: S105 - the prefix the specification gives to secrets, not one
_SECRET_BYTES = range(24, 65)
_MAX_ERROR_CHARACTERS = 300


class Webhook:
    """
    A webhook; keeps its connections open between messages.

    Args:
        target: Its URL.

        secret: ``"whsec_…"``.

        options: What the operator allows.

        clock: For the timestamp of the signature.

        resolve: Name and port to addresses; the system's resolver if left out.

        ssl_context: What TLS trusts; the system's authorities if left out.

    Raises:
        TargetError: If URL or secret cannot be used, or are not allowed.
    """

    label: ClassVar[str] = "webhook"
    target_field: ClassVar[TargetField] = TargetField("url", max_length=2_000, description="For a webhook.")
    signing: ClassVar[str | None] = "For a webhook: `whsec_` and base64; made if it is left out."

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
        self._place = _read_url(target, options)
        self._signer = Signer(_read_secret(secret))
        self._options = options
        self._clock = clock
        self._resolve = resolve or _system_resolve
        self._client = httpx2.AsyncClient(
            verify=ssl_context or ssl.create_default_context(),
            timeout=httpx2.Timeout(options.timeout_s),
            follow_redirects=False,
            trust_env=False,
            headers={"User-Agent": "staydown", "Content-Type": "application/json", "Accept-Encoding": "identity"},
        )

    @staticmethod
    def make_secret() -> str:
        """Return a new secret: 32 random bytes in base64, after ``"whsec_"``."""
        return f"whsec_{base64.b64encode(secrets.token_bytes(32)).decode()}"

    @classmethod
    def check(cls, target: str, secret: str | None, *, options: SendOptions) -> None:
        """
        Refuse what could never be sent to, before anything is stored.

        Raises:
            TargetError: If URL or secret cannot be used, or are not allowed.
        """
        _read_url(target, options)
        _read_secret(secret)

    async def send(self, message: Message) -> Receipt:
        """
        Send a message and wait for the receipt: the status, and how long it took.

        Raises:
            DeliveryFailedError: Saying which step failed.
        """
        begun = time.monotonic()
        try:
            async with asyncio.timeout(self._options.timeout_s):
                status = await self._deliver(message)
        except TimeoutError as error:
            failure = f"no answer within {self._options.timeout_s:g} s"
            raise DeliveryFailedError(failure) from error
        except (httpx2.HTTPError, httpx2.InvalidURL, OSError, TargetError) as error:
            failure = f"{type(error).__name__}: {error}"[:_MAX_ERROR_CHARACTERS]
            raise DeliveryFailedError(failure) from error
        return {"status": status, "duration_ms": round((time.monotonic() - begun) * 1000)}

    async def close(self) -> None:
        """Close its connections."""
        await self._client.aclose()

    async def __aenter__(self) -> Self:
        """Return itself."""
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close."""
        await self.close()

    async def _deliver(self, message: Message) -> int:
        """Post to the first address that takes a connection; once connected, no second one is tried."""
        addresses = await self._addresses()
        for address in addresses[:-1]:
            try:
                return await self._post(message, address)
            except (httpx2.ConnectError, httpx2.ConnectTimeout):
                continue
        return await self._post(message, addresses[-1])

    async def _post(self, message: Message, address: Address) -> int:
        host = f"[{address}]" if address.version == 6 else str(address)
        request = self._client.build_request(
            "POST",
            self._place.url.copy_with(host=host),
            content=message.body,
            headers={"Host": self._place.url.netloc.decode(), **_traced(), **self._signed(message, self._clock.now())},
            extensions={"sni_hostname": self._place.host},
        )
        response = await self._client.send(request, stream=True)
        try:
            await self._read_bounded(response)
        finally:
            await response.aclose()
        if not response.is_success:
            failure = f"answered {response.status_code}"
            raise DeliveryFailedError(failure, retry_after_s=_retry_after(response.headers))
        return response.status_code

    async def _read_bounded(self, response: httpx2.Response) -> None:
        """Read the body to its end, so that the connection can be used again, unless it is too long to be meant."""
        received = 0
        async for chunk in response.aiter_raw():
            received += len(chunk)
            if received > self._options.max_response_bytes:
                message = f"answered {response.status_code} with more than {self._options.max_response_bytes} bytes"
                raise DeliveryFailedError(message)

    async def _addresses(self) -> list[Address]:
        """
        Resolve, and return the addresses that may be reached.

        Raises:
            TargetError: If there is none.
        """
        place = self._place
        found = [place.literal] if place.literal is not None else await self._resolve(place.host, place.port)
        return reachable(place, found, allow_private=self._options.allow_private)

    def _signed(self, message: Message, now: datetime) -> dict[str, str]:
        return {
            "webhook-id": message.id,
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": self._signer.sign(message.id, now, message.body.decode()),
        }


def _traced() -> dict[str, str]:
    """Hand the trace on, where traces are on: what the receiver does is then seen in it."""
    traceparent = TRACEPARENT.get()
    return {} if traceparent is None else {"traceparent": traceparent}


def _read_url(target: str, options: SendOptions) -> Place:
    return read_place(target, allow_private=options.allow_private, what="a webhook")


def _read_secret(secret: str | None) -> str:
    if secret is None:
        message = "a webhook needs a secret to sign with"
        raise TargetError(message)
    try:
        key = base64.b64decode(secret.removeprefix(_SECRET_PREFIX), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if len(key) not in _SECRET_BYTES:
        message = "the secret must be `whsec_` and 24 to 64 random bytes in base64; leave it out to have one made"
        raise TargetError(message)
    return secret


def _retry_after(headers: Mapping[str, str]) -> float | None:
    """Read `Retry-After` in seconds; a date or nonsense is left to the own schedule."""
    value = headers.get("retry-after", "")
    return float(value) if value.isascii() and value.isdigit() else None


async def _system_resolve(host: str, port: int) -> list[Address]:
    loop = asyncio.get_running_loop()
    try:
        found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except socket.gaierror as error:
        message = f"{host} cannot be resolved: {error.strerror}"
        raise TargetError(message) from error
    addresses = [parse_address(str(one[4][0])) for one in found]
    return list(dict.fromkeys(one for one in addresses if one is not None))
