"""A server survives its gateway: it asks again, connects anew, and says what is wrong."""

import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from benchmarks.cluster.record import Record
from index.base import ErasedFiles
from index.cluster.client import GatewayClient
from index.cluster.placing import spread
from index.cluster.wire import Erased, framed
from index.errors import ClusterUnreachableError, IndexStoreError, WireError
from tests.index.cluster.in_process import Holders, served

ZEROS = np.zeros((1, 32), np.uint8)


@pytest.fixture
def holders(tmp_path: Path) -> Iterator[Holders]:
    """One empty slot on one machine."""
    record = Record(tmp_path, "exact")
    record.prepare()
    record.place(spread(["uploads"], ["a"], replicas=1))
    made = Holders(record, ["a"])
    made.look()
    yield made
    made.close()


def test_no_gateway_is_said_at_once_with_what_helps(tmp_path: Path) -> None:
    """A sweep that hangs would hold its lease."""
    with pytest.raises(ClusterUnreachableError, match="start it on this machine"):
        GatewayClient(tmp_path / "none.sock").status()


def test_a_connection_is_used_again_and_bad_questions_cost_none(holders: Holders) -> None:
    """The gateway answers what it cannot do, and goes on."""
    with served(holders) as client:
        for _ in range(3):
            assert client.search({"uploads": 0}, "pdq/1", ZEROS, 31, None)[0] == {"uploads": 0}
        with pytest.raises(IndexStoreError, match="radius is 300"):
            client.search({"uploads": 0}, "pdq/1", ZEROS, 300, None)
        with pytest.raises(IndexStoreError, match="no hash"):
            client.search({"uploads": 0}, "local/1", ZEROS, 31, None)
        assert len(client._idle) == 1
        assert client.status().nodes == ["a"]


def test_only_its_user_may_open_the_socket(holders: Holders) -> None:
    """Whoever asks learns what is banked."""
    with served(holders) as client:
        assert client._path.stat().st_mode & 0o777 == 0o600


def test_a_connection_that_sends_nonsense_is_closed_and_the_others_go_on(holders: Holders) -> None:
    """One broken server must not cost the others their answers."""
    with served(holders) as client, socket.socket(socket.AF_UNIX) as other:
        other.connect(str(client._path))
        other.sendall(b"\xff\xff\xff\xff")
        assert other.recv(1) == b""
        assert client.status().nodes == ["a"]


def test_an_answer_of_another_kind_is_not_used(tmp_path: Path) -> None:
    """A gateway of another version, or something else at that path."""
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(tmp_path / "odd.sock"))
        server.listen()

        def answer() -> None:
            connection, _ = server.accept()
            with connection:
                connection.recv(1 << 16)
                connection.sendall(framed(Erased(1, 2)))

        thread = threading.Thread(target=answer)
        thread.start()
        client = GatewayClient(tmp_path / "odd.sock")
        with pytest.raises(WireError, match="Erased"):
            client.search({"uploads": 0}, "pdq/1", ZEROS, 31, None)
        client.close()
        thread.join()


def test_a_gateway_that_ends_while_it_is_asked_is_said_to_be_away(tmp_path: Path) -> None:
    """Ray ends it whenever its head is lost; whoever asks then must wait, and not fail for good."""
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(tmp_path / "ending.sock"))
        server.listen()

        def end() -> None:
            connection, _ = server.accept()
            with connection:
                connection.recv(1 << 16)

        thread = threading.Thread(target=end)
        thread.start()
        client = GatewayClient(tmp_path / "ending.sock")
        with pytest.raises(ClusterUnreachableError, match="ended while it was asked"):
            client.search({"uploads": 0}, "pdq/1", ZEROS, 31, None)
        thread.join()
        client.close()


def test_a_gateway_that_was_started_again_is_connected_to_anew(tmp_path: Path) -> None:
    """Its end is nobody else's."""
    path = tmp_path / "gateway.sock"

    def serve_once() -> None:
        with socket.socket(socket.AF_UNIX) as server:
            path.unlink(missing_ok=True)
            server.bind(str(path))
            server.listen()
            ready.set()
            connection, _ = server.accept()
            with connection:
                connection.recv(1 << 16)
                connection.sendall(framed(Erased(1, 2)))

    client = GatewayClient(path)
    for _ in range(2):
        ready = threading.Event()
        thread = threading.Thread(target=serve_once)
        thread.start()
        ready.wait(5)
        assert client.erase({}) == ErasedFiles(1, 2)
        thread.join()
    client.close()
