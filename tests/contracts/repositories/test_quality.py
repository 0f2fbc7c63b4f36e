"""Of known pairs and looks in between: the fake and SQL answer alike."""

from dataclasses import replace
from datetime import timedelta

import pytest

from casework.domain.cases.known_pair import BlindLook, KnownPair
from casework.domain.errors import NotFoundError
from casework.domain.ids import BlindLookId, PairId
from casework.ports.unit_of_work import UnitOfWork
from tests.contracts.repositories.entries import decided


def planted(record: UnitOfWork, number: int, **changes: object) -> KnownPair:
    """Plant a pair."""
    pair = replace(KnownPair(PairId(f"pair_{number}"), True, "per_senior", record.now), **changes)
    record.known_pairs.add(pair)
    return pair


def looked(record: UnitOfWork, number: int, pair: KnownPair | None, **changes: object) -> BlindLook:
    """Ask somebody, who answers if a time is given."""
    look = BlindLook(BlindLookId(f"look_{number}"), "per_alex", record.now, pair_id=None if pair is None else pair.id)
    look = replace(look, **changes)
    record.blind_looks.add(look)
    return look


def test_pair_is_read_as_it_was_planted_and_is_listed_until_it_is_taken_off(record: UnitOfWork) -> None:
    """What was answered of it needs it still."""
    case_id = decided(record).case_id
    first, second = planted(record, 1, case_id=case_id), planted(record, 2, is_copy=False)
    assert record.known_pairs.get("pair_2") == second
    assert record.known_pairs.of_case(case_id) == first
    assert record.known_pairs.listed(after=None, limit=1) == ([first], first.id)
    record.known_pairs.update(first.remove(record.now))
    assert record.known_pairs.listed(after=None, limit=5) == ([second], None)
    assert record.known_pairs.of_case(case_id) is None
    assert record.known_pairs.get(first.id).removed_at == record.now
    with pytest.raises(NotFoundError, match="known pair 'pair_9'"):
        record.known_pairs.get("pair_9")


def test_nobody_is_asked_about_one_pair_twice(record: UnitOfWork) -> None:
    """Whoever was asked remembers, whether or not they answered."""
    first, second = planted(record, 1), planted(record, 2)
    planted(record, 3, removed_at=record.now)
    looked(record, 1, first)
    looked(record, 2, None)
    assert record.known_pairs.not_asked_of("per_alex", limit=5) == [second]
    assert record.known_pairs.not_asked_of("per_kim", limit=1) == [first]


def test_drawings_are_kept_until_they_are_erased(record: UnitOfWork) -> None:
    """Of a pair that an operator gave; of others none are."""
    pair, other = planted(record, 1), planted(record, 2)
    record.known_pairs.keep_drawings(pair.id, {"original": b"one", "copy": b"two"})
    record.known_pairs.keep_drawings(other.id, {"original": b"three"})
    assert record.known_pairs.drawing(pair.id, "copy") == b"two"
    assert record.known_pairs.drawing(pair.id, "difference") is None
    record.known_pairs.erase_drawings(pair.id)
    assert record.known_pairs.drawing(pair.id, "copy") is None
    assert record.known_pairs.drawing(other.id, "original") == b"three"


def test_answers_about_known_pairs_are_listed_by_time_and_person_and_pair(record: UnitOfWork) -> None:
    """The latest, the earliest of them first; no second looks, nothing unanswered, nothing of what is known no more."""
    pair, other = planted(record, 1), planted(record, 2, is_copy=False)
    for number, (of, person, said) in enumerate(
        [(pair, "per_alex", True), (other, "per_alex", None), (pair, "per_kim", False)]
    ):
        at = record.now + timedelta(minutes=number)
        looked(record, number, of, person_id=person, answered_at=at, is_copy=said, known=of.is_copy)
    looked(record, 8, pair, person_id="per_sam")
    looked(record, 9, None, answered_at=record.now, is_copy=True)
    looked(record, 10, pair, person_id="per_lee", answered_at=record.now, is_copy=True, known=None)
    listed = record.blind_looks.known_answers
    assert [(one.person_id, one.is_copy, one.known) for one in listed(record.now, limit=9)] == [
        ("per_alex", True, True),
        ("per_alex", None, False),
        ("per_kim", False, True),
    ]
    assert [one.person_id for one in listed(record.now, limit=1)] == ["per_kim"]
    assert [one.pair_id for one in listed(record.now, limit=9, person_id="per_alex")] == [pair.id, other.id]
    assert [one.person_id for one in listed(record.now, limit=9, pair_ids=[pair.id])] == ["per_alex", "per_kim"]
    assert len(listed(record.now + timedelta(minutes=1), limit=9)) == 2
