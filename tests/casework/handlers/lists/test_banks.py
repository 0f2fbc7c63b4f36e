"""Banks, without a service: what one transaction does, and what is left to the next."""

from datetime import timedelta

import pytest

from casework.domain.actor import Actor, Role
from casework.domain.errors import ListNameError, WrongStateError
from casework.domain.media import Collection, SubmittedMedia
from casework.domain.takedowns.takedown import TakedownState
from casework.domain.verdict import Verdict
from casework.handlers.lists.banks import (
    TAKEN_BACK_AT_ONCE,
    BankChange,
    BankMedia,
    bank_media,
    change_bank,
    delete_entry,
    delete_some_of_bank,
    disable_entry,
    make_bank,
    note_on_entry,
)
from casework.handlers.lists.import_hashes import ImportHashes, import_hashes
from casework.handlers.lookback import apply_batch, compare_batch, survey
from casework.steps.sweeps import claim_sweep
from matcher.signals.base import Signal
from tests.casework.handlers.conftest import Desk, picture
from tests.fakes import FakeSearch, FakeUnitOfWork

ACTOR = Actor(id="hma", name="a program", role=Role.SENIOR)


def media(number: int) -> SubmittedMedia:
    """Return media with a hash like no other."""
    return SubmittedMedia("unknown", None, None, None, (Signal("pdq/1", number.to_bytes(32)),))


def test_a_large_bank_is_deleted_over_several_transactions_and_matches_nothing_from_the_first_on() -> None:
    """Others wait for a transaction no longer than one batch takes, and nothing new is held meanwhile."""
    uow = FakeUnitOfWork()
    make_bank("BIG", 1.0, ACTOR, uow)
    for number in range(TAKEN_BACK_AT_ONCE + 1):
        bank_media(BankMedia("BIG", media(number), ACTOR), uow)
    assert delete_some_of_bank("BIG", ACTOR, uow)
    states = [one.state for one in uow.takedowns.rows.values()]
    assert sorted(set(states)) == [TakedownState.PAUSED, TakedownState.WITHDRAWN]
    assert not delete_some_of_bank("BIG", ACTOR, uow)
    assert {one.state for one in uow.takedowns.rows.values()} == {TakedownState.WITHDRAWN}
    assert (uow.hash_lists.all(), uow.hash_lists.entries) == ([], {})
    assert not delete_some_of_bank("BIG", ACTOR, uow), "gone already"


def test_a_note_does_not_enable_what_was_disabled_while_it_waited(monkeypatch: pytest.MonkeyPatch) -> None:
    """Both write the whole entry; one that was read before its turn would say what no longer holds."""
    uow = FakeUnitOfWork()
    make_bank("BANK", 1.0, ACTOR, uow)
    number = bank_media(BankMedia("BANK", media(1), ACTOR), uow).id
    version = uow.index_log.version

    def disabled_meanwhile(collection: Collection) -> int:
        monkeypatch.setattr(uow.index_log, "version", version)
        disable_entry("BANK", number, ACTOR, uow, disabled=True)
        return version(collection)

    monkeypatch.setattr(uow.index_log, "version", disabled_meanwhile)
    note_on_entry("BANK", number, "looked at", uow)
    entry = uow.hash_lists.entry(number)
    assert (entry.disabled, entry.note) == (True, "looked at")


def test_of_hashes_imported_together_one_is_deleted_and_the_others_stay() -> None:
    """A list that was imported is a bank, too."""
    uow = FakeUnitOfWork()
    search = FakeSearch(uow.index_log)
    became = import_hashes(ImportHashes(ACTOR, "LIST", [media(1), media(2)]), uow, search)
    first, second = sorted(uow.hash_lists.entries)
    assert delete_entry("LIST", first, ACTOR, uow) == 1
    takedown = uow.takedowns.get(became.takedown_id)
    assert takedown.state is TakedownState.IMPORTED
    assert [one.signal.value for one in uow.index_log.of_owner(takedown.id)] == [(2).to_bytes(32)]
    assert delete_entry("LIST", second, ACTOR, uow) == 1
    assert uow.takedowns.get(takedown.id).state is TakedownState.WITHDRAWN
    assert uow.index_log.of_owner(takedown.id) == []
    assert uow.index_log.version(Collection.TAKEDOWNS) == 4


def test_names_are_names_and_there_once() -> None:
    """A name stands in look-ups between commas, and in cases as the source."""
    uow = FakeUnitOfWork()
    make_bank("ONE", 1.0, ACTOR, uow)
    make_bank("TWO", 1.0, ACTOR, uow)
    with pytest.raises(ListNameError, match="1 to 64 letters"):
        make_bank("A,B", 1.0, ACTOR, uow)
    with pytest.raises(WrongStateError, match="already exists"):
        change_bank("TWO", BankChange(name="ONE"), ACTOR, uow)
    assert change_bank("TWO", BankChange(name="TWO", enabled_ratio=0.0), ACTOR, uow).enabled_ratio == 0.0


def test_a_look_back_under_way_holds_nothing_for_what_was_deleted_meanwhile(desk: Desk) -> None:
    """It searched while the reference was there; what it found then rests on nothing any more."""
    upload = desk.upload("earlier", picture(1)).upload
    pdq = SubmittedMedia("unknown", None, None, None, picture(1)[1:2])
    import_hashes(ImportHashes(ACTOR, "LIST", [pdq, media(3)]), desk.record, desk.search)
    sweep = claim_sweep(desk.record, lease=timedelta(minutes=1))
    found = survey(sweep, desk.record, desk.search)
    batch, judged = compare_batch(found, found.upload_ids, desk.record, desk.search, out_of_time=lambda: False)
    assert list(judged) == [upload.id]
    delete_entry("LIST", min(desk.record.hash_lists.entries), ACTOR, desk.record)
    apply_batch(sweep, found, batch, judged, desk.record, lease=timedelta(minutes=1))
    assert desk.record.uploads.get(upload.id).verdict is Verdict.ALLOW
    assert desk.record.matches.of_upload(upload.id) == []
