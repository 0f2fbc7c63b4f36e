"""The head of an answer waits for its body, and for nothing else."""

import asyncio
from collections.abc import Iterable

from hypothesis import given
from hypothesis import strategies as some

from api.http.border.whole_answers import WholeAnswers


class Wire(asyncio.Transport):
    """A transport that notes each write to the network."""

    def __init__(self) -> None:
        super().__init__()
        self.writes: list[bytes] = []
        self.closed_after: int | None = None
        self.is_lost = False

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.writes.append(bytes(data))

    def writelines(self, list_of_data: Iterable[bytes | bytearray | memoryview]) -> None:
        self.writes.append(b"".join(list_of_data))

    def close(self) -> None:
        self.closed_after = len(self.writes)

    def abort(self) -> None:
        self.closed_after = len(self.writes)

    def is_closing(self) -> bool:
        return self.is_lost or self.closed_after is not None


def written(*steps: bytes | str) -> Wire:
    """Write these, one after another; "tick" lets the loop run what is due."""
    wire = Wire()

    async def run() -> None:
        transport = WholeAnswers(wire, asyncio.get_running_loop())
        for step in steps:
            if isinstance(step, bytes):
                transport.write(step)
            elif step == "tick":
                await asyncio.sleep(0)
            elif step == "lose":
                wire.is_lost = True
            else:
                getattr(transport, step)()
        await asyncio.sleep(0)

    asyncio.run(run())
    return wire


def test_head_and_body_are_one_write():
    """Two would be two calls of the kernel, and wake the client twice."""
    assert written(b"head", b"body").writes == [b"headbody"]


def test_head_alone_is_sent_without_a_body():
    """A client that is told to go on, or that reads an answer in pieces, must not wait for more."""
    assert written(b"head", "tick", b"piece", "tick", b"piece").writes == [b"head", b"piece", b"piece"]


def test_what_was_written_is_sent_before_the_end():
    """A refusal is written and the connection closed at once."""
    wire = written(b"refused", "close")
    assert (wire.writes, wire.closed_after) == ([b"refused"], 1)


def test_nothing_is_sent_on_a_connection_that_was_thrown_away():
    """It would be an error in the loop, and in the log."""
    assert written(b"head", "abort").writes == []
    assert written(b"head", "lose").writes == []


@given(some.lists(some.one_of(some.binary(max_size=4), some.just("tick"))))
def test_same_bytes_in_the_same_order(steps: list[bytes | str]):
    """However they are written."""
    wire = written(*steps)
    assert b"".join(wire.writes) == b"".join(step for step in steps if isinstance(step, bytes))
