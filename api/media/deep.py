"""
Deep searches: beside the request within a budget of time, the rest behind.

Keypoints are found in the sandbox's processes; the index and the comparison of pixels are compiled code that lets other
threads run. What a budget did not suffice for is kept with the upload, encrypted, until a worker has finished it.
"""

import threading
import time
from dataclasses import replace
from datetime import timedelta
from functools import partial

import numpy as np
import structlog

from api.background.leased_work import LeasedWork
from api.bootstrap import Service
from casework.domain.takedowns.upload import UnfinishedSearch
from casework.handlers.finish_search import claim_unfinished, finish_search
from casework.ports.search import CandidateSearch
from casework.ports.unit_of_work import UnitOfWork
from casework.steps.deep_search import DeepFindings, search_deeply
from index.local.part import LocalPart, NewReference
from index.local.searcher import LocalSearcher
from matcher.errors import SignalValueError
from matcher.hashing.query import Query
from matcher.local.evidence import examine
from matcher.local.views import view
from matcher.near_codes import near_codes
from matcher.signals.local import QueryFeatures, extract_query, extract_reference

log = structlog.get_logger()

LEASE = timedelta(seconds=60)
POLL_S = 1.0


def warm_up() -> None:
    """
    Compile or load what a search for parts, of pictures or in time, runs, so that no request waits for it.

    Takes some seconds the first time on a machine and half a second after, by way of a small search.
    """
    noise = np.random.default_rng(1).integers(0, 256, (30, 40), dtype=np.uint8)
    picture = noise.repeat(4, axis=0).repeat(4, axis=1)
    asked, known = extract_query(picture), extract_reference(picture)
    part = LocalPart.build([NewReference(item_id=1, seq=1, features=known)])
    near_codes(np.zeros((1, 32), np.uint8), np.zeros((1, 32), np.uint8), radius=1, most=1)
    for candidate in LocalSearcher(version=1, growing=(part,)).candidates(asked):
        examine(asked, view(asked, candidate.form), known, candidate.pairs)


def search_within_budget(service: Service, query: Query) -> DeepFindings | None:
    """
    Examine what may be seen in a picture, for as long as `STAYDOWN_DEEP_BUDGET_MS` allows.

    Returns:
        What was found; None where the query has no local features.
    """
    if not query.parts:
        return None
    with service.reading() as uow:
        return search_over(uow, service.replica, query, budget_ms=service.settings.deep_budget_ms)


def search_over(uow: UnitOfWork, search: CandidateSearch, query: Query, *, budget_ms: int) -> DeepFindings | None:
    """Do the same over a record and a search that are open already."""
    if not query.parts:
        return None
    if query.scenes:  # what moves is waited for anyway: there is nothing to be gained by an answer that is not complete
        return search_deeply(query, uow, search)
    deadline = time.monotonic() + budget_ms / 1000
    return search_deeply(query, uow, search, out_of_time=lambda: time.monotonic() >= deadline)


def encrypted_rest(service: Service, query: Query, findings: DeepFindings | None) -> bytes | None:
    """Return what the rest of a search needs, encrypted; None if there is no rest."""
    if findings is None or not findings.left or query.features is None:
        return None
    return service.cipher.encrypt(query.features.to_bytes())


class Finisher:
    """
    Finishes deep searches that ran out of time, one at a time.

    Args:
        service: The process's.

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
        with self._service.writing() as uow:
            matches = finish_search(claimed, query, findings, uow, self._service.replica)
        log.info(
            "deep search finished",
            upload=claimed.upload_id,
            matches=matches,
            seconds=round(time.monotonic() - begun, 3),
        )

    def _query_of(self, claimed: UnfinishedSearch, uow: UnitOfWork) -> Query:
        """Read what is asked; what another key or version wrote is made up for by the upload's stored features."""
        stored = Query.of_signals(uow.media.get(uow.uploads.get(claimed.upload_id).media_id).signals)
        plain = self._service.cipher.decrypt(claimed.encrypted_features)
        if plain is None:
            return stored
        try:
            return replace(stored, features=QueryFeatures.from_bytes(plain))
        except SignalValueError as error:
            log.warning("unfinished search is from another version", upload=claimed.upload_id, reason=str(error))
            return stored
