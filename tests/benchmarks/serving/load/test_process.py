"""Clients count every answer they were to get: errors, stalls and connections that break are in the result."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import numpy as np

from benchmarks.serving.load.connection import ask_once
from benchmarks.serving.load.plan import LoadPlan, Request
from benchmarks.serving.load.process import Clients

STALL_S = 0.4
RATE_PER_S = 100.0


def answer(body: bytes, status: int = 200) -> bytes:
    """Return an answer as a server writes it."""
    return b"HTTP/1.1 %d X\r\nContent-Length: %d\r\n\r\n%s" % (status, len(body), body)


@contextmanager
def answering(respond: Callable[[int, bytes], bytes | None]) -> Iterator[int]:
    """Serve one connection at a time; `respond` gets a count and a request, None closes. Yields the port."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            count = 0
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                with connection, suppress(ConnectionError):  # the client leaves in the middle of it
                    while request := connection.recv(65_536):
                        said = respond(count, request)
                        count += 1
                        if said is None:
                            break
                        connection.sendall(said)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield listener.getsockname()[1]
        listener.shutdown(socket.SHUT_RDWR)
    thread.join()


def plan(port: int, *requests: Request, rate_per_s: float | None = None, measure_s: float = 0.3) -> LoadPlan:
    """Plan one connection that counts from the start."""
    return LoadPlan("127.0.0.1", port, requests, 1, settle_s=0.0, measure_s=measure_s, rate_per_s=rate_per_s)


def test_every_answer_is_compared_with_what_was_expected_of_its_own_request() -> None:
    """Requests of several kinds follow each other on a connection."""
    requests = Request(b"A", expected=b"a"), Request(b"B", expected=b"b")
    with answering(lambda _, request: answer(request.lower())) as port:
        result = Clients(plan(port, *requests)).run()
    assert len(result.latencies_ms) > 1
    assert not result.errors
    with answering(lambda _, __: answer(b"a")) as port:
        mistaken = Clients(plan(port, *requests)).run()
    assert mistaken.errors["unexpected answer"] >= 1
    assert mistaken.latencies_ms


def test_refusals_and_broken_connections_are_errors_and_no_latencies() -> None:
    """A server that answers nothing well must not look fast."""
    with answering(lambda count, _: answer(b"", 503) if count % 2 == 0 else None) as port:
        result = Clients(plan(port, Request(b"A"))).run()
    assert not result.latencies_ms
    assert result.errors["503"] >= 1
    assert result.errors["disconnected"] >= 1


def test_an_open_loop_counts_what_waited_behind_a_stall_from_when_it_was_due() -> None:
    """Otherwise a stall of half a second would be one slow request of many (coordinated omission)."""

    def stalls_once(count: int, _: bytes) -> bytes:
        if count == 1:
            threading.Event().wait(STALL_S)
        return answer(b"")

    with answering(stalls_once) as port:
        result = Clients(plan(port, Request(b"A"), rate_per_s=RATE_PER_S, measure_s=1.0)).run()
    latencies = np.array(result.latencies_ms)
    assert len(latencies) + result.errors.total() == RATE_PER_S
    waited = int(RATE_PER_S * STALL_S / 2)
    assert (latencies > STALL_S / 2 * 1000).sum() >= waited - 2


def test_numbered_requests_are_never_sent_twice() -> None:
    """What answers repeats from a cache is to be asked something new each time."""
    seen: list[bytes] = []

    def note(_: int, request: bytes) -> bytes:
        seen.append(request)
        return answer(b"")

    with answering(note) as port:
        Clients(plan(port, Request(b"<", after=b">"))).run()
    assert len(seen) > 1
    assert len(set(seen)) == len(seen)
    assert all(request.startswith(b"<") and len(request) == 18 for request in seen)


def test_requests_and_answers_of_megabytes_arrive_whole() -> None:
    """Pictures do not fit into what a socket takes at once."""
    size = 3_000_000
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            connection, _ = listener.accept()
            with connection:
                left = size
                while left:
                    left -= len(connection.recv(65_536))
                connection.sendall(answer(b"y" * size))

        thread = threading.Thread(target=serve)
        thread.start()
        status, body = ask_once("127.0.0.1", listener.getsockname()[1], [b"x" * size])
        thread.join()
    assert (status, len(body)) == (200, size)


class Starved(Clients):
    """Gets no turn between the first request and the end of the measurement."""

    def _take_answers(self, wait_s: float) -> None:
        threading.Event().wait(max(0.0, self._end - time.perf_counter()))
        super()._take_answers(wait_s)


def test_an_open_loop_counts_what_it_was_too_late_to_send() -> None:
    """Seen on a busy machine: four requests in the result of six, and none of the two that waited longest."""
    with answering(lambda _, __: answer(b"")) as port:
        result = Starved(plan(port, Request(b"A"), rate_per_s=RATE_PER_S, measure_s=0.2)).run()
    assert len(result.latencies_ms) + result.errors.total() == RATE_PER_S * 0.2
