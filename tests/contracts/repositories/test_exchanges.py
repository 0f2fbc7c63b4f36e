"""Of servers that hashes are exchanged with: the fake and SQL answer alike."""

from dataclasses import replace
from datetime import timedelta

from casework.domain.exchanges.exchange import Exchange, ExchangeState
from casework.domain.exchanges.records import KeptRecord, RecordState
from casework.domain.exchanges.sending import Feedback, Sending, SendingKind, SendingState, SharedHash
from casework.domain.ids import DecisionId, ExchangeId, SendingId, TakedownId
from casework.domain.work.lease import Lease
from casework.ports.unit_of_work import UnitOfWork


def added(record: UnitOfWork, name: str = "PARTNER") -> Exchange:
    """Store an exchange that is due."""
    exchange = Exchange(
        ExchangeId(f"xch_{name}"),
        name,
        "stopncii",
        "https://example.org",
        {"source": "us"},
        {"fetch_key": "k"},
        True,
        True,
        60,
        record.now,
        record.now,
    )
    record.exchanges.add(exchange)
    return exchange


def test_an_exchange_is_kept_whole(record: UnitOfWork) -> None:
    """Its checkpoint says how far it was read: a word lost, and hashes are."""
    exchange = added(record)
    exchange = replace(
        exchange,
        checkpoint={"start": 7, "token": "a", "anew": True, "next": None},
        completed_at=record.now,
        lease=Lease.begin(record.now, until=record.now + timedelta(minutes=1)),
    )
    record.exchanges.update(exchange)
    assert record.exchanges.get(exchange.id) == record.exchanges.named("PARTNER") == exchange
    assert record.exchanges.all() == [exchange]


def test_what_is_due_is_active_free_and_waited_longest(record: UnitOfWork) -> None:
    """Others are left alone."""
    first, second = added(record, "A"), added(record, "B")
    record.exchanges.update(replace(first, next_pull_at=record.now - timedelta(seconds=1)))
    assert record.exchanges.next_due(record.now).id == first.id
    lease = Lease.begin(record.now, until=record.now + timedelta(minutes=1))
    record.exchanges.update(replace(first, lease=lease))
    assert record.exchanges.next_due(record.now).id == second.id
    record.exchanges.update(second.pause())
    assert record.exchanges.next_due(record.now) is None
    assert record.exchanges.next_due(record.now + timedelta(minutes=2)).id == first.id
    record.exchanges.update(first.remove())
    assert record.exchanges.named("A") is None
    assert [one.name for one in record.exchanges.all()] == ["B"]
    assert record.exchanges.get(first.id).state is ExchangeState.REMOVED


def test_of_a_record_the_last_thing_stored_counts(record: UnitOfWork) -> None:
    """A page says of the same record what an earlier one said otherwise."""
    exchange = added(record)
    held = KeptRecord(exchange.id, "a", RecordState.HELD, 5, 1, key=b"k" * 16, entry_id=3, handle="h")
    other = KeptRecord(exchange.id, "b", RecordState.HELD, 5, 2, key=b"k" * 16, entry_id=3)
    aside = KeptRecord(exchange.id, "c", RecordState.ASIDE, 5, 2, reason="bad")
    record.exchange_records.put([held, other, aside])
    assert record.exchange_records.of(exchange.id, ["a", "c", "none"]) == {"a": held, "c": aside}
    assert record.exchange_records.held_by([3]) == [held, other]
    assert record.exchange_records.left_behind(exchange.id, 2, limit=5) == [held]
    assert record.exchange_records.aside(exchange.id, limit=5) == [aside]
    gone = replace(held, state=RecordState.WITHDRAWN, key=None, entry_id=None, updated=6)
    record.exchange_records.put([gone])
    assert record.exchange_records.of(exchange.id, ["a"]) == {"a": gone}
    assert record.exchange_records.held_by([3]) == [other]


def sending(record: UnitOfWork, exchange: Exchange, number: int, **changes: object) -> Sending:
    """Return feedback that is due."""
    made = Sending(
        SendingId(f"snd_{number}"),
        exchange.id,
        SendingKind.FEEDBACK,
        f"dec_{number} r",
        record.now,
        record.now,
        decision_id=DecisionId(f"dec_{number}"),
        record_id="r",
        feedback=Feedback.CONFIRMED,
    )
    return replace(made, **changes)


def test_about_a_subject_a_thing_is_said_once(record: UnitOfWork) -> None:
    """Whoever follows events twice says nothing twice."""
    exchange = added(record)
    one = sending(record, exchange, 1)
    assert record.sendings.add_new([one, replace(one, id=SendingId("snd_9"))]) == 1
    assert record.sendings.add_new([replace(one, id=SendingId("snd_8"))]) == 0
    assert record.sendings.about(exchange.id, SendingKind.FEEDBACK, one.subject) == record.sendings.get("snd_1") == one
    record.sendings.update(replace(one, shared=[SharedHash("pdq/1", "ab", "7")], state=SendingState.SENT))
    assert record.sendings.get("snd_1").shared == [SharedHash("pdq/1", "ab", "7")]
    assert record.sendings.counts(exchange.id) == {"sent": 1}


def test_what_is_due_to_be_said_is_pending_free_and_of_an_active_exchange(record: UnitOfWork) -> None:
    """To one that is paused nothing is said."""
    exchange, other = added(record, "A"), added(record, "B")
    later = sending(record, exchange, 1, next_attempt_at=record.now + timedelta(minutes=1))
    record.sendings.add_new([later, sending(record, other, 2)])
    assert record.sendings.next_due(record.now).id == "snd_2"
    assert record.sendings.next_due(record.now, exchange.id) is None
    assert record.sendings.next_due(record.now + timedelta(minutes=2), exchange.id).id == "snd_1"
    record.exchanges.update(other.pause())
    assert record.sendings.next_due(record.now) is None


def test_what_was_undone_or_erased_is_not_said_and_what_was_said_is_known(record: UnitOfWork) -> None:
    """What was passed on has to be taken back, whatever is erased here."""
    exchange = added(record)
    shared = sending(record, exchange, 3, kind=SendingKind.SHARE, subject="tkd_1", takedown_id=TakedownId("tkd_1"))
    pending = replace(shared, id=SendingId("snd_4"), subject="tkd_2", takedown_id=TakedownId("tkd_2"))
    record.sendings.add_new([sending(record, exchange, 1), sending(record, exchange, 2, attempts=1), shared, pending])
    record.sendings.update(replace(shared, state=SendingState.SENT, decision_id=None))
    record.sendings.unsay(DecisionId("dec_1"))
    record.sendings.unsay(DecisionId("dec_2"))
    record.sendings.forget([TakedownId("tkd_1"), TakedownId("tkd_2")])
    assert record.sendings.counts(exchange.id) == {"pending": 1, "sent": 1}
    assert record.sendings.about(exchange.id, SendingKind.SHARE, "tkd_1") is not None


def test_what_a_decision_said_is_listed_by_age(record: UnitOfWork) -> None:
    """What was wrong is corrected where it was said, and nowhere else."""
    exchange, other = added(record, "A"), added(record, "B")
    first, second = sending(record, exchange, 1), sending(record, other, 2, decision_id=DecisionId("dec_1"))
    record.sendings.add_new([second, first, sending(record, exchange, 3)])
    assert record.sendings.of_decision(DecisionId("dec_1")) == [first, second]
