"""A server of files on this machine, which misbehaves where it is asked to."""

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ssl import SSLContext


@dataclass
class FileServer:
    """
    What a server noted.

    Args:
        url: Where it listens, without a path.

        files: What lies where.

        asked: Path and headers of each request.

        release: Lets go of what hangs.
    """

    url: str
    files: Mapping[str, bytes]
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    release: threading.Event = field(default_factory=threading.Event)

    @property
    def paths(self) -> list[str]:
        """What was asked for."""
        return [path for path, _ in self.asked]


@contextmanager
def file_server(files: Mapping[str, bytes], *, tls: SSLContext | None = None) -> Iterator[FileServer]:
    """
    Run one on a port of its own.

    Besides its files it has `/moved?URL`, `/status/404`, `/chunked`, `/unmeasured`, `/short`, `/gzip`, `/long`,
    `/endless`, `/hang`, `/drip`, `/nonsense`, `/headers`, `/nothing`.
    """

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            noted.asked.append((self.path, {name.lower(): value for name, value in self.headers.items()}))
            self.close_connection = True
            path, _, rest = self.path.partition("?")
            if path in noted.files:
                self._answer(noted.files[path])
            elif path == "/moved":
                self.send_response(302)
                self.send_header("Location", rest)
                self.send_header("Content-Length", "0")
                self.end_headers()
            elif path.startswith("/status/"):
                self._answer(b"", status=int(path.rpartition("/")[2]))
            else:
                getattr(self, f"_{path.strip('/')}")()

        def _answer(self, body: bytes, *, status: int = 200, length: int | None = None, **headers: str) -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(len(body) if length is None else length))
            for name, value in headers.items():
                self.send_header(name.replace("_", "-"), value)
            self.end_headers()
            self.wfile.write(body)

        def _chunked(self) -> None:
            self.send_response(200)
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            self.wfile.write(b"3\r\nabc\r\n2;note=x\r\nde\r\n0\r\n\r\n")

        def _unmeasured(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"until it closes")

        def _short(self) -> None:
            self._answer(b"only this", length=1_000)

        def _gzip(self) -> None:
            self._answer(b"\x1f\x8b", Content_Encoding="gzip")

        def _long(self) -> None:
            self._answer(b"", length=10**12)

        def _endless(self) -> None:
            self.send_response(200)
            self.end_headers()
            while not noted.release.is_set():
                self.wfile.write(bytes(65_536))

        def _hang(self) -> None:
            noted.release.wait(60)

        def _drip(self) -> None:
            self.send_response(200)
            self.send_header("Content-Length", "100000")
            self.end_headers()
            while not noted.release.wait(0.05):
                self.wfile.write(b"x")

        def _nonsense(self) -> None:
            self.wfile.write(b"SSH-2.0-OpenSSH_9.2\r\n" + bytes(range(256)) * 10)

        def _headers(self) -> None:
            self.send_response(200)
            for number in range(10_000):
                self.send_header(f"X-{number}", "x" * 100)
            self.end_headers()

        def _nothing(self) -> None:
            return

        def log_message(self, *_: object) -> None:
            """Stay quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    server.handle_error = lambda *_: None  # a client that hangs up, or refuses a certificate, is the point
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    scheme = "http" if tls is None else "https"
    noted = FileServer(f"{scheme}://127.0.0.1:{server.server_port}", files)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield noted
    finally:
        noted.release.set()
        server.shutdown()
        thread.join()
        server.server_close()
