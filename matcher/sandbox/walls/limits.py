"""
`limits`: how much a worker may take, for good: memory, CPU, open files, threads; and not one byte of a file.

The CPU time of one task is limited by a timer (`worker.py`), which a decoder that was taken over could stop. This limit
is of the whole worker, which ends by itself before it comes near.
"""

import os
import resource
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

from matcher.sandbox.walls.layer import Layer, refused
from matcher.sandbox.walls.user import OWN_NUMBERS

_DESCRIPTORS: Final = 32
_THREADS: Final = 64


@dataclass(frozen=True, slots=True)
class Allowance:
    """
    What a worker may use in all.

    Args:
        memory_bytes: Address space, beyond what it has.

        cpu_s: CPU seconds, beyond those it used.
    """

    memory_bytes: int
    cpu_s: int


def limits(allowance: Allowance) -> Layer:
    """Return the layer for workers that may use so much."""
    return Layer(
        name="limits",
        keeps="it writes no file, and takes a bounded share of memory, CPU, threads and descriptors",
        needed=True,
        raise_wall=partial(_raise_wall, allowance),
        stands=_stands,
    )


def used_cpu_s() -> float:
    """Return the CPU seconds this process used."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def _raise_wall(allowance: Allowance) -> None:
    memory = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize() + allowance.memory_bytes
    _fix(resource.RLIMIT_AS, memory)
    _fix(resource.RLIMIT_CPU, int(used_cpu_s()) + 1 + allowance.cpu_s)
    _fix(resource.RLIMIT_CORE, 0)
    _fix(resource.RLIMIT_FSIZE, 0)
    _fix(resource.RLIMIT_NOFILE, _DESCRIPTORS)
    if _is_counted_alone():
        _fix(resource.RLIMIT_NPROC, _THREADS)


def _stands() -> bool:
    return (
        resource.getrlimit(resource.RLIMIT_FSIZE) == (0, 0)
        and resource.getrlimit(resource.RLIMIT_NOFILE)[1] <= _DESCRIPTORS
        and refused(lambda: os.dup2(0, _DESCRIPTORS))
    )


def _fix(kind: int, most: int) -> None:
    """Set a limit that can never be raised again; one that is lower already stays."""
    hard = resource.getrlimit(kind)[1]
    most = most if hard == resource.RLIM_INFINITY else min(most, hard)
    resource.setrlimit(kind, (most, most))


def _is_counted_alone() -> bool:
    """Tell whether threads of this user are this worker's alone: of a user, or in a user namespace, of its own."""
    return os.getuid() in OWN_NUMBERS or not Path("/proc/self/uid_map").read_text().strip()
