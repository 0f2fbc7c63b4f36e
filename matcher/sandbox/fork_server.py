"""
The process workers are forked from: it loads all that decoding needs once, so that a worker is there in milliseconds.

Only `sandbox/forking.py` starts it, by `python -m matcher.sandbox.fork_server …`. Loading costs a second of CPU; paid
for each worker, whoever sends files that end their worker would have us pay it each time.

    request     what the worker will do, as a pickled `WorkerRequest`, and its socket
    answer      `FORKED`, and a pidfd of the worker

Invariant: it never reads a byte of a stranger's, so neither does what is forked from it begin with one. It ends by
itself when the other end of its socket closes.
"""

import gc
import os
import pickle
import signal
import socket
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from matcher.sandbox.walls import Walls, before_loading, raise_walls

if TYPE_CHECKING:  # it is loaded behind the first walls, and without the garbage collector
    from matcher.signals.base import SignalType

FORKED: Final = b"forked"
MAX_REQUEST_BYTES: Final = 1 << 20
NICENESS: Final = 5
"""Of workers: who waits for a question by signals, for `readyz` or for an answer that is found waits for no decoder."""


class WorkerRequest(NamedTuple):
    """
    What a worker will do.

    Args:
        module: What most of its tasks call.

        types: The signal types that are taken of pictures.
    """

    module: str
    types: "Sequence[SignalType]"


def main(descriptor: int, *, walled: bool) -> None:
    """
    Fork a worker for each request until the socket closes.

    Args:
        descriptor: The socket to the server; of sequential packets, so a request arrives whole.

        walled: Whether workers raise walls.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGCHLD, lambda *_: _reap())
    outer = raise_walls(before_loading()) if walled else Walls()
    gc.disable()  # what is loaded stays, and pages nobody writes to are shared with every worker

    import cv2

    from matcher.sandbox.rehearsal import rehearse

    cv2.setNumThreads(1)
    with socket.socket(fileno=descriptor) as connection:
        while True:
            request, descriptors, _, _ = socket.recv_fds(connection, MAX_REQUEST_BYTES, 1)
            if not request:
                return
            wanted: WorkerRequest = pickle.loads(request)  # noqa: S301  (from our own parent)
            rehearse(wanted.module, wanted.types)
            gc.freeze()
            if len(list(Path("/proc/self/task").iterdir())) > 1:
                return  # a fork would have its locks as they are now, and nobody to open them
            # A worker that ends at once keeps its number until its pidfd is open.
            signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGCHLD})
            worker = os.fork()
            if worker == 0:
                connection.close()
                _be_a_worker(descriptors[0], outer, walled=walled)
            os.close(descriptors[0])
            _announce(worker, connection)
            signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGCHLD})


def _be_a_worker(descriptor: int, outer: Walls, *, walled: bool) -> None:
    """Be a worker, until it ends."""
    from matcher.sandbox.serving import serve

    status = 1
    try:
        os.setpgid(0, 0)  # Ctrl-C is for the server, which then ends its workers
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGCHLD})
        gc.enable()
        os.nice(NICENESS)
        with socket.socket(fileno=descriptor) as connection:
            serve(connection, outer, walled=walled)
        status = 0
    finally:
        os._exit(status)


def _announce(worker: int, connection: socket.socket) -> None:
    watched = os.pidfd_open(worker)
    socket.send_fds(connection, [FORKED], [watched])
    os.close(watched)


def _reap() -> None:
    """Let go of the numbers of workers that have ended; the server has seen that by their pidfds."""
    with suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


if __name__ == "__main__":
    main(int(sys.argv[1]), walled=sys.argv[2] == "walled")
