"""A process that dies is replaced at once, whatever it was asked."""

import os
import signal
import subprocess
import sys
import threading
from contextlib import suppress

import psutil

from tests.helpers.running.waiting import eventually

SOON_S = 30
"""Less than the minute that a busy process has for its answer."""

SERVING = """
import socket
from uvicorn import Config
from api.cli.starting.supervisor import Supervisor

with socket.create_server(("127.0.0.1", 0)) as listener:
    listener.set_inheritable(True)
    config = Config("json:dumps", workers=2, lifespan="off", log_level="critical", timeout_worker_healthcheck=60)
    Supervisor(config, sockets=[listener]).run()
"""
"""What is served is never asked for."""


def serving(supervisor: subprocess.Popen) -> set[int]:
    """Return the processes that serve."""
    found = set()
    for one in psutil.Process(supervisor.pid).children():
        with suppress(psutil.Error):  # it has just died
            if "spawn_main" in " ".join(one.cmdline()):
                found.add(one.pid)
    return found


def test_process_killed_while_it_is_asked_is_replaced_and_signals_are_heard() -> None:
    """It was waited for a minute, in which no other was replaced either and SIGTERM did nothing."""
    with subprocess.Popen([sys.executable, "-c", SERVING]) as supervisor:
        try:
            first = eventually(lambda: serving(supervisor), lambda found: len(found) == 2)
            killed = min(first)
            os.kill(killed, signal.SIGSTOP)
            threading.Event().wait(2)  # until it is asked, which happens each half second
            os.kill(killed, signal.SIGKILL)
            eventually(lambda: len(serving(supervisor) - first) == 1, patience_s=SOON_S)
            supervisor.terminate()
            assert supervisor.wait(SOON_S) == 0
        finally:
            supervisor.kill()
