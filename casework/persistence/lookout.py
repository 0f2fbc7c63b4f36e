"""
One look for all who wait for work: after a commit one thread asks, in one snapshot, for each kind of work whether some
of it is due, and wakes whoever does it.

    commit  ──►  one look: videos? look-backs? deliveries? …  ──►  wakes those for whom there is something

Who waited for commits by themselves looked by themselves: ten threads and ten transactions after each commit, nearly
all for nothing.

Invariant: nothing relies on it. Who is woken looks again by themselves, and who waits looks anyway when the time is
over. What cannot be asked, because the record is away or a row cannot be read, wakes whoever would ask: they know what
to say.
"""

import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from types import TracebackType
from typing import Final, Self, TypeAlias

from casework.persistence.connection.wakeup import CommitWatch
from casework.persistence.unit_of_work import SqlUnitOfWork

IsDue: TypeAlias = Callable[[SqlUnitOfWork], bool]

REST_S: Final = 0.1
"""
After a look: others may commit hundreds of times a second, and each would be a reason to look. A look takes a
millisecond of the processor; the first after a while comes at once.
"""

_POLL_S: Final = 0.5
"""How often it is seen whether somebody commits, should nobody tell; who waits has a time of their own."""


class Place:
    """
    Where one thread waits for one kind of work; in a `with` block, from before its first look on.

    Args:
        lookout: Of this process.

        is_due: Whether there is work; asked without holding anything up, and by another thread.

        stop: Set to end the wait.
    """

    def __init__(self, lookout: "Lookout", is_due: IsDue, stop: threading.Event) -> None:
        self.is_due = is_due
        self.stop = stop
        self._lookout = lookout
        self._woken = threading.Event()

    def __enter__(self) -> Self:
        self._lookout.take(self)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._lookout.leave(self)

    def wait(self, timeout_s: float) -> None:
        """
        Return once something may be due, after `timeout_s`, or soon after it was told to stop.

        Args:
            timeout_s: Seconds.
        """
        self._woken.wait(timeout_s)
        self._woken.clear()  # before the look that follows: what is committed after that wakes again

    def wake(self) -> None:
        """Let the thread look."""
        self._woken.set()


class Lookout:
    """
    Looks for all threads of a process, until the `with` block ends.

    Args:
        commits: Tells when there is a reason to look.

        reading: Begins a transaction that only reads.
    """

    def __init__(self, commits: CommitWatch, reading: Callable[[], AbstractContextManager[SqlUnitOfWork]]) -> None:
        self._commits = commits
        self._reading = reading
        self._places: list[Place] = []
        self._mutex = threading.Lock()
        self._ended = threading.Event()
        self._thread: threading.Thread | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._ended.set()
        if self._thread is not None:
            self._thread.join()

    def place(self, is_due: IsDue, stop: threading.Event) -> Place:
        """
        Return a place to wait in.

        Args:
            is_due: Whether there is work. Threads that pass the same are asked for once.

            stop: Set to end the wait.
        """
        return Place(self, is_due, stop)

    def take(self, place: Place) -> None:
        """Look for a place, too."""
        with self._mutex:
            self._places.append(place)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="lookout")
                self._thread.start()

    def leave(self, place: Place) -> None:
        """Look for it no more."""
        with self._mutex:
            if place in self._places:
                self._places.remove(place)

    def is_set(self) -> bool:
        """Tell whether to wait no longer for commits: somebody was told to stop."""
        return self._ended.is_set() or any(place.stop.is_set() for place in self._places)

    def _run(self) -> None:
        seen: int | None = None
        while not self._ended.is_set():
            before, seen = seen, self._commits.wait(seen, _POLL_S, self)
            self._dismiss_stopped()
            if seen != before:
                self._look()
                self._ended.wait(REST_S)

    def _dismiss_stopped(self) -> None:
        for place in [*self._places]:
            if place.stop.is_set():
                place.wake()
                self.leave(place)

    def _look(self) -> None:
        """Ask for each kind of work; wake once the look is over, for on PostgreSQL it locks what it finds."""
        places = [*self._places]
        due: dict[IsDue, bool] = {}
        try:
            with self._reading() as uow:
                for is_due in dict.fromkeys(place.is_due for place in places):
                    due[is_due] = _asked(is_due, uow)
        except Exception:  # the record is away: who is woken finds out, and says so
            due.clear()
        for place in places:
            if due.get(place.is_due, True):
                place.wake()


def _asked(is_due: IsDue, uow: SqlUnitOfWork) -> bool:
    try:
        return is_due(uow)
    except Exception:  # whoever is woken meets it too, and says so
        return True
