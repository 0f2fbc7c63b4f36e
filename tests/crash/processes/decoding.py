"""
The process that workers of the sandbox are forked from, forked itself from one that has loaded what decodes.

Each server starts one, which takes two seconds of a processor to load; these tests start servers dozens of times. What
it does then is the program's own.
"""

import os
import signal
import socket
import warnings

import cv2

from matcher import compiled
from matcher.sandbox import forking
from matcher.sandbox.environment import environment
from matcher.sandbox.fork_server import main
from matcher.sandbox.pool import DRAWING
from matcher.sandbox.rehearsal import rehearse
from matcher.signals import taken_types


class Beside(forking.ForkServer):
    """
    A fork server that was forked.

    Args:
        connection: To it.

        number: Of its process.
    """

    def __init__(self, connection: socket.socket, number: int) -> None:
        self._forked = 0
        self._connection = connection
        self._connection.settimeout(forking._START_TIMEOUT_S)
        self._process = self
        self._number = number

    def kill(self) -> None:
        """End its process."""
        os.kill(self._number, signal.SIGKILL)

    def wait(self) -> None:
        """Wait until it has ended."""
        os.waitpid(self._number, 0)


def load() -> None:
    """Load what decodes; what is loaded later by another process that is forked from this one is kept as before."""
    caches = [(kernel, kernel._cache) for kernel in compiled._kernels]
    cv2.setNumThreads(1)
    with warnings.catch_warnings():
        rehearse(DRAWING, taken_types())
    for kernel, cache in caches:
        kernel._cache = cache


def have_one() -> None:
    """Fork one from this process, which has one thread, for the sandboxes that it opens."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    number = os.fork()
    if number == 0:
        try:
            ours.close()
            os.setpgid(0, 0)
            os.environ.clear()
            os.environ.update(environment())
            compiled.leave_caches_alone()
            warnings.simplefilter("ignore")
            main(theirs.detach(), walled=True)
        finally:
            os._exit(0)
    theirs.close()
    forking._FORK_SERVERS._open, forking._FORK_SERVERS._owner = {True: Beside(ours, number)}, os.getpid()
