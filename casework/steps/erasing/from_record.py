"""
What belongs to an erasure, and taking it out of the record.

Of a case's report and takedown: the reporter's identity, what people wrote, the media of the case and of every
reference, and the uploads that are copies of it: the same file, `exact` or `near` matches, copies a person confirmed. A
copy shows what was erased and holds its values, so it goes with it: it stays registered and keeps its verdict, but no
later look-back finds it. What another takedown rests on, or matches, that still stands or waits for a second person
stays for that one, whether or not its look-back came to it yet.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

import numpy as np

from casework.domain.cases.appeal import Appeal
from casework.domain.cases.case import Case, CaseState
from casework.domain.cases.handles import handles_of_report
from casework.domain.cases.report import Report, ReportedContent, ReporterDetails, target_of
from casework.domain.facts import Conduct
from casework.domain.ids import CaseId, MediaId, TakedownId, UploadId
from casework.domain.keeping.erasure import Removed, is_erased, without_signals
from casework.domain.media import Collection, Media
from casework.domain.takedowns.takedown import Takedown
from casework.domain.takedowns.upload import Match, Upload
from casework.ports.search import CandidateSearch
from casework.ports.unit_of_work import UnitOfWork
from casework.steps.erasing.unsettled import unsettled_matches
from casework.steps.uploads.standing import standing_matches_of
from matcher.signals import signal_type
from matcher.signals.base import Worth
from matcher.strength import Strength

_WITH_WORDS = (":viewed", ":quarantine:lifted")
"""How acts end beside which words may stand: why somebody looked, and, in older rows, why a quarantine was lifted."""

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
    def is_of_words(self) -> bool:
        """Whether what a post says was the wrong, not what it shows."""
        return self.case.facts.conduct is not Conduct.SHARED_MEDIA

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


@dataclass(frozen=True, slots=True)
class Copies:
    """
    Uploads that are copies of what is erased.

    Args:
        ids: Those that go with it, in order.

        kept_for: Takedowns for which others stay: they stand, or wait for a second person, and match these, too.
    """

    ids: tuple[UploadId, ...]
    kept_for: frozenset[TakedownId]


def copies_of(scope: Scope, uow: UnitOfWork, search: CandidateSearch) -> Copies:
    """Find the uploads that are copies of what is erased, and tell those apart that another takedown needs."""
    matched = [] if scope.is_of_words else _matched_by(scope, uow)
    own = set(scope.takedown_ids)
    found = {
        upload_id
        for upload_id, matches in uow.matches.of_uploads(matched).items()
        if any(match.takedown_id in own and _is_copy(match) for match in matches)
    }
    found |= _same_files(scope.media, uow, search)
    if scope.case.upload_id is not None:
        found.add(scope.case.upload_id)
    uploads = uow.uploads.many(found)
    left = [one for one in sorted(found) if not is_erased(uploads[one])]
    needed = _needed_by_others(left, uow, search)
    return Copies(tuple(one for one in left if one not in needed), frozenset(needed.values()))


def _matched_by(scope: Scope, uow: UnitOfWork) -> list[UploadId]:
    return sorted({one for takedown_id in scope.takedown_ids for one in uow.matches.of_takedown(takedown_id)})


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


def erase_case(scope: Scope, uow: UnitOfWork, search: CandidateSearch) -> tuple[Removed, frozenset[TakedownId]]:
    """Take a case's report, takedowns and media out of the record; return what is gone, and for whom some stays."""
    media_ids = [one.id for one in scope.media]
    needed = _matched_elsewhere(scope, uow, search)
    removed, kept_for = _erase_media(media_ids, scope.takedown_ids, uow, needed=needed)
    removed += _erase_words_of(scope.case, uow)
    _erase_audited_words(scope.takedown_ids, uow)
    uow.hash_lists.erase(scope.takedown_ids)
    uow.sendings.forget(scope.takedown_ids)
    for takedown in scope.takedowns:
        removed += Removed(texts=int(takedown.reversal_reason is not None))
        if takedown.quarantine_case_id is not None:
            removed += _erase_words_of(uow.cases.get(takedown.quarantine_case_id, lock=True), uow)
        uow.takedowns.update(replace(takedown, subject_uploader_id=None, reversal_reason=None))
    removed += Removed(texts=uow.outbox.erase_addresses(scope.takedown_ids))
    if scope.is_of_words:
        removed += _erase_post_texts(_matched_by(scope, uow), uow)
    if scope.report is not None:
        removed += _erase_report(scope.report, uow)
    return removed, kept_for


def _erase_post_texts(upload_ids: Sequence[UploadId], uow: UnitOfWork) -> Removed:
    """Erase the words of posts that were taken down for them; what these show is no wrong, and is left as it is."""
    spoken = [one for one in uow.uploads.many(upload_ids).values() if one.post_text is not None]
    for upload in spoken:
        uow.uploads.update(replace(upload, post_text=None))
    return Removed(texts=len(spoken))


def _matched_elsewhere(scope: Scope, uow: UnitOfWork, search: CandidateSearch) -> dict[MediaId, TakedownId]:
    """Return the media of uploads that another takedown needs, too, and which: they are looked for by them."""
    matched = {one for takedown_id in scope.takedown_ids for one in uow.matches.of_takedown(takedown_id)}
    if scope.case.upload_id is not None:
        matched.add(scope.case.upload_id)
    uploads = uow.uploads.many(matched)
    return {uploads[one].media_id: by for one, by in _needed_by_others(sorted(matched), uow, search).items()}


def _needed_by_others(
    upload_ids: Sequence[UploadId], uow: UnitOfWork, search: CandidateSearch
) -> dict[UploadId, TakedownId]:
    """Return which of these uploads a takedown matches that stands, or will once it has looked back, and which does."""
    matched = {one: found[0].takedown_id for one, found in standing_matches_of(upload_ids, uow).items() if found}
    return unsettled_matches([one for one in upload_ids if one not in matched], uow, search) | matched


def _erase_report(report: Report, uow: UnitOfWork) -> Removed:
    content = ReportedContent(upload_id=report.content.upload_id)
    left = replace(
        report,
        reporter=ReporterDetails(report.reporter.relation),
        statement=replace(report.statement, signature=None, explanation=None),
        content=content,
        target=target_of(content),
        reporter_key=None,
    )
    uow.reports.update(left)
    uow.cases.find_by(report.case_id, handles_of_report(content))
    named = (left.reporter, left.statement.signature) != (report.reporter, report.statement.signature)
    given = (report.content.url, *report.content.other_urls, report.content.post_text, report.statement.explanation)
    texts = sum(one is not None for one in given)
    return Removed(identities=int(named), texts=texts)


def _erase_audited_words(subject_ids: Sequence[str], uow: UnitOfWork) -> None:
    for ends in _WITH_WORDS:
        uow.audit.erase_details(subject_ids, action_ends=ends)


def _erase_words_of(case: Case, uow: UnitOfWork) -> Removed:
    """Erase what people wrote in a case, and close it: there is nothing left to look at."""
    _erase_audited_words([case.id], uow)
    texts = [case.note]
    uow.cases.update(replace(case if not case.is_open else case.moved_to(CaseState.DECIDED), note=None))
    for message in uow.messages.of_case(case.id):
        texts.append(message.text)
        uow.messages.update(replace(message, text=None))
    for decision in uow.decisions.of_case(case.id):
        texts += [decision.note, decision.override_reason]
        uow.decisions.update(replace(decision, note=None, override_reason=None))
    written = erase_grounds(uow.appeals.of_case(case.id), uow)
    return Removed(texts=written + sum(text is not None for text in texts))


def erase_grounds(appeals: Iterable[Appeal], uow: UnitOfWork) -> int:
    """Erase what people wrote in appeals; return how many texts there were."""
    texts: list[str | None] = []
    for appeal in appeals:
        texts += [appeal.grounds or None, appeal.note]
        uow.appeals.update(replace(appeal, grounds="", note=None))
    return sum(text is not None for text in texts)


def _same_files(media: Iterable[Media], uow: UnitOfWork, search: CandidateSearch) -> set[UploadId]:
    """Return the uploads of the very same files, whether or not they ever matched."""
    values: dict[str, list[bytes]] = {}
    for signal in (signal for one in media for signal in one.signals):
        if signal_type(signal.type).worth is Worth.PROOF:
            values.setdefault(signal.type, []).append(signal.value)
    if not values:
        return set()
    codes = {name: np.frombuffer(b"".join(each), np.uint8).reshape(len(each), -1) for name, each in values.items()}
    found = search.near(Collection.UPLOADS, [codes])
    return {UploadId(one) for one in uow.index_log.owners(found.of_any())}


def _is_copy(match: Match) -> bool:
    return match.strength in _A_COPY or match.confirmed_by is not None
