"""Sweeps, destinations, deliveries and messages (`casework/ports/records/propagation.py`)."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from casework.domain.errors import DeliveryFailedError
from casework.domain.events import OF_UPLOADS, Event, EventType
from casework.domain.ids import DeliveryId, new_id
from casework.domain.takedowns.propagation import (
    BEGUN_BY,
    UNFINISHED,
    Delivery,
    DeliveryState,
    Destination,
    DestinationState,
    Message,
    Receipt,
)
from casework.domain.takedowns.sweep import Sweep, SweepKind, SweepState
from casework.domain.work.lease import Lease
from casework.ports.records.propagation import DeliveryTally
from tests.fakes.base import FakeClock, FakeRows, is_free


class FakeSweeps(FakeRows[Sweep]):
    """Of `ports.Sweeps`."""

    def all_due(self, now: datetime, *, limit: int) -> list[Sweep]:
        unfinished = (SweepState.PENDING, SweepState.RUNNING)
        due = [one for one in self.rows.values() if one.state in unfinished and is_free(one.lease, now)]
        return sorted(due, key=lambda one: (one.checked, one.id))[:limit]

    def next_due(self, now: datetime) -> Sweep | None:
        return next(iter(self.all_due(now, limit=1)), None)

    def of_takedown(self, takedown_id: str) -> list[Sweep]:
        return self.where(takedown_id=takedown_id)

    def unfinished_searches(self) -> list[Sweep]:
        unfinished = (SweepState.PENDING, SweepState.RUNNING)
        return [one for one in self.where(kind=SweepKind.SEARCH) if one.state in unfinished]


class FakeDestinations(FakeRows[Destination]):
    """Of `ports.Destinations`."""

    def __init__(self) -> None:
        super().__init__("destination")
        self.deliveries: FakeDeliveries | None = None

    def listed(self, *, after: str | None, limit: int) -> tuple[list[Destination], str | None]:
        kept = (one for one in self.rows.values() if one.state is not DestinationState.DELETED)
        return self.page(kept, after=after, limit=limit)

    def owed_something(self, now: datetime) -> list[Destination]:
        ready = (one for one in self.where(state=DestinationState.ACTIVE) if not one.retry_at or one.retry_at <= now)
        return [one for one in ready if self.deliveries is not None and self.deliveries.claimable(one.id, now)]


class FakeDeliveries(FakeRows[Delivery]):
    """Of `ports.Deliveries`."""

    def claimable(self, destination_id: str, now: datetime) -> list[Delivery]:
        """List, in order, what is unfinished, due, and no worker has."""
        return sorted(
            (
                one
                for one in self.where(destination_id=destination_id)
                if one.state in UNFINISHED and one.next_attempt_at <= now and is_free(one.lease, now)
            ),
            key=lambda one: one.position,
        )

    def due(self, destination_id: str, now: datetime, *, limit: int) -> list[Delivery]:
        first: dict[str | None, int] = {}
        for one in sorted(self.where(destination_id=destination_id), key=lambda one: one.position):
            if one.state in UNFINISHED and one.takedown_id is not None:
                first.setdefault(one.takedown_id, one.position)
        found = [
            one
            for one in self.claimable(destination_id, now)
            if first.get(one.takedown_id, one.position) == one.position
        ]
        return sorted(found, key=lambda one: (one.next_attempt_at, one.position))[:limit]

    def following(self, first: Delivery, now: datetime, *, limit: int) -> list[Delivery]:
        later = [
            one
            for one in self.claimable(first.destination_id, now)
            if one.takedown_id == first.takedown_id and one.position > first.position
        ]
        return later[:limit]

    def lease(self, deliveries: Iterable[Delivery], lease: Lease) -> None:
        for one in deliveries:
            self.update(replace(self.rows[one.id], lease=lease))

    def settle(self, delivery: Delivery, lease: Lease) -> bool:
        if not self._has(delivery, lease):
            return False
        self.update(replace(delivery, lease=None))
        return True

    def give_back(self, deliveries: Iterable[Delivery], lease: Lease) -> None:
        for one in deliveries:
            if self._has(one, lease):
                self.update(replace(self.rows[one.id], lease=None))

    def state_page(
        self, *, states: Sequence[DeliveryState], after: str | None, limit: int
    ) -> tuple[list[Delivery], str | None]:
        return self.page((one for one in self.rows.values() if one.state in states), after=after, limit=limit)

    def of_takedown(self, takedown_id: str, *, after: str | None, limit: int) -> tuple[list[Delivery], str | None]:
        return self.page(self.where(takedown_id=takedown_id), after=after, limit=limit)

    def announcing(self, takedown_id: str) -> list[Delivery]:
        made = self.where(takedown_id=takedown_id, event_type=EventType.TAKEDOWN_CREATED)
        return made or self.where(takedown_id=takedown_id, event_type=EventType.TAKEDOWN_INTERIM)

    def tally(self, takedown_id: str) -> list[DeliveryTally]:
        counted = Counter((one.destination_id, one.state) for one in self.where(takedown_id=takedown_id))
        return [
            DeliveryTally(destination_id, state, count) for (destination_id, state), count in sorted(counted.items())
        ]

    def reversal_of(self, delivery: Delivery) -> Delivery | None:
        found = self.where(takedown_id=delivery.takedown_id, destination_id=delivery.destination_id)
        return next((one for one in found if one.event_type in BEGUN_BY), None)

    def give_up_all(self, destination_id: str, *, error: str) -> int:
        unfinished = [one for one in self.where(destination_id=destination_id) if one.state in UNFINISHED]
        for one in unfinished:
            self.update(replace(one, state=DeliveryState.DEAD, error=error))
        return len(unfinished)

    def _has(self, delivery: Delivery, lease: Lease) -> bool:
        current = self.rows[delivery.id].lease
        return current is not None and current.id == lease.id


class FakeOutbox:
    """Of `ports.Outbox`: a line in the ledger for each destination that wants an event."""

    def __init__(self, clock: FakeClock, destinations: FakeDestinations, deliveries: FakeDeliveries) -> None:
        self._clock, self._destinations, self._deliveries = clock, destinations, deliveries
        self.events: list[Event] = []

    def add(self, event: Event) -> None:
        self.events.append(event)
        for destination in self._destinations.rows.values():
            if destination.wants(event.type):
                self._deliveries.add(
                    Delivery(
                        id=DeliveryId(new_id("dlv", self._clock.now())),
                        event_id=event.id,
                        position=len(self.events),
                        event_type=event.type,
                        takedown_id=event.takedown_id,
                        destination_id=destination.id,
                        state=DeliveryState.PENDING,
                        attempts=0,
                        created_at=self._clock.now(),
                        next_attempt_at=self._clock.now(),
                    )
                )

    def newest(self) -> int:
        return len(self.events)

    def feed(
        self, *, types: Sequence[EventType], after: int, limit: int, owner_id: str | None = None
    ) -> list[tuple[int, Event]]:
        def is_theirs(one: Event) -> bool:
            return owner_id in (None, one.owner_id) or (one.owner_id is None and one.type in OF_UPLOADS)

        placed = enumerate(self.events, start=1)
        return [(place, one) for place, one in placed if place > after and one.type in types and is_theirs(one)][:limit]

    def many(self, event_ids: Iterable[str]) -> dict[str, Event]:
        wanted = set(event_ids)
        return {one.id: one for one in self.events if one.id in wanted}

    def erase_addresses(self, takedown_ids: Iterable[str]) -> int:
        wanted = set(takedown_ids)
        telling = {one.id for one in self.events if one.takedown_id in wanted and one.data.get("url")}
        self.events = [
            replace(one, data={**one.data, "url": None}) if one.id in telling else one for one in self.events
        ]
        return len(telling)


class FakeSender:
    """Of `ports.Sender`: keeps what it sent, and fails as often as it is told to."""

    def __init__(self, *, failures: int = 0) -> None:
        self.sent: list[Message] = []
        self._failures = failures

    async def send(self, message: Message) -> Receipt:
        if self._failures:
            self._failures -= 1
            message_ = "it was told to fail"
            raise DeliveryFailedError(message_)
        self.sent.append(message)
        return {"status": 200}

    async def close(self) -> None:
        return
