"""
What belongs to an erasure, and taking it out of the record.

Of a case's report and takedown: the reporter's identity, what people wrote, the media of the case and of every
reference, and the uploads that are copies of it: the same file, `exact` or `near` matches, copies a person confirmed. A
copy shows what was erased and holds its values, so it goes with it: it stays registered and keeps its verdict, but no
later look-back finds it. What another takedown rests on that still stands stays for that one.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

import numpy as np

from casework.domain.cases.case import Case, CaseState
from casework.domain.cases.report import Report, ReportedContent, ReporterDetails, target_of
from casework.domain.erasure import Removed, is_erased, without_signals
from casework.domain.ids import CaseId, MediaId, TakedownId, UploadId
from casework.domain.media import Collection, Media
from casework.domain.takedowns.takedown import Takedown
from casework.domain.takedowns.upload import Match, Upload
from casework.ports.search import CandidateSearch
from casework.ports.unit_of_work import UnitOfWork
from casework.steps.standing import standing_matches_of
from matcher.signals import signal_type
from matcher.signals.base import Worth
from matcher.strength import Strength

_LOOKED = ":viewed"
"""How acts end beside which somebody wrote why they looked."""

_A_COPY = (Strength.EXACT, Strength.NEAR)


@dataclass(frozen=True, slots=True)
class Scope:
    """
    What one erasure is about.

    Args:
        case: Where the report or the upload was decided.

        report: That opened it, or None.

        takedowns: That its decisions made.

        media: Of the case, and of every reference of these takedowns.
    """

    case: Case
    report: Report | None
    takedowns: tuple[Takedown, ...]
    media: tuple[Media, ...]

    @property
    def takedown_ids(self) -> list[TakedownId]:
        """Of the takedowns."""
        return [one.id for one in self.takedowns]


def scope_of(case_id: CaseId, uow: UnitOfWork, *, lock: bool = False) -> Scope:
    """Read what an erasure of a case's report and takedown is about."""
    case = uow.cases.get(case_id, lock=lock)
    takedowns = tuple(uow.takedowns.of_case(case.id))
    references = [media_id for one in takedowns for media_id in uow.takedowns.references(one.id)]
    media = {one.id: one for one in uow.media.of_case(case.id)} | uow.media.many(references)
    return Scope(case, uow.reports.of_case(case.id), takedowns, tuple(media.values()))


def copies_of(scope: Scope, uow: UnitOfWork, search: CandidateSearch) -> list[UploadId]:
    """List, in order, the uploads that are copies of what is erased and that no standing takedown matches."""
    matched = sorted({one for takedown_id in scope.takedown_ids for one in uow.matches.of_takedown(takedown_id)})
    own = set(scope.takedown_ids)
    found = {
        upload_id
        for upload_id, matches in uow.matches.of_uploads(matched).items()
        if any(match.takedown_id in own and _is_copy(match) for match in matches)
    }
    found |= _same_files(scope.media, uow, search)
    if scope.case.upload_id is not None:
        found.add(scope.case.upload_id)
    standing = standing_matches_of(sorted(found), uow)
    uploads = uow.uploads.many(found)
    return sorted(one for one in found if not standing[one] and not is_erased(uploads[one]))


def erase_copies(
    upload_ids: Sequence[UploadId], scope: Scope, uow: UnitOfWork
) -> tuple[Removed, frozenset[TakedownId]]:
    """Take the signals, previews and words of copies out of the record; who posted them, and where, stays."""
    uploads = list(uow.uploads.many(upload_ids).values())
    removed, kept_for = erase_media_of(uploads, uow)
    for upload in uploads:
        removed += Removed(texts=int(upload.post_text is not None))
        uow.uploads.update(without_signals(upload))
    for takedown_id in scope.takedown_ids:
        for case in uow.cases.resting_on(takedown_id, upload_ids):
            removed += _erase_words_of(case, uow)
    return removed, kept_for


def erase_media_of(uploads: Sequence[Upload], uow: UnitOfWork) -> tuple[Removed, frozenset[TakedownId]]:
    """Take uploads out of what a look-back searches, and erase their media but for what a standing takedown needs."""
    for upload in uploads:
        uow.index_log.remove(Collection.UPLOADS, upload.id)
    uow.unfinished.erase([one.id for one in uploads])
    return _erase_media([one.media_id for one in uploads], [one.id for one in uploads], uow)


def _erase_media(
    media_ids: Iterable[MediaId],
    owner_ids: Iterable[str],
    uow: UnitOfWork,
    *,
    needed: Mapping[MediaId, TakedownId] = MappingProxyType({}),
) -> tuple[Removed, frozenset[TakedownId]]:
    """
    Erase previews, signals and variants, and the values that were removed from the index.

    Args:
        media_ids: Whose signals. References of a takedown that stands are left to it.

        owner_ids: Takedowns and uploads whose items left the index.

        uow: The transaction.

        needed: Media that are left to a takedown that stands for another reason.

    Returns:
        What is gone, and the takedowns for which something stays.
    """
    ids = list(media_ids)
    left = {**needed, **uow.takedowns.standing_on(ids)}
    gone = [one for one in ids if one not in left]
    previews, signals = uow.media.erase(gone)
    uow.common_parts.erase(gone)
    uow.index_log.erase(owner_ids, ids)
    return Removed(previews=previews, signals=signals), frozenset(left[one] for one in ids if one in left)


def erase_case(scope: Scope, uow: UnitOfWork) -> tuple[Removed, frozenset[TakedownId]]:
    """Take a case's report, takedowns and media out of the record; return what is gone, and for whom some stays."""
    media_ids = [one.id for one in scope.media]
    removed, kept_for = _erase_media(media_ids, scope.takedown_ids, uow, needed=_matched_elsewhere(scope, uow))
    removed += _erase_words_of(scope.case, uow)
    uow.audit.erase_details(scope.takedown_ids, action_ends=_LOOKED)
    for takedown in scope.takedowns:
        removed += Removed(texts=int(takedown.reversal_reason is not None))
        if takedown.quarantine_case_id is not None:
            removed += _erase_words_of(uow.cases.get(takedown.quarantine_case_id, lock=True), uow)
        uow.takedowns.update(replace(takedown, subject_uploader_id=None, reversal_reason=None))
    removed += Removed(texts=uow.outbox.erase_addresses(scope.takedown_ids))
    if scope.report is not None:
        removed += _erase_report(scope.report, uow)
    return removed, kept_for


def _matched_elsewhere(scope: Scope, uow: UnitOfWork) -> dict[MediaId, TakedownId]:
    """Return the media of uploads that a standing takedown matches, too, and which: they are looked for by them."""
    matched = {one for takedown_id in scope.takedown_ids for one in uow.matches.of_takedown(takedown_id)}
    if scope.case.upload_id is not None:
        matched.add(scope.case.upload_id)
    uploads = uow.uploads.many(matched)
    standing = standing_matches_of(sorted(matched), uow)
    return {uploads[one].media_id: matches[0].takedown_id for one, matches in standing.items() if matches}


def _erase_report(report: Report, uow: UnitOfWork) -> Removed:
    content = ReportedContent(upload_id=report.content.upload_id)
    left = replace(
        report,
        reporter=ReporterDetails(report.reporter.relation),
        statement=replace(report.statement, signature=None),
        content=content,
        target=target_of(content),
        reporter_key=None,
    )
    uow.reports.update(left)
    named = (left.reporter, left.statement) != (report.reporter, report.statement)
    texts = sum(one is not None for one in (report.content.url, report.content.post_text))
    return Removed(identities=int(named), texts=texts)


def _erase_words_of(case: Case, uow: UnitOfWork) -> Removed:
    """Erase what people wrote in a case, and close it: there is nothing left to look at."""
    uow.audit.erase_details([case.id], action_ends=_LOOKED)
    texts = [case.note]
    uow.cases.update(replace(case if not case.is_open else case.moved_to(CaseState.DECIDED), note=None))
    for decision in uow.decisions.of_case(case.id):
        texts += [decision.note, decision.override_reason]
        uow.decisions.update(replace(decision, note=None, override_reason=None))
        for appeal in uow.appeals.of_decision(decision.id):
            texts += [appeal.grounds or None, appeal.note]
            uow.appeals.update(replace(appeal, grounds="", note=None))
    return Removed(texts=sum(text is not None for text in texts))


def _same_files(media: Iterable[Media], uow: UnitOfWork, search: CandidateSearch) -> set[UploadId]:
    """Return the uploads of the very same files, whether or not they ever matched."""
    values: dict[str, list[bytes]] = {}
    for signal in (signal for one in media for signal in one.signals):
        if signal_type(signal.type).worth is Worth.PROOF:
            values.setdefault(signal.type, []).append(signal.value)
    if not values:
        return set()
    codes = {name: np.frombuffer(b"".join(each), np.uint8).reshape(len(each), -1) for name, each in values.items()}
    (found,) = search.find(Collection.UPLOADS, [codes])
    return {UploadId(one) for one in uow.index_log.owners(hit.item_id for hit in found.found)}


def _is_copy(match: Match) -> bool:
    return match.strength in _A_COPY or match.confirmed_by is not None
