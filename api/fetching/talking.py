"""
TLS and HTTP/1.1 over a socket that is connected already: one GET, and its answer piece by piece.

The socket is only read, written and waited for, so it can be done behind walls that allow nothing else: no option is
set and no address asked for, which the `ssl` module's own sockets do. TLS is Python's `ssl`, HTTP is `h11`; neither
does any input or output here.

Invariant: certificates are verified for the name in the URL, whatever address is at the other end.
"""

import socket
import ssl
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final, Protocol, TypeVar

import h11

from api.fetching.wire import PIECE_BYTES
from casework.delivery.places import Place

MAX_HEADER_BYTES: Final = 65_536
"""Of an answer's head."""

_MOST_INTERIM = 10
"""Answers of 1xx before the one that counts."""

T = TypeVar("T")


class Channel(Protocol):
    """Bytes to and from the other end."""

    def send(self, data: bytes) -> None:
        """Send all of it."""

    def receive(self) -> bytes:
        """Return what comes next; nothing once the other end has closed."""


class PlainChannel:
    """
    A socket as it is.

    Args:
        connection: Connected, with a timeout.
    """

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection

    def send(self, data: bytes) -> None:
        """Send all of it."""
        self._connection.sendall(data)

    def receive(self) -> bytes:
        """Return what comes next."""
        return self._connection.recv(PIECE_BYTES)


class TlsChannel:
    """
    TLS over a socket; the handshake is done here.

    Args:
        connection: Connected, with a timeout.

        context: Which authorities are trusted.

        host: The name, or literal address, that the certificate must be for.

    Raises:
        ssl.SSLError: If it is not, or the other end does not speak TLS.
    """

    def __init__(self, connection: socket.socket, context: ssl.SSLContext, host: str) -> None:
        self._connection = connection
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._incoming, self._outgoing, server_hostname=host)
        self._until_done(self._tls.do_handshake)

    def send(self, data: bytes) -> None:
        """Send all of it."""
        self._until_done(lambda: self._tls.write(data))

    def receive(self) -> bytes:
        """Return what comes next; where the other end closes without saying so, HTTP knows whether all was there."""
        try:
            return self._until_done(lambda: self._tls.read(PIECE_BYTES))
        except (ssl.SSLZeroReturnError, ssl.SSLEOFError):
            return b""

    def _until_done(self, step: Callable[[], T]) -> T:
        while True:
            try:
                done = step()
            except ssl.SSLWantReadError:
                self._flush()
                data = self._connection.recv(PIECE_BYTES)
                if data:
                    self._incoming.write(data)
                else:
                    self._incoming.write_eof()
            else:
                self._flush()
                return done

    def _flush(self) -> None:
        if self._outgoing.pending:
            self._connection.sendall(self._outgoing.read())


@dataclass(frozen=True, slots=True)
class Head:
    """
    The beginning of an answer.

    Args:
        status: Its status.

        headers: By their names in lower case; of one that comes twice, the last.
    """

    status: int
    headers: dict[str, str]


def get(place: Place, channel: Channel) -> tuple[Head, Iterator[bytes]]:
    """
    Ask for what is at a place.

    Args:
        place: Its URL.

        channel: To the address that was checked.

    Returns:
        The head of the answer, and its body, piece by piece, as it is sent.

    Raises:
        h11.RemoteProtocolError: If the answer is not HTTP, or is cut short; also while the body is read.
    """
    connection = h11.Connection(h11.CLIENT, max_incomplete_event_size=MAX_HEADER_BYTES)
    request = h11.Request(
        method="GET",
        target=place.url.raw_path,
        headers=[
            (b"Host", place.url.netloc),
            (b"User-Agent", b"staydown"),
            (b"Accept", b"*/*"),
            (b"Accept-Encoding", b"identity"),
            (b"Connection", b"close"),
        ],
    )
    channel.send((connection.send(request) or b"") + (connection.send(h11.EndOfMessage()) or b""))
    events = _events(connection, channel)
    for _ in range(_MOST_INTERIM):
        event = next(events)
        if isinstance(event, h11.Response):
            headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in event.headers}
            return Head(event.status_code, headers), (bytes(one.data) for one in events if isinstance(one, h11.Data))
    message = "answered nothing but interim statuses"
    raise h11.RemoteProtocolError(message)


def _events(connection: h11.Connection, channel: Channel) -> Iterator[h11.Event]:
    while True:
        event = connection.next_event()
        if event is h11.NEED_DATA:
            connection.receive_data(channel.receive())
        elif isinstance(event, h11.EndOfMessage):
            return
        elif isinstance(event, h11.Event) and not isinstance(event, h11.ConnectionClosed):
            yield event
        else:
            message = "closed the connection without an answer"
            raise h11.RemoteProtocolError(message)
