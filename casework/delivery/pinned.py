"""
HTTP requests to addresses that somebody typed in: the address that was checked is the one connected to.

The name is resolved here, the connection is made to that address, and TLS still verifies the certificate for the name.
Redirects are not followed and proxies of the environment are not used: both would send what was meant for one place to
another. Who asks servers of hashes does the same without an event loop: `asking.py`.
"""

import asyncio
import socket
import ssl
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import httpx2

from casework.delivery.addresses import Address, parse_address
from casework.delivery.options import SendOptions
from casework.delivery.places import Place, reachable
from casework.domain.errors import DeliveryFailedError, TargetError

Resolve = Callable[[str, int], Awaitable[list[Address]]]

_MAX_ERROR_CHARACTERS: Final = 300


@dataclass(frozen=True, slots=True)
class Answer:
    """
    What was answered.

    Args:
        status: Of HTTP.

        headers: By their names, in whatever case.

        body: Whole; no longer than the operator allows.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def is_success(self) -> bool:
        """Whether it is a 2xx."""
        return 200 <= self.status < 300

    @property
    def retry_after_s(self) -> float | None:
        """For how many seconds to stay away; a date or nonsense is left to the own schedule."""
        value = self.headers.get("retry-after", "")
        return float(value) if value.isascii() and value.isdigit() else None


class PinnedClient:
    """
    Posts; keeps its connections open between requests.

    Args:
        options: What the operator allows.

        resolve: Name and port to addresses; the system's resolver if left out.

        ssl_context: What TLS trusts; the system's authorities if left out.
    """

    def __init__(
        self, options: SendOptions, *, resolve: Resolve | None = None, ssl_context: ssl.SSLContext | None = None
    ) -> None:
        self._options = options
        self._resolve = resolve
        self._client = httpx2.AsyncClient(
            verify=ssl_context or ssl.create_default_context(),
            timeout=httpx2.Timeout(options.timeout_s),
            follow_redirects=False,
            trust_env=False,
            headers={"User-Agent": "staydown", "Accept-Encoding": "identity"},
        )

    async def post(self, place: Place, content: bytes, headers: Mapping[str, str]) -> Answer:
        """
        Post to the first address that takes a connection; once connected, no second one is tried.

        Raises:
            DeliveryFailedError: If no whole answer came in time, or the place may not be reached.
        """
        try:
            async with asyncio.timeout(self._options.timeout_s):
                addresses = await addresses_of(place, self._options, self._resolve)
                for address in addresses[:-1]:
                    try:
                        return await self._post(place, address, content, headers)
                    except (httpx2.ConnectError, httpx2.ConnectTimeout):
                        continue
                return await self._post(place, addresses[-1], content, headers)
        except TimeoutError as error:
            raise no_answer_in_time(self._options) from error
        except (httpx2.HTTPError, httpx2.InvalidURL, OSError, TargetError) as error:
            raise failed_because(error) from error

    async def close(self) -> None:
        """Close its connections."""
        await self._client.aclose()

    async def _post(self, place: Place, address: Address, content: bytes, headers: Mapping[str, str]) -> Answer:
        host = f"[{address}]" if address.version == 6 else str(address)
        request = self._client.build_request(
            "POST",
            place.url.copy_with(host=host),
            content=content,
            headers={"Host": place.url.netloc.decode(), **headers},
            extensions={"sni_hostname": place.host},
        )
        response = await self._client.send(request, stream=True)
        try:
            return Answer(response.status_code, response.headers, await self._read_bounded(response))
        finally:
            await response.aclose()

    async def _read_bounded(self, response: httpx2.Response) -> bytes:
        """Read the body to its end, so that the connection can be used again, unless it is too long to be meant."""
        body = bytearray()
        async for chunk in response.aiter_raw():
            body += chunk
            if len(body) > self._options.max_response_bytes:
                message = f"answered {response.status_code} with more than {self._options.max_response_bytes} bytes"
                raise DeliveryFailedError(message)
        return bytes(body)


async def addresses_of(place: Place, options: SendOptions, resolve: Resolve | None) -> Sequence[Address]:
    """
    Resolve, and return the addresses that may be reached, in order.

    Raises:
        TargetError: If there is none.
    """
    if place.literal is not None:
        found = [place.literal]
    else:
        found = await (resolve or system_resolve)(place.host, place.port)
    return reachable(place, found, allow_private=options.allow_private)


async def system_resolve(host: str, port: int) -> list[Address]:
    """
    Ask the system's resolver.

    Raises:
        TargetError: If it knows no address.
    """
    loop = asyncio.get_running_loop()
    try:
        found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except socket.gaierror as error:
        message = f"{host} cannot be resolved: {error.strerror}"
        raise TargetError(message) from error
    addresses = [parse_address(str(one[4][0])) for one in found]
    return list(dict.fromkeys(one for one in addresses if one is not None))


def no_answer_in_time(options: SendOptions) -> DeliveryFailedError:
    """Say that an attempt took as long as it may."""
    return DeliveryFailedError(f"no answer within {options.timeout_s:g} s")


def failed_because(error: Exception) -> DeliveryFailedError:
    """Say in one line why an attempt failed."""
    return DeliveryFailedError(f"{type(error).__name__}: {error}"[:_MAX_ERROR_CHARACTERS])
