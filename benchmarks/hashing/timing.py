"""
How long a file takes to be hashed, and how much memory meanwhile.

Contestants take turns on the same file, so that whatever else the machine does meets all alike. Invariant: memory is
measured in a run of its own, for reading it takes time; what a worker holds is not seen from here.
"""

import ctypes
import gc
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import psutil

FileT = TypeVar("FileT", bytes, Path)

_PEAK_ANEW = "5"
"""Written to `clear_refs`: the kernel forgets the largest memory it has seen of this process."""


@dataclass(slots=True)
class Timed:
    """
    What one contestant took for one kind of file.

    Args:
        wall_ms: Of each run.

        processor_ms: Of each run, in this process and those it started.

        memory_bytes: By which the process grew at most while it hashed one; None where the system does not say.

        failure: Why it does not read such a file; None if it does.
    """

    wall_ms: list[float] = field(default_factory=list)
    processor_ms: list[float] = field(default_factory=list)
    memory_bytes: int | None = None
    failure: str | None = None

    def figures(self) -> dict[str, Any]:
        """Return medians and spread."""
        if not self.wall_ms:
            return {"p50_ms": None, "p95_ms": None, "min_ms": None, "processor_ms": None}
        p50, p95 = np.percentile(self.wall_ms, [50, 95]).tolist()
        return {
            "p50_ms": p50,
            "p95_ms": p95,
            "min_ms": min(self.wall_ms),
            "processor_ms": float(np.median(self.processor_ms)),
        }


def time_all(
    contestants: Mapping[str, Callable[[FileT], object]], files: Sequence[FileT], *, rounds: int
) -> dict[str, Timed]:
    """
    Hash every file so many times by every contestant, who take turns.

    Args:
        contestants: By name.

        files: Of one kind.

        rounds: How many times each.
    """
    timed = {name: Timed() for name in contestants}
    for name, hash_file in contestants.items():
        _measure_memory(timed[name], hash_file, files[0])
    for _ in range(rounds):
        for file in files:
            for name, hash_file in contestants.items():
                if timed[name].failure is None:
                    _time(timed[name], hash_file, file)
    return timed


def _time(timed: Timed, hash_file: Callable[[FileT], object], file: FileT) -> None:
    # What the children took is read outside what is timed of this process: it takes 2 ms.
    children_ms = _children_ms()
    processor, wall = time.process_time(), time.perf_counter()
    hash_file(file)
    timed.wall_ms.append((time.perf_counter() - wall) * 1000)
    own_ms = (time.process_time() - processor) * 1000
    timed.processor_ms.append(own_ms + _children_ms() - children_ms)


def _children_ms() -> float:
    """Return the processor time of what this process started, to the microsecond; threads that ended are not in it."""
    total_ms = 0.0
    for child in psutil.Process().children(recursive=True):
        for thread in Path(f"/proc/{child.pid}/task").glob("*/schedstat"):
            with suppress(OSError):  # a thread that has just ended
                total_ms += int(thread.read_text().split()[0]) / 1e6
    return total_ms


def _measure_memory(timed: Timed, hash_file: Callable[[FileT], object], file: FileT) -> None:
    """Hash one file, which also warms up, then once more with an eye on the memory."""
    try:
        hash_file(file)
    except Exception as error:  # whatever a library raises for a format it does not read
        timed.failure = f"{type(error).__name__}: {error}"[:200]
        return
    gc.collect()
    with suppress(OSError, AttributeError):  # a C library without it
        ctypes.CDLL(None).malloc_trim(0)
    with suppress(OSError):
        Path("/proc/self/clear_refs").write_text(_PEAK_ANEW)
        before = _status_bytes("VmRSS")
        hash_file(file)
        timed.memory_bytes = _status_bytes("VmHWM") - before


def _status_bytes(name: str) -> int:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(f"{name}:"))
