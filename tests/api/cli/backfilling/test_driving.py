"""What becomes of files where machines do not start, die, come late or are not there."""

import pickle
import socket
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from multiprocessing.connection import Connection

import pytest

from api.cli.backfilling import driving
from api.cli.backfilling.dealing import TRIES
from api.cli.backfilling.hasher import HasherLostError, Standing
from api.cli.backfilling.messages import Broken, FileToHash, GivenUp, Hashed, LeftOut, Terms
from matcher.hashing.features import Features

TERMS = Terms({}, Features.NONE, (), "/library", ())
FIT = Standing(at_once=1)


class Machine:
    """
    A machine in this process.

    Args:
        standing: What it says of itself; None if its process does not start.

        deadly: Numbers of files that end its process.
    """

    def __init__(self, standing: Standing | None = FIT, *, deadly: Sequence[int] = ()) -> None:
        self.standing = standing
        self.deadly = deadly
        self.starts = 0

    def begin(self) -> Standing:
        """Say how it is."""
        self.starts += 1
        if self.standing is None:
            raise HasherLostError("no such module")
        return self.standing

    def hashed(self, files: Sequence[FileToHash]) -> Iterator[tuple[int, bytes]]:
        """Answer about each file until one ends it."""
        for file in files:
            if file.number in self.deadly:
                raise HasherLostError("ActorDiedError")
            yield file.number, pickle.dumps("seen")

    def end(self) -> None:
        """Do nothing: the next start is a new life."""


class Machines:
    """Machines that are there, by name."""

    def __init__(self, **named: Machine) -> None:
        self.named = named

    def alive(self) -> list[str]:
        """Name them."""
        return sorted(self.named)

    def start(self, node: str, terms: Terms) -> Machine:
        """Start a process on one."""
        assert terms is TERMS
        return self.named[node]


@pytest.fixture(autouse=True)
def in_a_hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """Look often, and wait for nobody for long."""
    monkeypatch.setattr(driving, "LOOK_EVERY_S", 0.01)
    monkeypatch.setattr(driving, "ALONE_S", 0.2)


@contextmanager
def driven(machines: Machines) -> Iterator[Connection]:
    """Drive them in a thread, and end it."""
    ours, theirs = (Connection(one.detach()) for one in socket.socketpair())
    thread = threading.Thread(target=driving.Driving(machines, TERMS, theirs, left=lambda: None).run)
    thread.start()
    try:
        yield ours
    finally:
        ours.close()
        thread.join(60)
        assert not thread.is_alive()


def told(connection: Connection, is_last: Callable[[list[object]], bool]) -> list[object]:
    """Read what the command is told until it has what it waits for."""
    found: list[object] = []
    while not is_last(found):
        assert connection.poll(60), found
        found.append(connection.recv())
    return found


def sent(connection: Connection, count: int) -> None:
    """Have files hashed."""
    connection.send([FileToHash(number, f"{number}.jpg") for number in range(count)])


def numbers(found: Sequence[object], kind: type) -> list[int]:
    """Return the numbers of the files that were told of so."""
    return sorted(one.number for one in found if isinstance(one, kind))


def test_a_machine_that_never_starts_is_left_out_and_the_others_do_its_work() -> None:
    """As one that has another version: it is tried a few times, then named with the reason."""
    broken = Machine(None)
    with driven(Machines(a=Machine(), b=broken)) as connection:
        sent(connection, 30)
        found = told(connection, lambda sofar: len(numbers(sofar, Hashed)) == 30 and len(sofar) == 31)
    assert [(one.node, "no such module" in one.why) for one in found if isinstance(one, LeftOut)] == [("b", True)]
    assert 1 < broken.starts <= driving.MOST_DEATHS


def test_a_deadly_file_is_given_up_and_its_machine_goes_on() -> None:
    """One machine alone: it is started again as often as that takes."""
    machine = Machine(deadly=[3, 7])
    with driven(Machines(a=machine)) as connection:
        sent(connection, 12)
        found = told(connection, lambda sofar: len(sofar) == 12)
    assert numbers(found, GivenUp) == [3, 7]
    assert numbers(found, Hashed) == [0, 1, 2, 4, 5, 6, 8, 9, 10, 11]
    assert machine.starts >= 3 * TRIES


def test_a_machine_that_comes_late_gets_files() -> None:
    """And one that is unfit by then is left out; what others hash already is not lost for it."""
    machines = Machines(a=Machine(deadly=[1]))
    with driven(machines) as connection:
        sent(connection, 1)
        told(connection, bool)
        machines.named = {"b": Machine(), "c": Machine(Standing(problem="it cannot read /library/0.jpg"))}
        sent(connection, 2)
        found = told(connection, lambda sofar: len(sofar) == 3)
    assert {one.number: one.node for one in found if isinstance(one, Hashed)}[1] == "b"
    assert [one for one in found if isinstance(one, LeftOut)] == [LeftOut("c", "it cannot read /library/0.jpg")]


def test_an_unfit_machine_at_the_beginning_ends_all() -> None:
    """It is better to mend a mount before than to find it out after days."""
    machines = Machines(a=Machine(), b=Machine(Standing(problem="it cannot read /library/0.jpg")))
    with driven(machines) as connection:
        assert told(connection, bool) == [Broken("machine b: it cannot read /library/0.jpg")]


def test_with_no_machine_left_the_command_is_told() -> None:
    """And not kept waiting: what it registered stays, and it goes on once there is one."""
    with driven(Machines()) as connection:
        (broken,) = told(connection, bool)
    assert isinstance(broken, Broken)
    assert "no machine of the cluster is there" in broken.why
    with driven(Machines(a=Machine(None))) as connection:
        left_out, broken = told(connection, lambda sofar: len(sofar) == 2)
    assert isinstance(left_out, LeftOut)
    assert isinstance(broken, Broken)
    assert "machine a: its process ends again and again (no such module)" in broken.why
