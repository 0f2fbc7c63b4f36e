"""
Pulling from a server of hashes: a page is asked for outside any transaction, and applied in one with its checkpoint.

    claim  ->  page, page, …  ->  [clear]  ->  finished

Invariant: what a page says and how far it reaches are one commit. A pull that is killed at any moment goes on with the
page it had not committed: nothing is on the list twice, nothing is left out, what was taken back is off it. Who lost
the lease writes nothing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

from casework.domain.actor import SERVICE
from casework.domain.errors import LeaseLostError, WrongStateError
from casework.domain.exchanges.exchange import Checkpoint, Exchange, ExchangeState
from casework.domain.exchanges.records import KeptRecord, Page, RecordState, RemoteRecord
from casework.domain.facts import Facts
from casework.domain.media import SubmittedMedia
from casework.domain.takedowns.hash_list import key_of
from casework.domain.work.lease import Lease
from casework.ports.search import CandidateSearch
from casework.ports.unit_of_work import UnitOfWork
from casework.steps.exchanging.importing import list_named, take_over
from casework.steps.exchanging.listed_hashes import take_off
from casework.steps.journal import record
from casework.steps.lock_takedowns import lock_takedowns

LEASE: Final = timedelta(minutes=10)
"""Longer than a page may take, with all that is done with it."""

CLEARED_AT_ONCE: Final = 200
_TAKEDOWN_SIZE: Final = 1_000
_ANEW: Final = "anew"
_TAKEN_BACK: Final = "the exchange that it came from took it back"
_NEVER_BANKED: Final = "a copy of what is on the never-bank list"


def claim_pull(uow: UnitOfWork, exchange_id: str | None = None, *, take_over: bool = False) -> Exchange | None:
    """
    Take an exchange that is due, or a certain one whether it is due or not.

    Args:
        uow: The transaction.

        exchange_id: Which; None for whichever is due.

        take_over: Whether that one is taken from a process that has it: that was killed, or writes nothing more.

    Raises:
        WrongStateError: If that one is not active, or another process pulls from it.
    """
    if exchange_id is None:
        due = uow.exchanges.next_due(uow.now)
        if due is None:
            return None
    else:
        due = uow.exchanges.get(exchange_id, lock=True)
        if due.state is not ExchangeState.ACTIVE:
            message = f"exchange {due.name} is {due.state.value}; resume it first"
            raise WrongStateError(message)
        if due.lease is not None and due.lease.until > uow.now and not take_over:
            message = f"exchange {due.name} is being pulled by another process; if that was killed, say --take-over"
            raise WrongStateError(message)
    claimed = due.claimed(Lease.begin(uow.now, until=uow.now + LEASE))
    uow.exchanges.update(claimed)
    return claimed


@dataclass(frozen=True, slots=True)
class ApplyPage:
    """
    Apply a page.

    Args:
        claimed: The exchange, as it was claimed.

        page: What the server answered.

        anew: Whether the page is the first after everything was asked for anew.

        facts: What copies inherit.
    """

    claimed: Exchange
    page: Page
    anew: bool
    facts: Facts


def apply_page(command: ApplyPage, uow: UnitOfWork, search: CandidateSearch) -> Exchange:
    """
    Apply a page, and note how far it reaches.

    Args:
        command: The page.

        uow: The transaction.

        search: Over the `protected` collection: what is never banked is left out.

    Returns:
        The exchange as it is then.

    Raises:
        LeaseLostError: If another process took over, or the exchange was paused or removed meanwhile.
    """
    lock_takedowns(uow)
    exchange = _require_lease(command.claimed, uow)
    if command.anew:
        exchange = replace(exchange, round=exchange.round + 1)
    counted = _apply(command.page.records, exchange, command.facts, uow, search)
    anew = command.anew or exchange.checkpoint.get(_ANEW) is True
    exchange = replace(
        exchange,
        pulled=exchange.pulled + counted["pulled"],
        set_aside=exchange.set_aside + counted["aside"],
        passed_over=exchange.passed_over + command.page.passed_over + counted["same"],
        checkpoint={**command.page.checkpoint, **({_ANEW: True} if anew and not command.page.is_last else {})},
        failures=0,
        last_error=None,
    )
    if not command.page.is_last:
        exchange = exchange.claimed(Lease(_lease_of(exchange).id, uow.now + LEASE))
    elif anew and exchange.round > 1:
        exchange = replace(exchange.claimed(Lease(_lease_of(exchange).id, uow.now + LEASE)), clearing=True)
    else:
        exchange = exchange.finished(uow.now)
    uow.exchanges.update(exchange)
    return exchange


def clear_some(claimed: Exchange, uow: UnitOfWork) -> Exchange:
    """
    Take off the list some of what did not come when everything was asked for anew.

    Raises:
        LeaseLostError: If another process took over.
    """
    lock_takedowns(uow)
    exchange = _require_lease(claimed, uow)
    gone = uow.exchange_records.left_behind(exchange.id, exchange.round, limit=CLEARED_AT_ONCE)
    uow.exchange_records.put(
        [replace(one, state=RecordState.WITHDRAWN, key=None, entry_id=None, round=exchange.round) for one in gone]
    )
    _take_off(gone, exchange, uow)
    exchange = replace(exchange, pulled=exchange.pulled + len(gone))
    if len(gone) < CLEARED_AT_ONCE:
        exchange = exchange.finished(uow.now)
    uow.exchanges.update(exchange)
    return exchange


def rewind_pull(claimed: Exchange, checkpoint: Checkpoint, uow: UnitOfWork) -> Exchange:
    """
    Begin a set of pages again whose place in it the server no longer knows.

    Raises:
        LeaseLostError: If another process took over.
    """
    exchange = _require_lease(claimed, uow)
    anew = {_ANEW: True} if exchange.checkpoint.get(_ANEW) is True else {}
    exchange = replace(exchange, checkpoint={**checkpoint, **anew})
    uow.exchanges.update(exchange)
    return exchange


def pull_failed(claimed: Exchange, error: str, retry_after_s: float | None, uow: UnitOfWork) -> Exchange:
    """
    Note that a server gave no page; it is left alone for a while.

    Raises:
        LeaseLostError: If another process took over.
    """
    exchange = _require_lease(claimed, uow).failed(error, uow.now, retry_after_s=retry_after_s)
    uow.exchanges.update(exchange)
    return exchange


def _require_lease(claimed: Exchange, uow: UnitOfWork) -> Exchange:
    current = uow.exchanges.get(claimed.id, lock=True)
    lost = current.state is not ExchangeState.ACTIVE or current.lease is None
    if lost or _lease_of(current).id != _lease_of(claimed).id:
        message = f"exchange {current.name} was taken over by another process, paused or removed"
        raise LeaseLostError(message)
    return current


def _lease_of(exchange: Exchange) -> Lease:
    assert exchange.lease is not None
    return exchange.lease


def _apply(
    records: Sequence[RemoteRecord], exchange: Exchange, facts: Facts, uow: UnitOfWork, search: CandidateSearch
) -> dict[str, int]:
    newest = _newest(records)
    known = uow.exchange_records.of(exchange.id, newest)
    kept: list[KeptRecord] = []
    ended: list[KeptRecord] = []
    fresh: list[RemoteRecord] = []
    counted = {"pulled": 0, "aside": 0, "same": len(records) - len(newest)}
    for one in newest.values():
        before = known.get(one.id)
        if before is not None and _says_nothing_new(one, before):
            counted["same"] += 1
            kept.append(replace(before, round=exchange.round, updated=max(before.updated, one.updated)))
            continue
        if before is not None and before.state is RecordState.HELD:
            ended.append(before)
        if one.signal is not None:
            fresh.append(one)
        elif one.withdrawn:
            counted["pulled"] += 1
            kept.append(_kept(one, RecordState.WITHDRAWN, exchange))
        else:
            counted["aside"] += 1
            kept.append(_kept(one, RecordState.ASIDE, exchange, reason=one.problem))
    put_on = _put_on(fresh, exchange, facts, uow, search)
    counted["pulled"] += sum(one.state is RecordState.HELD for one in put_on)
    counted["aside"] += sum(one.state is RecordState.ASIDE for one in put_on)
    uow.exchange_records.put([*kept, *put_on])
    _take_off(ended, exchange, uow)
    return counted


def _newest(records: Sequence[RemoteRecord]) -> Mapping[str, RemoteRecord]:
    """Return what a page says last of each record: of two alike in time, what stands behind."""
    newest: dict[str, RemoteRecord] = {}
    for one in records:
        if one.id not in newest or one.updated >= newest[one.id].updated:
            newest[one.id] = one
    return newest


def _says_nothing_new(one: RemoteRecord, before: KeptRecord) -> bool:
    """Tell whether a record is older than what is kept of it, or the same: then nothing happens, and nothing twice."""
    if one.updated < before.updated:
        return True
    if one.signal is not None:
        return before.state is RecordState.HELD and before.key == key_of([one.signal])
    return one.withdrawn and before.state is RecordState.WITHDRAWN


def _put_on(
    fresh: Sequence[RemoteRecord], exchange: Exchange, facts: Facts, uow: UnitOfWork, search: CandidateSearch
) -> list[KeptRecord]:
    if not fresh:
        return []
    hash_list = list_named(exchange.name, uow)
    kept: list[KeptRecord] = []
    for start in range(0, len(fresh), _TAKEDOWN_SIZE):
        some = fresh[start : start + _TAKEDOWN_SIZE]
        keys = {one.id: key_of([one.signal]) for one in some if one.signal is not None}
        media = [SubmittedMedia("unknown", None, None, None, (one.signal,)) for one in some if one.signal is not None]
        take_over(hash_list, media, facts, SERVICE, uow, search)
        numbers = uow.hash_lists.by_keys(hash_list.id, keys.values())
        for one in some:
            number = numbers.get(keys[one.id])
            if number is None:
                kept.append(_kept(one, RecordState.ASIDE, exchange, reason=_NEVER_BANKED))
            else:
                kept.append(replace(_kept(one, RecordState.HELD, exchange), key=keys[one.id], entry_id=number))
    return kept


def _take_off(ended: Sequence[KeptRecord], exchange: Exchange, uow: UnitOfWork) -> None:
    """Take entries off the list that no record holds any more."""
    numbers = {one.entry_id for one in ended if one.entry_id is not None}
    numbers -= {one.entry_id for one in uow.exchange_records.held_by(numbers)}
    taken_off = 0
    for number in sorted(numbers):
        entry = uow.hash_lists.entry(number)
        if entry is not None:  # an erasure, or a person, may have been here before
            take_off(entry, SERVICE, uow, reason=_TAKEN_BACK)
            taken_off += 1
    if taken_off:
        record(uow, SERVICE, "hashes:withdrawn", exchange.id, source=exchange.name, hashes=taken_off)


def _kept(one: RemoteRecord, state: RecordState, exchange: Exchange, *, reason: str | None = None) -> KeptRecord:
    return KeptRecord(exchange.id, one.id, state, one.updated, exchange.round, handle=one.handle, reason=reason)
