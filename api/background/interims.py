"""
Ending interim takedowns that nobody decided about in time.

Any number of workers may look; the one that is first ends it, and after a restart whatever is past its limit is ended
at once.
"""

import threading

import structlog

from api.background.leased_work import LeasedWork
from api.service import Service
from casework.domain.ids import TakedownId
from casework.handlers.standing.interim import end_past_interim

log = structlog.get_logger()

POLL_S = 1.0


class InterimWatch:
    """
    Ends what is past its limit.

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
            name="interim takedowns",
            service=self._service,
            stop=self._stop,
            poll_s=POLL_S,
            is_due=lambda uow: uow.takedowns.next_interim_due(uow.now) is not None,
            claim=lambda uow: uow.takedowns.next_interim_due(uow.now),
            work=self._end,
        ).run()

    def _end(self, takedown_id: TakedownId) -> None:
        with self._service.writing(gives_way=True) as uow:
            ended = end_past_interim(takedown_id, uow)
        if ended:
            log.info("an interim takedown ended: nobody decided in time", takedown=takedown_id)
