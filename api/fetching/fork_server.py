"""
The process that fetching processes are forked from: it loads TLS, its authorities and HTTP once.

Only `fetcher.py` starts it, by `python -m api.fetching.fork_server …`. It never reads a byte of a stranger's, so what
is forked from it begins without one, too. It ends by itself when the other end of its socket closes.
"""

import gc
import os
import signal
import socket
import ssl
import sys
from contextlib import suppress
from functools import partial
from typing import Final

from api.fetching.fetch import FetchFailedError, end_after, fetch
from api.fetching.talking import get
from api.fetching.wire import MAX_TEXT_BYTES, Failure, Hop
from casework.delivery.places import read_place
from matcher.sandbox.walls import before_strangers, raise_walls
from matcher.sandbox.walls.limits import Allowance

STARTED: Final = b"started"
"""What it says once it can fork."""

_MEMORY_BYTES = 256_000_000
_CPU_S = 60


def main(descriptor: int) -> None:
    """
    Fork a fetching process for each request until the socket closes.

    Args:
        descriptor: The socket to the service; of sequential packets, so a request arrives whole.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # whoever ends is let go at once
    context = ssl.create_default_context()
    _rehearse(context)
    gc.freeze()
    with socket.socket(fileno=descriptor) as connection:
        connection.send(STARTED)
        while True:
            packet, descriptors, _, _ = socket.recv_fds(connection, MAX_TEXT_BYTES, 1)
            if not packet:
                return
            if os.fork() == 0:
                connection.close()
                _be_a_fetcher(Hop.from_bytes(packet), descriptors[0], context)
            os.close(descriptors[0])


def _be_a_fetcher(hop: Hop, descriptor: int, context: ssl.SSLContext) -> None:
    status = 1
    try:
        os.setpgid(0, 0)
        end_after(hop.timeout_s)
        with socket.socket(fileno=descriptor) as out:
            fetch(hop, out.sendall, context=context, behind_walls=partial(_raise_walls, hop))
        status = 0
    except BrokenPipeError:
        pass  # nobody waits any more
    finally:
        os._exit(status)


def _raise_walls(hop: Hop) -> None:
    walls = raise_walls(before_strangers(Allowance(memory_bytes=_MEMORY_BYTES, cpu_s=_CPU_S)))
    if hop.walls_required and walls.lacking:
        reason = f"STAYDOWN_SANDBOX: this machine has no wall {', '.join(walls.lacking)}; nothing is fetched"
        raise FetchFailedError(Failure(reason))


class _Canned:
    """A channel on which an answer has arrived already."""

    def send(self, data: bytes) -> None:
        """Take the request."""

    def receive(self) -> bytes:
        """Return the answer."""
        return b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n"


def _rehearse(context: ssl.SSLContext) -> None:
    """Go through it once without a stranger: what is loaded late cannot be loaded behind walls."""
    place = read_place("https://example.org/a?b=c", allow_private=False, what="a file")
    _, body = get(place, _Canned())
    if b"".join(body) != b"ok":
        message = "the rehearsal of fetching went wrong"
        raise RuntimeError(message)
    place.url.join("../b")
    "bücher.example".encode("idna")
    with suppress(ssl.SSLWantReadError):
        context.wrap_bio(ssl.MemoryBIO(), ssl.MemoryBIO(), server_hostname=place.host).do_handshake()


if __name__ == "__main__":
    main(int(sys.argv[1]))
