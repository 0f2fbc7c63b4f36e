"""What is remembered of takedowns: only what did not change, and never more than fits."""

from datetime import UTC, datetime

import pytest

from casework.domain.banking import HashAction
from casework.domain.facts import Facts
from casework.domain.ids import CaseId, DecisionId, MediaId, TakedownId
from casework.domain.media import Collection, Item, Media
from casework.domain.takedowns.takedown import Takedown, TakedownState
from casework.steps.finding.known import Known
from casework.steps.finding.remembered import Remembered
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
