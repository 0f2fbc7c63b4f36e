"""
Where a measurement was taken: enough to judge it later and to take it again.

Every result carries `environment()`; nothing here names a person, a host or a path.
"""

import os
import platform
import subprocess
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

MEASURED_PACKAGES = ("numpy", "faiss-cpu", "numba", "pdqhash", "opencv-python-headless")

_ROOT = Path(__file__).parents[1]


def environment() -> dict[str, object]:
    """
    Describe commit, versions and machine.

    Returns:
        ``time`` (UTC, ISO 8601), ``commit`` (with ``+changes`` if the tree differs from it, None outside a clone),
        ``python``, ``packages``, ``processor``, ``cores``, ``memory_bytes``, ``system``.
    """
    return {
        "time": datetime.now(UTC).isoformat(timespec="seconds"),
        "commit": _commit(),
        "python": platform.python_version(),
        "packages": {name: version(name) for name in MEASURED_PACKAGES},
        "processor": _first("/proc/cpuinfo", "model name") or platform.processor(),
        "cores": os.cpu_count(),
        "memory_bytes": memory_bytes("MemTotal"),
        "system": f"{platform.system()} {platform.release()}",
    }


def memory_bytes(field: str) -> int | None:
    """Read a field of `/proc/meminfo`: ``MemTotal``, ``MemAvailable``; None where there is no such file."""
    value = _first("/proc/meminfo", field)
    return None if value is None else int(value.split()[0]) * 1024


def resident_bytes() -> int:
    """Return the memory this process holds now, pages of mapped files included; 0 where the system does not say."""
    value = _first("/proc/self/status", "VmRSS")
    return 0 if value is None else int(value.split()[0]) * 1024


def _first(path: str, field: str) -> str | None:
    try:
        lines = Path(path).read_text().splitlines()
    except OSError:
        return None
    return next((line.partition(":")[2].strip() for line in lines if line.split(":")[0].strip() == field), None)


def _commit() -> str | None:
    def git(*arguments: str) -> str:
        done = subprocess.run(["git", *arguments], cwd=_ROOT, capture_output=True, text=True, check=True)
        return done.stdout.strip()

    try:
        commit = git("rev-parse", "--short=12", "HEAD")
        return commit + ("+changes" if git("status", "--porcelain", "--untracked-files=no") else "")
    except (OSError, subprocess.CalledProcessError):
        return None
