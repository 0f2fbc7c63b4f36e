"""A server on loopback in a thread of this process, for tests about connections."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from fastapi import FastAPI
from uvicorn import Config, Server

from api.http.border.connections import GuardedProtocol


@dataclass(frozen=True)
class Served:
    """
    Where an application is served.

    Args:
        port: On loopback.
    """

    port: int

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.port}"

    def connect(self, sent: bytes = b"") -> socket.socket:
        """Open a connection and send something."""
        connection = socket.create_connection(("127.0.0.1", self.port), timeout=60)
        connection.sendall(sent)
        return connection


@contextmanager
def served(
    app: FastAPI, protocol: type[GuardedProtocol] = GuardedProtocol, *, keep_alive_s: int = 5
) -> Iterator[Served]:
    """Serve an application as `staydown serve` does."""
    with socket.create_server(("127.0.0.1", 0), backlog=2048) as listener:
        config = Config(
            app,
            http=protocol,
            ws="none",
            log_config=None,
            log_level="warning",
            timeout_graceful_shutdown=1,
            timeout_keep_alive=keep_alive_s,
        )
        server = Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            yield Served(listener.getsockname()[1])
        finally:
            server.should_exit = True
            thread.join()
