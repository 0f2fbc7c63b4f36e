"""
What a serving process does beside answering: follow sealed segments, seal and merge, keep the copy for when the
database is away, remember what will be asked about, erase what is past its date.

Invariant: nothing here is needed for a right answer. It keeps the delta small and the promises about erasure;
of several processes, the one that holds a collection's lock seals, the others take its segments over.
"""

import threading
from collections.abc import Callable
from contextlib import AbstractContextManager, suppress
from datetime import datetime, timedelta

import structlog

from api.background.erasing import erase_from_indexes
from api.background.serving.remembering import remember_again, remember_newest
from api.http.repeats.idempotency import KEPT, forget_old_answers
from api.logs import Recurring
from api.replica.indexes import layout_in, read_live_items
from api.replica.sealing import sealing
from api.security.key_uses import APART
from api.service import Service
from casework.domain.errors import SearchAwayError
from casework.domain.media import Collection
from casework.handlers.erasing.retain import erase_past_date
from casework.persistence.connection.failures import DatabaseUnreachableError, DriverError
from casework.persistence.connection.scrub import scrub
from casework.persistence.connection.wakeup import Wakeup
from index.errors import ClusterError, DamagedIndexError, SealLockHeldError

log = structlog.get_logger()

_PAST_DATE_A_BATCH = 100
INDEX_INTERVAL_S = 2.0
RETENTION_INTERVAL_S = 600.0
KEYS_INTERVAL_S = 15.0
STANDBY_REST_S = 0.05


class Maintenance:
    """
    Threads that run until the `with` block ends.

    Args:
        service: What this process holds.
    """

    def __init__(self, service: Service) -> None:
        self._service = service
        self._stop = threading.Event()
        self._audit_noted = 0
        self._erased: datetime | None = None
        self._threads = [
            threading.Thread(target=self._repeat, args=(INDEX_INTERVAL_S, self._keep_index), name="index-maintenance"),
            threading.Thread(target=self._repeat, args=(RETENTION_INTERVAL_S, self._erase), name="retention"),
            threading.Thread(target=self._repeat, args=(KEYS_INTERVAL_S, self._keep_keys), name="keys"),
            threading.Thread(target=self._repeat, args=(INDEX_INTERVAL_S, self._keep_memory), name="memory"),
        ]
        if service.standby.engine is not None:
            standby = threading.Thread(target=self._repeat, args=(INDEX_INTERVAL_S, self._keep_standby), name="standby")
            self._threads.append(standby)

    def __enter__(self) -> "Maintenance":
        """Begin."""
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop, and wait for what is under way."""
        self._stop.set()
        for thread in self._threads:
            thread.join()
        try:
            self.write_key_uses(apart=timedelta())
        except DriverError as error:
            log.error("the last uses of keys were not written", error=str(error.orig))

    def _repeat(self, interval_s: float, work: Callable[[], None]) -> None:
        away = Recurring("maintenance waits for the database")
        failed = Recurring("maintenance failed; it will be tried again")
        while not self._stop.is_set():
            try:
                work()
                away.over()
                failed.over()
            except DatabaseUnreachableError as error:
                away.met(work=work.__name__, error=str(error.orig))
            except Exception as error:  # whatever it is, this thread must live to try again
                failed.met(work=work.__name__, exc_info=error)
            self._stop.wait(interval_s)

    def _keep_memory(self) -> None:
        """Forget what changed, also where nobody asks; and read ahead what will be asked about."""
        self._service.loop_barrier.follow()
        self._service.memory.hashed.forget_old()
        if self._service.memory.takedowns.is_emptied:
            remember_newest(self._service, self._stop)
        remember_again(self._service, self._stop)

    def _keep_standby(self) -> None:
        """Follow every commit at once: what was followed is all there is once the database is away."""
        wakeup = Wakeup(self._service.commits)
        while not self._stop.is_set():
            self._service.replica.catch_up()
            self._service.standby.follow(self._service.follower)
            self._stop.wait(STANDBY_REST_S)
            wakeup.wait(INDEX_INTERVAL_S, self._stop)

    def _keep_index(self) -> None:
        self._service.replica.catch_up()
        for collection, index in self._service.indexes.items():
            try:
                with suppress(SealLockHeldError), self._sealing(collection):  # one process seals, for all
                    if index.maintain():
                        log.info("index sealed", collection=collection.value, version=index.version)
            except DamagedIndexError as error:
                log.error("index damaged; rebuilding it", collection=collection.value, error=str(error))
                layout = layout_in(self._service.reader, collection)
                with self._sealing(collection, wait=True):
                    for slot, part in zip(layout.slots, index.slots, strict=True):
                        part.repair(read_live_items(self._service.reader, slot))
        self._follow_erasures()

    def _follow_erasures(self) -> None:
        """Take off this folder's files what a worker took off its own: that may have been on another machine."""
        with self._service.reading() as uow:
            last = uow.erasures.last_from_index()
        if last == self._erased:
            return
        with suppress(SealLockHeldError, ClusterError):  # then in the next round
            erase_from_indexes(self._service, here_only=True)
            self._erased = last

    def _erase(self) -> None:
        self.erase_files()
        self._service.replica.catch_up()  # what was removed while this process was down
        with self._service.writing(gives_way=True) as uow:
            previews = uow.media.erase_expired_previews()
            answers = forget_old_answers(uow)
            answers += uow.jobs.forget_ended(uow.now - KEPT)
            uow.changed.forget_old()
            self._note_audit_end(*uow.audit.end())
        if previews or answers:
            log.info("erased what is past its date", previews=previews, answers=answers)
        erase_past_dates(self._service, self._stop)
        for collection, index in self._service.indexes.items():
            # Whichever process comes first does it for all; what a cluster cannot do now is done the next time.
            with suppress(SealLockHeldError, ClusterError), self._sealing(collection):
                if index.erase_removed():
                    log.info("removed values erased from the index", collection=collection.value)

    def _note_audit_end(self, position: int, link: bytes) -> None:
        """Write where the audit log ends into this process's log: kept elsewhere, it shows rows that are cut off."""
        if position > self._audit_noted:
            self._audit_noted = position
            log.info("audit log", newest=f"{position}:{link.hex()}")

    def erase_files(self) -> None:
        """Erase the files of requests and jobs that are no more."""

        def is_needed(file: str) -> bool:
            with self._service.reading() as uow:
                return uow.jobs.needs(file)

        self._service.spool.erase_abandoned(is_needed)

    def _keep_keys(self) -> None:
        self._service.rate_limits.forget_past()
        self.write_key_uses()

    def write_key_uses(self, *, apart: timedelta = APART) -> None:
        """Write when keys were used, of each that was used that much later than is on record."""
        uses = self._service.key_uses.unwritten(apart=apart)
        if uses:
            with self._service.writing(gives_way=True) as uow:
                uow.keys.note_uses(uses, apart=apart)
            self._service.key_uses.wrote(uses)

    def _sealing(self, collection: Collection, *, wait: bool = False) -> AbstractContextManager[None]:
        return sealing(self._service.reader, self._service.settings.index_folder, collection, wait=wait)


def erase_past_dates(service: Service, stop: threading.Event) -> None:
    """Erase what `RETENTION` and the operator say is past its date, a batch a transaction."""
    erased: dict[str, int] = {}
    for kind, kept_for in service.settings.retention.items():
        found = _PAST_DATE_A_BATCH
        while found == _PAST_DATE_A_BATCH and not stop.is_set():
            try:
                with service.writing(gives_way=True) as uow:
                    found = erase_past_date(kind, uow.now - kept_for, uow, service.replica, limit=_PAST_DATE_A_BATCH)
            except SearchAwayError as error:  # a look-back may still need these; the others go
                log.warning("what is past its date waits for what holds the uploads", kind=kind.value, why=str(error))
                break
            erased[kind.value] = erased.get(kind.value, 0) + found
    if any(erased.values()):
        log.info("erased what is past its date", **erased)
        scrub(service.follower)
