"""A webhook receiver on this machine that checks signatures, notes what it took, and misbehaves on demand."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from standardwebhooks import Webhook

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
PATIENCE_S = 60.0


@dataclass(frozen=True)
class Taken:
    """One message that was taken: signature good, answered or meant to be."""

    id: str
    type: str
    data: dict[str, Any]
    at: float
    answered: bool


@dataclass
class Receiver:
    """
    What a receiver noted.

    Args:
        url: Where it listens.

        behave: Says for each request how to answer: ``"ok"``, a status as text, ``"drop"`` (take it, then close),
            ``"refuse"`` (close without reading), ``"twice"``, ``"hang"`` (until `release`), ``"huge"``, ``"redirect"``.
    """

    url: str
    behave: Callable[[], str] = lambda: "ok"
    taken: list[Taken] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    release: threading.Event = field(default_factory=threading.Event)
    _changed: threading.Condition = field(default_factory=threading.Condition)

    def note(self, taken: Taken, headers: dict[str, str]) -> None:
        """Add one."""
        with self._changed:
            self.taken.append(taken)
            self.headers.append(headers)
            self._changed.notify_all()

    def types(self) -> list[str]:
        """List what was taken, each message once, in the order of its first arrival."""
        return list({one.id: one.type for one in self.taken}.values())

    def wait_for(self, *types: str) -> None:
        """Wait until the messages taken, each once, are of these types."""
        self.wait_until(lambda: self.types() == list(types))

    def wait_until(self, reached: Callable[[], bool]) -> None:
        """Wait until something holds; fail after a minute."""
        with self._changed:
            assert self._changed.wait_for(reached, PATIENCE_S), f"only {self.types()} arrived"


@contextmanager
def receiver(secret: str = SECRET, behave: Callable[[], str] = lambda: "ok") -> Iterator[Receiver]:
    """Run one on a port of its own."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            mood = noted.behave()
            if mood == "refuse":
                self.close_connection = True
                return
            body = self.rfile.read(int(self.headers["content-length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            message = Webhook(secret).verify(body, headers)
            answered = mood in ("ok", "twice")
            noted.note(
                Taken(headers["webhook-id"], message["type"], message["data"], time.monotonic(), answered), headers
            )
            if mood == "hang":
                noted.release.wait(PATIENCE_S)
            if mood in ("drop", "hang"):
                self.close_connection = True
                return
            for _ in range(2 if mood == "twice" else 1):
                self._answer(mood)

        def _answer(self, mood: str) -> None:
            content = b"x" * 200_000 if mood == "huge" else b"{}"
            status = {"redirect": 302}.get(mood) or (int(mood) if mood.isdigit() else 200)
            self.send_response(status)
            if mood == "redirect":
                self.send_header("Location", noted.url)
            if mood == "503":
                self.send_header("Retry-After", "1")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            """Stay quiet."""

        def handle(self) -> None:
            try:
                super().handle()
            except (ConnectionError, TimeoutError):
                self.close_connection = True

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        request_queue_size = 256

    server = Server(("127.0.0.1", 0), Handler)
    noted = Receiver(url=f"http://127.0.0.1:{server.server_port}/hook", behave=behave)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield noted
    finally:
        noted.release.set()
        server.shutdown()
        server.server_close()
        thread.join()


def closed_url() -> str:
    """Return an address on this machine at which nobody listens."""
    with receiver() as gone:
        return gone.url
