"""Of takedowns, their references and what of these is common: the fake and SQL answer alike."""

from casework.domain.ids import MediaId
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
