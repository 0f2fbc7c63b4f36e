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
(`sandbox/answers/`).

Why not a ready-made process pool: `concurrent.futures` and `pebble` 5.2 are both broken for good once a worker dies
while idle, both import the server's main module into each worker, and both unpickle whatever a worker sends.
"""

import math
import threading
from collections.abc import Callable, Sequence
from contextlib import ExitStack, suppress
from pathlib import Path
from types import TracebackType
from typing import ParamSpec, Self, TypeVar, cast

from matcher.errors import GivenUpError, MatcherError, SandboxClosedError
from matcher.hashing.features import Features
from matcher.hashing.pictures import HashedImage, hash_media
from matcher.hashing.videos import HashedVideo, hash_video
from matcher.reading.containers import VideoLimits
from matcher.reading.decode import Limits
from matcher.reading.keyframes import QUERY, Pace, Progress
from matcher.sandbox.answers.reading import Asked, read_image, read_plain, read_video
from matcher.sandbox.hasher import GivenUp
from matcher.sandbox.seat import LOOK_EVERY_S, Bounds, Demand, Seat, Start, start_worker
from matcher.sandbox.walls import Walls
from matcher.sandbox.wire import Call, Setup, Task, packed
from matcher.signals import taken_types
from matcher.signals.base import SignalType

P = ParamSpec("P")
T = TypeVar("T")

PICTURES, VIDEOS, COMPARING = "matcher.hashing.pictures", "matcher.hashing.videos", "matcher.comparing.files"
DRAWING = "matcher.comparing.moment_drawings"
"""What a worker may load before its first task: behind its walls it loads nothing."""

_GRACE_S = 2
"""How much longer than the parent waits a worker lets a task run: it matters only once the parent is gone."""


class Sandbox:
    """
    A fixed number of worker processes. Safe to use from any thread.

    Args:
        workers: How many; one per core that may decode.

        spare: How many more there may be; each is started by the first task that finds all others busy.

        limits: What one picture may be.

        video_limits: What one video may be.

        bounds: What one task may use.

        module: What workers load before their first task: `PICTURES`, `VIDEOS`, `COMPARING` or `DRAWING`.

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
        self._workers = tuple(Seat(bounds, setup, demand, start or start_worker) for _ in range(workers + spare))
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

        def read(answer: bytes, task: Task) -> HashedImage:
            size_bytes = len(source) if isinstance(source, bytes) else task.size_bytes
            return read_image(answer, Asked(size_bytes, preview_side_px, features, self._types), self._limits)

        return self._run(Call(hash_media, (source,), options), read, given_up=given_up)

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

        def read(answer: bytes, task: Task) -> HashedVideo:
            return read_video(
                answer, Asked(task.size_bytes, preview_side_px, features, self._types), self._video_limits
            )

        return self._run(Call(hash_video, (path,), options), read, progress, given_up)

    def run(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """
        Call a function of the matcher in a worker; wait for one to be idle.

        Args:
            function: Importable by name. What it returns may hold plain values, bytes, and uint8 arrays; a tuple
                arrives as a list.

            *args: Its arguments. Of a path it is given the open file, `OpenFile`.

            **kwargs: Its keyword arguments.

        Raises:
            MatcherError: What the function raised.
            DecodeTimeoutError: If it took longer than `Bounds.timeout_s`.
            DecoderCrashedError: If it took the worker down, or raised anything else.
            SandboxClosedError: If the sandbox is closed.
        """
        return cast("T", self._run(Call(function, args, kwargs), lambda answer, _: read_plain(answer)))

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
        call: Call,
        read: Callable[[bytes, Task], T],
        progress: Progress | None = None,
        given_up: GivenUp | None = None,
    ) -> T:
        with ExitStack() as files:
            task = packed(call, reports=progress is not None, files=files)
            worker = self._idle.take(given_up)
            try:
                return worker.call(task, lambda answer: read(answer, task), progress, given_up)
            finally:
                # Whose task ended a process waits for the next one to start, and nobody else does.
                with suppress(MatcherError):
                    worker.wait_until_ready()
                self._idle.put(worker)


class _IdleWorkers:
    """
    The workers nobody talks to.

    Args:
        workers: All there are.
    """

    def __init__(self, workers: Sequence[Seat]) -> None:
        self._workers = list(workers)
        self._changed = threading.Condition()

    def take(self, given_up: GivenUp | None = None) -> Seat:
        """
        Wait for one, and take it: one that is ready before one that starts, and this before one that never ran.

        Raises:
            GivenUpError: If `given_up` says so before there is one.
        """
        with self._changed:
            while not self._changed.wait_for(lambda: self._workers, None if given_up is None else LOOK_EVERY_S):
                if given_up is not None and given_up():
                    raise GivenUpError("nobody waits for this file any more; it was not decoded")
            worker = min(self._workers, key=lambda one: one.start_up_cost)
            self._workers.remove(worker)
            return worker

    def put(self, worker: Seat) -> None:
        """Put one back."""
        with self._changed:
            self._workers.append(worker)
            self._changed.notify()
