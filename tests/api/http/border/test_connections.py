"""A client that has asked nothing yet costs little, and not for long; one that asks slowly is answered."""

import asyncio
import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from fastapi import FastAPI, Request

from api.http.border.connections import HEAD_BYTES, GuardedProtocol
from tests.helpers.running.servers import Served, served

POST = b"POST /echo HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\n\r\n"


class Impatient(GuardedProtocol):
    """The same with less patience."""

    PATIENCE_S = 0.5
    LINGER_S = 0.5
    LOOK_EVERY_S = 0.05
    MOST_QUIET = 20


def application() -> FastAPI:
    """Make one address that reads its body and one that does not."""
    app = FastAPI()

    @app.post("/echo")
    async def echo(request: Request) -> int:
        return len(await request.body())

    @app.post("/deaf")
    async def deaf() -> str:
        return "no"

    @app.post("/late")
    async def late(request: Request) -> int:
        size = len(await request.body())
        await asyncio.sleep(2 * Impatient.PATIENCE_S)
        return size

    return app


@pytest.fixture(scope="module")
def impatient() -> Iterator[Served]:
    """Serve with little patience."""
    with served(application(), Impatient, keep_alive_s=1) as server:
        yield server


def answer(connection: socket.socket) -> bytes:
    """Read until the other end closes."""
    parts = []
    try:
        while part := connection.recv(65_536):
            parts.append(part)
    except ConnectionResetError:
        pass
    return b"".join(parts)


BEGUN = {
    "nothing": b"",
    "a letter": b"P",
    "half a head": b"POST /echo HTTP/1.1\r\nhost: x\r\n",
    "no body": POST,
    "half a body": POST + b"abc",
    "a blank line": b"\r\n",
    "a request": POST + b"abcde",
    "and a line": POST + b"abcde\r\n",
}


def test_connection_without_progress_is_closed(impatient: Served):
    """1,500 half requests held memory and descriptors for as long as their clients liked."""
    with ExitStack() as opened:
        connections = {name: opened.enter_context(impatient.connect(begun)) for name, begun in BEGUN.items()}
        answers = {name: answer(connection) for name, connection in connections.items()}
    assert [name for name, said in answers.items() if b"HTTP/1.1 200" in said] == ["a request", "and a line"]


@pytest.mark.parametrize("begun", [b"GET / HTTP/1.1\r\nx: ", POST.replace(b"5", b"500")], ids=["head", "body"])
def test_byte_now_and_then_is_no_progress(impatient: Served, begun: bytes):
    """Slowloris: a byte in time each time would hold a connection for ever."""
    with impatient.connect(begun) as connection:
        connection.settimeout(0.1)
        for _ in range(100):
            try:
                connection.sendall(b"a")
                if (got := connection.recv(1000)) == b"" or got.startswith(b"HTTP/1.1 408"):
                    return
            except TimeoutError:
                continue
            except OSError:
                return
        pytest.fail("it is still open")


def test_request_that_takes_its_time_is_answered(impatient: Served):
    """Patience is for what arrives; the answer may take as long as it takes."""
    with impatient.connect(POST.replace(b"/echo", b"/late") + b"abcde") as connection:
        assert connection.recv(1000).startswith(b"HTTP/1.1 200")


def test_body_that_comes_slowly_but_comes_is_taken(impatient: Served):
    """A phone on a bad network reports, too."""
    pause = threading.Event()
    with impatient.connect(POST.replace(b"5", b"10000")) as connection:
        for _ in range(10):
            connection.sendall(bytes(1000))
            pause.wait(Impatient.PATIENCE_S / 5)
        assert b"10000" in connection.recv(1000)


def test_large_head_is_refused(impatient: Served):
    """A header of 200 MB must not be collected."""
    with impatient.connect(b"GET / HTTP/1.1\r\nx: ") as connection:
        try:
            for _ in range(2000):
                connection.sendall(b"a" * 100_000)
        except OSError:
            pass
        else:
            pytest.fail(f"200,000,000 bytes were taken; {HEAD_BYTES} may")


def test_rest_of_a_body_that_was_answered_is_not_waited_for(impatient: Served):
    """Who has no key is answered at once, and then has a moment to read it."""
    with impatient.connect(b"POST /deaf HTTP/1.1\r\nhost: x\r\ncontent-length: 50000\r\n\r\nabc") as connection:
        assert answer(connection).startswith(b"HTTP/1.1 200")


def test_connection_is_used_again_after_a_body_that_was_not_read(impatient: Served):
    """A client that sends all of what nobody reads loses nothing."""
    with impatient.connect() as connection:
        for _ in range(3):
            connection.sendall(POST.replace(b"/echo", b"/deaf"))
            assert connection.recv(1000).startswith(b"HTTP/1.1 200")
            connection.sendall(b"abcde")


def test_too_many_quiet_connections_close_the_oldest(impatient: Served):
    """Half requests of one client must not use up the descriptors of all."""
    crowd = [impatient.connect() for _ in range(Impatient.MOST_QUIET)]
    with impatient.connect(POST + b"abcde") as last:
        assert last.recv(1000).startswith(b"HTTP/1.1 200")
    for one in crowd:
        one.close()


def test_requests_in_one_piece_are_all_answered(impatient: Served):
    """Pipelined requests are rare, and right."""
    with impatient.connect(3 * (POST + b"abcde")) as connection:
        assert answer(connection).count(b"HTTP/1.1 200") == 3
