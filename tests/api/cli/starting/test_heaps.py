"""Threads of a server share two heaps, so that what one frees the next can use; large blocks are in none."""

import ctypes
import os
import re
import subprocess
import sys

import pytest

from api.cli.starting.heaps import HEAPS

AT_ONCE = """
import ctypes, sys, threading
from api.cli.starting.heaps import keep_memory_small

if sys.argv[1:] == ["small"]:
    keep_memory_small()
holding, looked = threading.Barrier(9), threading.Event()

def hold() -> None:
    held = [bytearray(5_000) for _ in range(100)]
    holding.wait()
    looked.wait()

for _ in range(8):
    threading.Thread(target=hold, daemon=True).start()
holding.wait()
ctypes.CDLL(None).malloc_stats()
looked.set()
"""


MAPPED = """
import ctypes, sys
from api.cli.starting.heaps import MAPPED_FROM, keep_memory_small

if sys.argv[1:] == ["small"]:
    keep_memory_small()
once = bytearray(30_000_000)
del once
held = [bytearray(MAPPED_FROM) for _ in range(40)]
ctypes.CDLL(None).malloc_stats()
"""


HOLES = """
import ctypes, sys, time
from api.cli.starting import heaps

heaps.HOLES_EVERY_S = 0.05
if sys.argv[1:] == ["small"]:
    heaps.keep_memory_small()

def own_bytes() -> int:
    with open("/proc/self/statm") as file:
        _, resident, shared, *_ = map(int, file.read().split())
    return (resident - shared) * 4096

blocks = [bytearray(50_000) for _ in range(2_000)]
held, stays = own_bytes(), blocks.pop()  # the last, at the end of the heap
blocks.clear()
until = time.monotonic() + (60 if sys.argv[1:] else 0.2)
while own_bytes() > held - 50_000_000 and time.monotonic() < until:
    time.sleep(0.05)
print(held - own_bytes(), file=sys.stderr)
"""


def of_process(program: str, *arguments: str, **environment: str) -> str:
    """Return what glibc writes of the memory of a process, without settings of whoever runs the tests."""
    ours = {name: value for name, value in os.environ.items() if not name.startswith(("MALLOC_", "GLIBC_"))}
    ran = subprocess.run(
        [sys.executable, "-c", program, *arguments], env=ours | environment, capture_output=True, text=True, check=True
    )
    return ran.stderr


def heaps_of_eight_threads(*arguments: str, **environment: str) -> int:
    """Count the heaps of a process whose threads allocate at once."""
    return of_process(AT_ONCE, *arguments, **environment).count("Arena ")


def most_mapped_at_once(*arguments: str, **environment: str) -> int:
    """Count the blocks that are mapped by themselves in a process that freed one of 30 MB before."""
    written = of_process(MAPPED, *arguments, **environment)
    return int(re.findall(r"max mmap regions = +([0-9]+)", written)[0])


needs_glibc = pytest.mark.skipif(not hasattr(ctypes.CDLL(None), "malloc_stats"), reason="the library of C is not glibc")


@needs_glibc
def test_threads_share_two_heaps_and_an_operator_may_say_otherwise() -> None:
    """What glibc does by itself is a heap for each of them."""
    assert heaps_of_eight_threads() > HEAPS
    assert heaps_of_eight_threads("small") <= HEAPS
    assert heaps_of_eight_threads("small", MALLOC_ARENA_MAX="5") == 5


@needs_glibc
def test_large_blocks_are_mapped_by_themselves_whatever_was_freed() -> None:
    """In a heap they leave holes between what stays: its free memory grew as long as a server worked."""
    assert most_mapped_at_once() < 20
    assert most_mapped_at_once("small") >= 40
    assert most_mapped_at_once("small", MALLOC_TRIM_THRESHOLD_="1000000") >= 40
    assert most_mapped_at_once("small", MALLOC_MMAP_THRESHOLD_="100000000") < 20


@needs_glibc
@pytest.mark.skipif(sys.platform != "linux", reason="memory is read from /proc")
def test_pages_of_holes_are_given_back() -> None:
    """A heap shrinks at its end alone: one small block that stays there kept all that is free before it."""
    assert int(of_process(HOLES)) < 50_000_000
    assert int(of_process(HOLES, "small")) > 50_000_000
