"""
One worker of the sandbox as the server sees it: a process, the socket to it, and another process where it has died.

Invariant: an answer is read only by a reader that checks it (`sandbox/answers/`); a malformed one costs the worker.
"""

import os
import pickle
import select
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from enum import Enum
from typing import Protocol, TypeAlias, TypeVar

from matcher.errors import (
    DecoderCrashedError,
    DecodeTimeoutError,
    GivenUpError,
    MatcherError,
    MissingWallsError,
    SandboxClosedError,
)
from matcher.reading.keyframes import Progress
from matcher.sandbox.environment import environment
from matcher.sandbox.fork_server import WorkerRequest
from matcher.sandbox.forking import fork_worker
from matcher.sandbox.hasher import GivenUp
from matcher.sandbox.walls import Walls
from matcher.sandbox.wire import (
    STARTED,
    ClosedError,
    Setup,
    Task,
    read_frame,
    read_ready,
    read_share,
    write_frame,
    write_task,
)

T = TypeVar("T")

_START_TIMEOUT_S = 120

LOOK_EVERY_S = 0.2
"""How often it is asked whether a task is given up."""

_YOUNG_S = 1.0
"""A task that has run for shorter than this is let finish, also when it is given up."""

_MAX_ANSWER_BYTES = 256 * 2**20
_MOST_REPORTS = 1000


class Demand(Enum):
    """
    Which walls workers have to be behind (`sandbox/walls/`).

    Attributes:
        AUTO: Those this machine has.

        REQUIRED: All that no other stands in for, or there is no sandbox.

        NONE: None; for measurements.
    """

    AUTO = "auto"
    REQUIRED = "required"
    NONE = "none"


class Process(Protocol):
    """What is asked of the process of a worker."""

    def kill(self) -> None:
        """End it."""

    def wait(self) -> int:
        """Wait until it has ended."""


Start: TypeAlias = Callable[[socket.socket, Demand, Setup], Process]
"""Starts a worker's process: it is given the worker's end of its socket, the walls it is to raise, what it will do."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """
    What one task may use of the machine.

    Args:
        timeout_s: Seconds of wall clock.

        cpu_s: Seconds of CPU time, whole.

        memory_bytes: Address space, beyond the idle worker's.
    """

    timeout_s: float = 20
    cpu_s: int = 20
    memory_bytes: int = 2 * 2**30


class Seat:
    """
    One seat in the sandbox: a process, or its replacement, and the socket to it.

    Used by one thread at a time, except for `end`. It has no process before `start`, or its first task.
    """

    def __init__(self, bounds: Bounds, setup: Setup, demand: Demand, start: Start) -> None:
        self.walls = Walls()
        self._bounds = bounds
        self._setup = setup
        self._demand = demand
        self._start = start
        self._lock = threading.Lock()
        self._ended = False
        self._connection: tuple[Process, socket.socket] | None = None
        self._ready = False

    @property
    def start_up_cost(self) -> int:
        """0 if a task can begin at once, 1 if its process is starting, 2 if there is none."""
        return 0 if self._ready else 2 if self._connection is None else 1

    def start(self) -> None:
        """
        Start the process.

        Raises:
            SandboxClosedError: If the sandbox is closed.
        """
        with self._lock:
            if self._ended:
                raise SandboxClosedError("the sandbox is closed; make a new one")
            self._connection = self._connected()
            self._ready = False

    def wait_until_ready(self) -> None:
        """
        Wait until the process has loaded its libraries, and is behind its walls.

        Raises:
            SandboxClosedError: If it cannot.
        """
        if self._ready:
            return
        if self._connection is None:
            self.start()
        self._socket.settimeout(_START_TIMEOUT_S)
        try:
            self.walls = read_ready(self._socket)
        except (ClosedError, OSError) as error:
            raise SandboxClosedError("a decoding process does not start; its standard error says why") from error
        if self._demand is Demand.REQUIRED and self.walls.lacking:
            reasons = "; ".join(
                f"{name}: {self.walls.missing.get(name, 'it was not raised')}" for name in self.walls.lacking
            )
            raise MissingWallsError(f"walls around decoding are required, and some are missing: {reasons}")
        self._ready = True

    def call(
        self,
        task: Task,
        read: Callable[[bytes], T],
        progress: Progress | None = None,
        given_up: GivenUp | None = None,
    ) -> T:
        """
        Have a task done.

        Args:
            task: Packed.

            read: Reads the answer, without trusting it, or raises the error that the task ended with.

            progress: Called with the share (0..1) that is done.

            given_up: Tells whether nobody waits for it any more.

        Returns:
            What was read.

        Raises:
            GivenUpError: If it was given up before it was done.
            MatcherError: What the task ended with, or that its answer was none.
        """
        try:
            self._send(task)
        except (ClosedError, OSError, SandboxClosedError):
            self._restart()  # it died before it began, which says nothing about this file
            self._send(task)
        try:
            answer = self._answer(progress, given_up)
        except TimeoutError:
            self._restart()
            raise DecodeTimeoutError(
                f"decoding took longer than {self._bounds.timeout_s:g} s and was stopped; send a smaller file"
            ) from None
        except (ClosedError, OSError) as error:
            self._restart()
            raise DecoderCrashedError(
                f"decoding ended its process: the file is damaged, or needs more than {self._bounds.cpu_s} s of CPU "
                f"or {self._bounds.memory_bytes >> 20:,} MiB; send it re-encoded or smaller"
            ) from error
        except BaseException:
            self._restart()  # interrupted while the worker still works: its answer must not meet the next task
            raise
        try:
            return read(answer)
        except MatcherError:
            raise
        except Exception as error:  # whatever a crafted answer brings about in who reads it
            self._restart()
            raise DecoderCrashedError(
                f"decoding gave a malformed answer ({type(error).__name__}: {error}), and its process is replaced: "
                "the file is damaged, or was made to do harm; send it re-encoded"
            ) from error

    def end(self) -> None:
        """Kill the process and start no other; from any thread."""
        with self._lock:
            self._ended = True
            if self._connection is not None:
                self._process.kill()
                self._process.wait()

    def disconnect(self) -> None:
        """Close the socket to an ended process."""
        if self._connection is not None:
            self._socket.close()

    @property
    def _process(self) -> Process:
        return self._started[0]

    @property
    def _socket(self) -> socket.socket:
        return self._started[1]

    @property
    def _started(self) -> tuple[Process, socket.socket]:
        if self._connection is None:
            raise SandboxClosedError("the sandbox is closed; make a new one")
        return self._connection

    def _connected(self) -> tuple[Process, socket.socket]:
        ours, theirs = socket.socketpair()
        with theirs:
            process = self._start(theirs, self._demand, self._setup)
        with suppress(OSError):  # it died at once, which whoever waits for it is told
            write_frame(ours, pickle.dumps(self._setup))
        return process, ours

    def _answer(self, progress: Progress | None, given_up: GivenUp | None) -> bytes:
        """Wait for the answer, and pass on every report of progress before it."""
        begun = time.monotonic()
        until = begun + self._bounds.timeout_s
        reports = 0
        while True:
            if given_up is not None:
                self._await_frame(begun, until, given_up)
            left_s = until - time.monotonic()
            if left_s <= 0:  # a worker that reports progress without end never lets a read wait
                raise TimeoutError
            self._socket.settimeout(left_s)
            frame = read_frame(self._socket, max_bytes=_MAX_ANSWER_BYTES)
            share = read_share(frame)
            if share is None:
                return frame
            reports += 1
            if reports > _MOST_REPORTS:
                raise ClosedError(f"more than {_MOST_REPORTS} reports of progress")
            if progress is not None:
                progress(share)

    def _await_frame(self, begun: float, until: float, given_up: GivenUp) -> None:
        """Wait until the worker says something, or its time is over, or the task is given up."""
        waiting = select.poll()
        waiting.register(self._socket, select.POLLIN)
        while not waiting.poll(1000 * LOOK_EVERY_S) and time.monotonic() < until:
            if time.monotonic() >= begun + _YOUNG_S and given_up():
                raise GivenUpError("nobody waits for this file any more; decoding it was stopped")

    def _send(self, task: Task) -> None:
        self.wait_until_ready()
        self._socket.settimeout(self._bounds.timeout_s)
        write_task(self._socket, task)
        if read_frame(self._socket, max_bytes=len(STARTED)) != STARTED:
            raise ClosedError("a task that was not begun")

    def _restart(self) -> None:
        with self._lock:
            if self._ended:
                raise SandboxClosedError("the sandbox is closed; make a new one")
            self._ready = False
            self._process.kill()
            self._process.wait()
            self._socket.close()
            self._connection = self._connected()


def start_worker(theirs: socket.socket, demand: Demand, setup: Setup) -> Process:
    """Start the process of one worker: forked where a process can be watched without its number, else by itself."""
    walled = demand is not Demand.NONE
    if hasattr(os, "pidfd_open"):
        with suppress(SandboxClosedError):
            return fork_worker(theirs, WorkerRequest(setup.module, setup.types), walled=walled)
    return subprocess.Popen(  # noqa: S603  (our own interpreter, our own numbers)
        [sys.executable, "-m", "matcher.sandbox.worker", str(theirs.fileno()), "walled" if walled else "bare"],
        pass_fds=[theirs.fileno()],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        env=environment(),
        process_group=0,  # Ctrl-C is for the server, which then ends its workers
    )
