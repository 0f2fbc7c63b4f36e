"""Of sweeps, unfinished searches, destinations and the feed: the fake and SQL answer alike."""

from dataclasses import replace
from datetime import timedelta

import pytest

from casework.domain.events import EventType
from casework.domain.takedowns.propagation import DeliveryState
from casework.domain.takedowns.sweep import SweepKind, SweepState
from casework.domain.work.lease import Lease
from casework.handlers.destinations import AddDestination, add_destination
from casework.ports.unit_of_work import UnitOfWork
from casework.steps.journal import announce
from casework.steps.sweeps import request_sweep
from tests.contracts.repositories.entries import TESTER, decided, picture, submitted, uploaded, written


@pytest.mark.parametrize("kind", SweepKind)
def test_sweep_keeps_its_kind_state_and_lease(record: UnitOfWork, kind: SweepKind) -> None:
    """A worker that goes on with it must know what is to be done, and whether it still may."""
    decision = decided(record)
    record.sweeps.update(replace(record.sweeps.next_due(record.now), state=SweepState.CANCELLED))
    request_sweep(kind, decision.takedown_id, decision.id, record, candidates=3)
    due = record.sweeps.next_due(record.now)
    assert (due.kind, due.state, due.candidates, due.lease) == (kind, SweepState.PENDING, 3, None)
    claimed = due.claimed(Lease.begin(record.now, until=record.now + timedelta(seconds=9)), record.now)
    record.sweeps.update(claimed)
    assert record.sweeps.get(due.id) == claimed
    assert record.sweeps.next_due(record.now) is None
    assert record.sweeps.next_due(record.now + timedelta(seconds=9)) == claimed
    assert record.sweeps.unfinished_searches() == ([claimed] if kind is SweepKind.SEARCH else [])
    record.sweeps.update(claimed.ended(SweepState.DONE, record.now))
    assert record.sweeps.get(due.id).state is SweepState.DONE
    assert record.sweeps.unfinished_searches() == []
    assert record.sweeps.next_due(record.now + timedelta(days=1)) is None


def test_unfinished_search_is_one_workers_and_forgotten_once(record: UnitOfWork) -> None:
    """A worker whose lease was taken over must not say that it is done."""
    upload = uploaded(record, "u1", picture(record))
    record.unfinished.add(upload.id, b"sealed")
    due = record.unfinished.next_due(record.now)
    slow = record.unfinished.claim(due, Lease.begin(record.now, until=record.now))
    quick = record.unfinished.claim(due, Lease.begin(record.now, until=record.now + timedelta(seconds=9)))
    assert record.unfinished.next_due(record.now) is None
    assert not record.unfinished.remove(slow)
    assert record.unfinished.has(upload.id)
    assert record.unfinished.remove(quick)
    assert not record.unfinished.has(upload.id)


def test_destination_is_owed_what_it_wants_in_order(record: UnitOfWork) -> None:
    """Of one takedown only the earliest unfinished message is due, and one worker has it."""
    command = AddDestination(TESTER, "one", "file", "a.ndjson", None, [EventType.TAKEDOWN_CREATED])
    destination = add_destination(command, record)
    decision = decided(record)
    written(record)
    assert [one.id for one in record.destinations.owed_something(record.now)] == [destination.id]
    due = record.deliveries.due(destination.id, record.now, limit=9)
    assert [(one.event_type, one.takedown_id) for one in due] == [(EventType.TAKEDOWN_CREATED, decision.takedown_id)]
    lease = Lease.begin(record.now, until=record.now + timedelta(seconds=9))
    record.deliveries.lease(due, lease)
    assert record.destinations.owed_something(record.now) == []
    other = Lease.begin(record.now, until=record.now + timedelta(seconds=9))
    assert not record.deliveries.settle(replace(due[0], state=DeliveryState.DELIVERED), other)
    record.deliveries.give_back(due, lease)
    record.deliveries.lease(due, lease)
    assert record.deliveries.settle(replace(due[0], state=DeliveryState.DELIVERED), lease)
    [tally] = record.deliveries.tally(decision.takedown_id)
    assert (tally.destination_id, tally.state, tally.count) == (destination.id, DeliveryState.DELIVERED, 1)
    assert record.deliveries.give_up_all(destination.id, error="gone") == 0


def test_feed_gives_events_after_a_position(record: UnitOfWork) -> None:
    """A follower that has seen a position has missed nothing before it."""
    decided(record)
    written(record)
    feed = record.outbox.feed(types=list(EventType), after=0, limit=9)
    assert [event.type for _, event in feed] == [
        EventType.REPORT_RECEIVED,
        EventType.CASE_OPENED,
        EventType.TAKEDOWN_CREATED,
        EventType.POST_REMOVED,
    ]
    rest = record.outbox.feed(types=[EventType.TAKEDOWN_CREATED], after=feed[0][0], limit=9)
    assert rest == feed[2:3]
    assert record.outbox.many([feed[1][1].id]) == {feed[1][1].id: feed[1][1]}


def test_feed_of_a_pipeline_holds_its_own_uploads_and_the_operators(record: UnitOfWork) -> None:
    """What happened to another platform's uploads, and who reported what, is not a pipeline's to know."""
    mine, theirs, nobodys = (
        replace(uploaded(record, name, record.media.add(submitted(), case_id=None, position=0)), registered_by=owner)
        for name, owner in (("a", "key_a"), ("b", "key_b"), ("c", None))
    )
    announce(record, EventType.REPORT_RECEIVED, None)
    for upload in (mine, theirs, nobodys):
        announce(record, EventType.UPLOAD_MATCHED, None, about=upload, upload=upload.id)
    announce(record, EventType.APPEAL_DECIDED, None, about=mine, upload=mine.id)
    written(record)
    followed = record.outbox.feed(types=list(EventType), after=0, limit=9, owner_id="key_a")
    assert [one.data.get("upload") for _, one in followed] == [mine.id, nobodys.id, mine.id]
    assert len(record.outbox.feed(types=list(EventType), after=0, limit=9)) == 5
