"""
A connection's way out on which the head of an answer waits for its body: one write to the network instead of two.

uvicorn writes the head by itself. That is a second call of the kernel, and it wakes the client for a head that it can
do nothing with: 13% of the server's main thread lay in that write while it was asked for one hash at a time. Here what
is written first waits until more follows, or until the loop has run what is due: an answer that comes in pieces is not
kept.

Invariant: the same bytes in the same order, none of them later than the loop's next round.
"""

import asyncio
from collections.abc import Iterable
from typing import Any


class WholeAnswers(asyncio.Transport):
    """
    A transport that puts two writes together where nothing else runs between them.

    Args:
        transport: Of the connection; it does what is asked, but for writing.

        loop: The event loop of the connection.
    """

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__()
        self._transport = transport
        self._loop = loop
        self._first: bytes | bytearray | memoryview | None = None
        self._due: asyncio.Handle | None = None

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Keep what comes first; send it with what comes next."""
        if self._first is None:
            self._first = data
            self._due = self._loop.call_soon(self._send)
        else:
            self._transport.writelines([*self._kept(), data])

    def writelines(self, list_of_data: Iterable[bytes | bytearray | memoryview]) -> None:
        """Send pieces, after what was kept."""
        self._transport.writelines([*self._kept(), *list_of_data])

    def close(self) -> None:
        """Send what was kept, then close."""
        self._send()
        self._transport.close()

    def abort(self) -> None:
        """Close, and throw away what was not sent."""
        self._kept()
        self._transport.abort()

    def is_closing(self) -> bool:
        """Tell whether it is closed or about to be."""
        return self._transport.is_closing()

    def get_extra_info(self, name: str, default: Any = None) -> Any:  # noqa: ANN401  # as asyncio has it
        """Return what is known of the connection."""
        return self._transport.get_extra_info(name, default)

    def pause_reading(self) -> None:
        """Take in no more."""
        self._transport.pause_reading()

    def resume_reading(self) -> None:
        """Take in more again."""
        self._transport.resume_reading()

    def set_protocol(self, protocol: asyncio.BaseProtocol) -> None:
        """Give the connection to another protocol."""
        self._transport.set_protocol(protocol)

    def _send(self) -> None:
        kept = self._kept()
        if kept and not self._transport.is_closing():  # who hung up meanwhile reads nothing any more
            self._transport.write(kept[0])

    def _kept(self) -> list[bytes | bytearray | memoryview]:
        """Return what waits, which is nothing from then on."""
        first, self._first = self._first, None
        if first is None:
            return []
        if self._due is not None:
            self._due.cancel()
            self._due = None
        return [first]
