"""
The process that drives Ray for `staydown backfill`: gives files to machines, and passes on what they answer.

    a thread for each machine   starts its hasher, gives it block after block, passes answers on, until it dies
    one that listens            takes files from the command, and ends all when that has closed its end
    the first                   looks which machines are alive, and has a thread for each

Only `on_machines.py` starts it, by `python -m`. Ray ends a process that drives it when its head stays away; that is
this one, and the command says so.
"""

import os
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from multiprocessing.connection import Connection
from typing import TYPE_CHECKING, Final

from api.cli.backfilling.dealing import Dealing
from api.cli.backfilling.hasher import HasherLostError, Standing
from api.cli.backfilling.messages import Begin, Broken, FileToHash, GivenUp, Hashed, LeftOut, Terms, Told

if TYPE_CHECKING:  # only the process that `main` runs in needs Ray
    from api.cli.backfilling.ray_hashers import RayHasher, RayHashers

LOOK_EVERY_S: Final = 1.0
ALONE_S: Final = 60.0
"""How long no machine may be there before nothing more is expected."""

BLOCKS_OF: Final = 8
"""Files in a block for each that a machine decodes at once: few enough to lose, enough to keep it busy."""

MOST_DEATHS: Final = 20
"""After how many deaths without an answer in between a machine is left out: more than a bad file causes."""

_STILLBORN: Final = 4
"""As how many deaths it counts that a hasher did not even start."""

_MOST_STARTING: Final = 64
_END_S: Final = 10.0


@dataclass(frozen=True, slots=True)
class _Started:
    """
    A hasher that was started.

    Args:
        node: Its machine.

        hasher: The hasher.

        standing: What it said of itself.
    """

    node: str
    hasher: "RayHasher"
    standing: Standing


class Driving:
    """
    Files on their way to machines and back.

    Args:
        hashers: The machines.

        terms: How files are hashed.

        connection: To the command.

        left: Called once the command has closed its end.
    """

    def __init__(
        self, hashers: "RayHashers", terms: Terms, connection: Connection, *, left: Callable[[], None]
    ) -> None:
        self._hashers = hashers
        self._terms = terms
        self._connection = connection
        self._left = left
        self._telling = threading.Lock()
        self._dealing = Dealing()
        self._threads: dict[str, threading.Thread] = {}
        self._deaths: Counter[str] = Counter()
        self._left_out: dict[str, str] = {}
        self._ended = threading.Event()

    def run(self) -> None:
        """Hash what the command sends until it closes its end."""
        threading.Thread(target=self._listen, daemon=True).start()
        if not self._begin():
            return
        alone_since: float | None = None
        while not self._ended.wait(LOOK_EVERY_S):
            there = [node for node in self._hashers.alive() if node not in self._left_out]
            for node in there:
                if not self._works(node):
                    self._serve(node)
            if there or any(map(self._works, self._threads)):
                alone_since = None
                continue
            alone_since = alone_since or time.monotonic()
            if time.monotonic() - alone_since > ALONE_S:
                self._tell(Broken(self._nobody()))
                return

    def _begin(self) -> bool:
        """Start a hasher on each machine; before anything is hashed each of them must be fit, or nothing begins."""
        nodes = self._first_alive()
        with ThreadPoolExecutor(_MOST_STARTING) as threads:
            started = [one for one in threads.map(self._started_or_lost, nodes) if one is not None]
        unfit = [f"machine {one.node}: {one.standing.problem}" for one in started if one.standing.problem is not None]
        if unfit or not nodes:
            self._tell(Broken("; ".join(unfit) or self._nobody()))
            return False
        for one in started:
            self._serve(one.node, one)
        return True

    def _first_alive(self) -> list[str]:
        until = time.monotonic() + ALONE_S
        while not (nodes := self._hashers.alive()) and time.monotonic() < until:
            if self._ended.wait(LOOK_EVERY_S):
                break
        return nodes

    def _started(self, node: str) -> _Started:
        hasher = self._hashers.start(node, self._terms)
        try:
            return _Started(node, hasher, hasher.begin())
        except HasherLostError:
            self._deaths[node] += _STILLBORN - 1
            hasher.end()
            raise

    def _started_or_lost(self, node: str) -> _Started | None:
        try:
            return self._started(node)
        except HasherLostError as error:
            self._note_death(node, error)  # nothing says that the machine is unfit: it is tried again
            return None

    def _nobody(self) -> str:
        why = "; ".join(f"machine {node}: {why}" for node, why in sorted(self._left_out.items()))
        return (
            "no machine of the cluster is there to hash: `ray start` names one by "
            "--resources '{\"staydown_NAME\": 1}'" + (f" ({why})" if why else "")
        )

    def _works(self, node: str) -> bool:
        return node in self._threads and self._threads[node].is_alive()

    def _serve(self, node: str, started: _Started | None = None) -> None:
        thread = threading.Thread(target=self._live, args=(node, started), daemon=True)
        self._threads[node] = thread
        thread.start()

    def _live(self, node: str, started: _Started | None) -> None:
        """Be with a hasher from its start to its death; whoever looks which machines are alive has the next started."""
        try:
            one = started or self._started(node)
            try:
                if one.standing.problem is None:
                    self._deal(node, one.hasher, one.standing.at_once)
                else:
                    self._leave_out(node, one.standing.problem)
            finally:
                one.hasher.end()
        except HasherLostError as error:
            self._note_death(node, error)

    def _note_death(self, node: str, error: HasherLostError) -> None:
        self._deaths[node] += 1
        if self._deaths[node] >= MOST_DEATHS:
            self._leave_out(node, f"its process ends again and again ({error})")

    def _leave_out(self, node: str, why: str) -> None:
        self._left_out[node] = why
        self._tell(LeftOut(node, why))

    def _deal(self, node: str, hasher: "RayHasher", at_once: int) -> None:
        while (block := self._dealing.take(at_once * BLOCKS_OF)) is not None:
            try:
                for number, answer in hasher.hashed(list(block.files.values())):
                    del block.files[number]
                    self._deaths[node] = 0
                    self._tell(Hashed(number, node, answer))
            except HasherLostError as error:
                for file in self._dealing.lost(block):
                    self._tell(GivenUp(file.number, f"every process that hashed it ended, the last on {node}: {error}"))
                raise

    def _listen(self) -> None:
        try:
            while True:
                files: list[FileToHash] = self._connection.recv()
                self._dealing.add(files)
        except (EOFError, OSError):
            self._dealing.close()
            self._ended.set()
            self._left()

    def _tell(self, told: Told) -> None:
        try:
            with self._telling:
                self._connection.send(told)
        except OSError:  # the command is gone
            self._ended.set()


def main(descriptor: int) -> None:
    """
    Drive Ray for one command.

    Args:
        descriptor: Of a socket to it.
    """
    from api.cli.backfilling.ray_hashers import RayHashers

    connection = Connection(descriptor)
    begin: Begin = connection.recv()
    try:
        hashers = RayHashers(begin.address, own_ip=begin.own_ip)
    except (ConnectionError, RuntimeError, ValueError) as error:
        connection.send(Broken(f"Ray's head at {begin.address} cannot be joined: {error}; see docs/SCALING.md"))
        return
    Driving(hashers, begin.terms, connection, left=partial(_end_within, _END_S)).run()
    _end_within(_END_S)
    hashers.close()
    os._exit(0)  # threads may still wait for machines


def _end_within(seconds: float) -> None:
    """End this process in any case: where its head is away, Ray lets nobody leave."""
    timer = threading.Timer(seconds, os._exit, (1,))
    timer.daemon = True
    timer.start()


if __name__ == "__main__":
    main(int(sys.argv[1]))
