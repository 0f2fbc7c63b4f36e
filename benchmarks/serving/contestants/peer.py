"""
The peer's way: python-threatexchange's PDQ index behind a plain Flask look-up, under gunicorn with four threads.

It needs packages that ours does not, so it runs on a Python of its own: one that is given, or one made beside the
references that are kept. What it runs is `peer_application.py`.
"""

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from benchmarks.serving.contestants.server import RunningServer, started
from index.base import Codes

NAME = "peer"

PACKAGES = ("threatexchange==1.2.17", "flask==3.1.3", "gunicorn==27.0.1")

_THREADS = 4
_BUILD_WITHIN_S = 3_600
_APPLICATION = Path(__file__).with_name("peer_application.py")


def peer_python(given: str | None, keep: Path, progress: Callable[[str], None]) -> Path:
    """
    Return a Python that has the peer's packages.

    Args:
        given: One that has them; None to make one.

        keep: Where to make it.

        progress: Told what is done.

    Raises:
        RuntimeError: If it cannot be made, or the given one lacks something.
    """
    python = Path(given) if given else keep / "peer" / "bin" / "python"
    if not python.is_file():
        progress(f"installing {', '.join(PACKAGES)}")
        _run([sys.executable, "-m", "venv", str(keep / "peer")])
        _run([str(python), "-m", "pip", "install", "--quiet", *PACKAGES])
    _run([str(python), "-c", "import flask, gunicorn, threatexchange"])
    return python


@contextmanager
def peer(python: Path, codes: Codes, folder: Path, *, processes: int) -> Iterator[RunningServer]:
    """
    Run it until the block ends.

    Args:
        python: That has its packages.

        codes: uint8, shape (n, 32): what it is to know.

        folder: For its files.

        processes: How many; they share the index, which is built before they are forked.
    """
    file = folder / "peer-codes.npy"
    np.save(file, codes)
    bound = ["--bind", "127.0.0.1:0", "--workers", str(processes), "--threads", str(_THREADS), "--preload"]
    patience = ["--timeout", str(_BUILD_WITHIN_S), "--log-file", "/dev/stdout"]
    command = [str(python), "-m", "gunicorn", *bound, *patience, f"{_APPLICATION.stem}:create()"]
    environment = {"BENCHMARK_PEER_CODES": str(file), "PYTHONPATH": ""}
    with started(command, environment=environment, log=folder / "peer.log", folder=_APPLICATION.parent) as server:
        yield server


def _run(command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        message = f"{' '.join(command[:4])} … failed: {done.stderr.strip()[-500:]}"
        raise RuntimeError(message)
