"""
The worker processes decoding runs in: limits, timeouts, replacement.

    with Sandbox(workers=2) as sandbox:
        hashed = sandbox.hash_image(data)
        hashed = sandbox.hash_video(path, progress=tell)

Each worker is a process of its own with one socket; whichever thread wants something done takes an idle worker, talks
to it, and puts it back. There is no queue process, no thread and no lock that a dying worker could take along. A crash,
a timeout or a limit is an error for that file alone, and the worker is replaced.

A task nobody waits for any more is ended with its process, unless it is young: a new process costs a second of CPU.

Invariant: pixels stay inside; signals, variants and a preview come out. What comes out is read without trusting it
(`sandbox/wire.py`).

Why not a ready-made process pool: `concurrent.futures` and `pebble` 5.2 are both broken for good once a worker dies
while idle, both import the server's main module into each worker, and both unpickle whatever a worker sends.
"""

import math
import pickle
import select
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from types import TracebackType
from typing import Any, ParamSpec, Self, TypeAlias, TypeVar, cast

import matcher
from matcher.errors import (
    DecoderCrashedError,
    DecodeTimeoutError,
    GivenUpError,
    MatcherError,
    MissingWallsError,
    SandboxClosedError,
)
from matcher.hashing.features import Features
from matcher.hashing.pictures import HashedImage, hash_media
from matcher.hashing.videos import HashedVideo, hash_video
from matcher.reading.containers import VideoLimits
from matcher.reading.decode import Limits
from matcher.reading.keyframes import QUERY, Pace, Progress
from matcher.sandbox.hasher import GivenUp
from matcher.sandbox.walls import Walls
from matcher.sandbox.wire import (
    MAX_OUTCOME_BYTES,
    STARTED,
    ClosedError,
    Setup,
    Task,
    packed,
    read_frame,
    read_outcome,
    read_ready,
    read_share,
    write_frame,
    write_task,
)
from matcher.signals import taken_types
from matcher.signals.base import SignalType

P = ParamSpec("P")
T = TypeVar("T")

# No secret of the server's: only where our own code is, and one thread for each library (workers are the parallelism).
_ENVIRONMENT = {
    "PYTHONPATH": str(Path(matcher.__file__).parents[1]),
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "NUMBA_NUM_THREADS": "1",
}

PICTURES, VIDEOS, COMPARING = "matcher.hashing.pictures", "matcher.hashing.videos", "matcher.comparing.files"
"""What a worker may load before its first task: behind its walls it loads nothing."""

_START_TIMEOUT_S = 120
_GRACE_S = 2
"""How much longer than the parent waits a worker lets a task run: it matters only once the parent is gone."""

_LOOK_EVERY_S = 0.2
"""How often it is asked whether a task is given up."""

_YOUNG_S = 1.0
"""A task that has run for shorter than this is let finish, also when it is given up."""


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


Start: TypeAlias = Callable[[socket.socket, Demand], "subprocess.Popen[bytes]"]


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


class Sandbox:
    """
    A fixed number of worker processes. Safe to use from any thread.

    Args:
        workers: How many; one per core that may decode.

        spare: How many more there may be; each is started by the first task that finds all others busy.

        limits: What one picture may be.

        video_limits: What one video may be.

        bounds: What one task may use.

        module: What workers load before their first task: `PICTURES`, `VIDEOS` or `COMPARING`.

        types: The signal types that are taken of pictures; None for all that are not optional. Workers are sent the
            rows themselves, and import what these need.

        demand: Which walls they have to be behind.

        start: Starts the process of one, with the other end of its socket; by default our own, `worker.py`.

    Raises:
        SandboxClosedError: If no worker starts, or not behind the walls that are demanded.
    """

    def __init__(
        self,
        *,
        workers: int = 2,
        spare: int = 0,
        limits: Limits | None = None,
        video_limits: VideoLimits | None = None,
        bounds: Bounds | None = None,
        module: str = PICTURES,
        types: Sequence[SignalType] | None = None,
        demand: Demand = Demand.AUTO,
        start: Start | None = None,
    ) -> None:
        self._types = taken_types() if types is None else tuple(types)
        self._limits = limits or Limits()
        self._video_limits = video_limits or VideoLimits()
        bounds = bounds or Bounds()
        setup = Setup(
            module, self._types, bounds.memory_bytes, bounds.cpu_s, wall_s=math.ceil(bounds.timeout_s) + _GRACE_S
        )
        self._workers = tuple(_Worker(bounds, setup, demand, start or _start) for _ in range(workers + spare))
        self._idle = _IdleWorkers(self._workers)
        self._closing = threading.Lock()
        try:
            for worker in self._workers[:workers]:
                worker.start()
            for worker in self._workers[:workers]:
                worker.wait_until_ready()
        except SandboxClosedError:
            self.close()
            raise

    @property
    def walls(self) -> Walls:
        """The walls that stand around every worker, as each of them found out when it started."""
        missing: dict[str, str] = {}
        for worker in self._workers:  # a spare one that never ran lacks nothing
            missing |= worker.walls.missing
        return Walls(tuple(name for name in self._workers[0].walls.layers if name not in missing), missing)

    def hash_image(
        self,
        source: bytes | Path,
        *,
        preview_side_px: int | None = None,
        features: Features = Features.NONE,
        given_up: GivenUp | None = None,
    ) -> HashedImage:
        """Do as `MediaHasher` says, in a worker."""
        options = {
            "limits": self._limits,
            "preview_side_px": preview_side_px,
            "features": features,
            "types": self._types,
        }
        return cast("HashedImage", self._run(hash_media, (source,), options, given_up=given_up))

    def hash_video(
        self,
        path: Path,
        *,
        pace: Pace = QUERY,
        preview_side_px: int | None = None,
        features: Features = Features.NONE,
        progress: Progress | None = None,
        given_up: GivenUp | None = None,
    ) -> HashedVideo:
        """Do as `MediaHasher` says, in a worker."""
        options = {
            "limits": self._video_limits,
            "pace": pace,
            "preview_side_px": preview_side_px,
            "features": features,
        }
        return cast("HashedVideo", self._run(hash_video, (path,), options, progress, given_up))

    def run(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """
        Call a function of the matcher in a worker; wait for one to be idle.

        Args:
            function: Importable by name. What it returns may hold plain values, arrays and the matcher's classes.

            *args: Its arguments. Of a path it is given the open file, `OpenFile`.

            **kwargs: Its keyword arguments.

        Raises:
            MatcherError: What the function raised.
            DecodeTimeoutError: If it took longer than `Bounds.timeout_s`.
            DecoderCrashedError: If it took the worker down, or raised anything else.
            SandboxClosedError: If the sandbox is closed.
        """
        return cast("T", self._run(function, args, kwargs))

    def close(self) -> None:
        """End all workers at once. Tasks that are running, and later ones, raise `SandboxClosedError`."""
        with self._closing:
            for worker in self._workers:
                worker.end()
            for worker in [self._idle.take() for _ in self._workers]:  # when nobody talks to it any more
                worker.disconnect()
                self._idle.put(worker)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def _run(
        self,
        function: Callable[..., object],
        args: Sequence[object],
        kwargs: dict[str, Any],
        progress: Progress | None = None,
        given_up: GivenUp | None = None,
    ) -> object:
        with ExitStack() as files:
            task = packed(function, args, kwargs, reports=progress is not None, files=files)
            worker = self._idle.take(given_up)
            try:
                succeeded, outcome = worker.call(task, progress, given_up)
            finally:
                # Whose task ended a process waits for the next one to start, and nobody else does.
                with suppress(MatcherError):
                    worker.wait_until_ready()
                self._idle.put(worker)
        if succeeded:
            return outcome
        raise cast("MatcherError", outcome)


class _IdleWorkers:
    """
    The workers nobody talks to.

    Args:
        workers: All there are.
    """

    def __init__(self, workers: Sequence["_Worker"]) -> None:
        self._workers = list(workers)
        self._changed = threading.Condition()

    def take(self, given_up: GivenUp | None = None) -> "_Worker":
        """
        Wait for one, and take it: one that is ready before one that starts, and this before one that never ran.

        Raises:
            GivenUpError: If `given_up` says so before there is one.
        """
        with self._changed:
            while not self._changed.wait_for(lambda: self._workers, None if given_up is None else _LOOK_EVERY_S):
                if given_up is not None and given_up():
                    raise GivenUpError("nobody waits for this file any more; it was not decoded")
            worker = min(self._workers, key=lambda one: one.start_up_cost)
            self._workers.remove(worker)
            return worker

    def put(self, worker: "_Worker") -> None:
        """Put one back."""
        with self._changed:
            self._workers.append(worker)
            self._changed.notify()


class _Worker:
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
        self._connection: tuple[subprocess.Popen[bytes], socket.socket] | None = None
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
            reasons = "; ".join(f"{name}: {self.walls.missing[name]}" for name in self.walls.lacking)
            raise MissingWallsError(f"walls around decoding are required, and some are missing: {reasons}")
        self._ready = True

    def call(
        self, task: Task, progress: Progress | None = None, given_up: GivenUp | None = None
    ) -> tuple[bool, object]:
        """
        Have a task done.

        Args:
            task: Packed.

            progress: Called with the share (0..1) that is done.

            given_up: Tells whether nobody waits for it any more.

        Returns:
            Whether it succeeded, and its result or the `MatcherError` it raised.

        Raises:
            GivenUpError: If it was given up before it was done.
        """
        try:
            self._send(task)
        except (ClosedError, OSError, SandboxClosedError):
            self._restart()  # it died before it began, which says nothing about this file
            self._send(task)
        try:
            outcome = cast("tuple[bool, object]", read_outcome(self._outcome(progress, given_up)))
        except TimeoutError:
            self._restart()
            raise DecodeTimeoutError(
                f"decoding took longer than {self._bounds.timeout_s:g} s and was stopped; send a smaller file"
            ) from None
        except (ClosedError, OSError, pickle.UnpicklingError) as error:
            self._restart()
            raise DecoderCrashedError(
                f"decoding ended its process: the file is damaged, or needs more than {self._bounds.cpu_s} s of CPU "
                f"or {self._bounds.memory_bytes >> 20:,} MiB; send it re-encoded or smaller"
            ) from error
        except BaseException:
            self._restart()  # interrupted while the worker still works: its answer must not meet the next task
            raise
        return outcome

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
    def _process(self) -> subprocess.Popen[bytes]:
        return self._started[0]

    @property
    def _socket(self) -> socket.socket:
        return self._started[1]

    @property
    def _started(self) -> tuple[subprocess.Popen[bytes], socket.socket]:
        if self._connection is None:
            raise SandboxClosedError("the sandbox is closed; make a new one")
        return self._connection

    def _connected(self) -> tuple[subprocess.Popen[bytes], socket.socket]:
        ours, theirs = socket.socketpair()
        with theirs:
            process = self._start(theirs, self._demand)
        with suppress(OSError):  # it died at once, which whoever waits for it is told
            write_frame(ours, pickle.dumps(self._setup))
        return process, ours

    def _outcome(self, progress: Progress | None, given_up: GivenUp | None) -> bytes:
        """Wait for the outcome, and pass on every report of progress before it."""
        begun = time.monotonic()
        until = begun + self._bounds.timeout_s
        while True:
            if given_up is not None:
                self._await_frame(begun, until, given_up)
            left_s = until - time.monotonic()
            if left_s <= 0:  # a worker that reports progress without end never lets a read wait
                raise TimeoutError
            self._socket.settimeout(left_s)
            frame = read_frame(self._socket, max_bytes=MAX_OUTCOME_BYTES)
            share = read_share(frame)
            if share is None:
                return frame
            if progress is not None:
                progress(share)

    def _await_frame(self, begun: float, until: float, given_up: GivenUp) -> None:
        """Wait until the worker says something, or its time is over, or the task is given up."""
        waiting = select.poll()
        waiting.register(self._socket, select.POLLIN)
        while not waiting.poll(1000 * _LOOK_EVERY_S) and time.monotonic() < until:
            if time.monotonic() >= begun + _YOUNG_S and given_up():
                raise GivenUpError("nobody waits for this file any more; decoding it was stopped")

    def _send(self, task: Task) -> None:
        self.wait_until_ready()
        self._socket.settimeout(self._bounds.timeout_s)
        write_task(self._socket, task)
        read_frame(self._socket, max_bytes=len(STARTED))

    def _restart(self) -> None:
        with self._lock:
            if self._ended:
                raise SandboxClosedError("the sandbox is closed; make a new one")
            self._process.kill()
            self._process.wait()
            self._socket.close()
            self._connection = self._connected()
            self._ready = False


def _start(theirs: socket.socket, demand: Demand) -> subprocess.Popen[bytes]:
    walled = "bare" if demand is Demand.NONE else "walled"
    return subprocess.Popen(  # noqa: S603  (our own interpreter, our own numbers)
        [sys.executable, "-m", "matcher.sandbox.worker", str(theirs.fileno()), walled],
        pass_fds=[theirs.fileno()],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        env=_ENVIRONMENT,
        process_group=0,  # Ctrl-C is for the server, which then ends its workers
    )
