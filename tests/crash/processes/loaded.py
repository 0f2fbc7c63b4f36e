"""
What the process loads that others are forked from: the program, the kernels that search by hashes, and what decodes.

Invariant: it has one thread, or a fork would have the locks of the others as they are then, and nobody to open them. So
it goes through no search for parts: FAISS begins its threads with the first.
"""

from pathlib import Path

from index.hashes import tables
from tests.crash.processes import decoding, forked  # noqa: F401

tables.warm_up()
decoding.load()
assert len(list(Path("/proc/self/task").iterdir())) == 1
