"""
The process untrusted bytes are decoded in. Only `sandbox/pool.py` starts it, by `python -m matcher.sandbox.worker …`.

It loads all it will need, raises the walls (`sandbox/walls/`), says which of them stand, and from then on reads a task
from its socket, runs it within the limits, and writes the outcome. It ends by itself when the other end of the socket
closes, so no worker outlives its server, however that died. A task that needs too much memory, CPU or time ends the
process; the parent sees the socket close and starts another.

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

from matcher.errors import DecoderCrashedError, MatcherError
from matcher.sandbox.walls import Walls, before_loading, before_strangers, raise_walls
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


def main(descriptor: int, *, walled: bool) -> None:
    """
    Serve tasks until the socket closes.

    Args:
        descriptor: The socket.

        walled: Whether to raise walls; without, only what a task may use is limited.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    outer = raise_walls(before_loading()) if walled else Walls()
    with socket.socket(fileno=descriptor) as connection:
        setup: Setup = pickle.loads(read_frame(connection))  # noqa: S301  (from our own parent)
        _load(setup)
        last_s = used_cpu_s() + (_TASKS_OF_CPU - 1) * setup.cpu_s
        allowance = Allowance(setup.memory_bytes, _TASKS_OF_CPU * setup.cpu_s)
        null = os.open(os.devnull, os.O_RDWR)
        inner = raise_walls(before_strangers(allowance) if walled else (limits(allowance),))
        write_ready(connection, outer + inner)
        os.dup2(null, sys.stderr.fileno())  # codecs write about damaged files; until now it said why none starts
        os.close(null)
        with contextlib.suppress(ClosedError, OSError):
            while used_cpu_s() < last_s:
                _serve(connection, setup)


def _serve(connection: socket.socket, setup: Setup) -> None:
    """Do one task."""
    task, descriptors = read_task(connection)
    write_frame(connection, STARTED)
    signal.setitimer(signal.ITIMER_PROF, setup.cpu_s)
    signal.alarm(setup.wall_s)
    outcome = _run(task, descriptors, _reporter(connection))
    signal.alarm(0)
    signal.setitimer(signal.ITIMER_PROF, 0)
    for one in descriptors:
        os.close(one)
    write_frame(connection, outcome)


def _load(setup: Setup) -> None:
    import cv2  # only now: the first wall is raised before a library can start a thread

    from matcher.sandbox.rehearsal import rehearse

    cv2.setNumThreads(1)
    rehearse(setup.module, setup.types)


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
        return pickle.dumps((True, function(*args, **kwargs)))
    except MatcherError as error:
        return pickle.dumps((False, error))
    except MemoryError:
        os._exit(1)  # the heap cannot be trusted to serve another task
    except Exception as error:
        return pickle.dumps((False, DecoderCrashedError(f"{name} failed: {type(error).__name__}: {error}")))


if __name__ == "__main__":
    main(int(sys.argv[1]), walled=sys.argv[2] == "walled")
