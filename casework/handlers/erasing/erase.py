"""
Erasing: what was asked for, and the steps a worker carries it through.

    request   (a transaction)     the erasure is on record; what still stands is withdrawn first, where that was asked
    claim     (a transaction)     a worker takes it, under a lease
    record    (transactions)      copies, a batch each, then the case: identity, words, previews, signals, log
    files     (no transaction)    index files, the database's own: the worker's, `api/background/erasing.py`
    note      (a transaction)     how far it is, and what is gone

Invariant: an erasure that was acknowledged is carried to its end, whatever is killed meanwhile; asked for again, it is
the same one. Every transaction locks the takedowns first, as decisions and registrations do.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from casework.domain.actor import SERVICE, Actor
from casework.domain.cases.appeal import AppealState
from casework.domain.cases.case import Case, CaseState
from casework.domain.cases.report import Report
from casework.domain.errors import LeaseLostError, WrongStateError
from casework.domain.ids import CaseId, ErasureId, TakedownId, UploadId
from casework.domain.keeping.erasure import Erasure, ErasureState, Removed, without_poster
from casework.domain.takedowns.sweep import SweepKind, SweepState
from casework.domain.takedowns.takedown import STANDING, Takedown, TakedownState
from casework.domain.work.lease import Lease
from casework.ports.search import CandidateSearch
from casework.ports.unit_of_work import UnitOfWork
from casework.steps.erasing.from_record import (
    copies_of,
    erase_case,
    erase_copies,
    erase_grounds,
    erase_media_of,
    scope_of,
)
from casework.steps.erasing.requesting import requested_erasure
from casework.steps.erasing.unsettled import unfinished_look_backs
from casework.steps.journal import record
from casework.steps.lock_takedowns import lock_takedowns
from casework.steps.taking_back.reversal import holder_of, require_own_report, reverse_takedown, take_report_back
from matcher.signals.base import Signal

_STANDS = (TakedownState.PENDING, TakedownState.PAUSED, *STANDING)
RECEIPT_REASON = "asked for with the receipt"


@dataclass(frozen=True, slots=True)
class RequestErasure:
    """
    Somebody asks for an erasure, by exactly one of three ids.

    Args:
        takedown_id: With its report and its copies.

        report_id: The same, by the report.

        upload_id: This upload alone.

        reason: Why, in words that name nobody.

        withdraw: Whether a takedown that stands is withdrawn first.
    """

    actor: Actor
    reason: str
    takedown_id: str | None = None
    report_id: str | None = None
    upload_id: str | None = None
    withdraw: bool = False


@dataclass(frozen=True, slots=True)
class Traces:
    """
    What an answer that was kept for a repeated request may hold of what is erased.

    Args:
        ids: Of the case, report, receipt, takedowns, decisions and appeals, or of the upload.

        signals: Those that are still on record.
    """

    ids: tuple[str, ...]
    signals: tuple[Signal, ...]


def request_erasure(command: RequestErasure, uow: UnitOfWork) -> Erasure:
    """
    Put an erasure on record; a worker carries it out.

    Args:
        command: Who asks for what.

        uow: The transaction.

    Returns:
        The erasure; the one there is, if it was asked for before.

    Raises:
        NotFoundError: If nothing has this id.
        WrongStateError: If it is not decided yet, or a takedown of it stands and is not to be withdrawn.
    """
    lock_takedowns(uow)
    if command.upload_id is not None:
        upload = uow.uploads.get(command.upload_id, lock=True)
        if uow.erasures.of_scope(upload.id) is None:
            _require_decided(upload.case_id, uow)
            _require_no_appeal(upload.id, uow)
        return requested_erasure(upload.id, command.actor, command.reason, uow)
    if command.report_id is not None:
        case_id = uow.reports.get(command.report_id).case_id
    else:
        case_id = uow.takedowns.get(command.takedown_id or "").case_id
    if uow.erasures.of_scope(case_id) is None:
        for takedown in uow.takedowns.of_case(case_id):
            _require_taken_back(takedown, command, uow)
        _require_decided(case_id, uow)
    return requested_erasure(case_id, command.actor, command.reason, uow)


def erase_with_receipt(report: Report, uow: UnitOfWork) -> Erasure:
    """
    Withdraw a report with its receipt, where it is not yet, and erase it.

    Args:
        report: Its receipt was shown; no account is needed.

        uow: The transaction.

    Raises:
        NotYoursToWithdrawError: If the reporter is neither the person depicted nor acts for them.
        WrongStateError: If an appeal against its decision is open.
    """
    require_own_report(report)
    lock_takedowns(uow)
    case = uow.cases.get(report.case_id, lock=True)
    if uow.erasures.of_scope(case.id) is None:
        if case.is_open or any(one.state in _STANDS for one in uow.takedowns.of_case(case.id)):
            take_report_back(report, RECEIPT_REASON, uow)
        _require_decided(case.id, uow)
    return requested_erasure(case.id, holder_of(report), RECEIPT_REASON, uow)


def claim_erasure(uow: UnitOfWork, *, lease: timedelta) -> Erasure | None:
    """Take an erasure no worker has; None if there is none."""
    due = uow.erasures.next_due(uow.now)
    if due is None:
        return None
    claimed = due.claimed(Lease.begin(uow.now, until=uow.now + lease))
    uow.erasures.update(claimed)
    return claimed


def postpone_erasure(erasure: Erasure, uow: UnitOfWork, *, pause: timedelta) -> None:
    """Leave an erasure alone for a while, if it is still this worker's: something else must end first."""
    current = uow.erasures.get(erasure.id, lock=True)
    if _same_claim(current, erasure) and current.lease is not None:
        uow.erasures.update(current.claimed(replace(current.lease, until=uow.now + pause)))


def must_wait(erasure: Erasure, uow: UnitOfWork) -> bool:
    """
    Tell whether an erasure must wait for something else to end.

    Waits for uploads that rested on its takedown to be let go, which reads what would be erased; for an appeal or a
    case to be decided; and for the look-backs that were due when it was asked for, which may find that another takedown
    matches a copy. Those that came later are asked about each copy instead (`steps/erasing/unsettled.py`), so it is not
    put off for ever.
    """
    if erasure.case_id is None:
        return False
    if any(one.created_at <= erasure.requested_at for one in unfinished_look_backs(uow)):
        return True
    if _why_unsettled(uow.cases.get(erasure.case_id), uow) is not None:
        return True
    return any(
        sweep.kind is SweepKind.REINSTATE and sweep.state in (SweepState.PENDING, SweepState.RUNNING)
        for takedown in uow.takedowns.of_case(erasure.case_id)
        for sweep in uow.sweeps.of_takedown(takedown.id)
    )


def copies_to_erase(erasure: Erasure, uow: UnitOfWork, search: CandidateSearch) -> list[UploadId]:
    """List the uploads that go with a case's report and takedown; none of an upload that is erased by itself."""
    return [] if erasure.case_id is None else list(copies_of(scope_of(erasure.case_id, uow), uow, search).ids)


def traces_of(erasure: Erasure, uow: UnitOfWork) -> Traces:
    """Return by what an answer that was kept is told to be about what is erased."""
    if erasure.case_id is None:
        upload = uow.uploads.get(erasure.scope_id)
        return Traces((upload.id,), uow.media.get(upload.media_id).signals)
    scope = scope_of(erasure.case_id, uow)
    decisions = uow.decisions.of_case(scope.case.id)
    appeals = [one.id for one in uow.appeals.of_case(scope.case.id)]
    receipt = [] if scope.report is None else [scope.report.id, scope.report.receipt_number]
    ids = (scope.case.id, *receipt, *scope.takedown_ids, *(one.id for one in decisions), *appeals)
    return Traces(ids, tuple(signal for one in scope.media for signal in one.signals))


def erase_batch(
    erasure: Erasure, upload_ids: Sequence[UploadId], uow: UnitOfWork, search: CandidateSearch, *, lease: timedelta
) -> Erasure:
    """
    Erase some of the copies from the record.

    Args:
        erasure: As claimed, or as the last batch left it.

        upload_ids: This batch; those that match what stands, or waits for approval, by now are left.

        uow: The transaction.

        search: Over the `uploads` collection.

        lease: How long it stays this worker's.

    Raises:
        LeaseLostError: If another worker took it over.
    """
    lock_takedowns(uow)
    current = _require_lease(erasure, uow)
    if current.case_id is None or current.state is not ErasureState.REQUESTED:
        return current
    scope = scope_of(current.case_id, uow, lock=True)
    still = copies_of(scope, uow, search)
    removed, kept_for = erase_copies([one for one in upload_ids if one in still.ids], scope, uow)
    return _moved(_renewed(current.with_more(removed, kept_for | still.kept_for), uow, lease), uow)


def erase_from_record(erasure: Erasure, uow: UnitOfWork, search: CandidateSearch, *, lease: timedelta) -> Erasure:
    """
    Erase what is left of it from the record; from here on no value of it can be read there.

    Arguments are those of `erase_batch`.

    Raises:
        LeaseLostError: If another worker took it over.
        WrongStateError: If its case was opened again, or is appealed against; nothing is erased then.
    """
    lock_takedowns(uow)
    current = _require_lease(erasure, uow)
    if current.state is not ErasureState.REQUESTED:
        return current
    removed, kept_for = Removed(), frozenset[TakedownId]()
    if current.case_id is not None:
        _require_decided(current.case_id, uow)
        scope = scope_of(current.case_id, uow, lock=True)
        copies = copies_of(scope, uow, search)
        removed, kept_for = erase_copies(copies.ids, scope, uow)
        more, also_for = erase_case(scope, uow, search)
        removed, kept_for = removed + more, kept_for | also_for | copies.kept_for
    elif current.upload_id is not None:
        upload = uow.uploads.get(current.upload_id, lock=True)
        removed, kept_for = erase_media_of([upload], uow)
        texts = sum(text is not None for text in (upload.post_text, upload.url))
        texts += erase_grounds(uow.appeals.of_upload(upload.id), uow)
        removed += Removed(identities=int(upload.uploader_id is not None), texts=texts)
        uow.uploads.update(without_poster(upload))
    erased = current.with_more(removed, kept_for).moved_to(ErasureState.RECORD_ERASED, uow.now)
    return _moved(_renewed(erased, uow, lease), uow)


def note_erased(erasure_id: ErasureId, state: ErasureState, uow: UnitOfWork, removed: Removed | None = None) -> Erasure:
    """
    Note that a step outside the record is done, by whichever worker; the end is in the audit log.

    Args:
        erasure_id: Whose.

        state: `INDEX_ERASED` or `COMPLETED`: that of the step.

        uow: The transaction.

        removed: What is gone with it, if anything.
    """
    current = uow.erasures.get(erasure_id, lock=True).with_more(removed or Removed())
    before = ErasureState.RECORD_ERASED if state is ErasureState.INDEX_ERASED else ErasureState.INDEX_ERASED
    if current.state is before:
        current = current.moved_to(state, uow.now)
        if state is ErasureState.COMPLETED:
            _record_end(current, uow)
    return _moved(current, uow)


def _require_taken_back(takedown: Takedown, command: RequestErasure, uow: UnitOfWork) -> None:
    if takedown.state not in _STANDS:
        return
    if not command.withdraw:
        message = (
            f"takedown {takedown.id} is {takedown.state.value}: what stands is not erased. Withdraw it first, or "
            "with it (`withdraw`: true, or `staydown erase --withdraw`)"
        )
        raise WrongStateError(message)
    reverse_takedown(takedown, TakedownState.WITHDRAWN, command.actor, command.reason, uow)


def _require_decided(case_id: CaseId | None, uow: UnitOfWork) -> None:
    if case_id is None:
        return
    for takedown in uow.takedowns.of_case(case_id):
        if takedown.state is TakedownState.REFERRED:
            message = (
                f"takedown {takedown.id} is referred: what it is about may show somebody under 18, and who reported it "
                "may have to be named to the authorities. Its media is erased already"
            )
            raise WrongStateError(message)
    reason = _why_unsettled(uow.cases.get(case_id, lock=True), uow)
    if reason is not None:
        raise WrongStateError(reason)


def _require_no_appeal(upload_id: UploadId, uow: UnitOfWork) -> None:
    for appeal in uow.appeals.of_upload(upload_id):
        if appeal.state is AppealState.OPEN:
            message = f"appeal {appeal.id} about upload {upload_id} is open: decide it first"
            raise WrongStateError(message)


def _why_unsettled(case: Case, uow: UnitOfWork) -> str | None:
    """Say why a case may not be erased yet; None if it is decided and nobody appeals."""
    if case.state is not CaseState.DECIDED:
        return f"case {case.id} is {case.state.value}: decide it first, so that it is known what is erased"
    for appeal in uow.appeals.of_case(case.id):
        if appeal.state is AppealState.OPEN:
            return f"appeal {appeal.id} in case {case.id} is open: decide it first, it is about what is erased"
    return None


def _record_end(erasure: Erasure, uow: UnitOfWork) -> None:
    removed = erasure.removed
    record(
        uow,
        SERVICE,
        "erasure:completed",
        erasure.scope_id,
        erasure_id=erasure.id,
        previews=removed.previews,
        identities=removed.identities,
        texts=removed.texts,
        signals=removed.signals,
        index_files=removed.index_files,
        stored_files=removed.stored_files,
    )


def _require_lease(erasure: Erasure, uow: UnitOfWork) -> Erasure:
    current = uow.erasures.get(erasure.id, lock=True)
    if not _same_claim(current, erasure):
        message = f"erasure {erasure.id} was taken over by another worker"
        raise LeaseLostError(message)
    return current


def _same_claim(current: Erasure, claimed: Erasure) -> bool:
    return (current.lease and current.lease.id) == (claimed.lease and claimed.lease.id)


def _renewed(erasure: Erasure, uow: UnitOfWork, lease: timedelta) -> Erasure:
    return erasure if erasure.lease is None else erasure.claimed(replace(erasure.lease, until=uow.now + lease))


def _moved(erasure: Erasure, uow: UnitOfWork) -> Erasure:
    uow.erasures.update(erasure)
    return erasure
