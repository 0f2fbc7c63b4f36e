"""
Sending: one event loop sends to all destinations at once, a few messages to each.

What one destination does, or does not do, delays no other. The record is read and written in other threads.
Invariant: nothing is known only here. Killed at any moment, another worker sends what was not written down as sent,
under the same message ids.
"""

import asyncio
import threading
from collections import Counter
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta

import structlog

from api.logs import Recurring
from api.metrics.catalogue import DELIVERY_ATTEMPTS, DESTINATION_ATTEMPTS
from api.service import Service
from api.telemetry import span
from casework.delivery import DESTINATIONS
from casework.domain.errors import DeliveryFailedError, TargetError
from casework.domain.ids import DestinationId
from casework.domain.takedowns.propagation import Delivery, Destination, Message
from casework.handlers.deliver import NotSent, Outcome, Run, Sent, claim_runs, settle
from casework.persistence.connection.failures import DatabaseFailedError
from casework.ports.records.propagation import Sender

log = structlog.get_logger()

RUNS_A_DESTINATION = 8
"""How many messages (or runs of messages about one takedown) are under way to a destination at once."""

POLL_S = 0.5
_ATTEMPTS_A_LEASE = 4
"""A claim lasts as long as this many attempts may take; no new one is begun in its second half."""

_SENDING_THREADS = 64
"""For names to resolve and files to sync: a resolver that hangs holds one of these, not the others."""


@dataclass(frozen=True, slots=True)
class _Opened:
    """A way to a destination, and what it was opened for."""

    target: str
    secret: bytes | None
    sender: Sender


class Dispatcher:
    """
    The loop: settle what was sent, claim what is due, send it, wait.

    Args:
        service: What this process holds.

        stop: Set to end it.
    """

    def __init__(self, service: Service, stop: threading.Event) -> None:
        self._service = service
        self._stop = stop
        self._senders: dict[DestinationId, _Opened] = {}
        self._under_way: Counter[DestinationId] = Counter()
        self._tasks: set[asyncio.Task[Outcome]] = set()
        self._away = Recurring("the record is away; deliveries wait")
        self._lease = timedelta(seconds=service.send_options.timeout_s * _ATTEMPTS_A_LEASE)

    async def run(self) -> None:
        """Work until told to stop."""
        loop = asyncio.get_running_loop()
        committed = asyncio.Event()
        loop.set_default_executor(ThreadPoolExecutor(_SENDING_THREADS, thread_name_prefix="sending"))
        with ThreadPoolExecutor(2, thread_name_prefix="record") as record:
            listening = loop.run_in_executor(record, self._listen, loop, committed)
            outcomes: list[Outcome] = []
            while not (self._stop.is_set() and not self._tasks and not outcomes):
                committed.clear()
                outcomes += self._take_done()
                claimed_at = loop.time()
                runs = await loop.run_in_executor(record, self._settle_and_claim, tuple(outcomes))
                if runs is None:
                    await asyncio.sleep(POLL_S)
                    if self._stop.is_set():
                        break  # the record is away: what was sent will be sent again, under the same ids
                    continue
                outcomes.clear()
                self._start(runs, claimed_at)
                if not runs:
                    await self._wait(committed)
            await listening
        for opened in self._senders.values():
            await opened.sender.close()

    def _take_done(self) -> list[Outcome]:
        done = {task for task in self._tasks if task.done()}
        self._tasks -= done
        outcomes = [task.result() for task in done]
        self._under_way.subtract(outcome.run.destination.id for outcome in outcomes)
        return outcomes

    def _settle_and_claim(self, outcomes: tuple[Outcome, ...]) -> list[Run] | None:
        """Return what is to be sent now; None if the record is away, and nothing was settled."""
        stopping = self._stop.is_set()
        try:
            if not outcomes and (stopping or not self._has_work()):
                return []
            with self._service.writing(gives_way=True) as uow:
                given_up = settle(outcomes, uow, retry=self._service.retry)
                runs = [] if stopping else claim_runs(uow, free=self._free_slots, lease=self._lease)
        except DatabaseFailedError as error:
            self._away.met(error=str(error))
            return None
        self._away.over()
        _log_outcomes(outcomes, given_up)
        return runs

    def _has_work(self) -> bool:
        """Look without holding up those who write."""
        with self._service.reading() as uow:
            return any(self._free_slots(one.id) > 0 for one in uow.destinations.owed_something(uow.now))

    def _free_slots(self, destination_id: DestinationId) -> int:
        return RUNS_A_DESTINATION - self._under_way[destination_id]

    def _start(self, runs: Iterable[Run], claimed_at: float) -> None:
        for run in runs:
            self._under_way[run.destination.id] += 1
            self._tasks.add(asyncio.create_task(self._send(run, claimed_at)))

    async def _wait(self, committed: asyncio.Event) -> None:
        """Wait until a run is through, something was committed, or it is time to look anyway."""
        waiting = asyncio.create_task(committed.wait())
        await asyncio.wait({*self._tasks, waiting}, timeout=POLL_S, return_when=asyncio.FIRST_COMPLETED)
        waiting.cancel()

    async def _send(self, run: Run, claimed_at: float) -> Outcome:
        """Send a run's messages in order, up to the first failure or until half of the lease is used up."""
        sent: list[Sent] = []
        stop_at = claimed_at + self._lease.total_seconds() / 2
        for delivery, message in zip(run.deliveries, run.messages, strict=True):
            if asyncio.get_running_loop().time() >= stop_at:
                break
            result = await self._attempt(run.destination, delivery, message)
            if isinstance(result, NotSent):
                return Outcome(run, tuple(sent), result)
            sent.append(result)
        return Outcome(run, tuple(sent), None)

    async def _attempt(self, destination: Destination, delivery: Delivery, message: Message) -> Sent | NotSent:
        clock = self._service.clock
        try:
            with span(
                "deliver",
                parent=message.traceparent,
                delivery=delivery.id,
                destination=destination.id,
                event=delivery.event_type.value,
                attempt=delivery.attempts + 1,
            ):
                receipt = await self._sender(destination).send(message)
        except DeliveryFailedError as error:
            return NotSent(delivery, clock.now(), str(error), error.retry_after_s)
        except TargetError as error:
            return NotSent(delivery, clock.now(), str(error))
        except Exception as error:  # a bug in one kind of destination must not stop the others
            log.exception("delivery failed in an unexpected way", destination=destination.id, delivery=delivery.id)
            return NotSent(delivery, clock.now(), f"unexpected: {type(error).__name__}")
        return Sent(delivery, clock.now(), receipt)

    def _sender(self, destination: Destination) -> Sender:
        """
        Return the way to a destination, opened again if it changed.

        Raises:
            TargetError: If it cannot be used, or is no longer allowed.
        """
        opened = self._senders.get(destination.id)
        if opened is None or (opened.target, opened.secret) != (destination.target, destination.secret):
            sender = DESTINATIONS[destination.kind](
                destination.target,
                None if destination.secret is None else destination.secret.decode(),
                options=self._service.send_options,
                clock=self._service.clock,
            )
            opened = _Opened(destination.target, destination.secret, sender)
            self._senders[destination.id] = opened
        return opened.sender

    def _listen(self, loop: asyncio.AbstractEventLoop, committed: asyncio.Event) -> None:
        with self._service.lookout.place(lambda uow: uow.destinations.is_owed_something(uow.now), self._stop) as place:
            while not self._stop.is_set():
                place.wait(POLL_S)
                loop.call_soon_threadsafe(committed.set)


def _log_outcomes(outcomes: Iterable[Outcome], given_up: Iterable[Delivery]) -> None:
    for outcome in outcomes:
        _count(outcome.run.destination.id, "delivered", len(outcome.sent))
        if outcome.failure is not None:
            _count(outcome.run.destination.id, "failed")
            log.warning(
                "delivery failed; it will be tried again",
                destination=outcome.run.destination.id,
                delivery=outcome.failure.delivery.id,
                attempt=outcome.failure.delivery.attempts + 1,
                error=outcome.failure.error,
            )
    for delivery in given_up:
        _count(delivery.destination_id, "dead")
        log.error("delivery given up", destination=delivery.destination_id, delivery=delivery.id, error=delivery.error)


def _count(destination: DestinationId, outcome: str, count: int = 1) -> None:
    if count:
        DELIVERY_ATTEMPTS.add(outcome, count=count)
        DESTINATION_ATTEMPTS.add(destination, outcome, count=count)
