"""
Looking back, beside the requests: one look-back at a time in this process, a small batch a transaction.

Between two batches the thread rests for as long as the last one took, so that decisions and registrations, which need
the same lock, get their turn.
"""

import threading
import time
from datetime import timedelta

import structlog
from sqlalchemy.exc import SQLAlchemyError

from api.bootstrap import Service
from casework.domain.errors import LeaseLostError
from casework.domain.lookback import Lookback
from casework.handlers.lookback import apply_batch, claim_lookback, compare_batch, release_lookback, survey
from casework.persistence.wakeup import Wakeup
from index.errors import IndexStoreError

log = structlog.get_logger()

BATCH = 50
LEASE = timedelta(seconds=20)
POLL_S = 0.5


class Sweeper:
    """
    Claims look-backs and works through them.

    Args:
        service: The process's.

        stop: Set to end it; the batch under way is finished.
    """

    def __init__(self, service: Service, stop: threading.Event) -> None:
        self._service = service
        self._stop = stop

    def run(self) -> None:
        """Work until told to stop."""
        wakeup = Wakeup(self._service.follower)
        try:
            while not self._stop.is_set():
                if not self._sweep_one():
                    wakeup.wait(POLL_S, self._stop)
        finally:
            wakeup.close()

    def _sweep_one(self) -> bool:
        """Claim and sweep one; return whether there was one."""
        try:
            with self._service.reading() as uow:
                if uow.lookbacks.next_due(uow.now) is None:
                    return False
            with self._service.writing() as uow:
                claimed = claim_lookback(uow, lease=LEASE)
            if claimed is not None:
                self._sweep(claimed)
        except (SQLAlchemyError, IndexStoreError) as error:
            log.error("look-back interrupted; it goes on where it was", error=str(error))
            self._stop.wait(POLL_S)
        except LeaseLostError as error:
            log.warning("look-back left to another worker", reason=str(error))
        return True

    def _sweep(self, lookback: Lookback) -> None:
        begun = time.monotonic()
        with self._service.reading() as uow:
            found = survey(lookback, uow, self._service.replica)
        left = found.upload_ids
        while not self._stop.is_set():
            batch, left = left[:BATCH], left[BATCH:]
            with self._service.reading() as uow:
                judged = compare_batch(found, batch, uow, self._service.replica)
            locked = time.monotonic()
            with self._service.writing() as uow:
                lookback = apply_batch(lookback, found, batch, judged, uow, lease=LEASE)
            if lookback.finished_at is not None:
                log.info(
                    "looked back",
                    takedown=lookback.takedown_id,
                    state=lookback.state.value,
                    checked=lookback.checked,
                    hits=lookback.hits,
                    seconds=round(time.monotonic() - begun, 3),
                )
                return
            self._stop.wait(time.monotonic() - locked)
        with self._service.writing() as uow:
            release_lookback(lookback, uow)
