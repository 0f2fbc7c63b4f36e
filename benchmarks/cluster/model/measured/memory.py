"""How much memory this process has, and caches of the processor with nothing useful in them."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

import numpy as np

_LARGER_THAN_CACHES: Final = 160 << 20
"""Bytes; the machines at hand have 32 MB of last-level cache."""

_LINE: Final = 64


@dataclass(frozen=True, slots=True)
class Memory:
    """
    Resident memory of this process, as Linux counts it.

    Args:
        private_bytes: What is no file's.

        mapped_bytes: Pages of files that were looked at.
    """

    private_bytes: int
    mapped_bytes: int

    @classmethod
    def now(cls) -> Self:
        """Read it."""
        lines = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines() if ":" in line)
        private, mapped = (1024 * int(lines[name].split()[0]) for name in ("RssAnon", "RssFile"))
        return cls(private, mapped)


class Emptied:
    """Fills the processor's caches with something else."""

    def __init__(self) -> None:
        self._lines = np.ones(_LARGER_THAN_CACHES, np.uint8)[::_LINE]

    def again(self) -> int:
        """Read one byte of each line."""
        return int(self._lines.sum(dtype=np.int64))
