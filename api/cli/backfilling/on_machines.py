"""
Hashing a library on the machines of a cluster, and registering it here.

    this command                            driving.py, another process        machines
    lists what is not registered   ──►      gives out blocks of files   ──►    decode in their sandbox, hash
    searches and registers it      ◄──      passes on what comes        ◄──    signals

Ray ends a process that drives it when its head is lost, so that is not this one: what was hashed by then is registered,
and how to go on is said.
"""

import os
import pickle
import queue
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Final

import structlog

from api.arrivals.spool import Spool
from api.cli.backfilling.hasher import shared_settings, size_read
from api.cli.backfilling.messages import Begin, Broken, FileToHash, GivenUp, Hashed, LeftOut, Probe, Terms, Told
from api.cli.backfilling.registering import BATCH, Outcome, Registering, Wanted, why_not
from api.errors import NotReadyError
from api.media.hashing import HashedMedia
from api.shell.errors import CommandError
from matcher.errors import MediaError
from matcher.hashing.features import Features

log = structlog.get_logger()

AHEAD: Final = 2**14
"""Files that machines have or that wait for one, so that none runs out of work while others are registered."""

COMMIT_EVERY_S: Final = 2.0
"""What is hashed is registered after that time, however little it is: a kill costs no more than that."""

PROBES: Final = 2
_WAITING_ANSWERS: Final = 2 * BATCH
_END_S: Final = 30.0


def backfill_on_machines(
    registering: Registering, features: Features, *, address: str, own_ip: str | None
) -> dict[str, int]:
    """
    Hash and register a library that all machines see.

    Args:
        registering: The library, on its way into the record.

        features: Which local features are taken.

        address: Of Ray's head, ``host:port``.

        own_ip: Of this machine, as the others see it; None lets Ray choose.

    Returns:
        By machine, how many files it answered about.

    Raises:
        CommandError: If no machine can hash, or the cluster was lost on the way; what was registered is.
    """
    batches = registering.unknown()
    first = next(batches, None)
    if first is None:
        return {}
    service = registering.service
    terms = Terms(
        shared_settings(service.settings),
        features,
        service.sandbox.walls.layers,
        registering.place,
        _probes(first, service.spool),
    )
    log_file = service.settings.cluster_folder / f"backfill-{os.getpid()}.log"
    with (
        _driven(Begin(address, own_ip, terms), log_file) as machines,
        ThreadPoolExecutor(service.settings.decode_workers) as threads,
    ):
        machines.send(first)
        for answered in machines.answers(batches):
            registering.register(list(threads.map(lambda one: _seen(one, registering), answered)))
            for wanted, _ in answered:
                wanted.progress(1.0)
    return machines.answered


def _seen(answered: "tuple[Wanted, HashedMedia | str]", registering: Registering) -> tuple[Wanted, Outcome]:
    wanted, hashed = answered
    if isinstance(hashed, str):
        return wanted, hashed
    try:
        return wanted, registering.look_for(hashed)
    except NotReadyError as error:
        return wanted, why_not(error)


def _probes(wanted: Sequence[Wanted], spool: Spool) -> tuple[Probe, ...]:
    """Return files that this machine can read; one that it cannot is one file that failed."""
    found: list[Probe] = []
    for one in wanted:
        with suppress(MediaError, NotReadyError, OSError):
            found.append(Probe(one.file.name, size_read(one.file, spool)))
        if len(found) == PROBES:
            break
    return tuple(found)


class _Machines:
    """
    The cluster, as the command sees it.

    Args:
        process: That drives Ray.

        connection: To it.

        log_file: What it printed.
    """

    def __init__(self, process: "subprocess.Popen[bytes]", connection: Connection, log_file: Path) -> None:
        self.answered: Counter[str] = Counter()
        self.was_lost = False
        self._process = process
        self._connection = connection
        self._log_file = log_file
        self._out: dict[int, Wanted] = {}
        self._numbered = 0
        self._told: queue.Queue[Told | None] = queue.Queue(_WAITING_ANSWERS)
        self._closed = threading.Event()
        self._listening = threading.Thread(target=self._listen, daemon=True)
        self._listening.start()

    def begin(self, begin: Begin) -> None:
        """Say which cluster it is, and how files are hashed."""
        self._send(begin)

    def send(self, batch: Sequence[Wanted]) -> None:
        """Have files hashed."""
        numbered = dict(enumerate(batch, start=self._numbered))
        self._numbered += len(numbered)
        self._out |= numbered
        self._send([FileToHash(number, one.file.name) for number, one in numbered.items()])

    def answers(self, batches: Iterator[list[Wanted]]) -> "Iterator[list[tuple[Wanted, HashedMedia | str]]]":
        """
        Send files, and return those that were answered, as many together as one transaction takes.

        Raises:
            CommandError: If no more will be answered; what was answered before was returned.
        """
        more = True
        while more or self._out:
            while more and len(self._out) < AHEAD:
                batch = next(batches, None)
                if batch is None:
                    more = False
                else:
                    self.send(batch)
            answered, error = self._collected()
            if answered:
                yield answered
            if error is not None:
                raise error

    def _collected(self) -> "tuple[list[tuple[Wanted, HashedMedia | str]], CommandError | None]":
        """Wait for answers, no longer than `COMMIT_EVERY_S` once there is one; say why there are no more."""
        answered: list[tuple[Wanted, HashedMedia | str]] = []
        until: float | None = None
        while self._out and len(answered) < BATCH:
            try:
                told = self._told.get(timeout=None if until is None else max(0.0, until - time.monotonic()))
            except queue.Empty:
                break
            match told:
                case Hashed():
                    self.answered[told.node] += 1
                    answered.append((self._out.pop(told.number), pickle.loads(told.answer)))  # noqa: S301  (our own)
                case GivenUp():
                    answered.append((self._out.pop(told.number), told.why))
                case LeftOut():
                    log.warning("a machine hashes no more", machine=told.node, why=told.why)
                case Broken():
                    return answered, CommandError(told.why)
                case None:
                    return answered, self._lost()
            if answered and until is None:
                until = time.monotonic() + COMMIT_EVERY_S
        return answered, None

    def close(self) -> None:
        """Have the process end, with all that it started on machines."""
        self._closed.set()
        with socket.fromfd(self._connection.fileno(), socket.AF_UNIX, socket.SOCK_STREAM) as same:
            same.shutdown(socket.SHUT_RDWR)
        self._listening.join()
        self._connection.close()
        try:
            self._process.wait(_END_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _send(self, message: Begin | list[FileToHash]) -> None:
        with suppress(OSError):  # it has ended: whoever waits for answers is told so, and why if it said
            self._connection.send(message)

    def _lost(self) -> CommandError:
        self.was_lost = True
        return CommandError(
            "the process that drives Ray has ended, as it does when Ray's head is lost; what it said is in "
            f"{self._log_file}. Once the head is back, run the command again: it goes on where it was"
        )

    def _listen(self) -> None:
        while True:
            try:
                told: Told | None = self._connection.recv()
            except (EOFError, OSError):
                told = None
            while not self._closed.is_set():
                try:
                    self._told.put(told, timeout=0.5)
                    break
                except queue.Full:
                    continue  # the record is slower than the machines
            if told is None or self._closed.is_set():
                return


@contextmanager
def _driven(begin: Begin, log_file: Path) -> Iterator[_Machines]:
    """Start the process that drives Ray, and end it."""
    log_file.parent.mkdir(parents=True, exist_ok=True)
    ours, theirs = socket.socketpair()
    with theirs, log_file.open("wb") as written:
        process = subprocess.Popen(  # noqa: S603  (our own interpreter, our own number)
            [sys.executable, "-m", "api.cli.backfilling.driving", str(theirs.fileno())],
            pass_fds=[theirs.fileno()],
            stdin=subprocess.DEVNULL,
            stdout=written,
            stderr=written,
            process_group=0,  # Ctrl-C is for the command, which then ends it
        )
    machines = _Machines(process, Connection(ours.detach()), log_file)
    try:
        machines.begin(begin)
        yield machines
    finally:
        machines.close()
        if not machines.was_lost:
            log_file.unlink(missing_ok=True)
