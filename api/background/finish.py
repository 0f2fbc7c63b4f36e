"""
Finishing deep searches that ran out of time: one at a time in this process, claimed under a lease.

Invariant: what it finds is written down in one transaction with the end of the search, so it counts once. A search
whose kept features this version or this key cannot read is made by the upload's stored features.
"""

import threading
import time
from dataclasses import replace
from datetime import timedelta
from functools import partial

import structlog

from api.background.leased_work import LeasedWork
from api.service import Service
from casework.domain.takedowns.upload import UnfinishedSearch
from casework.handlers.finish_search import claim_unfinished, finish_search
from casework.ports.unit_of_work import UnitOfWork
from casework.steps.finding.deep_search import search_deeply
from matcher.errors import SignalValueError
from matcher.hashing.query import Query
from matcher.signals.local import QueryFeatures

log = structlog.get_logger()

LEASE = timedelta(seconds=60)
POLL_S = 1.0


class Finisher:
    """
    Finishes deep searches that ran out of time, one at a time.

    Args:
        service: What this process holds.

        stop: Set to end it; the search under way is finished.
    """

    def __init__(self, service: Service, stop: threading.Event) -> None:
        self._service = service
        self._stop = stop

    def run(self) -> None:
        """Work until told to stop."""
        LeasedWork(
            name="deep search",
            service=self._service,
            stop=self._stop,
            poll_s=POLL_S,
            is_due=lambda uow: uow.unfinished.next_due(uow.now) is not None,
            claim=partial(claim_unfinished, lease=LEASE),
            work=self._finish,
        ).run()

    def _finish(self, claimed: UnfinishedSearch) -> None:
        begun = time.monotonic()
        with self._service.reading() as uow:
            query = self._query_of(claimed, uow)
        # A snapshot of its own: one that is older than the index would not know what was banked since.
        with self._service.reading() as uow:
            findings = search_deeply(query, uow, self._service.replica) if query.parts else None
        with self._service.writing(gives_way=True) as uow:
            matches = finish_search(claimed, query, findings, uow, self._service.replica, flood=self._service.flood)
        log.info(
            "deep search finished",
            upload=claimed.upload_id,
            matches=matches,
            seconds=round(time.monotonic() - begun, 3),
        )

    def _query_of(self, claimed: UnfinishedSearch, uow: UnitOfWork) -> Query:
        """Read what is asked; what another key or version wrote is made up for by the upload's stored features."""
        stored = Query.of_signals(uow.media.get(uow.uploads.get(claimed.upload_id).media_id).signals)
        try:
            return replace(stored, features=QueryFeatures.from_bytes(claimed.features))
        except SignalValueError as error:
            log.warning("unfinished search is from another version", upload=claimed.upload_id, reason=str(error))
            return stored
