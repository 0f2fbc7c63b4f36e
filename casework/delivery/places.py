"""
Where a URL that somebody else wrote leads: taken apart, resolved, and each address checked before it is connected to.

Webhooks, queues and media that is fetched go through here alike. Invariant: what is returned by `reachable` is what is
connected to; a name is never resolved a second time, so it cannot be checked as one address and reached as another.
"""

import re
import socket
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import httpx2

from casework.delivery.addresses import Address, is_public, parse_address, require_allowed
from casework.domain.errors import TargetError

_LAST_PORT = 65_535
_HOST = re.compile(r"[A-Za-z0-9._-]+|[0-9A-Fa-f:.]+")
"""A name, as it is asked for, or an address; what is written otherwise may be read as something else elsewhere."""


@dataclass(frozen=True, slots=True)
class Schemes:
    """
    How addresses of a kind begin.

    Args:
        secure: Over TLS.

        secure_port: Where that usually is.

        plain: Without.

        plain_port: Where that usually is.
    """

    secure: str
    secure_port: int
    plain: str
    plain_port: int

    def port_of(self, scheme: str) -> int | None:
        """Return where a scheme usually is; None for one of another kind."""
        return {self.secure: self.secure_port, self.plain: self.plain_port}.get(scheme)


HTTP: Final = Schemes("https", 443, "http", 80)
AMQP: Final = Schemes("amqps", 5671, "amqp", 5672)


@dataclass(frozen=True, slots=True)
class Place:
    """
    A URL taken apart: what to connect to, and what to ask for.

    Args:
        url: As it was written.

        host: Its name, of other scripts as the network writes it, or its literal address without brackets.

        port: Where.

        literal: The address, where the host is one.

        schemes: How such an address begins.
    """

    url: httpx2.URL
    host: str
    port: int
    literal: Address | None
    schemes: Schemes = HTTP

    @property
    def is_plain(self) -> bool:
        """Whether nothing is encrypted on the way."""
        return self.url.scheme == self.schemes.plain


def read_place(target: str, *, allow_private: bool, what: str, schemes: Schemes = HTTP) -> Place:
    """
    Take a URL apart, and refuse what could never be reached.

    Args:
        target: The URL.

        allow_private: Whether the operator allows private and loopback addresses, and to reach those without TLS.

        what: What it is the address of, for the message: ``"a webhook"``.

        schemes: How such an address begins.

    Raises:
        TargetError: Naming what is wrong with it.
    """
    try:
        url = httpx2.URL(target)
        host, port = url.raw_host.decode("ascii"), schemes.port_of(url.scheme) if url.port is None else url.port
    except (httpx2.InvalidURL, ValueError) as error:
        message = f"{target!r} is not a URL: {error}"
        raise TargetError(message) from error
    is_of_them = schemes.port_of(url.scheme) is not None
    is_usual = is_of_them and _HOST.fullmatch(host) and not (url.userinfo or url.fragment)
    if port is None or not 0 < port <= _LAST_PORT or not is_usual:
        message = (
            f"{target!r} cannot be used; {what} is {schemes.secure}://host/path, without a user, password or fragment"
        )
        raise TargetError(message)
    place = Place(url, host, port, parse_address(host), schemes)
    if place.literal is not None:
        _require(place, place.literal, allow_private=allow_private)
    elif place.is_plain and not allow_private:
        message = f"{target!r} is not encrypted; use {schemes.secure}"
        raise TargetError(message)
    return place


def reachable(place: Place, found: Iterable[Address], *, allow_private: bool) -> list[Address]:
    """
    Return the addresses that may be connected to, in order.

    Args:
        place: The URL.

        found: What its name resolves to.

        allow_private: As for `read_place`.

    Raises:
        TargetError: If there is none; it says why the last one is none.
    """
    refused = TargetError(f"{place.host} has no address")
    allowed = []
    for address in found:
        try:
            _require(place, address, allow_private=allow_private)
        except TargetError as error:
            refused = error
        else:
            allowed.append(address)
    if not allowed:
        raise refused
    return allowed


def system_resolve(host: str, port: int) -> list[Address]:
    """
    Ask the system's resolver.

    Raises:
        TargetError: If it knows no address.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (socket.gaierror, UnicodeError) as error:
        message = f"{host} cannot be resolved"
        raise TargetError(message) from error
    addresses = [parse_address(str(one[4][0])) for one in found]
    return list(dict.fromkeys(one for one in addresses if one is not None))


def _require(place: Place, address: Address, *, allow_private: bool) -> None:
    require_allowed(address, allow_private=allow_private)
    if place.is_plain and is_public(address):
        secure, plain = place.schemes.secure, place.schemes.plain
        message = f"{plain}://{place.host} is public and would not be encrypted; use {secure}"
        raise TargetError(message)
