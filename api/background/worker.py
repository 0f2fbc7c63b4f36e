"""
The worker: what is done in the background. It tells destinations, looks back over uploads, finishes deep searches,
carries erasures through, ends interim takedowns that nobody decided about in time, exchanges hashes with servers of
others.

Invariant: any number of workers, in any number of processes, may run against one database; each may be killed at any
moment, and another goes on with what it did.
"""

import asyncio
import signal
import threading
from typing import Self

from api.background.dispatch import Dispatcher
from api.background.erasing import Eraser
from api.background.exchanging.lists import ListWatch
from api.background.exchanging.pulling import Puller, asker_of
from api.background.exchanging.telling import Teller
from api.background.finish import Finisher
from api.background.interims import InterimWatch
from api.background.serving.publishing import Publishing
from api.background.sweep import Sweeper
from api.http.watching.watched import Watched
from api.service import Service


class Worker:
    """
    Works until the `with` block ends; then what is being sent is finished and written down.

    Args:
        service: What this process holds.
    """

    def __init__(self, service: Service) -> None:
        self._service = service
        self._stop = threading.Event()
        asker = asker_of(service)
        self._threads = [
            threading.Thread(target=self._dispatch, name="deliveries"),
            threading.Thread(target=Sweeper(service, self._stop).run, name="look-back"),
            threading.Thread(target=Finisher(service, self._stop).run, name="deep-search"),
            threading.Thread(target=Eraser(service, self._stop).run, name="erasure"),
            threading.Thread(target=InterimWatch(service, self._stop).run, name="interim-takedowns"),
            threading.Thread(target=ListWatch(service, self._stop).run, name="hash-lists"),
            threading.Thread(target=Puller(service, asker, self._stop).run, name="exchanges"),
            threading.Thread(target=Teller(service, asker, self._stop).run, name="exchange-sendings"),
        ]

    def __enter__(self) -> Self:
        """Begin."""
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop, and wait for what is under way."""
        self._stop.set()
        for thread in self._threads:
            thread.join()

    @property
    def works(self) -> bool:
        """Whether every part of it runs: one that ended by a bug would be missed in silence."""
        return all(thread.is_alive() for thread in self._threads)

    def _dispatch(self) -> None:
        with asyncio.Runner() as runner:
            runner.run(Dispatcher(self._service, self._stop).run())


def run_until_stopped(service: Service) -> None:
    """Work, and publish how that goes, until the process is told to stop (SIGTERM, or Ctrl-C)."""
    stop = threading.Event()
    previous = {one: signal.signal(one, lambda *_: stop.set()) for one in (signal.SIGTERM, signal.SIGINT)}
    try:
        with Worker(service) as worker, Publishing(Watched(service, works=lambda: worker.works)):
            stop.wait()
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)
