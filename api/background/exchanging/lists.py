"""
Letting match again what was disabled in a list until a moment that has come.

Any number of workers may look; the one that is first does it, and after a restart whatever is due is done at once.
"""

import threading

import structlog

from api.background.leased_work import LeasedWork
from api.service import Service
from casework.domain.actor import SERVICE
from casework.handlers.lists.banks import enable_due

log = structlog.get_logger()

POLL_S = 5.0


class ListWatch:
    """
    Enables what is due.

    Args:
        service: What this process holds.

        stop: Set to end it.
    """

    def __init__(self, service: Service, stop: threading.Event) -> None:
        self._service = service
        self._stop = stop

    def run(self) -> None:
        """Work until told to stop."""
        LeasedWork(
            name="entries of lists",
            service=self._service,
            stop=self._stop,
            poll_s=POLL_S,
            is_due=lambda uow: bool(uow.hash_lists.due(uow.now, limit=1)),
            claim=lambda uow: uow.hash_lists.due(uow.now, limit=1) or None,
            work=lambda _: self._enable(),
        ).run()

    def _enable(self) -> None:
        with self._service.writing(gives_way=True) as uow:
            enabled = enable_due(SERVICE, uow)
        if enabled:
            log.info("entries of lists match again", entries=enabled)
