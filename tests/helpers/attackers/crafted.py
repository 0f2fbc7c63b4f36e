"""Workers that were taken over: they speak the sandbox's wire, and answer what a test says."""

import json
import math
import socket
import threading
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from hypothesis import strategies as st

from matcher.sandbox.answers.packing import Unpacking
from matcher.sandbox.walls import Walls
from matcher.sandbox.wire import STARTED, ClosedError, read_frame, read_task, write_frame, write_ready


@dataclass
class Liar:
    """
    Answers every task with the same bytes; as many processes of it are started as are asked for.

    Args:
        answer: What it says.

        started: How many there were.
    """

    answer: bytes = b""
    started: int = 0

    def start(self, theirs: socket.socket, *_: object) -> "LyingProcess":
        """Start one, as `start_worker` does."""
        self.started += 1
        return LyingProcess(self, theirs.dup())


class LyingProcess:
    """One of them, with a thread in the place of a process."""

    def __init__(self, liar: Liar, connection: socket.socket) -> None:
        self._liar = liar
        self._connection = connection
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def kill(self) -> None:
        """End it."""
        with suppress(OSError):
            self._connection.shutdown(socket.SHUT_RDWR)

    def wait(self) -> int:
        """Wait until it has ended."""
        self._thread.join()
        return 0

    def _serve(self) -> None:
        with self._connection, suppress(ClosedError, OSError):
            read_frame(self._connection)
            write_ready(self._connection, Walls())
            while True:
                read_task(self._connection)
                write_frame(self._connection, STARTED)
                write_frame(self._connection, self._liar.answer)


@dataclass
class Answer:
    """
    An answer, taken apart.

    Args:
        content: What its header says.

        pieces: The bytes beside it.
    """

    content: Any
    pieces: list[bytes] = field(default_factory=list)

    @classmethod
    def of(cls, payload: bytes) -> "Answer":
        """Take one apart."""
        header = int.from_bytes(payload[:4], "big")
        lengths = json.loads(payload[4 : 4 + header])[1]
        answer = Unpacking(payload)
        return cls(answer.content, [answer.bytes_of(n, most=2**30) for n in range(len(lengths))])

    def packed(self) -> bytes:
        """Put it together."""
        header = json.dumps([self.content, [len(piece) for piece in self.pieces]]).encode()
        return b"".join((len(header).to_bytes(4, "big"), header, *self.pieces))


def places(content: object, above: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield where in a header something stands."""
    if above:
        yield above
    inside = content.items() if isinstance(content, dict) else enumerate(content) if isinstance(content, list) else ()
    for key, value in inside:
        yield from places(value, (*above, key))


def altered(content: Any, place: tuple[Any, ...], value: object) -> Any:
    """Return a header with something else in one place; nothing where `value` is `GONE`."""
    copy = json.loads(json.dumps(content))
    inside = copy
    for key in place[:-1]:
        inside = inside[key]
    if value is GONE:
        del inside[place[-1]]
    else:
        inside[place[-1]] = value
    return copy


GONE = object()

NUMBERS = (-1, 0, 1, 2, 7, 100, 101, 255, 2**31, 2**63, 10**40, 0.5, -0.0, 1e308, math.nan, math.inf, -math.inf)
TEXTS = ("", "x", "as is", "pdq/1", "local/1", "scenes/1", "\x00", "<b>", "y" * 300)
SHAPES: tuple[Any, ...] = ([], {}, [[]], [0] * 300, {"pieces": 0}, [[[[[[[[]]]]]]]])

ODD = st.one_of(
    st.sampled_from((GONE, None, True, False, *NUMBERS, *TEXTS, *SHAPES)),
    st.integers(),
    st.floats(),
    st.text(max_size=20),
)


@st.composite
def crafted(draw: st.DrawFn, honest: Answer) -> bytes:
    """Draw an answer near an honest one: something in its header or in its pieces is another."""
    answer = Answer(honest.content, list(honest.pieces))
    for _ in range(draw(st.integers(1, 3))):
        if draw(st.booleans()):
            every = list(places(answer.content))
            if every:
                answer.content = altered(answer.content, draw(st.sampled_from(every)), draw(ODD))
        elif answer.pieces:
            at = draw(st.integers(0, len(answer.pieces) - 1))
            answer.pieces[at] = draw(piece_like(answer.pieces[at]))
    return answer.packed()


def piece_like(piece: bytes) -> st.SearchStrategy[bytes]:
    """Draw bytes that are shorter, longer, or of the same length and other values."""
    same = st.sampled_from([bytes(len(piece)), b"\xff" * len(piece), b"\x7f" * len(piece), piece[::-1]])
    cut = st.integers(0, max(len(piece) - 1, 0)).map(lambda length: piece[:length])
    spot = st.tuples(st.integers(0, max(len(piece) - 1, 0)), st.binary(min_size=1, max_size=8)).map(
        lambda found: piece[: found[0]] + found[1] + piece[found[0] + len(found[1]) :]
    )
    return st.one_of(same, cut, spot, st.binary(max_size=64), st.just(piece * 2))
