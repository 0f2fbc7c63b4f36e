"""
Fetching a file that was named by its address, as the service sees it.

Invariant: whatever the other end or the fetching process does, a fetch ends within its time, and takes one of the turns
its key has. The file is not held whole here: pieces are handed on as they arrive.
"""

import asyncio
import os
import socket
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from starlette.concurrency import run_in_threadpool

import api
from api.errors import MediaUrlError, NotReadyError, TooManyRequestsError
from api.fetching.fork_server import STARTED
from api.fetching.wire import HEAD, MAX_TEXT_BYTES, MAX_URL_CHARACTERS, PIECE_BYTES, Failure, Hop, Kind
from matcher.errors import TooLargeError
from matcher.sandbox.environment import environment

REDIRECTS: Final = 3
"""Followed at most; each is checked as the first address was."""

AT_ONCE: Final = 16
EACH: Final = 4
"""Fetches at the same time, of all keys and of one."""

_START_TIMEOUT_S = 30
_AGAIN_AFTER_S = 1
_TRUSTED_AUTHORITIES = ("SSL_CERT_FILE", "SSL_CERT_DIR")
"""Variables by which OpenSSL is told where they are."""

Take = Callable[[bytes], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class FetchOptions:
    """
    What the operator allows.

    Args:
        enabled: Whether anything is fetched.

        allow_private: Whether from private and loopback addresses, and without TLS.

        timeout_s: Seconds a file may take, with all its redirects.

        max_bytes: Largest file of any kind.

        walls_required: Whether nothing is fetched where a wall is missing around those who do.
    """

    enabled: bool = False
    allow_private: bool = False
    timeout_s: float = 30.0
    max_bytes: int = 2_000_000_000
    walls_required: bool = False


class Fetcher:
    """
    Fetches files, each request in a process of its own; the process they are forked from starts with the first.

    Args:
        options: What the operator allows.
    """

    def __init__(self, options: FetchOptions) -> None:
        self._options = options
        self._lock = threading.Lock()
        self._server: _ForkServer | None = None
        self._busy: Counter[str] = Counter()

    def require_enabled(self) -> None:
        """
        Refuse to fetch where the operator has not allowed it.

        Raises:
            MediaUrlError: Naming the setting.
        """
        if not self._options.enabled:
            message = "media is not fetched by its address here; send it as `media`, or set STAYDOWN_MEDIA_URLS=true"
            raise MediaUrlError(message)

    async def fetch(self, url: str, asker: str, take: Take) -> None:
        """
        Fetch a file.

        Args:
            url: Where it is.

            asker: Whose turn it takes.

            take: Gets the file, piece by piece.

        Raises:
            MediaUrlError: If it is not fetched from there, or cannot be had.
            TooLargeError: If it is larger than any file may be.
            TooManyRequestsError: If as many are being fetched as may be at once.
        """
        self.require_enabled()
        with self._turn(asker):
            await run_in_threadpool(self._start)  # once; it is not the file that takes this long
            try:
                async with asyncio.timeout(self._options.timeout_s):
                    await self._follow(url, take)
            except TimeoutError:
                message = f"the file did not arrive within {self._options.timeout_s:g} s (STAYDOWN_MEDIA_URL_TIMEOUT_S)"
                raise MediaUrlError(message) from None

    def close(self) -> None:
        """End the process that others are forked from; those end by themselves."""
        with self._lock:
            if self._server is not None:
                self._server.close()
                self._server = None

    @contextmanager
    def _turn(self, asker: str) -> Iterator[None]:
        if self._busy[asker] >= EACH or self._busy.total() >= AT_ONCE:
            message = f"{EACH} files of one key, and {AT_ONCE} in all, are fetched at the same time; try again"
            raise TooManyRequestsError(message, retry_after_s=_AGAIN_AFTER_S)
        self._busy[asker] += 1
        try:
            yield
        finally:
            self._busy[asker] -= 1
            if not self._busy[asker]:
                del self._busy[asker]

    async def _follow(self, url: str, take: Take) -> None:
        for _ in range(1 + REDIRECTS):
            moved = await self._hop(url, take)
            if moved is None:
                return
            url = moved
        message = f"more than {REDIRECTS} redirects, the last to {url[:200]!r}"
        raise MediaUrlError(message)

    async def _hop(self, url: str, take: Take) -> str | None:
        """Ask one address; return where the file is instead, if it is elsewhere."""
        options = self._options
        hop = Hop(url, options.max_bytes, options.timeout_s, options.allow_private, options.walls_required)
        ours, theirs = socket.socketpair()
        with theirs:
            try:
                await run_in_threadpool(self._fork, hop, theirs)
            except BaseException:
                ours.close()
                raise
        reader, writer = await asyncio.open_connection(sock=ours)
        try:
            return await _read(reader, take)
        finally:
            writer.close()  # whoever still fetches ends at its next piece

    def _start(self) -> None:
        with self._lock:
            self._server = self._server or _ForkServer()

    def _fork(self, hop: Hop, theirs: socket.socket) -> None:
        with self._lock:
            if self._server is not None:
                with suppress(OSError):
                    self._server.fork(hop, theirs)
                    return
                self._server.close()
            self._server = _ForkServer()
            self._server.fork(hop, theirs)


class _ForkServer:
    """The process that fetching processes are forked from."""

    def __init__(self) -> None:
        self._connection, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._connection.settimeout(_START_TIMEOUT_S)
        with theirs:
            self._process = subprocess.Popen(  # noqa: S603  (our own interpreter, our own number)
                [sys.executable, "-m", "api.fetching.fork_server", str(theirs.fileno())],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                env=_environment(),
                process_group=0,
            )
        try:
            started = self._connection.recv(len(STARTED)) == STARTED
        except OSError:
            started = False
        if not started:
            self.close()
            message = "no process starts that fetches files; standard error says why"
            raise NotReadyError(message)

    def fork(self, hop: Hop, theirs: socket.socket) -> None:
        """
        Fork a process that fetches.

        Raises:
            OSError: If this one is gone.
        """
        socket.send_fds(self._connection, [hop.to_bytes()], [theirs.fileno()])

    def close(self) -> None:
        """End it."""
        self._connection.close()
        self._process.kill()
        self._process.wait()


async def _read(reader: asyncio.StreamReader, take: Take) -> str | None:
    while True:
        try:
            name, length = HEAD.unpack(await reader.readexactly(HEAD.size))
            kind = Kind(name)
            if length > (PIECE_BYTES if kind is Kind.DATA else MAX_TEXT_BYTES):
                raise ValueError(length)
            content = await reader.readexactly(length)
        except (asyncio.IncompleteReadError, ConnectionError, ValueError):
            message = "the process that fetched it ended before the file did; try again"
            raise MediaUrlError(message) from None
        match kind:
            case Kind.DATA:
                await take(content)
            case Kind.END:
                return None
            case Kind.MOVED:
                return content.decode("utf-8", errors="replace")[:MAX_URL_CHARACTERS]
            case Kind.FAILED:
                _raise(Failure.from_bytes(content))


def _raise(failure: Failure) -> None:
    if failure.too_large:
        raise TooLargeError(f"{failure.reason}. Name a smaller one")
    raise MediaUrlError(failure.reason)


def _environment() -> dict[str, str]:
    """No secret of the service's: where our code is, and which authorities are trusted."""
    given = {name: os.environ[name] for name in _TRUSTED_AUTHORITIES if name in os.environ}
    return {**environment(), "PYTHONPATH": str(Path(api.__file__).parents[1]), **given}
