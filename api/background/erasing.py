"""
Carrying erasures through: one at a time in this process, claimed under a lease.

    record   copies a batch a transaction, then the case or the upload          `casework/handlers/erasing/erase.py`
    answers  kept for repeated requests, and of long videos: those that are about it, or hold one of its values
    index    segments in which a value lies are written again, in this data folder; processes of other machines do
             the same with theirs within seconds (`background/serving/maintenance.py`); where a cluster holds the
             uploads, every machine with a replica has to say that it did, and that the store did
    files    the database's write-ahead log and freed pages, and those of the standby copy

Invariant: each step may be killed anywhere and is then done again, by whichever worker: `completed` is true on disk.
"""

import re
import threading
import time
from collections.abc import Iterator, Sequence
from datetime import timedelta
from functools import partial

import structlog

from api.background.leased_work import LeasedWork
from api.logs import Recurring
from api.replica.indexes import index_kind
from api.replica.sealing import sealing
from api.service import Service
from casework.domain.errors import SearchAwayError
from casework.domain.ids import JobId
from casework.domain.keeping.erasure import Erasure, ErasureState, Removed
from casework.domain.media import Collection
from casework.handlers.erasing.erase import (
    Traces,
    claim_erasure,
    copies_to_erase,
    erase_batch,
    erase_from_record,
    must_wait,
    note_erased,
    postpone_erasure,
    traces_of,
)
from casework.persistence.connection.scrub import scrub
from index.base import ErasedFiles
from index.errors import ClusterError, SealLockHeldError
from matcher.signals import is_hash, signal_type

log = structlog.get_logger()

LEASE = timedelta(seconds=60)
PAUSE = timedelta(seconds=1)
AWAY_PAUSE = timedelta(seconds=5)
POLL_S = 0.5
BATCH = 100
_ANSWERS = 500


class Eraser:
    """
    Claims erasures and carries them through.

    Args:
        service: What this process holds.

        stop: Set to end it; the step under way is finished.
    """

    def __init__(self, service: Service, stop: threading.Event) -> None:
        self._service = service
        self._stop = stop
        self._away = Recurring("erasures wait for the machines that hold uploads")

    def run(self) -> None:
        """Work until told to stop."""
        LeasedWork(
            name="erasure",
            service=self._service,
            stop=self._stop,
            poll_s=POLL_S,
            is_due=lambda uow: uow.erasures.next_due(uow.now) is not None,
            claim=partial(claim_erasure, lease=LEASE),
            work=self.carry_through,
        ).run()

    def carry_through(self, erasure: Erasure) -> None:
        """Take a claimed erasure to its end, or as far as others let it: it waits for machines that do not answer."""
        try:
            self._carry_through(erasure)
        except (ClusterError, SearchAwayError) as error:
            self._away.met(error=str(error))
            self._postpone(erasure, AWAY_PAUSE)
        else:
            self._away.over()

    def _carry_through(self, erasure: Erasure) -> None:
        begun = time.monotonic()
        if erasure.state is ErasureState.REQUESTED:
            with self._service.reading() as uow:
                waits, traces = must_wait(erasure, uow), traces_of(erasure, uow)
            if waits:
                self._postpone(erasure)
                return
            erase_answers(self._service, traces)
            erasure = self._erase_from_record(erasure)
            erase_answers(self._service, Traces(traces.ids, ()))  # those given since: a case that was read meanwhile
        if erasure.state is ErasureState.RECORD_ERASED:
            try:
                found = erase_from_indexes(self._service)
            except SealLockHeldError:
                self._postpone(erasure)
                return
            with self._service.writing(gives_way=True) as uow:
                removed = Removed(index_files=found.files, stored_files=found.stored)
                erasure = note_erased(erasure.id, ErasureState.INDEX_ERASED, uow, removed=removed)
        if not self._scrubbed():
            self._postpone(erasure)
            return
        with self._service.writing(gives_way=True) as uow:
            erasure = note_erased(erasure.id, ErasureState.COMPLETED, uow)
        log.info(
            "erased",
            erasure=erasure.id,
            signals=erasure.removed.signals,
            index_files=erasure.removed.index_files,
            stored_files=erasure.removed.stored_files,
            seconds=round(time.monotonic() - begun, 3),
        )

    def _erase_from_record(self, erasure: Erasure) -> Erasure:
        with self._service.reading() as uow:
            copies = copies_to_erase(erasure, uow, self._service.replica)
        for first in range(0, len(copies), BATCH):
            batch = copies[first : first + BATCH]
            with self._service.writing(gives_way=True) as uow:
                erasure = erase_batch(erasure, batch, uow, self._service.replica, lease=LEASE)
        with self._service.writing(gives_way=True) as uow:
            return erase_from_record(erasure, uow, self._service.replica, lease=LEASE)

    def _scrubbed(self) -> bool:
        self._service.standby.follow(self._service.follower)
        return self._service.standby.scrub() and scrub(self._service.follower)

    def _postpone(self, erasure: Erasure, pause: timedelta = PAUSE) -> None:
        with self._service.writing(gives_way=True) as uow:
            postpone_erasure(erasure, uow, pause=pause)


def erase_from_indexes(service: Service, *, here_only: bool = False) -> ErasedFiles:
    """
    Take removed values off this folder's index files, and off those of a cluster and its store; say where they lay.

    Args:
        service: What this process holds.

        here_only: Whether to leave a cluster alone, all of which did it for whoever carried the erasure through.

    Raises:
        ClusterError: If a machine of a cluster that holds uploads, or its store, does not answer.
        SealLockHeldError: If another process is at it.
    """
    service.replica.catch_up()
    erased = ErasedFiles()
    for collection in (Collection.TAKEDOWNS, Collection.UPLOADS):
        if here_only and not index_kind(service.settings, collection).is_local:
            continue
        with sealing(service.reader, service.settings.index_folder, collection):
            erased += service.indexes[collection].erase_removed()
    return erased


def erase_answers(service: Service, traces: Traces) -> int:
    """Erase the answers that were kept and name one of these ids, or hold one of these values; return how many."""
    trace = _trace(traces)
    erased = 0
    for scopes in _kept_answers(service, trace):
        with service.writing(gives_way=True) as uow:
            for scope, key in scopes:
                uow.kept_answers.forget(scope, key)
        erased += len(scopes)
    for jobs in _job_answers(service, trace):
        with service.writing(gives_way=True) as uow:
            for job_id in jobs:
                uow.jobs.forget(job_id)
        erased += len(jobs)
    return erased


def _trace(traces: Traces) -> re.Pattern[bytes]:
    """Return what matches an answer that is to go. A file's hashes are in every answer that has its other values."""
    hashes = [one for one in traces.signals if is_hash(one.type)]
    values = [signal_type(one.type).format(one.value) for one in hashes or traces.signals]
    return re.compile(b"|".join(re.escape(one.encode()) for one in (*traces.ids, *dict.fromkeys(values))))


def _kept_answers(service: Service, trace: re.Pattern[bytes]) -> Iterator[Sequence[tuple[str, str]]]:
    after: tuple[str, str] | None = None
    while True:
        with service.reading() as uow:
            page = uow.kept_answers.page(after, limit=_ANSWERS)
        found = [(one.scope, one.key) for one in page if trace.search(one.scope.encode()) or trace.search(one.body)]
        if found:
            yield found
        if len(page) < _ANSWERS:
            return
        after = page[-1].scope, page[-1].key


def _job_answers(service: Service, trace: re.Pattern[bytes]) -> Iterator[Sequence[JobId]]:
    after = ""
    while True:
        with service.reading() as uow:
            page = uow.jobs.answered(after=after, limit=_ANSWERS)
        found = [one.id for one in page if trace.search(one.outcome or b"")]
        if found:
            yield found
        if len(page) < _ANSWERS:
            return
        after = page[-1].id
