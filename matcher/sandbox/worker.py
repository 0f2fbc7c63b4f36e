"""
The process untrusted bytes are decoded in. Only `sandbox/pool.py` starts it, by `python -m matcher.sandbox.worker …`.

It reads a task from its socket, runs it within the limits, and writes the outcome. It ends by itself when the other end
of the socket closes, so no worker outlives its server, however that died. A task that needs too much memory, CPU or
time ends the process; the parent sees the socket close and starts another.

Invariant: a worker holds no secret: its environment is made for it, and its only open files are the socket and
`/dev/null`.
"""

import contextlib
import importlib
import os
import pickle
import resource
import signal
import socket
import sys
from collections.abc import Callable
from pathlib import Path

import cv2

from matcher.errors import DecoderCrashedError, MatcherError
from matcher.sandbox.wire import READY, STARTED, ClosedError, read_frame, write_frame, write_share

_SHARE_STEP = 0.01
_LOADED_LATE = ("scipy.fftpack", "scipy.sparse")
"""What hashing loads only when it hashes, since servers do not."""


def main(descriptor: int, *, module: str, memory_bytes: int, cpu_s: int, wall_s: int) -> None:
    """
    Serve tasks until the socket closes.

    Args:
        descriptor: The socket.

        module: What most tasks need: loaded with its codecs before the first, so that none waits for them.

        memory_bytes: Address space a task may use beyond what the idle process uses.

        cpu_s: CPU seconds of one task.

        wall_s: Seconds of one task; the parent stops waiting earlier.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    cv2.setNumThreads(1)
    for name in (module, *_LOADED_LATE):
        importlib.import_module(name)
    _limit_memory(memory_bytes)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with socket.socket(fileno=descriptor) as connection, contextlib.suppress(ClosedError, OSError):
        write_frame(connection, READY)
        _silence()
        while True:
            task = read_frame(connection)
            write_frame(connection, STARTED)
            _limit_cpu(cpu_s)
            signal.alarm(wall_s)
            outcome = _run(task, _reporter(connection))
            signal.alarm(0)
            write_frame(connection, outcome)


def _reporter(connection: socket.socket) -> Callable[[float], None]:
    last_share = 0.0

    def report(share: float) -> None:
        nonlocal last_share
        if share >= last_share + _SHARE_STEP:
            last_share = share
            write_share(connection, share)

    return report


def _run(task: bytes, tell: Callable[[float], None]) -> bytes:
    function, args, kwargs, reports = pickle.loads(task)  # noqa: S301  (from our own parent)
    if reports:
        kwargs["progress"] = tell
    try:
        return pickle.dumps((True, function(*args, **kwargs)))
    except MatcherError as error:
        return pickle.dumps((False, error))
    except MemoryError:
        os._exit(1)  # the heap cannot be trusted to serve another task
    except Exception as error:
        return pickle.dumps(
            (False, DecoderCrashedError(f"{function.__name__} failed: {type(error).__name__}: {error}"))
        )


def _limit_memory(memory_bytes: int) -> None:
    used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (used + memory_bytes, used + memory_bytes))


def _limit_cpu(cpu_s: int) -> None:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    limit = int(usage.ru_utime + usage.ru_stime) + 1 + cpu_s
    resource.setrlimit(resource.RLIMIT_CPU, (limit, resource.RLIM_INFINITY))


def _silence() -> None:
    """Drop what codecs write about damaged files; until now, standard error showed why a worker does not start."""
    null = os.open(os.devnull, os.O_RDWR)
    os.dup2(null, sys.stderr.fileno())
    os.close(null)


if __name__ == "__main__":
    fd, memory, cpu, wall = map(int, sys.argv[2:])
    main(fd, module=sys.argv[1], memory_bytes=memory, cpu_s=cpu, wall_s=wall)
