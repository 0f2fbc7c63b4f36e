"""
One kept connection that speaks as little HTTP/1.1 as a measurement needs: prebuilt requests, answers with a length.

Invariant: nothing blocks. What the socket does not take at once is kept and sent when it is writable again.
"""

import select
import socket
from collections.abc import Sequence

_PIECE_BYTES = 262_144
_HEAD_END = b"\r\n\r\n"
_LENGTH = b"content-length:"


class Connection:
    """
    A connection to the server.

    Args:
        host: Where it listens.

        port: Where it listens.

    Attributes:
        due: When the request under way was to be sent; None where none is.

        expected: What its answer should contain.
    """

    __slots__ = ("_got", "_unsent", "due", "expected", "socket")

    def __init__(self, host: str, port: int) -> None:
        self.socket = socket.create_connection((host, port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket.setblocking(False)
        self.due: float | None = None
        self.expected = b""
        self._unsent: list[memoryview] = []
        self._got = b""

    def send(self, pieces: Sequence[bytes]) -> bool:
        """Begin to send a request; return whether all of it is sent."""
        self._unsent = [memoryview(piece) for piece in pieces]
        return self.send_rest()

    def send_rest(self) -> bool:
        """Send what is left; return whether all of it is sent."""
        unsent = self._unsent
        while unsent:
            try:
                sent = self.socket.sendmsg(unsent)
            except BlockingIOError:
                return False
            while unsent and sent >= len(unsent[0]):
                sent -= len(unsent.pop(0))
            if sent:
                unsent[0] = unsent[0][sent:]
        return True

    def receive(self) -> tuple[int, bytes] | None:
        """
        Take what arrived.

        Returns:
            Status and body of an answer that is whole now, or None.

        Raises:
            ConnectionError: If the server closed the connection.
        """
        try:
            piece = self.socket.recv(_PIECE_BYTES)
        except BlockingIOError:
            return None
        if not piece:
            message = "the server closed the connection"
            raise ConnectionResetError(message)
        got = self._got = self._got + piece if self._got else piece
        head = got.find(_HEAD_END)
        if head < 0:
            return None
        end = head + len(_HEAD_END) + length_of(got[:head])
        if len(got) < end:
            return None
        self._got = b""
        return int(got[9:12]), got[head + len(_HEAD_END) : end]

    def close(self) -> None:
        """Let go of the socket."""
        self.socket.close()


def ask(connection: Connection, pieces: Sequence[bytes], *, within_s: float = 60.0) -> tuple[int, bytes]:
    """
    Send one request and wait; return status and body.

    Raises:
        TimeoutError: If no answer came in time.
    """
    sent = connection.send(pieces)
    while not sent:
        select.select([], [connection.socket], [], within_s)
        sent = connection.send_rest()
    while select.select([connection.socket], [], [], within_s)[0]:
        if (answer := connection.receive()) is not None:
            return answer
    message = f"no answer within {within_s:g} s"
    raise TimeoutError(message)


def ask_once(host: str, port: int, pieces: Sequence[bytes]) -> tuple[int, bytes]:
    """Do the same on a connection of its own."""
    connection = Connection(host, port)
    try:
        return ask(connection, pieces)
    finally:
        connection.close()


def length_of(head: bytes) -> int:
    """
    Return the length of the body that a head announces.

    Raises:
        ConnectionError: If it announces none: such an answer cannot be told from the next one.
    """
    head = head.lower()
    place = head.find(_LENGTH)
    if place < 0:
        message = f"an answer without a length: {head[:80]!r}"
        raise ConnectionAbortedError(message)
    return int(head[place + len(_LENGTH) :].split(b"\r", 1)[0])
