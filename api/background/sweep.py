"""
Sweeping over uploads, in the background: one sweep at a time in this process, a small batch a
transaction. After a few batches a large one lets those that wait go first. Look-backs that find nothing are done with
together.

Between two batches the thread rests for as long as the last one took, so that decisions and registrations, which need
the same lock, get their turn.
"""

import threading
import time
from collections.abc import Callable
from datetime import timedelta
from functools import partial

import structlog

from api.background.leased_work import LeasedWork
from api.logs import Recurring
from api.service import Service
from casework.domain.errors import SearchAwayError
from casework.domain.ids import LookbackId
from casework.domain.takedowns.sweep import Sweep, SweepKind
from casework.handlers.lookback import Survey, apply_batch, compare_batch, surveys
from casework.handlers.standing.reinstate import reinstate_batch, uploads_left
from casework.handlers.standing.rejudge import rejudge_batch, uploads_to_rejudge
from casework.persistence.connection.failures import DatabaseBusyError, DatabaseFailedError
from casework.persistence.unit_of_work import SqlUnitOfWork
from casework.steps.sweeps import claim_sweeps, give_back_sweep
from index.errors import IndexStoreError

log = structlog.get_logger()

BATCH = 50
BATCHES_A_TURN = 5
MOST_AT_ONCE = 20
"""Look-backs that are claimed together: of what was just reported most finds nothing."""

GATHER_S = 0.4
"""After look-backs that found nothing: while cases are decided one after the other, the next are claimed together."""

LEASE = timedelta(seconds=20)
COMPARING_S = LEASE.total_seconds() / 4
"""A batch that outlasts its lease is done again by another worker."""

POLL_S = 0.5

_DONE = {
    SweepKind.SEARCH: "looked back",
    SweepKind.REINSTATE: "reinstated",
    SweepKind.REJUDGE: "judged anew",
}


class Sweeper:
    """
    Claims sweeps and works through them.

    Look-backs wait where what holds the uploads does not answer; reinstatements do not.

    Args:
        service: What this process holds.

        stop: Set to end it; the batch under way is finished.

        comparing_s: A batch ends after this many seconds, however few were compared.
    """

    def __init__(self, service: Service, stop: threading.Event, *, comparing_s: float = COMPARING_S) -> None:
        self._service = service
        self._stop = stop
        self._comparing_s = comparing_s
        self._away = Recurring("look-backs wait for what holds the uploads; they are tried again")

    def run(self) -> None:
        """Work until told to stop."""
        LeasedWork(
            name="look-back",
            service=self._service,
            stop=self._stop,
            poll_s=POLL_S,
            is_due=lambda uow: uow.sweeps.next_due(uow.now) is not None,
            claim=self._claim,
            work=self._sweep,
        ).run()

    def _claim(self, uow: SqlUnitOfWork) -> list[Sweep] | None:
        return claim_sweeps(uow, lease=LEASE, most=MOST_AT_ONCE) or None

    def _sweep(self, sweeps: list[Sweep]) -> None:
        """Be done with look-backs that find nothing, in one transaction, and work through the first of the others."""
        begun = time.monotonic()
        found = self._surveys([one for one in sweeps if one.kind is SweepKind.SEARCH])
        empty = [one for one in sweeps if one.id in found and not found[one.id].upload_ids]
        left = [one for one in sweeps if one.kind is not SweepKind.SEARCH or (one.id in found and one not in empty)]
        if empty or len(left) > 1:
            with self._service.writing(gives_way=True) as uow:
                done = [apply_batch(one, found[one.id], [], {}, uow, lease=LEASE) for one in empty]
                for one in left[1:]:
                    give_back_sweep(one, uow)
            for one in done:
                _log_done(one, seconds=0.0)
        if left:
            self._work_through(left[0], found.get(left[0].id))
        else:
            # Cases are being decided, perhaps many at this moment: each round is two transactions that others wait for.
            self._stop.wait(max(GATHER_S, time.monotonic() - begun))

    def _surveys(self, sweeps: list[Sweep]) -> dict[LookbackId, Survey]:
        """
        Survey look-backs together; where that fails, each by itself, so that one keeps none of the others.

        Where what holds the uploads does not answer, they wait for their lease to run out; other sweeps go on.
        """
        try:
            with self._service.reading() as uow:
                found = surveys(sweeps, uow, self._service.replica) if sweeps else {}
        except (DatabaseFailedError, IndexStoreError):
            raise
        except SearchAwayError as error:
            self._away.met(error=str(error), look_backs=len(sweeps))
            return {}
        except Exception:
            if len(sweeps) > 1:
                return {key: found for one in sweeps for key, found in self._surveys([one]).items()}
            log.exception("look-back failed; it is tried again once its lease has run out", lookback=sweeps[0].id)
            return {}
        if sweeps:
            self._away.over()
        return found

    def _work_through(self, sweep: Sweep, found: Survey | None) -> None:
        begun = time.monotonic()
        done = self._settle(sweep) if found is None else self._look_back(sweep, found)
        if done.finished_at is None:
            with self._service.writing(gives_way=True) as uow:
                give_back_sweep(done, uow)
            return
        _log_done(done, seconds=time.monotonic() - begun)

    def _look_back(self, sweep: Sweep, found: Survey) -> Sweep:
        """Work through what a takedown is near of, to the end or until another's turn."""
        left, flood = found.upload_ids, self._service.flood
        batches = 0
        while sweep.finished_at is None and not self._leaves_the_rest(batches):
            batches += 1
            out_of_time = partial(_is_past, time.monotonic() + self._comparing_s)
            with self._service.reading() as uow:
                batch, judged = compare_batch(found, left[:BATCH], uow, self._service.replica, out_of_time=out_of_time)
            left = left[len(batch) :]
            sweep = self._in_turn(partial(apply_batch, sweep, found, batch, judged, lease=LEASE, flood=flood))
        return sweep

    def _settle(self, sweep: Sweep) -> Sweep:
        """Let go of uploads, or judge them anew, to the end or until another's turn."""
        reinstates = sweep.kind is SweepKind.REINSTATE
        with self._service.reading() as uow:
            left = uploads_left(sweep, uow) if reinstates else uploads_to_rejudge(sweep, uow)
        settled = reinstate_batch if reinstates else partial(rejudge_batch, search=self._service.replica)
        batches = 0
        while sweep.finished_at is None and not self._leaves_the_rest(batches):
            batches += 1
            batch, left = left[:BATCH], left[BATCH:]
            sweep = self._in_turn(partial(settled, sweep, batch, is_last=not left, lease=LEASE))
        return sweep

    def _leaves_the_rest(self, batches: int) -> bool:
        """Tell whether to leave the rest for later: to stop, or for a sweep that has fewer uploads done."""
        if self._stop.is_set():
            return True
        if batches == 0 or batches % BATCHES_A_TURN:
            return False
        with self._service.reading() as uow:
            return uow.sweeps.next_due(uow.now) is not None

    def _in_turn(self, work: Callable[[SqlUnitOfWork], Sweep]) -> Sweep:
        """Do something in a transaction that writes, then rest for as long as it took."""
        while True:
            try:
                with self._service.writing(gives_way=True) as uow:
                    begun = time.monotonic()
                    done = work(uow)
                self._stop.wait(time.monotonic() - begun)
                return done
            except DatabaseBusyError:
                if self._stop.is_set():
                    raise
                # Others write without a pause; the lease tells whether this is still ours to do.
                log.warning("sweep waits for its turn to write")


def _log_done(done: Sweep, *, seconds: float) -> None:
    log.info(
        _DONE[done.kind],
        takedown=done.takedown_id,
        state=done.state.value,
        checked=done.checked,
        hits=done.hits,
        seconds=round(seconds, 3),
    )


def _is_past(moment_s: float) -> bool:
    return time.monotonic() > moment_s
