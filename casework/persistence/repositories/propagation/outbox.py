"""
The outbox: the only source of messages, and the feed of what happened.

Invariant: a row is written in the transaction that made it true, so a message exists exactly when its cause does, and
so do its lines in the ledger. `position` follows commit order without gaps: events are collected and written as the
transaction's last act, which holds the outbox's counter for no longer than the commit takes. A reader that has seen
position 5 has missed nothing before it.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime

from pydantic import TypeAdapter
from sqlalchemy import Connection, RowMapping, bindparam, func, or_, select, text, update

from casework.domain.events import OF_UPLOADS, Event, EventType
from casework.domain.ids import DeliveryId, DestinationId, EventId, TakedownId, new_id
from casework.domain.takedowns.propagation import BEGUN_BY, Delivery, DeliveryState, Destination, DestinationState
from casework.persistence import tables
from casework.persistence.connection.bulk import insert_into
from casework.persistence.connection.direct import column_of, rows_of, write
from casework.persistence.encryption.sealed import open_row, seal_row
from casework.ports.vault import Vault

COUNTER = "outbox"
CHANNEL = "staydown_outbox"
"""PostgreSQL notifies listeners here at the commit; it only saves them the wait until they look by themselves."""

_COUNTERS = tables.index_counters
_TAKE_POSITIONS = (
    update(_COUNTERS)
    .where(_COUNTERS.c.collection == COUNTER)
    .values(seq=_COUNTERS.c.seq + bindparam("count"))
    .returning(_COUNTERS.c.seq)
)
_NEWEST = select(func.max(tables.outbox.c.position).label("newest"))
_ALL_DESTINATIONS = select(tables.destinations).order_by(tables.destinations.c.id)
_BEGIN = frozenset(event for begun_by in BEGUN_BY.values() for event in begun_by)

_DELIVERIES = tables.deliveries.c
_INFORMED = select(_DELIVERIES.takedown_id, _DELIVERIES.destination_id, _DELIVERIES.event_type).where(
    _DELIVERIES.takedown_id.in_(bindparam("takedowns", expanding=True)),
    _DELIVERIES.event_type.in_([event.value for event in _BEGIN]),
    or_(_DELIVERIES.state != DeliveryState.DEAD.value, _DELIVERIES.attempts > 0),
)

_DESTINATION = TypeAdapter(Destination)
_DELIVERY = TypeAdapter(Delivery)
_EVENT = TypeAdapter(Event)


class SqlOutbox:
    """Messages that will be delivered because this transaction commits."""

    def __init__(self, connection: Connection, *, now: datetime, vault: Vault) -> None:
        self._connection = connection
        self._vault = vault
        self._now = now
        self._collected: list[Event] = []

    def add(self, event: Event) -> None:
        """Collect one; `flush` writes it."""
        self._collected.append(event)

    def mark(self) -> Callable[[], None]:
        """Return what forgets all that is collected from now on, should it be undone."""
        collected = len(self._collected)

        def forget() -> None:
            del self._collected[collected:]

        return forget

    def flush(self) -> None:
        """Write what was collected, with a line in the ledger for each destination it is owed to."""
        if not self._collected:
            return
        events, self._collected = self._collected, []
        first = self._take_positions(len(events))
        placed = list(enumerate(events, start=first))
        rows = [
            seal_row(tables.outbox, {**_EVENT.dump_python(event), "position": position}, self._vault)
            for position, event in placed
        ]
        write(self._connection, insert_into(tables.outbox), rows)
        lines = self._lines(placed)
        if lines:
            write(self._connection, insert_into(tables.deliveries), [_DELIVERY.dump_python(line) for line in lines])
        if self._connection.dialect.name == "postgresql":
            self._connection.execute(text(f"NOTIFY {CHANNEL}"))

    def newest(self) -> int:
        """Return the position of the newest event that is committed; 0 if there is none."""
        return next(iter(column_of(self._connection, _NEWEST, {}))) or 0

    def feed(
        self, *, types: Sequence[EventType], after: int, limit: int, owner_id: str | None = None
    ) -> list[tuple[int, Event]]:
        """
        Read what happened, in commit order.

        Args:
            types: Only events of these types.

            after: The position read up to; 0 at first.

            limit: How many at most.

            owner_id: Only events about uploads of this actor, and about those of the operator; None for all events.

        Returns:
            Events, each with its position.
        """
        columns = tables.outbox.c
        query = (
            select(tables.outbox)
            .where(columns.position > after, columns.type.in_([one.value for one in types]))
            .order_by(columns.position)
            .limit(limit)
        )
        if owner_id is not None:
            of_the_operator = columns.owner_id.is_(None) & columns.type.in_([one.value for one in OF_UPLOADS])
            query = query.where(or_(columns.owner_id == owner_id, of_the_operator))
        rows = self._connection.execute(query).mappings()
        return [(row["position"], self._event(row)) for row in rows]

    def many(self, event_ids: Iterable[EventId]) -> dict[EventId, Event]:
        """Read several by id."""
        query = select(tables.outbox).where(tables.outbox.c.id.in_(list(event_ids)))
        return {row["id"]: self._event(row) for row in self._connection.execute(query).mappings()}

    def _event(self, row: RowMapping) -> Event:
        return _EVENT.validate_python(open_row(tables.outbox, row, self._vault))

    def erase_addresses(self, takedown_ids: Iterable[TakedownId]) -> int:
        """Erase the address of the reported post from what is told of takedowns; return from how many messages."""
        columns = tables.outbox.c
        query = select(tables.outbox).where(columns.takedown_id.in_(list(takedown_ids)))
        rows = [open_row(tables.outbox, row, self._vault) for row in self._connection.execute(query).mappings()]
        telling = [row for row in rows if row["data"].get("url")]
        for row in telling:
            without = seal_row(tables.outbox, {**row, "data": {**row["data"], "url": None}}, self._vault)
            one = columns.position == row["position"]
            self._connection.execute(update(tables.outbox).where(one).values(data=without["data"]))
        return len(telling)

    def _take_positions(self, count: int) -> int:
        (last,) = column_of(self._connection, _TAKE_POSITIONS, {"count": count})
        return int(last) - count + 1

    def _lines(self, placed: Sequence[tuple[int, Event]]) -> list[Delivery]:
        rows = rows_of(self._connection, _ALL_DESTINATIONS, {})
        destinations = [_DESTINATION.validate_python({**row, "secret": None}) for row in rows]  # it signs elsewhere
        if not destinations:
            return []
        ended = {event.takedown_id for _, event in placed if event.type in BEGUN_BY and event.takedown_id}
        informed = self._informed_of(ended)
        # Those of this very transaction count too: a takedown and its reversal may share one.
        informed |= {
            (event.takedown_id, one.id, event.type)
            for _, event in placed
            for one in destinations
            if event.type in _BEGIN and event.takedown_id and one.wants(event.type)
        }
        return [
            self._line(position, event, destination)
            for position, event in placed
            for destination in destinations
            if _is_owed(event, destination, informed)
        ]

    def _informed_of(self, takedown_ids: set[TakedownId]) -> set[tuple[TakedownId, DestinationId, EventType]]:
        """Return who got, or may have got, or will get the takedowns, and by which event."""
        if not takedown_ids:
            return set()
        rows = rows_of(self._connection, _INFORMED, {"takedowns": list(takedown_ids)})
        return {
            (TakedownId(row["takedown_id"]), DestinationId(row["destination_id"]), EventType(row["event_type"]))
            for row in rows
        }

    def _line(self, position: int, event: Event, destination: Destination) -> Delivery:
        gone = destination.state is DestinationState.DELETED
        return Delivery(
            id=DeliveryId(new_id("dlv", self._now)),
            event_id=event.id,
            position=position,
            event_type=event.type,
            takedown_id=event.takedown_id,
            destination_id=destination.id,
            state=DeliveryState.DEAD if gone else DeliveryState.PENDING,
            attempts=0,
            created_at=self._now,
            next_attempt_at=self._now,
            error="the destination was deleted; tell it by other means" if gone else None,
        )


def _is_owed(
    event: Event, destination: Destination, informed: set[tuple[TakedownId, DestinationId, EventType]]
) -> bool:
    """
    Tell whether a destination gets an event: as it subscribed, and a takedown's end wherever the takedown went.

    A reversal is not sent to a destination that never got the takedown. One that was deleted since is
    owed the reversal all the same: its line is dead from the start, so that somebody sees it. So it is with the end of
    an interim takedown.
    """
    begun_by = BEGUN_BY.get(event.type)
    if begun_by is None or event.takedown_id is None:
        return destination.wants(event.type)
    if any((event.takedown_id, destination.id, one) in informed for one in begun_by):
        return True
    return destination.wants(event.type) and not any(one in destination.events for one in begun_by)
