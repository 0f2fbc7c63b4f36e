"""
The thread that keeps a store up to date with the replicas of a machine.

Invariant: while an erasure is under way on this machine nothing is put into the store. It ends what is being put there,
between two chunks; what was not named yet it deletes with the rest.
"""

import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Final

import structlog

from index.stored.publishing import GoOn

log = structlog.get_logger()

EVERY_S: Final = 15.0
"""How often it is looked whether files have changed: they do when a replica seals or merges."""


class _EndedError(Exception):
    """A publication gives way."""


class Publisher:
    """
    Puts replicas into the store, one after another, whenever their files have changed.

    Args:
        slots: Says which replicas there are.

        publish: Puts one there, if it has changed.

        sweep: Deletes what machines have left there that hold a slot no more.
    """

    def __init__(
        self, slots: Callable[[], Iterable[str]], publish: Callable[[str, GoOn], None], sweep: Callable[[], object]
    ) -> None:
        self._slots = slots
        self._publish = publish
        self._sweep = sweep
        self._lock = threading.Lock()
        self._counting = threading.Lock()
        self._pauses = 0
        self._stopped = False
        self._wake = threading.Event()
        self._complaints: dict[str, str] = {}
        self._thread = threading.Thread(target=self._run, name="publisher", daemon=True)
        self._thread.start()

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Put nothing there while the block lasts, and look again after it."""
        with self._counting:
            self._pauses += 1
        try:
            with self._lock:
                yield
        finally:
            with self._counting:
                self._pauses -= 1
            self._wake.set()

    def look(self) -> None:
        """Put there what has changed, unless an erasure is under way; what a round does."""
        try:
            with self._lock:
                self._go_on()
                for slot in self._slots():
                    self._try(slot, partial(self._publish, slot, self._go_on))
                self._try("what others left", self._sweep)
        except _EndedError:
            pass

    def close(self) -> None:
        """Stop, without waiting for more than a chunk."""
        self._stopped = True
        self._wake.set()
        self._thread.join()

    def _try(self, about: str, work: Callable[[], object]) -> None:
        try:
            work()
            self._complaints.pop(about, None)
        except _EndedError:
            raise
        except Exception as error:  # one replica must not keep the others from being put there
            if repr(error) != self._complaints.get(about):
                self._complaints[about] = repr(error)
                log.error("the store cannot be brought up to date; it will be tried again", about=about, exc_info=error)

    def _go_on(self) -> None:
        if self._pauses or self._stopped:
            raise _EndedError

    def _run(self) -> None:
        while not self._stopped:
            self._wake.wait(EVERY_S)
            self._wake.clear()
            if not self._stopped:
                self.look()
