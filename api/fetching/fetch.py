"""
One request to one address, in a process that was forked for it.

    resolve  ->  check each address  ->  connect  ->  walls  ->  TLS, HTTP  ->  frames

Invariant: nothing a stranger sent is read before the walls stand, but what a name server answers to the system's
resolver. Then there is one connection, to an address that was checked, and no way to another.
"""

import signal
import socket
import ssl
import time
from collections.abc import Callable, Sequence
from typing import Final

import h11
import httpx2

from api.fetching.talking import Channel, Head, PlainChannel, TlsChannel, get
from api.fetching.wire import MAX_URL_CHARACTERS, PIECE_BYTES, Failure, Hop, Kind, frame
from casework.delivery.addresses import Address
from casework.delivery.places import Place, reachable, read_place, system_resolve
from casework.domain.errors import TargetError

Resolve = Callable[[str, int], Sequence[Address]]
Send = Callable[[bytes], object]

CONNECT_S: Final = 5.0
"""Seconds that one address may take to accept a connection, and the other end to send anything."""

_MOVED = frozenset({301, 302, 303, 307, 308})


class FetchFailedError(Exception):
    """
    There is no file.

    Args:
        failure: Why.
    """

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.reason)
        self.failure = failure


def fetch(
    hop: Hop,
    send: Send,
    *,
    context: ssl.SSLContext,
    behind_walls: Callable[[], object],
    resolve: Resolve | None = None,
) -> None:
    """
    Fetch a file and send it, frame by frame.

    Args:
        hop: What to fetch.

        send: Takes each frame.

        context: Which authorities TLS trusts.

        behind_walls: Raises the walls, once connected.

        resolve: Name and port to addresses; the system's resolver if left out.
    """
    try:
        _fetch(hop, send, context=context, behind_walls=behind_walls, resolve=resolve or system_resolve)
    except FetchFailedError as error:
        send(frame(Kind.FAILED, error.failure.to_bytes()))
    except TargetError as error:
        send(frame(Kind.FAILED, Failure(str(error)).to_bytes()))
    except (OSError, h11.RemoteProtocolError) as error:
        send(frame(Kind.FAILED, Failure(f"{_named(error)}: {error}").to_bytes()))


def end_after(seconds: float) -> None:
    """End this process after so many seconds, whatever it does then."""
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.setitimer(signal.ITIMER_REAL, seconds)


def _fetch(
    hop: Hop, send: Send, *, context: ssl.SSLContext, behind_walls: Callable[[], object], resolve: Resolve
) -> None:
    place = read_place(hop.url, allow_private=hop.allow_private, what="a file to fetch")
    with _connected(_addresses(place, hop, resolve), place) as connection:
        behind_walls()
        channel: Channel = PlainChannel(connection)
        if not place.is_plain:
            channel = TlsChannel(connection, context, place.host)
        head, body = get(place, channel)
        if head.status in _MOVED:
            send(frame(Kind.MOVED, _elsewhere(place, head)))
            return
        _require_file(head, hop.max_bytes)
        sent = 0
        for data in body:
            sent += len(data)
            if sent > hop.max_bytes:
                raise FetchFailedError(_too_large(hop.max_bytes))
            for start in range(0, len(data), PIECE_BYTES):
                send(frame(Kind.DATA, data[start : start + PIECE_BYTES]))
    send(frame(Kind.END))


def _addresses(place: Place, hop: Hop, resolve: Resolve) -> list[Address]:
    """Return the addresses that may be connected to; of a name that has none, nobody is told where it leads."""
    if place.literal is not None:
        return reachable(place, [place.literal], allow_private=hop.allow_private)
    try:
        return reachable(place, resolve(place.host, place.port), allow_private=hop.allow_private)
    except TargetError as error:
        message = f"{place.host} has no address that files are fetched from: public ones, over https"
        raise TargetError(message) from error


def _connected(addresses: Sequence[Address], place: Place) -> socket.socket:
    """Connect to the first address that accepts, all of them together within twice the time of one."""
    give_up_at = time.monotonic() + 2 * CONNECT_S
    refused: OSError = TimeoutError("takes no connection")
    for address in addresses:
        try:
            left = min(CONNECT_S, give_up_at - time.monotonic())
            if left <= 0:
                break
            return socket.create_connection((str(address), place.port), timeout=left)
        except OSError as error:
            refused = error
    raise refused


def _elsewhere(place: Place, head: Head) -> bytes:
    try:
        url = str(place.url.join(head.headers["location"]))
    except (KeyError, ValueError, httpx2.InvalidURL) as error:
        raise FetchFailedError(Failure(f"answered {head.status} without saying where it is")) from error
    if len(url) > MAX_URL_CHARACTERS:
        raise FetchFailedError(Failure(f"answered {head.status} with an address of {len(url)} characters"))
    return url.encode()


def _require_file(head: Head, max_bytes: int) -> None:
    if head.status != 200:
        raise FetchFailedError(Failure(f"answered {head.status}"))
    encoding = head.headers.get("content-encoding", "identity").strip().lower()
    if encoding not in ("identity", ""):
        raise FetchFailedError(Failure(f"answered in the encoding {encoding!r}, which was not asked for"))
    length = head.headers.get("content-length", "")
    if length.isascii() and length.isdigit() and int(length) > max_bytes:
        raise FetchFailedError(_too_large(max_bytes))


def _too_large(max_bytes: int) -> Failure:
    return Failure(f"the file has more than {max_bytes:,} bytes, which is the limit", too_large=True)


def _named(error: Exception) -> str:
    return "the connection failed" if isinstance(error, OSError) else "it is no valid answer"
