"""Of takedowns, their references and what of these is common: the fake and SQL answer alike."""

from dataclasses import replace
from datetime import timedelta

from casework.domain.banking import HashAction
from casework.domain.ids import MediaId, TakedownId
from casework.domain.media import Collection
from casework.domain.takedowns.common import CommonPart, Stranger
from casework.domain.takedowns.takedown import TakedownState
from casework.ports.unit_of_work import UnitOfWork
from tests.contracts.repositories.entries import decided, picture


def test_what_leaves_the_index_is_gone_from_its_log(record: UnitOfWork) -> None:
    """Versions only grow, and what was removed is found no more."""
    media, other = picture(record), picture(record)
    before = record.index_log.version(Collection.PROTECTED)
    record.index_log.add_many(Collection.PROTECTED, [("one", media), ("two", other)])
    ids = [one.id for one in record.index_log.of_owner("one")]
    assert [record.index_log.items(ids)[one].signal for one in ids] == list(media.signals)
    assert record.index_log.owners(ids) == {"one"}
    added = record.index_log.version(Collection.PROTECTED)
    assert added == before + 4
    assert record.index_log.remove(Collection.PROTECTED, "one", media.id) == added + 2
    assert (record.index_log.items(ids), record.index_log.of_owner("one")) == ({}, [])
    assert record.index_log.remove(Collection.PROTECTED, "one") == added + 2


def test_reference_belongs_to_the_decision_that_added_it(record: UnitOfWork) -> None:
    """Taken back, it takes nothing else along."""
    decision = decided(record)
    media_id = record.takedowns.reference_of_decision(decision.id)[0]
    assert record.takedowns.references(decision.takedown_id) == [media_id]
    assert record.takedowns.references(decision.takedown_id, among=[media_id, "med_other"]) == [media_id]
    assert record.takedowns.references(decision.takedown_id, among=["med_other"]) == []
    record.takedowns.drop_reference(decision.takedown_id, media_id)
    assert record.takedowns.references(decision.takedown_id) == []
    assert [one.id for one in record.takedowns.state_page(states=[TakedownState.ACTIVE], after=None, limit=9)[0]] == [
        decision.takedown_id
    ]


def test_common_parts_are_kept_by_reference_and_forgotten_by_stranger(record: UnitOfWork) -> None:
    """A copy that a reviewer confirms is no stranger any more, whatever was learned from it."""
    first, second = MediaId("med_1"), MediaId("med_2")
    record.common_parts.add([CommonPart(first, "upl_1", Stranger.UPLOAD, b"a")])
    record.common_parts.add(
        [
            CommonPart(first, "upl_1", Stranger.DISMISSED, b"b"),
            CommonPart(first, "tkd_2", Stranger.TAKEDOWN, b"c"),
            CommonPart(second, "upl_1", Stranger.UPLOAD, b"d"),
        ]
    )
    known = record.common_parts.of([first, second, MediaId("med_3")])
    assert {
        media_id: [(one.seen_in, one.stranger, one.blocks) for one in parts] for media_id, parts in known.items()
    } == {
        first: [("tkd_2", Stranger.TAKEDOWN, b"c"), ("upl_1", Stranger.DISMISSED, b"b")],
        second: [("upl_1", Stranger.UPLOAD, b"d")],
    }
    record.common_parts.forget("upl_1")
    assert list(record.common_parts.of([first, second])) == [first]
    record.common_parts.erase([first])
    assert record.common_parts.of([first]) == {}


def test_interim_takedowns_are_named_once_their_limit_has_passed(record: UnitOfWork) -> None:
    """The one that is due first comes first; what was decided, or waits for a decision alone, never does."""
    decision = decided(record)
    begun = record.takedowns.get(decision.takedown_id)
    for name, until in (("tkd_late", 2), ("tkd_early", 1), ("tkd_later", 9), ("tkd_open", None)):
        ends = None if until is None else record.now + timedelta(hours=until)
        interim = replace(begun, id=TakedownId(name), state=TakedownState.INTERIM, interim_until=ends)
        record.takedowns.add(replace(interim, interim_since=record.now, effective_at=None))
    assert record.takedowns.next_interim_due(record.now) is None
    assert record.takedowns.next_interim_due(record.now + timedelta(hours=2)) == "tkd_early"
    upheld = record.takedowns.get("tkd_early").uphold(decision.id, HashAction.HOLD_MATCH_ONLY, record.now)
    record.takedowns.update(upheld)
    assert record.takedowns.next_interim_due(record.now + timedelta(hours=2)) == "tkd_late"


def test_references_of_an_interim_takedown_are_taken_over(record: UnitOfWork) -> None:
    """Whoever upholds it answers for what it rests on from then on."""
    first, second = decided(record), decided(record)
    media_ids = record.takedowns.references(first.takedown_id)
    record.takedowns.take_over_references(first.takedown_id, second.id)
    assert record.takedowns.reference_of_decision(first.id) == []
    assert set(media_ids) < set(record.takedowns.reference_of_decision(second.id))


def test_an_interim_takedown_keeps_the_media_it_rests_on(record: UnitOfWork) -> None:
    """What is erased elsewhere must not take away what a person has yet to look at."""
    decision = decided(record)
    takedown = record.takedowns.get(decision.takedown_id)
    media_ids = record.takedowns.references(takedown.id)
    record.takedowns.update(replace(takedown, state=TakedownState.INTERIM))
    assert record.takedowns.standing_on(media_ids) == dict.fromkeys(media_ids, takedown.id)
