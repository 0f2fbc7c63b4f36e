"""
Banks: lists of hashes that a program fills one by one, and what it may do with them.

A bank is a list like one that was imported (`import_hashes.py`): what is in it holds and never blocks. Invariant: what
is put in is found by the very next question, and what is disabled, deleted or in a bank that is switched off by none.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from casework.domain.actor import Actor
from casework.domain.errors import NotFoundError, WrongStateError
from casework.domain.ids import HashListId, new_id
from casework.domain.media import SubmittedMedia
from casework.domain.takedowns.hash_list import HashList, ListEntry, is_name, named
from casework.domain.takedowns.takedown import TakedownState
from casework.ports.unit_of_work import UnitOfWork
from casework.steps.exchanging.listed_hashes import (
    LISTED_FACTS,
    TAKEN_OFF,
    list_hashes,
    match_again,
    stop_matching,
    take_off,
)
from casework.steps.journal import record
from casework.steps.lock_takedowns import lock_takedowns
from casework.steps.taking_back.reversal import reverse_takedown

TAKEN_BACK_AT_ONCE = 20
"""Imports of a deleted bank that one transaction takes back; others wait for no longer."""

_DUE_AT_ONCE = 100


@dataclass(frozen=True, slots=True)
class BankChange:
    """
    What becomes of a bank.

    Args:
        name: Its new name; None to keep it.

        enabled_ratio: 0..1; None to keep it.
    """

    name: str | None = None
    enabled_ratio: float | None = None


def bank_of(name: str, uow: UnitOfWork) -> HashList:
    """
    Return a bank by its name.

    Raises:
        NotFoundError: If there is none.
    """
    found = _found(name, uow)
    if found is None:
        message = f"bank '{name}' not found"
        raise NotFoundError(message)
    return found


def make_bank(name: str, enabled_ratio: float, actor: Actor, uow: UnitOfWork) -> HashList:
    """
    Make a bank.

    Raises:
        ListNameError: If the name is none.
        WrongStateError: If there is one of that name.
    """
    lock_takedowns(uow)
    _require_free(named(name), uow)
    bank = HashList(HashListId(new_id("list", uow.now)), name, enabled_ratio, uow.now)
    uow.hash_lists.add(bank)
    record(uow, actor, "bank:made", bank.id, name=name)
    return bank


def change_bank(name: str, change: BankChange, actor: Actor, uow: UnitOfWork) -> HashList:
    """
    Rename a bank, or switch it off and on.

    Raises:
        NotFoundError: If there is none.
        ListNameError: If its new name is none.
        WrongStateError: If there is another of that name.
    """
    lock_takedowns(uow)
    bank = bank_of(name, uow)
    changed = bank
    if change.name is not None and change.name != bank.name:
        _require_free(named(change.name), uow)
        uow.takedowns.rename_source(bank.name, change.name)
        changed = replace(changed, name=change.name)
    if change.enabled_ratio is not None:
        changed = replace(changed, enabled_ratio=change.enabled_ratio)
    if changed.is_matched is not bank.is_matched:
        uow.takedowns.match_source(changed.name, matched=changed.is_matched)
    uow.hash_lists.update(changed)
    record(uow, actor, "bank:changed", bank.id, name=changed.name, enabled_ratio=changed.enabled_ratio)
    return changed


def delete_some_of_bank(name: str, actor: Actor, uow: UnitOfWork) -> bool:
    """
    Take back some of what is in a bank, and forget the bank with the last; it matches nothing from the first on.

    Returns:
        Whether something is left to do.
    """
    lock_takedowns(uow)
    bank = _found(name, uow)
    if bank is None:
        return False
    if bank.is_matched:
        uow.takedowns.match_source(bank.name, matched=False)
        uow.hash_lists.update(replace(bank, enabled_ratio=0.0))
    left = uow.takedowns.of_source(bank.name)
    for takedown_id in left[:TAKEN_BACK_AT_ONCE]:
        reverse_takedown(uow.takedowns.get(takedown_id, lock=True), TakedownState.WITHDRAWN, actor, TAKEN_OFF, uow)
    if len(left) > TAKEN_BACK_AT_ONCE:
        return True
    uow.hash_lists.remove(bank.id)
    record(uow, actor, "bank:deleted", bank.id, name=bank.name)
    return False


@dataclass(frozen=True, slots=True)
class BankMedia:
    """
    Put something into a bank.

    Args:
        bank: Its name.

        media: Its signals.

        actor: Who.

        note: What they write about it.

        uri: Where the original is.
    """

    bank: str
    media: SubmittedMedia
    actor: Actor
    note: str | None = None
    uri: str | None = None


def bank_media(command: BankMedia, uow: UnitOfWork) -> ListEntry:
    """
    Put something into a bank, and let it match.

    Raises:
        NotFoundError: If there is no such bank.
    """
    lock_takedowns(uow)
    bank = bank_of(command.bank, uow)
    listed = list_hashes(bank, [command.media], LISTED_FACTS, command.actor, uow)
    entry = ListEntry(0, bank.id, listed.takedown_id, listed.media_ids[0], uow.now, note=command.note, uri=command.uri)
    return uow.hash_lists.add_entry(entry)


def entry_of(bank: HashList, entry_id: int, uow: UnitOfWork) -> ListEntry:
    """
    Return what is in a bank under a number.

    Raises:
        NotFoundError: If nothing is, in this bank.
    """
    entry = uow.hash_lists.entry(entry_id)
    if entry is None or entry.list_id != bank.id:
        message = f"content '{entry_id}' not found"
        raise NotFoundError(message)
    return entry


def disable_entry(
    bank: str, entry_id: int, actor: Actor, uow: UnitOfWork, *, disabled: bool, until: datetime | None = None
) -> ListEntry:
    """
    Let something in a bank not match, until a moment or until it is enabled, or match again.

    Raises:
        NotFoundError: If nothing is in this bank under this number.
    """
    lock_takedowns(uow)
    before = entry_of(bank_of(bank, uow), entry_id, uow)
    entry = replace(before, disabled=disabled, disabled_until=until if disabled else None)
    if disabled and not before.disabled:
        stop_matching(entry, uow)
    elif before.disabled and not disabled:
        match_again(entry, uow)
    uow.hash_lists.update_entry(entry)
    record(uow, actor, "bank:content:disabled" if disabled else "bank:content:enabled", entry.takedown_id)
    return entry


def note_on_entry(bank: str, entry_id: int, note: str | None, uow: UnitOfWork) -> ListEntry:
    """
    Write a note on something in a bank.

    Raises:
        NotFoundError: If nothing is in this bank under this number.
    """
    lock_takedowns(uow)  # the whole entry is written, also whether it is disabled
    entry = replace(entry_of(bank_of(bank, uow), entry_id, uow), note=note)
    uow.hash_lists.update_entry(entry)
    return entry


def delete_entry(bank: str, entry_id: int, actor: Actor, uow: UnitOfWork) -> int:
    """
    Take something out of a bank for good; return how many that were, 0 if nothing has this number there.

    Raises:
        NotFoundError: If there is no such bank.
    """
    lock_takedowns(uow)
    found = bank_of(bank, uow)
    entry = uow.hash_lists.entry(entry_id)
    if entry is None or entry.list_id != found.id:
        return 0
    take_off(entry, actor, uow)
    record(uow, actor, "bank:content:deleted", entry.takedown_id)
    return 1


def enable_due(actor: Actor, uow: UnitOfWork) -> int:
    """Let match again what was disabled until a moment that has come; return how many that were."""
    lock_takedowns(uow)
    due = uow.hash_lists.due(uow.now, limit=_DUE_AT_ONCE)
    for entry in due:
        match_again(entry, uow)
        uow.hash_lists.update_entry(entry.enabled_again())
        record(uow, actor, "bank:content:enabled", entry.takedown_id)
    return len(due)


def _found(name: str, uow: UnitOfWork) -> HashList | None:
    return uow.hash_lists.named(name) if is_name(name) else None


def _require_free(name: str, uow: UnitOfWork) -> None:
    if uow.hash_lists.named(name) is not None:
        message = "Bank already exists"
        raise WrongStateError(message)
