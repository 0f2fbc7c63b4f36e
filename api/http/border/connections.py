"""
One connection of `staydown serve`: uvicorn's, with limits on what a client may cost before it has asked anything.

uvicorn limits neither how long a request may take to arrive nor how large its head may be. Here both end with the
connection, and so does one that is quiet where there are too many: a thousand half requests hold no memory.

Invariant: whoever sends a whole request at more than `LEAST_BYTES_PER_S` meets none of this.
"""

import asyncio
from typing import Any

from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol
from uvicorn.server import ServerState

from api.http.border.whole_answers import WholeAnswers

HEAD_BYTES = 65_536
"""Largest head of a request: address and headers."""

LEAST_BYTES_PER_S = 1_000
"""Slowest body that is taken, after the first `PATIENCE_S`."""

_PIECE_BYTES = 16_384
"""So much is read at once, so that no more than this of a head goes uncounted."""


class GuardedProtocol(HttpToolsProtocol):
    """
    An HTTP connection that is closed when it makes no progress. Only uvicorn makes one.

    Attributes:
        PATIENCE_S: Seconds that a head may take to arrive, and a body may bring nothing.

        LINGER_S: Seconds that the rest of a body is thrown away, once it was answered without it.

        LOOK_EVERY_S: Seconds between two looks at a connection.

        MOST_QUIET: Connections with no request under way. Beyond, those that are quiet longest are closed.
    """

    PATIENCE_S = 10.0
    LINGER_S = 5.0
    LOOK_EVERY_S = 1.0
    MOST_QUIET = 1_000

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._begun = 0.0
        self._head_until: float | None = None
        self._head_bytes = 0
        self._body_began: float | None = None
        self._body_bytes = 0
        self._progress = 0.0
        self._closing_until: float | None = None
        self._looking: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for a head."""
        super().connection_made(WholeAnswers(transport, self.loop))
        self._begun = self.loop.time()
        self._head_until = self._begun + self.PATIENCE_S
        self._looking = self.loop.call_later(self.LOOK_EVERY_S, self._look)
        if len(self.connections) > self.MOST_QUIET:
            self._close_the_most_quiet()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop looking."""
        if self._looking is not None:
            self._looking.cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Read what arrived, and count what belongs to a head that is not whole."""
        self._progress = self.loop.time()
        for begin in range(0, len(data), _PIECE_BYTES):
            if self.transport.is_closing():
                return
            piece = data[begin : begin + _PIECE_BYTES]
            if self._body_began is not None:
                self._body_bytes += len(piece)
            super().data_received(piece)
            if self._head_until is not None:
                self._head_bytes += len(piece)
                if self._head_bytes > HEAD_BYTES:
                    self._refuse(431, f"The head of a request may have {HEAD_BYTES} bytes.")

    def on_message_begin(self) -> None:
        """Begin a head: it has so long from its first byte on, the first of a connection from that on."""
        super().on_message_begin()
        begun = self._begun if self.cycle is None else self.loop.time()
        self._head_until = begun + self.PATIENCE_S

    def on_headers_complete(self) -> None:
        """End a head, and begin the body."""
        self._head_until = None
        self._head_bytes = 0
        self._body_began = self._progress
        self._body_bytes = 0
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """End a body; one that was answered before it was whole is followed by the next head."""
        self._body_began = None
        super().on_message_complete()
        if self._closing_until is not None:
            self._closing_until = None
            self._await_head()  # uvicorn's own timer ended with the first byte that came after the answer

    def on_response_complete(self) -> None:
        """Begin to wait for the next head, or for the rest of a body that nobody reads any more."""
        super().on_response_complete()
        if not self.is_quiet:
            return
        if self._body_began is None:
            self._await_head()
        else:
            self._closing_until = self.loop.time() + self.LINGER_S

    @property
    def is_quiet(self) -> bool:
        """Whether no request is under way."""
        return self.cycle is None or self.cycle.response_complete

    def _await_head(self) -> None:
        self._head_until = self.loop.time() + self.timeout_keep_alive

    def _look(self) -> None:
        """Close the connection if it has had its time."""
        now = self.loop.time()
        self._looking = self.loop.call_later(self.LOOK_EVERY_S, self._look)
        if self.transport.is_closing():
            if self._closing_until is None:
                self._closing_until = now + self.LINGER_S
            elif now > self._closing_until:
                self.transport.abort()  # what was written last is not being read
        elif self._closing_until is not None and now > self._closing_until:
            self.transport.abort()
        elif self._head_until is not None and now > self._head_until:
            self._refuse(408, f"The head of a request has {self.PATIENCE_S:g} seconds to arrive.")
        elif self._body_began is not None and self._closing_until is None:
            self._look_at_body(now, self._body_began)

    def _look_at_body(self, now: float, began: float) -> None:
        if self.flow.read_paused:  # we are slow, not the client
            self._progress = now
            self._body_began = began + self.LOOK_EVERY_S
            return
        slowest_s = self.PATIENCE_S + self._body_bytes / LEAST_BYTES_PER_S
        if now > self._progress + self.PATIENCE_S or now > began + slowest_s:
            self._refuse(408, f"Nothing came for {self.PATIENCE_S:g} seconds, or too little.")

    def _refuse(self, status: int, message: str) -> None:
        """Close the connection, and say why where no answer is under way."""
        if self.is_quiet or not (self.pipeline or self.cycle.response_started):
            body = message.encode()
            head = b"content-type: text/plain; charset=utf-8\r\nconnection: close\r\ncontent-length: "
            self.transport.write(STATUS_LINE[status] + head + str(len(body)).encode() + b"\r\n\r\n" + body)
        self.transport.close()

    def _close_the_most_quiet(self) -> None:
        guarded = (one for one in self.connections if isinstance(one, GuardedProtocol))
        quiet = [one for one in guarded if one.is_quiet and not one.transport.is_closing()]
        if len(quiet) <= self.MOST_QUIET:
            return
        # Some at once: to look at all for each new one would take longer than what it saves.
        for one in sorted(quiet, key=lambda one: max(one._begun, one._progress))[: 1 + self.MOST_QUIET // 20]:
            one.transport.abort()
