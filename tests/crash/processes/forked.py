"""
Processes that tests start and kill, forked from one that has loaded the program.

Loading it takes two seconds of CPU, and these tests start it dozens of times (`loaded.py`). What runs then is what a
shell would have started, a process of its own that can be killed at any moment; only its way there is shorter.
"""

import itertools
import multiprocessing
import os
import signal
import sys
from collections.abc import Callable, Mapping
from multiprocessing.process import BaseProcess
from pathlib import Path

import uvicorn
from sqlalchemy import Engine, event

import api.app
import api.cli.commands.exchanging.exchange
import api.cli.commands.operating.worker  # noqa: F401
from api.cli import main
from api.cli.starting.application import create
from tests.crash.processes import decoding, index_scenario  # noqa: F401

REPOSITORY = Path(__file__).parents[3]
PROCESSES = multiprocessing.get_context("forkserver")
PROCESSES.set_forkserver_preload(["tests.crash.processes.loaded"])

_LOADED_IN = os.getpid()


def start(run: Callable[..., object], *arguments: object, environment: Mapping[str, str]) -> BaseProcess:
    """
    Start a process.

    Args:
        run: What it does, of what follows here.

        *arguments: Of that.

        environment: Its variables, all of them.
    """
    process = PROCESSES.Process(target=_be, args=(run, arguments, dict(environment)))
    process.start()
    return process


def serve(port: int) -> None:
    """Serve as `python -m uvicorn api.cli.starting.application:create --factory` does."""
    uvicorn.run(create, factory=True, port=port, log_level="error")


def work() -> None:
    """Work as `staydown worker` does."""
    sys.exit(main(["worker"]))


def pull() -> None:
    """Pull as `staydown exchange pull` does after it was killed."""
    sys.exit(main(["exchange", "pull", "--take-over"]))


def rotate(dies_before: int) -> None:
    """
    Encrypt under a new key as `staydown keys rotate-encryption` does, and die as by a power cut.

    Args:
        dies_before: Which commit is never made; exits with how many there were where there are fewer.
    """
    commits = itertools.count(1)
    made = 0

    def note(_: object) -> None:
        nonlocal made
        made = next(commits)
        if made == dies_before:
            os.kill(os.getpid(), signal.SIGKILL)

    event.listen(Engine, "commit", note)
    assert main(["keys", "rotate-encryption", "--json"]) == 0
    sys.exit(made)


def _be(run: Callable[..., object], arguments: tuple[object, ...], environment: Mapping[str, str]) -> None:
    assert os.getpid() != _LOADED_IN, "the process that others are forked from could not load this module"
    os.chdir(REPOSITORY)
    os.environ.clear()
    os.environ.update(environment)
    decoding.have_one()
    run(*arguments)
