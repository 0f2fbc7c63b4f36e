"""Threads of a server share two heaps, so that what one frees the next can use."""

import ctypes
import os
import subprocess
import sys

import pytest

from api.cli.starting.heaps import HEAPS

AT_ONCE = """
import ctypes, sys, threading
from api.cli.starting.heaps import share_heaps

if sys.argv[1:] == ["shared"]:
    share_heaps()
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


def heaps_of_eight_threads(*arguments: str, **environment: str) -> int:
    """Count the heaps of a process whose threads allocate at once, by what glibc writes of them."""
    ours = {name: value for name, value in os.environ.items() if name not in ("MALLOC_ARENA_MAX", "GLIBC_TUNABLES")}
    ran = subprocess.run(
        [sys.executable, "-c", AT_ONCE, *arguments], env=ours | environment, capture_output=True, text=True, check=True
    )
    return ran.stderr.count("Arena ")


@pytest.mark.skipif(not hasattr(ctypes.CDLL(None), "malloc_stats"), reason="the library of C is not glibc")
def test_threads_share_two_heaps_and_an_operator_may_say_otherwise() -> None:
    """What glibc does by itself is a heap for each of them."""
    assert heaps_of_eight_threads() > HEAPS
    assert heaps_of_eight_threads("shared") <= HEAPS
    assert heaps_of_eight_threads("shared", MALLOC_ARENA_MAX="5") == 5
