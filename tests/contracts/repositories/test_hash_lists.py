"""Of lists of hashes that came from others: the fake and SQL answer alike."""

from dataclasses import replace
from datetime import timedelta

from casework.domain.ids import HashListId, TakedownId
from casework.domain.takedowns.hash_list import HashList, ListEntry
from casework.domain.takedowns.takedown import TakedownState
from casework.ports.unit_of_work import UnitOfWork
from tests.contracts.repositories.entries import decided


def listed(record: UnitOfWork, name: str = "PARTNER", count: int = 2) -> tuple[HashList, list[ListEntry]]:
    """Make a list with entries of as many takedowns."""
    hash_list = HashList(HashListId(f"list_{name}"), name, 1.0, record.now)
    record.hash_lists.add(hash_list)
    entries = []
    for number in range(count):
        takedown_id = decided(record).takedown_id
        record.takedowns.update(
            replace(record.takedowns.get(takedown_id), state=TakedownState.IMPORTED, source=hash_list.name)
        )
        media_id = record.takedowns.references(takedown_id)[0]
        entries.append(
            ListEntry(0, hash_list.id, takedown_id, media_id, record.now, key=f"{name} {number}".encode().ljust(16))
        )
    return hash_list, [record.hash_lists.add_entry(one) for one in entries]


def test_a_list_is_found_by_its_name_and_renamed(record: UnitOfWork) -> None:
    """A name is what people and programs know it by."""
    hash_list, _ = listed(record, count=0)
    record.hash_lists.update(replace(hash_list, name="OTHER", enabled_ratio=0.5))
    assert record.hash_lists.named("PARTNER") is None
    found = record.hash_lists.named("OTHER")
    assert found == record.hash_lists.get(hash_list.id) == record.hash_lists.all()[0]
    assert (found.name, found.enabled_ratio, found.created_at) == ("OTHER", 0.5, record.now)


def test_keys_tell_what_is_on_a_list(record: UnitOfWork) -> None:
    """A file that is read again adds nothing; another list has keys of its own."""
    hash_list, entries = listed(record)
    other, _ = listed(record, "OTHER", count=1)
    keys = [one.key for one in entries]
    assert record.hash_lists.known_keys(hash_list.id, [*keys, b"unknown"]) == set(keys)
    assert record.hash_lists.known_keys(other.id, keys) == set()


def test_what_has_no_key_may_be_there_twice(record: UnitOfWork) -> None:
    """Programs that fill a bank keep the number of each thing they put there."""
    _, entries = listed(record, count=1)
    first, second = (record.hash_lists.add_entry(replace(entries[0], key=None)) for _ in range(2))
    assert first.id != second.id
    record.hash_lists.remove_entry(second.id)
    assert record.hash_lists.entry(second.id) is None
    assert record.hash_lists.add_entry(replace(entries[0], key=None)).id > second.id, "a number was given twice"


def test_an_entry_is_read_as_it_was_written(record: UnitOfWork) -> None:
    """Its note and its address, which are encrypted, too."""
    _, entries = listed(record, count=1)
    changed = replace(entries[0], note="kept: é", uri="https://example.org/1", disabled=True)
    record.hash_lists.update_entry(changed)
    assert record.hash_lists.entry(changed.id) == changed
    assert record.hash_lists.entries_on([changed.media_id]) == {changed.media_id: changed}
    added = record.hash_lists.add_entry(replace(changed, key=None))
    assert record.hash_lists.entry(added.id) == added
    record.hash_lists.remove_entry(added.id)


def test_many_entries_are_added_at_once(record: UnitOfWork) -> None:
    """As an import does."""
    hash_list, (entry,) = listed(record, count=1)
    many = {f"{number}".encode().ljust(16): entry.media_id for number in range(120)}
    record.hash_lists.put_many(hash_list.id, entry.takedown_id, many)
    assert record.hash_lists.known_keys(hash_list.id, [*many, b"another"]) == set(many)
    numbers = record.hash_lists.by_keys(hash_list.id, list(many)[:1])
    stored = record.hash_lists.entry(*numbers.values())
    assert stored == replace(entry, id=stored.id, key=next(iter(many)), added_at=record.now)


def test_entries_are_due_once_their_moment_has_come(record: UnitOfWork) -> None:
    """What was disabled for good never is."""
    _, (first, second) = listed(record)
    until = record.now + timedelta(hours=1)
    record.hash_lists.update_entry(replace(first, disabled=True, disabled_until=until))
    record.hash_lists.update_entry(replace(second, disabled=True))
    assert record.hash_lists.due(record.now, limit=9) == []
    assert [one.id for one in record.hash_lists.due(until, limit=9)] == [first.id]


def test_what_is_erased_or_deleted_leaves_the_list(record: UnitOfWork) -> None:
    """Nothing of it is counted any more."""
    hash_list, (first, second) = listed(record)
    assert record.hash_lists.size("pdq/1") == (2, record.now)
    record.hash_lists.erase([first.takedown_id])
    assert record.hash_lists.entry(first.id) is None
    assert record.hash_lists.entry(second.id) == second
    record.hash_lists.remove(hash_list.id)
    assert (record.hash_lists.all(), record.hash_lists.entry(second.id)) == ([], None)
    assert record.hash_lists.size("pdq/1") == (0, None)


def test_all_that_came_from_a_list_is_paused_and_renamed_together(record: UnitOfWork) -> None:
    """And nothing of another list, nor what was taken back."""
    _, entries = listed(record, count=3)
    _, (other,) = listed(record, "OTHER", count=1)
    ids = [TakedownId(one.takedown_id) for one in entries]
    taken_back = record.takedowns.get(ids[2]).reverse(TakedownState.WITHDRAWN, by="x", reason="y", now=record.now)
    record.takedowns.update(taken_back)
    record.takedowns.match_source("PARTNER", matched=False)
    states = [record.takedowns.get(one).state for one in [*ids, other.takedown_id]]
    assert states == [TakedownState.PAUSED, TakedownState.PAUSED, TakedownState.WITHDRAWN, TakedownState.IMPORTED]
    record.takedowns.rename_source("PARTNER", "NEW")
    record.takedowns.match_source("NEW", matched=True)
    assert record.takedowns.of_source("NEW") == sorted(ids[:2])
    assert record.takedowns.of_source("PARTNER") == []
    assert record.takedowns.get(ids[0]).state is TakedownState.IMPORTED
