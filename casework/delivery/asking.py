"""
Asking a server of hashes, within the walls of webhooks: the address that was checked is the one connected to.

Redirects are not followed and proxies of the environment are not used: both would send a token to another place than
the one it is for. Invariant: no token is in a message; an answer is read to a limit, within a time.
"""

import ssl
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Final

import httpx2

from casework.delivery.addresses import Address
from casework.delivery.places import Place, reachable, read_place, system_resolve
from casework.domain.errors import ExchangeFailedError, TargetError
from casework.ports.asking import Ask

WHAT: Final = "an exchange"

_BUSY: Final = (429, 503)
_FOR_GOOD: Final = (400, 401, 403, 404, 405, 410, 422)
_PAUSE_S: Final = 60.0
"""Where a server asks to be left alone, and not for how long."""


@dataclass(frozen=True, slots=True)
class AskOptions:
    """
    What the operator allows.

    Args:
        allow_private: Whether private and loopback addresses may be reached, and those without TLS.

        timeout_s: Seconds one request may take, from the first look at the name to the last byte.

        max_response_bytes: Largest answer that is read.
    """

    allow_private: bool = False
    timeout_s: float = 60.0
    max_response_bytes: int = 32_000_000


class Asker:
    """
    Asks; of `ports.Asking`. Safe from any thread.

    Args:
        options: What the operator allows.

        resolve: Name and port to addresses; the system's resolver if left out.

        ssl_context: What TLS trusts; the system's authorities if left out.
    """

    def __init__(
        self,
        options: AskOptions,
        *,
        resolve: Callable[[str, int], Sequence[Address]] | None = None,
        ssl_context: ssl.SSLContext | None = None,
    ) -> None:
        self._options = options
        self._resolve = resolve or system_resolve
        self._context = ssl_context

    def ask(self, address: str, ask: Ask) -> bytes:
        """
        Ask, and return the body of an answer of 2xx.

        Raises:
            ExchangeFailedError: If there is no such answer; it says for how long the server asked to be left alone.
        """
        give_up_at = time.monotonic() + self._options.timeout_s
        try:
            place = read_place(
                f"{address.rstrip('/')}/{ask.path}", allow_private=self._options.allow_private, what=WHAT
            )
            with self._client() as client:
                return self._first_that_answers(place, ask, client, give_up_at)
        except TargetError as error:
            raise ExchangeFailedError(str(error)) from error
        except (httpx2.HTTPError, httpx2.InvalidURL, OSError) as error:
            message = f"no answer: {type(error).__name__}"  # what libraries write may name the whole URL
            raise ExchangeFailedError(message) from error

    def _client(self) -> httpx2.Client:
        if self._context is None:  # reading what the system trusts takes longer than a short answer
            self._context = ssl.create_default_context()
        return httpx2.Client(
            verify=self._context,
            timeout=httpx2.Timeout(self._options.timeout_s),
            follow_redirects=False,
            trust_env=False,
            headers={"User-Agent": "staydown", "Accept-Encoding": "identity"},
        )

    def _first_that_answers(self, place: Place, ask: Ask, client: httpx2.Client, give_up_at: float) -> bytes:
        """Ask the first address that takes a connection; once connected, no second one is tried."""
        found = [place.literal] if place.literal is not None else self._resolve(place.host, place.port)
        addresses = reachable(place, found, allow_private=self._options.allow_private)
        for address in addresses[:-1]:
            try:
                return self._send(place, address, ask, client, give_up_at)
            except (httpx2.ConnectError, httpx2.ConnectTimeout):
                continue
        return self._send(place, addresses[-1], ask, client, give_up_at)

    def _send(self, place: Place, address: Address, ask: Ask, client: httpx2.Client, give_up_at: float) -> bytes:
        host = f"[{address}]" if address.version == 6 else str(address)
        request = client.build_request(
            ask.method,
            place.url.copy_with(host=host),
            params=dict(ask.query) or None,
            content=ask.body,
            headers={**ask.headers, "Host": place.url.netloc.decode()},
            extensions={"sni_hostname": place.host},
        )
        response = client.send(request, stream=True)
        try:
            if not response.is_success:  # what it says may repeat a token, so nobody reads it
                raise _refused(response.status_code, response.headers)
            return self._read_bounded(response, give_up_at)
        finally:
            response.close()

    def _read_bounded(self, response: httpx2.Response, give_up_at: float) -> bytes:
        body = bytearray()
        for chunk in response.iter_raw():
            body += chunk
            if len(body) > self._options.max_response_bytes:
                message = f"answered with more than {self._options.max_response_bytes:,} bytes"
                raise ExchangeFailedError(message)
            if time.monotonic() > give_up_at:
                message = f"the answer did not arrive within {self._options.timeout_s:g} s"
                raise ExchangeFailedError(message)
        return bytes(body)


def _refused(status: int, headers: Mapping[str, str]) -> ExchangeFailedError:
    pause = _retry_after(headers.get("retry-after", "")) if status in _BUSY else None
    return ExchangeFailedError(f"answered {status}", retry_after_s=pause, for_good=status in _FOR_GOOD)


def _retry_after(value: str) -> float:
    """Read `Retry-After`, in seconds or as a date."""
    if value.isascii() and value.isdecimal() and len(value) < 9:
        return float(value)
    try:
        moment = parsedate_to_datetime(value)
        return max(0.0, moment.timestamp() - time.time())
    except (ValueError, OverflowError):
        return _PAUSE_S
