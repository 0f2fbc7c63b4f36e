"""
Destinations, and the ledger of what each was sent.

Invariant: a delivery is claimed by one worker at a time, for as long as its lease lasts, and never while an earlier one
of the same takedown to the same destination is unfinished. On PostgreSQL workers step over each other's rows (SKIP
LOCKED); on SQLite a writing transaction is alone anyway.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Connection,
    Select,
    and_,
    bindparam,
    exists,
    func,
    literal_column,
    or_,
    select,
    update,
)

from casework.domain.errors import UnreadableError
from casework.domain.events import EventType
from casework.domain.ids import DestinationId, TakedownId
from casework.domain.takedowns.propagation import (
    BEGUN_BY,
    UNFINISHED,
    Delivery,
    DeliveryState,
    Destination,
    DestinationState,
)
from casework.domain.work.lease import Lease
from casework.persistence import tables
from casework.persistence.connection.direct import rows_of
from casework.persistence.encryption.sealed import SealedRows, open_row, seal_row
from casework.persistence.rows import Rows
from casework.ports.records.propagation import DeliveryTally
from casework.ports.vault import Vault

_COLUMNS = tables.deliveries.c
# Written into the statement, not bound: only so does SQLite see that the partial indexes apply.
_UNFINISHED: list[ColumnElement[str]] = [literal_column(f"'{state.value}'") for state in UNFINISHED]


def _claimable(now: datetime | BindParameter[datetime]) -> tuple[ColumnElement[bool], ...]:
    """Return what tells a delivery that is unfinished, due, and that no worker has."""
    return (
        _COLUMNS.state.in_(_UNFINISHED),
        _COLUMNS.next_attempt_at <= now,
        or_(_COLUMNS.lease_until.is_(None), _COLUMNS.lease_until <= now),
    )


_DESTINATIONS = tables.destinations.c
_NOW: BindParameter[datetime] = bindparam("now", type_=_DESTINATIONS.retry_at.type)
_OWED_SOMETHING = (
    select(tables.destinations)
    .where(
        _DESTINATIONS.state == DestinationState.ACTIVE.value,
        or_(_DESTINATIONS.retry_at.is_(None), _DESTINATIONS.retry_at <= _NOW),
        exists().where(_COLUMNS.destination_id == _DESTINATIONS.id, *_claimable(_NOW)),
    )
    .order_by(_DESTINATIONS.id)
)
"""Asked after every commit, and most often answered: nobody."""


class SqlDestinations(SealedRows[Destination]):
    """Systems downstream."""

    def __init__(self, connection: Connection, vault: Vault) -> None:
        super().__init__(connection, tables.destinations, Destination, vault)

    def load(self, row: Mapping[Any, Any]) -> Destination:
        """Turn a row into its object; one whose secret cannot be read has none, and holds up no other."""
        try:
            plain = open_row(self.table, row, self.vault)
        except UnreadableError:
            plain = {**row, "sealed_secret": None}
        return Rows.load(self, {**plain, "secret": plain["sealed_secret"]})

    def dump(self, entity: Destination) -> dict[str, Any]:
        """Turn an object into column values."""
        values = Rows.dump(self, entity)
        values["sealed_secret"] = values.pop("secret")
        return seal_row(self.table, values, self.vault)

    def listed(self, *, after: str | None, limit: int) -> tuple[list[Destination], str | None]:
        """List by age, without those that were deleted."""
        return self.page(self.table.c.state != DestinationState.DELETED.value, after=after, limit=limit)

    def owed_something(self, now: datetime) -> list[Destination]:
        """List those that may be sent something now, and are owed something that is due."""
        return [self.load(row) for row in rows_of(self.connection, _OWED_SOMETHING, {"now": now})]

    def is_owed_something(self, now: datetime) -> bool:
        """Tell whether there is one of these."""
        return bool(rows_of(self.connection, _OWED_SOMETHING, {"now": now}))


class SqlDeliveries(Rows[Delivery]):
    """The ledger."""

    def __init__(self, connection: Connection) -> None:
        super().__init__(connection, tables.deliveries, Delivery)

    def due(self, destination_id: DestinationId, now: datetime, *, limit: int) -> list[Delivery]:
        """Lock and read what may be sent to a destination now: for each takedown, its earliest unfinished event."""
        earlier = tables.deliveries.alias("earlier")
        waits = exists().where(
            earlier.c.destination_id == destination_id,
            earlier.c.takedown_id == _COLUMNS.takedown_id,
            earlier.c.position < _COLUMNS.position,
            earlier.c.state.in_(_UNFINISHED),
        )
        query = select(self.table).where(_COLUMNS.destination_id == destination_id, *_claimable(now), ~waits)
        return self._locked(query.order_by(_COLUMNS.next_attempt_at, _COLUMNS.position).limit(limit))

    def following(self, first: Delivery, now: datetime, *, limit: int) -> list[Delivery]:
        """Lock and read what follows a delivery to the same destination about the same takedown, in order."""
        query = select(self.table).where(
            _COLUMNS.destination_id == first.destination_id,
            _COLUMNS.takedown_id == first.takedown_id,
            _COLUMNS.position > first.position,
            *_claimable(now),
        )
        return self._locked(query.order_by(_COLUMNS.position).limit(limit))

    def lease(self, deliveries: Iterable[Delivery], lease: Lease) -> None:
        """Keep others from claiming these."""
        ids = [delivery.id for delivery in deliveries]
        statement = update(self.table).where(_COLUMNS.id.in_(ids)).values(lease_id=lease.id, lease_until=lease.until)
        self.connection.execute(statement)

    def settle(self, delivery: Delivery, lease: Lease) -> bool:
        """Write how an attempt went and end the lease; return False if the lease was lost to another."""
        values = self.dump(delivery)
        statement = (
            update(self.table)
            .where(_COLUMNS.id == values.pop("id"), _COLUMNS.lease_id == lease.id)
            .values({**values, "lease_id": None, "lease_until": None})
        )
        return self.connection.execute(statement).rowcount == 1

    def give_back(self, deliveries: Iterable[Delivery], lease: Lease) -> None:
        """End the lease of what was not tried; everything else stays as it is."""
        ids = [delivery.id for delivery in deliveries]
        mine = and_(_COLUMNS.id.in_(ids), _COLUMNS.lease_id == lease.id)
        self.connection.execute(update(self.table).where(mine).values(lease_id=None, lease_until=None))

    def state_page(
        self, *, states: Sequence[DeliveryState], after: str | None, limit: int
    ) -> tuple[list[Delivery], str | None]:
        """List by age."""
        return self.page(_COLUMNS.state.in_([state.value for state in states]), after=after, limit=limit)

    def newest_in(
        self, states: Sequence[DeliveryState], *, before: str | None, limit: int
    ) -> tuple[list[Delivery], str | None]:
        """List the latest first; the second is the id to go on before, or None."""
        return self.newest(_COLUMNS.state.in_([state.value for state in states]), before=before, limit=limit)

    def of_takedown(
        self, takedown_id: TakedownId, *, after: str | None, limit: int
    ) -> tuple[list[Delivery], str | None]:
        """List a takedown's, by age."""
        return self.page(_COLUMNS.takedown_id == takedown_id, after=after, limit=limit)

    def announcing(self, takedown_id: TakedownId) -> list[Delivery]:
        """List the deliveries that tell of a takedown itself, one a destination; of one still interim, of that."""
        telling = [EventType.TAKEDOWN_CREATED.value, EventType.TAKEDOWN_INTERIM.value]
        query = select(self.table).where(_COLUMNS.takedown_id == takedown_id, _COLUMNS.event_type.in_(telling))
        found = [self.load(row) for row in self.connection.execute(query.order_by(_COLUMNS.id)).mappings()]
        return [one for one in found if one.event_type is EventType.TAKEDOWN_CREATED] or found

    def tally(self, takedown_id: TakedownId) -> list[DeliveryTally]:
        """Count a takedown's deliveries for each destination by state."""
        query = (
            select(_COLUMNS.destination_id, _COLUMNS.state, func.count())
            .where(_COLUMNS.takedown_id == takedown_id)
            .group_by(_COLUMNS.destination_id, _COLUMNS.state)
            .order_by(_COLUMNS.destination_id, _COLUMNS.state)
        )
        return [
            DeliveryTally(DestinationId(destination_id), DeliveryState(state), count)
            for destination_id, state, count in self.connection.execute(query)
        ]

    def reversal_of(self, delivery: Delivery) -> Delivery | None:
        """Return the line that tells the same destination of the takedown's end, or None."""
        query = select(self.table).where(
            _COLUMNS.takedown_id == delivery.takedown_id,
            _COLUMNS.destination_id == delivery.destination_id,
            _COLUMNS.event_type.in_([event.value for event in BEGUN_BY]),
        )
        row = self.connection.execute(query).mappings().first()
        return None if row is None else self.load(row)

    def give_up_all(self, destination_id: DestinationId, *, error: str) -> int:
        """Give up everything unfinished of a destination; return how many."""
        statement = (
            update(self.table)
            .where(_COLUMNS.destination_id == destination_id, _COLUMNS.state.in_(_UNFINISHED))
            .values(state=DeliveryState.DEAD.value, error=error)
        )
        return self.connection.execute(statement).rowcount

    def _locked(self, query: Select[tuple[Delivery]]) -> list[Delivery]:
        rows = self.connection.execute(query.with_for_update(skip_locked=True)).mappings()
        return [self.load(row) for row in rows]
