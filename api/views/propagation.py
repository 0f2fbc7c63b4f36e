"""What the ledger shows: lines, a takedown's clock, and how it stands with each destination."""

from collections.abc import Sequence
from datetime import datetime

from api.schemas.propagation import (
    ClockOut,
    DeliveryOut,
    DestinationOut,
    LedgerDestination,
    PropagationOut,
)
from casework.delivery import DESTINATIONS
from casework.domain.takedowns.propagation import (
    UNFINISHED,
    Delivery,
    DeliveryState,
    Destination,
    RemovalClock,
    removal_clock,
)
from casework.domain.takedowns.takedown import Takedown
from casework.ports.records.propagation import DeliveryTally
from casework.ports.unit_of_work import UnitOfWork


def destination_out(destination: Destination) -> DestinationOut:
    """Show a destination, never its secret."""
    its_field = DESTINATIONS[destination.kind].target_field.name
    fields = {row.target_field.name for row in DESTINATIONS.values()}
    return DestinationOut(
        **{name: destination.target if name == its_field else None for name in fields},
        id=destination.id,
        name=destination.name,
        kind=destination.kind,
        events=list(destination.events),
        state=destination.state,
        created_at=destination.created_at,
        failures=destination.failures,
        retry_at=destination.retry_at,
        last_error=destination.last_error,
    )


def delivery_out(delivery: Delivery) -> DeliveryOut:
    """Show a line."""
    return DeliveryOut(
        id=delivery.id,
        event_id=delivery.event_id,
        type=delivery.event_type,
        takedown_id=delivery.takedown_id,
        destination_id=delivery.destination_id,
        state=delivery.state,
        attempts=delivery.attempts,
        created_at=delivery.created_at,
        next_attempt_at=delivery.next_attempt_at if delivery.state in UNFINISHED else None,
        first_attempt_at=delivery.first_attempt_at,
        last_attempt_at=delivery.last_attempt_at,
        delivered_at=delivery.delivered_at,
        receipt=delivery.receipt,
        error=delivery.error,
    )


def propagation_out(takedown: Takedown, uow: UnitOfWork, *, after: str | None, limit: int) -> PropagationOut:
    """Assemble a takedown's ledger."""
    lines, following = uow.deliveries.of_takedown(takedown.id, after=after, limit=limit)
    announcing = uow.deliveries.announcing(takedown.id)
    report = uow.reports.of_case(takedown.case_id)
    decided_at = None if takedown.is_interim else uow.decisions.get(takedown.decision_id).decided_at
    clock = removal_clock(takedown, report, announcing, now=uow.now, decided_at=decided_at)
    tally = uow.deliveries.tally(takedown.id)
    destinations = uow.destinations.many({one.destination_id for one in tally})
    return PropagationOut(
        takedown_id=takedown.id,
        state=takedown.state,
        clock=_clock(clock),
        destinations=[
            _standing(destination, tally, announcing, clock.deadline, uow.now)
            for _, destination in sorted(destinations.items())
        ],
        items=[delivery_out(line) for line in lines],
        next=following,
    )


def _clock(clock: RemovalClock) -> ClockOut:
    return ClockOut(
        received_at=clock.received_at,
        deadline=clock.deadline,
        decided_at=clock.decided_at,
        effective_at=clock.effective_at,
        first_delivery_at=clock.first_delivery_at,
        last_delivery_at=clock.last_delivery_at,
        late=clock.late,
    )


def _standing(
    destination: Destination,
    tally: Sequence[DeliveryTally],
    announcing: Sequence[Delivery],
    deadline: datetime | None,
    now: datetime,
) -> LedgerDestination:
    informing = next((one for one in announcing if one.destination_id == destination.id), None)
    return LedgerDestination(
        destination_id=destination.id,
        name=destination.name,
        kind=destination.kind,
        state=destination.state,
        informed_at=None if informing is None else informing.delivered_at,
        late=informing is not None and deadline is not None and informing.is_late(deadline, now),
        deliveries={
            state: sum(one.count for one in tally if (one.destination_id, one.state) == (destination.id, state))
            for state in DeliveryState
        },
    )
