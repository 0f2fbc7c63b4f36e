"""
Telling servers of hashes: takedowns whose reporter agreed, that they are taken back, what became of the servers' own.

    events  ->  follow_takedowns  ->  sendings  ->  claim_sending, what_to_say  ->  (sent by the caller)  ->  was_sent

Invariant: what is to be said is written down in a transaction before it is said, once a subject. Between an answer and
its commit a process may die; then the same is said again, in the same words, which these servers take as one.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

from casework.domain.cases.decision import DecisionState
from casework.domain.errors import LeaseLostError
from casework.domain.events import Event, EventType
from casework.domain.exchanges.exchange import Exchange
from casework.domain.exchanges.records import KeptRecord, RecordState
from casework.domain.exchanges.sending import Feedback, Sending, SendingKind, SendingState, SharedHash
from casework.domain.ids import ExchangeId, SendingId, TakedownId, new_id
from casework.domain.media import is_low_quality
from casework.domain.takedowns.takedown import TakedownState
from casework.domain.work.lease import Lease
from casework.ports.unit_of_work import UnitOfWork
from casework.steps.exchanging.feedback import WAIT
from matcher.signals.base import Signal

LEASE: Final = timedelta(minutes=5)
_AT_ONCE: Final = 200
_MOST_HASHES: Final = 100
_ENDS: Final = (EventType.TAKEDOWN_REVERSED, EventType.TAKEDOWN_REFERRED)


def to_follow(uow: UnitOfWork) -> ExchangeId | None:
    """Return an exchange that shares and has not seen the newest events, or None."""
    newest = uow.outbox.newest()
    behind = (one for one in uow.exchanges.all() if one.shares and one.followed < newest)
    return next((one.id for one in behind), None)


def follow_takedowns(exchange_id: ExchangeId, uow: UnitOfWork) -> bool:
    """
    Look at some events that an exchange has not seen, and write down what it is to be told of them.

    Returns:
        Whether there was something to look at.
    """
    exchange = uow.exchanges.get(exchange_id, lock=True)
    newest = uow.outbox.newest()
    types = [EventType.TAKEDOWN_CREATED, *_ENDS]
    found = uow.outbox.feed(types=types, after=exchange.followed, limit=_AT_ONCE)
    for _, event in found:
        _follow(event, exchange, uow)
    reached = found[-1][0] if len(found) == _AT_ONCE else newest
    if reached == exchange.followed:
        return False
    uow.exchanges.update(replace(exchange, followed=reached))
    return True


def claim_sending(uow: UnitOfWork, exchange_id: ExchangeId | None = None) -> Sending | None:
    """Take something that is due to be said, of one exchange or of any."""
    due = uow.sendings.next_due(uow.now, exchange_id)
    if due is None:
        return None
    claimed = replace(due, lease=Lease.begin(uow.now, until=uow.now + LEASE))
    uow.sendings.update(claimed)
    return claimed


@dataclass(frozen=True, slots=True)
class ToSay:
    """
    What is said.

    Args:
        exchange: To whom.

        signals: Of a share: what is passed on.

        shared: Of what takes one back: what was.

        record: Of feedback: about which record.

        in_place_of: Of a correction: what was said before.
    """

    exchange: Exchange
    signals: Sequence[Signal] = ()
    shared: Sequence[SharedHash] = ()
    record: KeptRecord | None = None
    in_place_of: Feedback | None = None


@dataclass(frozen=True, slots=True)
class NotNow:
    """
    Why something is not said.

    Args:
        reason: In words.

        for_good: Whether it never will be.
    """

    reason: str
    for_good: bool = True


def what_to_say(sending: Sending, shares: Sequence[str], uow: UnitOfWork) -> ToSay | NotNow:
    """
    Return what a server is told, as things are now.

    Args:
        sending: Claimed.

        shares: The signal types that can be sent there.

        uow: The record.
    """
    exchange = uow.exchanges.get(sending.exchange_id)
    if sending.kind in (SendingKind.FEEDBACK, SendingKind.CORRECTION):
        return _what_became(sending, exchange, uow)
    assert sending.takedown_id is not None
    if sending.kind is SendingKind.SHARE:
        if not _is_shared(sending.takedown_id, uow):
            return NotNow("the takedown does not stand, or the reporter does not agree any more")
        signals = _signals(sending.takedown_id, shares, uow)
        return ToSay(exchange, signals=signals) if signals else NotNow("it has no hash that is good enough to pass on")
    share = uow.sendings.about(exchange.id, SendingKind.SHARE, sending.takedown_id)
    if share is None or share.state is SendingState.DEAD:
        return NotNow("it was never passed on")
    if share.state is SendingState.PENDING:
        return NotNow("it is still being passed on", for_good=False)
    return ToSay(exchange, shared=share.shared)


def _what_became(sending: Sending, exchange: Exchange, uow: UnitOfWork) -> ToSay | NotNow:
    assert sending.record_id is not None
    assert sending.decision_id is not None
    kept = uow.exchange_records.of(exchange.id, [sending.record_id]).get(sending.record_id)
    if kept is None or kept.state is not RecordState.HELD:
        return NotNow("the server took the hash back meanwhile")
    if sending.kind is SendingKind.FEEDBACK:
        overturned = uow.decisions.get(sending.decision_id).state is DecisionState.OVERTURNED
        return NotNow("the decision was overturned on appeal") if overturned else ToSay(exchange, record=kept)
    before = uow.sendings.about(exchange.id, SendingKind.FEEDBACK, sending.subject)
    if before is None:
        return NotNow("what it corrects was never said")
    if before.lease is not None and uow.now < before.lease.until:
        return NotNow("what it corrects is just being said", for_good=False)
    return ToSay(exchange, record=kept, in_place_of=before.feedback)


def was_sent(claimed: Sending, shared: Sequence[SharedHash], uow: UnitOfWork) -> None:
    """
    Note that a server took what was said.

    Raises:
        LeaseLostError: If another process said it too.
    """
    sending = replace(_require_lease(claimed, uow), shared=list(shared)).sent(uow.now)
    uow.sendings.update(sending)
    if sending.kind is SendingKind.RETRACT and sending.takedown_id is not None:
        share = uow.sendings.about(sending.exchange_id, SendingKind.SHARE, sending.takedown_id)
        if share is not None:
            uow.sendings.update(replace(share, shared=[]))


def was_not_sent(claimed: Sending, why: NotNow, uow: UnitOfWork, *, retry_after_s: float | None = None) -> None:
    """
    Note that a server did not take it, or that it was not said.

    Raises:
        LeaseLostError: If another process said it too.
    """
    sending = _require_lease(claimed, uow)
    uow.sendings.update(sending.failed(why.reason, uow.now, retry_after_s=retry_after_s, for_good=why.for_good))


def _follow(event: Event, exchange: Exchange, uow: UnitOfWork) -> None:
    if event.takedown_id is None:
        return
    if event.type is EventType.TAKEDOWN_CREATED:
        if _is_shared(event.takedown_id, uow):
            _say(SendingKind.SHARE, event.takedown_id, exchange, uow)
    elif uow.sendings.about(exchange.id, SendingKind.SHARE, event.takedown_id) is not None:
        _say(SendingKind.RETRACT, event.takedown_id, exchange, uow)


def _say(kind: SendingKind, takedown_id: TakedownId, exchange: Exchange, uow: UnitOfWork) -> None:
    sending = Sending(
        id=SendingId(new_id("snd", uow.now)),
        exchange_id=exchange.id,
        kind=kind,
        subject=takedown_id,
        created_at=uow.now,
        next_attempt_at=uow.now + (WAIT if kind is SendingKind.SHARE else timedelta(0)),
        takedown_id=takedown_id,
    )
    uow.sendings.add_new([sending])


def _is_shared(takedown_id: TakedownId, uow: UnitOfWork) -> bool:
    """Tell whether a takedown stands that a report made whose reporter agreed to passing its hashes on."""
    takedown = uow.takedowns.get(takedown_id)
    if takedown.state is not TakedownState.ACTIVE or not takedown.hash_action.is_banked:
        return False
    report = uow.reports.of_case(takedown.case_id)
    return report is not None and report.statement.share_hashes


def _signals(takedown_id: TakedownId, shares: Sequence[str], uow: UnitOfWork) -> list[Signal]:
    """Return what of a takedown is passed on: of its own media alone, and only what others can act on, too."""
    case_id = uow.takedowns.get(takedown_id).case_id
    own = set(uow.takedowns.references(takedown_id))
    media = [one for one in uow.media.of_case(case_id) if one.id in own and not is_low_quality(one)]
    found = {(one.type, one.value): one for each in media for one in each.signals if one.type in shares}
    return list(found.values())[:_MOST_HASHES]


def _require_lease(claimed: Sending, uow: UnitOfWork) -> Sending:
    current = uow.sendings.get(claimed.id, lock=True)
    if current.lease is None or claimed.lease is None or current.lease.id != claimed.lease.id:
        message = f"{claimed.kind.value} {claimed.id} was taken over by another process"
        raise LeaseLostError(message)
    return current
