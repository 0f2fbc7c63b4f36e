"""
What a worker does: load all it will need, raise the walls (`sandbox/walls/`), say which stand, and then do tasks.

It reads a task from its socket, runs it within the limits, and writes the answer. A task that needs too much memory,
CPU or time ends the process; the parent sees the socket close and starts another.

Invariant: no byte of a stranger's is read before the walls are up. A worker holds no secret: its environment is made
for it, and its only open files are the socket, `/dev/null` and, during a task, what was handed to it.
"""

import contextlib
import os
import pickle
import signal
import socket
import sys
from collections.abc import Callable, Sequence

import cv2

from matcher.errors import DecoderCrashedError, MatcherError
from matcher.sandbox.answers.writing import packed_error, packed_result
from matcher.sandbox.rehearsal import rehearse
from matcher.sandbox.walls import Walls, before_strangers, raise_walls
from matcher.sandbox.walls.limits import Allowance, limits, used_cpu_s
from matcher.sandbox.wire import (
    STARTED,
    ClosedError,
    Setup,
    read_frame,
    read_task,
    task_of,
    write_frame,
    write_ready,
    write_share,
)

_SHARE_STEP = 0.01
_TASKS_OF_CPU = 30
"""How often a worker may use all the CPU time of a task before another takes its place."""


def serve(connection: socket.socket, outer: Walls, *, walled: bool) -> None:
    """
    Serve tasks until the socket closes, or this process has used much CPU.

    Args:
        connection: To the server.

        outer: The walls that stand already.

        walled: Whether to raise the others.
    """
    setup: Setup = pickle.loads(read_frame(connection))  # noqa: S301  (from our own parent)
    if cv2.getNumThreads() != 1:
        cv2.setNumThreads(1)
    rehearse(setup.module, setup.types)
    last_s = used_cpu_s() + (_TASKS_OF_CPU - 1) * setup.cpu_s
    allowance = Allowance(setup.memory_bytes, _TASKS_OF_CPU * setup.cpu_s)
    null = os.open(os.devnull, os.O_RDWR)
    inner = raise_walls(before_strangers(allowance) if walled else (limits(allowance),))
    write_ready(connection, outer + inner)
    os.dup2(null, sys.stderr.fileno())  # codecs write about damaged files; until now it said why none starts
    os.close(null)
    with contextlib.suppress(ClosedError, OSError):
        while used_cpu_s() < last_s:
            _do_one(connection, setup)


def _do_one(connection: socket.socket, setup: Setup) -> None:
    task, descriptors = read_task(connection)
    write_frame(connection, STARTED)
    signal.setitimer(signal.ITIMER_PROF, setup.cpu_s)
    signal.alarm(setup.wall_s)
    answer = _run(task, descriptors, _reporter(connection))
    signal.alarm(0)
    signal.setitimer(signal.ITIMER_PROF, 0)
    for one in descriptors:
        os.close(one)
    write_frame(connection, answer)


def _reporter(connection: socket.socket) -> Callable[[float], None]:
    last_share = 0.0

    def report(share: float) -> None:
        nonlocal last_share
        if share >= last_share + _SHARE_STEP:
            last_share = share
            write_share(connection, share)

    return report


def _run(task: bytes, descriptors: Sequence[int], tell: Callable[[float], None]) -> bytes:
    name = "reading the task"
    try:
        function, args, kwargs, reports = task_of(task, descriptors)
        name = function.__name__
        if reports:
            kwargs["progress"] = tell
        return packed_result(function(*args, **kwargs))
    except MatcherError as error:
        return packed_error(error)
    except MemoryError:
        os._exit(1)  # the heap cannot be trusted to serve another task
    except Exception as error:
        return packed_error(DecoderCrashedError(f"{name} failed: {type(error).__name__}: {error}"))
