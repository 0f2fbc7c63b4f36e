"""Who is owed what, how long to wait, what is late: the rules of propagation by themselves."""

from datetime import UTC, datetime, timedelta

import pytest

from casework.domain.errors import WrongStateError
from casework.domain.events import EventType
from casework.domain.ids import DeliveryId, DestinationId, EventId, TakedownId
from casework.domain.takedowns.propagation import (
    Delivery,
    DeliveryState,
    Destination,
    DestinationState,
    RetryPolicy,
    with_reversals,
)

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


def delivery(**changes: object) -> Delivery:
    """Make a line that was not sent yet."""
    values = {
        "id": DeliveryId("dlv_1"),
        "event_id": EventId("evt_1"),
        "position": 1,
        "event_type": EventType.TAKEDOWN_CREATED,
        "takedown_id": TakedownId("tkd_1"),
        "destination_id": DestinationId("dst_1"),
        "state": DeliveryState.PENDING,
        "attempts": 0,
        "created_at": NOON,
        "next_attempt_at": NOON,
    }
    return Delivery(**{**values, **changes})


def destination(**changes: object) -> Destination:
    """Make a webhook."""
    values = {
        "id": DestinationId("dst_1"),
        "name": "one",
        "kind": "webhook",
        "target": "https://example.org/",
        "secret": b"sealed",
        "events": (EventType.TAKEDOWN_CREATED,),
        "state": DestinationState.ACTIVE,
        "created_at": NOON,
    }
    return Destination(**{**values, **changes})


def test_whoever_is_told_of_takedowns_is_told_of_reversals() -> None:
    """Reversal equals takedown; nobody can subscribe to half of it."""
    assert with_reversals([EventType.TAKEDOWN_CREATED]) == (EventType.TAKEDOWN_CREATED, EventType.TAKEDOWN_REVERSED)
    assert with_reversals([EventType.UPLOAD_MATCHED]) == (EventType.UPLOAD_MATCHED, EventType.UPLOAD_REINSTATED)
    assert with_reversals([EventType.APPEAL_DECIDED]) == (EventType.APPEAL_DECIDED,)


def test_pause_doubles_up_to_its_cap_and_is_spread() -> None:
    """Those that failed together do not come back together."""
    retry = RetryPolicy(first_s=1, cap_s=10)
    longest = [retry.pause(failures, 1.0).total_seconds() for failures in range(1, 7)]
    shortest = [retry.pause(failures, 0.0).total_seconds() for failures in range(1, 7)]
    assert longest == [1, 2, 4, 8, 10, 10]
    assert shortest == [one / 2 for one in longest]
    assert retry.pause(10_000, 1.0) == timedelta(seconds=10)


def test_default_retries_outlast_the_48_hours() -> None:
    """A system that is away over a weekend is still told."""
    retry = RetryPolicy()
    shortest = sum((retry.pause(failures, 0.0) for failures in range(1, retry.attempts)), timedelta())
    longest = sum((retry.pause(failures, 1.0) for failures in range(1, retry.attempts)), timedelta())
    assert shortest > timedelta(hours=32)
    assert shortest / 2 + longest / 2 > timedelta(hours=48)


def test_attempt_without_an_answer_may_have_arrived() -> None:
    """So its reversal is owed."""
    assert not delivery().may_have_arrived
    assert delivery(attempts=1, state=DeliveryState.DEAD).may_have_arrived
    assert delivery(attempts=1, state=DeliveryState.DELIVERED).may_have_arrived


def test_late_is_after_the_deadline_or_missing_after_it() -> None:
    """Elapsed hours, to the second."""
    deadline = NOON + timedelta(hours=48)
    just_after = deadline + timedelta(seconds=1)
    assert not delivery(delivered_at=deadline).is_late(deadline, just_after)
    assert delivery(delivered_at=just_after).is_late(deadline, just_after)
    assert not delivery().is_late(deadline, deadline)
    assert delivery().is_late(deadline, just_after)


def test_paused_destination_is_still_owed_what_happens() -> None:
    """A pause loses nothing; a deletion ends it."""
    assert destination().pause().wants(EventType.TAKEDOWN_CREATED)
    assert not destination().wants(EventType.APPEAL_DECIDED)
    assert not destination().delete().wants(EventType.TAKEDOWN_CREATED)


def test_deleted_destination_forgets_its_secret_and_stays_deleted() -> None:
    """What signs messages is not kept for nothing."""
    gone = destination().delete()
    assert gone.secret is None
    for change in (gone.pause, gone.resume, gone.delete):
        with pytest.raises(WrongStateError):
            change()


def test_resumed_destination_starts_afresh() -> None:
    """Whoever resumes it says that it is back: no old pause is served out."""
    ailing = destination(failures=7, retry_at=NOON + timedelta(hours=1)).pause()
    assert (ailing.resume().failures, ailing.resume().retry_at) == (0, None)
