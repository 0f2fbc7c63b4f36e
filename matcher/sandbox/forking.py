"""
Workers forked from a process that has loaded all they need (`sandbox/fork_server.py`), and watched by a pidfd.

A process of the service has one fork server for all its sandboxes, started with its first worker. Workers forked from
one fork server have one layout of memory, which somebody who ends many of them could find out piece by piece; so after
`WORKERS_EACH` workers another fork server takes its place.

Invariant: a worker is ended by its pidfd, which never means another process.
"""

import atexit
import os
import pickle
import select
import signal
import socket
import subprocess
import sys
import threading
from contextlib import suppress
from typing import Final

from matcher.errors import SandboxClosedError
from matcher.sandbox.environment import environment
from matcher.sandbox.fork_server import FORKED, WorkerRequest

WORKERS_EACH: Final = 32

_START_TIMEOUT_S = 30
"""After which workers are started by themselves."""


class ForkedWorker:
    """
    The process of one worker.

    Args:
        watched: Its pidfd, which is closed here.
    """

    def __init__(self, watched: int) -> None:
        self._watched: int | None = watched
        self._lock = threading.Lock()

    def kill(self) -> None:
        """End it, unless it has ended."""
        with self._lock, suppress(ProcessLookupError):
            if self._watched is not None:
                signal.pidfd_send_signal(self._watched, signal.SIGKILL)

    def wait(self) -> int:
        """Wait until it has ended; its exit status is not available, and 0 is returned."""
        with self._lock:
            if self._watched is not None:
                ended = select.poll()  # `select` takes no descriptor above 1,023
                ended.register(self._watched, select.POLLIN)
                ended.poll()
                os.close(self._watched)
                self._watched = None
        return 0

    def __del__(self) -> None:
        """Let go of it: it ends by itself when its socket closes."""
        if self._watched is not None:
            os.close(self._watched)


class ForkServer:
    """
    A process to fork workers from.

    Args:
        walled: Whether workers raise walls.
    """

    def __init__(self, *, walled: bool) -> None:
        self._forked = 0
        self._connection, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._connection.settimeout(_START_TIMEOUT_S)
        with theirs:
            self._process = subprocess.Popen(  # noqa: S603  (our own interpreter, our own numbers)
                [
                    sys.executable,
                    "-m",
                    "matcher.sandbox.fork_server",
                    str(theirs.fileno()),
                    "walled" if walled else "bare",
                ],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                env=environment(),
                process_group=0,
            )

    @property
    def needs_replacing(self) -> bool:
        """Whether another one should take its place."""
        return self._forked >= WORKERS_EACH

    def fork(self, theirs: socket.socket, wanted: WorkerRequest) -> ForkedWorker:
        """
        Fork a worker.

        Args:
            theirs: The worker's socket.

            wanted: What it will do.

        Raises:
            OSError, EOFError: If the process is gone or does not answer.
        """
        self._forked += 1
        socket.send_fds(self._connection, [pickle.dumps(wanted)], [theirs.fileno()])
        answer, descriptors, _, _ = socket.recv_fds(self._connection, len(FORKED), 1)
        if answer != FORKED or not descriptors:
            raise EOFError("the process that workers are forked from has ended")
        return ForkedWorker(descriptors[0])

    def close(self) -> None:
        """End it; its workers go on."""
        self._connection.close()
        self._process.kill()
        self._process.wait()


class _ForkServers:
    """The fork servers of this process; from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._open: dict[bool, ForkServer] = {}
        self._owner = os.getpid()

    def fork(self, theirs: socket.socket, wanted: WorkerRequest, *, walled: bool) -> ForkedWorker:
        """
        Fork a worker from a fork server that is there, or from a new one.

        Raises:
            SandboxClosedError: If even a new one does not answer.
        """
        with self._lock:
            if self._owner != os.getpid():  # a fork of this process has no say over its parent's
                self._open, self._owner = {}, os.getpid()
            kept = self._open.get(walled)
            if kept is not None and not kept.needs_replacing:
                with suppress(OSError, EOFError):
                    return kept.fork(theirs, wanted)
            if kept is not None:
                kept.close()
            self._open[walled] = ForkServer(walled=walled)
            try:
                return self._open[walled].fork(theirs, wanted)
            except (OSError, EOFError) as error:
                self._open.pop(walled).close()
                raise SandboxClosedError("no decoding process starts; standard error says why") from error

    def close(self) -> None:
        """End them all."""
        with self._lock:
            if self._owner == os.getpid():
                for one in self._open.values():
                    one.close()
            self._open = {}


_FORK_SERVERS = _ForkServers()
atexit.register(_FORK_SERVERS.close)


def fork_worker(theirs: socket.socket, wanted: WorkerRequest, *, walled: bool) -> ForkedWorker:
    """
    Fork a worker.

    Args:
        theirs: The worker's end of its socket.

        wanted: What it will do.

        walled: Whether it raises walls.

    Raises:
        SandboxClosedError: If none can be started.
    """
    return _FORK_SERVERS.fork(theirs, wanted, walled=walled)
