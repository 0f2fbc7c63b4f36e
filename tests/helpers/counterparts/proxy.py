"""A loopback door to a database that can be shut, as when the server is stopped or the cable is cut."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from sqlalchemy import make_url


class Door:
    """
    Passes bytes both ways while it is open.

    Args:
        url: Of a PostgreSQL database, over TCP or a socket in a folder.
    """

    def __init__(self, url: str) -> None:
        self._there = make_url(url)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._port = self._listener.getsockname()[1]
        self._passing: list[socket.socket] = []
        self._is_open = True
        self._lock = threading.Lock()
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def url(self) -> str:
        """The same database, through the door."""
        near = self._there.set(host="127.0.0.1", port=self._port, query={})
        return near.render_as_string(hide_password=False)

    def shut(self) -> None:
        """Break every connection, and refuse new ones."""
        with self._lock:
            self._is_open = False
            for one in self._passing:
                with suppress(OSError):
                    one.shutdown(socket.SHUT_RDWR)
            self._passing.clear()

    def open(self) -> None:
        """Let connections through again."""
        self._is_open = True

    def close(self) -> None:
        """Take the door away."""
        self.shut()
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._listener.accept()
            except OSError:
                return
            with self._lock:
                if not self._is_open:
                    near.close()
                    continue
                far = self._connected()
                self._passing += [near, far]
            for source, sink in ((near, far), (far, near)):
                threading.Thread(target=_pass, args=(source, sink), daemon=True).start()

    def _connected(self) -> socket.socket:
        folder = self._there.query.get("host")
        if folder is None:
            return socket.create_connection((self._there.host, self._there.port or 5432))
        far = socket.socket(socket.AF_UNIX)
        far.connect(f"{folder}/.s.PGSQL.{self._there.port or 5432}")
        return far


def _pass(source: socket.socket, sink: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(65536):
            sink.sendall(data)
    for one in (source, sink):
        with suppress(OSError):
            one.shutdown(socket.SHUT_RDWR)
        one.close()


@contextmanager
def door_to(url: str) -> Iterator[Door]:
    """Put a door before a database."""
    door = Door(url)
    try:
        yield door
    finally:
        door.close()
