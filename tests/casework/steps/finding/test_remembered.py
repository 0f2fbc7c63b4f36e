"""What is remembered of takedowns: only what did not change, and never more than fits."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from casework.domain.banking import HashAction
from casework.domain.facts import Facts
from casework.domain.ids import CaseId, DecisionId, MediaId, TakedownId
from casework.domain.media import Collection, Item, Media
from casework.domain.takedowns.takedown import Takedown, TakedownState
from casework.steps.finding.judging import Judged, judge_copy
from casework.steps.finding.known import Known
from casework.steps.finding.remembered import Alone, Remembered
from matcher.comparing.comparison import compare
from matcher.hashing.query import Query
from matcher.signals.base import Signal

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def read(number: int, *items: int, value_bytes: int = 32) -> Known:
    """Return what the record says of a takedown and of some of its items."""
    owner, media_id = TakedownId(f"tkd_{number}"), MediaId(f"med_{number}")
    signal = Signal("pdq/1", bytes(value_bytes))
    takedown = Takedown(
        id=owner,
        case_id=CaseId(f"case_{number}"),
        decision_id=DecisionId(f"dec_{number}"),
        state=TakedownState.ACTIVE,
        hash_action=next(iter(HashAction)),
        created_at=NOW,
    )
    return Known(
        items={one: Item(one, Collection.TAKEDOWNS, owner, media_id, signal) for one in items},
        media={media_id: Media(media_id, "image", 1, 1, None, (signal,))},
        takedowns={owner: takedown},
        facts={owner: Facts()},
    )


def remember(memory: Remembered, known: Known) -> None:
    """Keep what was read, with nothing changed meanwhile."""
    with memory.reading() as reading:
        memory.keep(known, reading)


def test_what_was_read_is_known_and_what_was_not_is_read_first() -> None:
    """An answer from half of what is there would be another answer."""
    memory, known = Remembered(), read(1, 10, 11)
    remember(memory, known)
    assert memory.known({10, 11}) == known
    assert memory.known({10, 12}) is None
    assert memory.known({10}).items.keys() == {10}


def test_items_of_one_takedown_that_are_met_later_join_it() -> None:
    """A video has thousands of items; a question meets a few of them."""
    memory = Remembered()
    remember(memory, read(1, 10))
    remember(memory, read(1, 11))
    assert memory.known({10, 11}).items.keys() == {10, 11}


def test_what_changed_is_forgotten_and_the_rest_is_kept() -> None:
    """A quarantine, a correction of facts, an erasure: the next question reads it again."""
    memory = Remembered()
    for number in (1, 2):
        remember(memory, read(number, number))
    memory.forget(["tkd_1", "tkd_unknown"])
    assert memory.known({1}) is None
    assert memory.known({2}) is not None
    memory.forget_everything()
    assert memory.known({2}) is None
    assert memory.size_bytes == 0


@pytest.mark.parametrize("change", [lambda memory: memory.forget(["tkd_1"]), Remembered.forget_everything])
def test_what_changes_while_it_is_read_is_not_kept(change) -> None:
    """The reading may have begun before the change: kept, it would be believed for ever."""
    memory = Remembered()
    with memory.reading() as reading:
        change(memory)
        memory.keep(read(1, 10), reading)
    assert memory.known({10}) is None
    remember(memory, read(1, 10))
    assert memory.known({10}) is not None


def test_memory_is_bounded_and_what_was_met_longest_ago_goes_first() -> None:
    """Whoever asks around everything that is banked must not fill the machine."""
    memory = Remembered(most_bytes=100_000)
    for number in range(500):
        remember(memory, read(number, number, value_bytes=10_000))
        assert memory.size_bytes <= 100_000
    assert memory.known({499}) is not None
    assert memory.known({0}) is None


def judged(known: Known) -> Judged:
    """Judge a copy of a takedown that was read."""
    (takedown,), (media,) = known.takedowns.values(), known.media.values()
    comparison = compare(Query.of_signals([Signal("pdq/1", bytes(32))]), media.signals)
    found = judge_copy(
        comparison, takedown=takedown, origin=known.facts[takedown.id], reference=media, uploader_id=None
    )
    assert found is not None
    return found


def test_what_was_made_of_an_item_is_known_as_long_as_its_owner() -> None:
    """The next copy of it is answered alike, until its takedown, its facts or its media change."""
    memory, known = Remembered(), read(1, 10)
    remember(memory, known)
    before, alone = memory.size_bytes, Alone(10, 0, None)
    memory.keep_judged(alone, judged(known))
    assert memory.judged(alone) == judged(known)
    assert memory.judged(Alone(10, 1, None)) is None
    assert memory.judged(Alone(10, 0, 20)) is None
    assert memory.size_bytes > before
    memory.forget(["tkd_1"])
    assert memory.judged(alone) is None
    assert memory.size_bytes == 0


def test_what_was_made_of_an_item_before_its_owner_changed_is_not_kept() -> None:
    """A question may be judged while the record changes: whoever asks after that must not hear of it."""
    memory, known = Remembered(), read(1, 10)
    remember(memory, known)
    memory.forget(["tkd_1"])
    memory.keep_judged(Alone(10, 0, None), judged(known))
    remember(memory, read(1, 10))
    memory.keep_judged(Alone(10, 0, None), judged(known))
    assert memory.judged(Alone(10, 0, None)) is None


def test_what_is_compared_by_more_than_one_distance_is_judged_each_time() -> None:
    """Of two values of a type the other may be the nearer one; what moves is compared moment by moment."""
    for more in (Signal("pdq/1", bytes([255]) * 32), Signal("video/1", b"")):
        memory, known = Remembered(), read(1, 10)
        (media,) = known.media.values()
        known = replace(known, media={media.id: replace(media, signals=(*media.signals, more))})
        remember(memory, known)
        memory.keep_judged(Alone(10, 0, None), judged(read(1, 10)))
        memory.keep_judged(Alone(10, 0, None), replace(judged(read(1, 10)), takedown=known.takedowns["tkd_1"]))
        assert memory.judged(Alone(10, 0, None)) is None


def test_what_was_made_of_items_is_bounded() -> None:
    """Whoever asks at every distance around what is banked must not fill the machine."""
    memory, known = Remembered(most_bytes=20_000), read(1, 10)
    remember(memory, known)
    for quality in range(101):
        memory.keep_judged(Alone(10, 0, quality), judged(known))
    assert memory.judged(Alone(10, 0, 100)) is not None
    assert memory.judged(Alone(10, 0, 0)) is None
    assert memory.size_bytes <= 20_000
