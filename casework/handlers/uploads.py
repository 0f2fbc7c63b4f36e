"""
Registering an upload: matched now, remembered for the takedowns of tomorrow.

Invariant: between this match and its commit no takedown slips through, for the transaction holds the counter of the
`takedowns` collection while it asks.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from casework.domain.actor import Actor
from casework.domain.cases.handles import handles_of
from casework.domain.errors import UploadConflictError
from casework.domain.ids import CaseId, UploadId, new_ids
from casework.domain.keeping.erasure import is_erased
from casework.domain.media import Collection, Media, SubmittedMedia
from casework.domain.takedowns.statement import Restriction
from casework.domain.takedowns.upload import Match, Upload
from casework.domain.verdict import Verdict
from casework.policy.automation.flood import DEFAULT_FLOOD, FloodLimits
from casework.ports.search import Candidates, CandidateSearch
from casework.ports.unit_of_work import UnitOfWork
from casework.steps.finding.deep_search import DeepFindings, with_newer_references
from casework.steps.finding.matching import Answer, Question, answer, as_takedowns_are_now, if_still_current
from casework.steps.judging_anew.flood import note_spread
from casework.steps.lock_takedowns import lock_takedowns
from casework.steps.uploads.copies import OpenedCase, announce_match, first_to_decide, open_case
from casework.steps.uploads.restriction import restriction_by
from casework.steps.uploads.standing import restriction_of
from matcher.hashing.query import Query

SEARCHED_BY_REGISTRATIONS: Final = frozenset({Collection.TAKEDOWNS, Collection.PROTECTED})
"""The collections that registering asks the index about: not the uploads, so many may share a commit."""


@dataclass(frozen=True, slots=True)
class RegisterUpload:
    """
    A platform asks whether an upload may be published, and wants it remembered.

    Args:
        platform_id: The platform's own id of it.

        media: Hashed.

        query: What to look for: the signals and their variants.

        sha256: 32 bytes, of the file.

        preview: Kept only if a person must look.

        deep: What a deep search found before; None where none was asked for.

        features: What the rest of a deep search needs that ran out of time; kept until that is done.

        found: What `look_ahead` found before.
    """

    actor: Actor
    platform_id: str
    uploader_id: str | None
    post_text: str | None
    url: str | None
    posted_at: datetime | None
    media: SubmittedMedia
    query: Query
    sha256: bytes
    preview: bytes | None
    deep: DeepFindings | None = None
    features: bytes | None = None
    found: Candidates | None = None


@dataclass(frozen=True, slots=True)
class RegisteredUpload:
    """
    The answer to a pipeline.

    Args:
        upload: The upload, as it was registered.

        matches: What it is a copy of.

        media: Its media.

        complete: Whether everything was looked at; what was not is looked at in the background, and an event tells what
            it found.

        restriction: What restricts it, and why, for who posted it; None if nothing does.
    """

    upload: Upload
    matches: tuple[Match, ...]
    media: Media
    complete: bool = True
    restriction: Restriction | None = None


def register_upload(
    command: RegisterUpload, uow: UnitOfWork, search: CandidateSearch, *, flood: FloodLimits = DEFAULT_FLOOD
) -> RegisteredUpload:
    """
    Match an upload and remember it.

    Args:
        command: The upload.

        uow: The transaction.

        search: Over the `takedowns` collection.

        flood: How many people a takedown may match before it goes into quarantine.

    Raises:
        UploadConflictError: If the platform's id names other bytes already, or is another pipeline's.
    """
    # Before the look: no takedown can commit until we do, so none can miss this in its look-back and be missed here;
    # and nobody else registers the same id meanwhile.
    lock_takedowns(uow)
    known = uow.uploads.by_platform_ids([command.platform_id]).get(command.platform_id)
    if known is not None:
        return _as_before(known, command, uow)
    return _remember([command], uow, search, flood)[0]


def register_together(
    commands: Sequence[RegisterUpload],
    uow: UnitOfWork,
    search: CandidateSearch,
    *,
    flood: FloodLimits = DEFAULT_FLOOD,
) -> list[RegisteredUpload | UploadConflictError]:
    """
    Match and remember several that came at the same time, each as if it had come alone.

    Args:
        commands: Each with another platform id.

        uow: The transaction.

        search: Over the `takedowns` collection.

        flood: How many people a takedown may match before it goes into quarantine.

    Returns:
        For each, in order, what `register_upload` would have returned or raised.
    """
    lock_takedowns(uow)
    known = uow.uploads.by_platform_ids(command.platform_id for command in commands)
    fresh = [command for command in commands if command.platform_id not in known]
    stored = {one.upload.platform_id: one for one in (_remember(fresh, uow, search, flood) if fresh else ())}
    return [
        stored[command.platform_id]
        if command.platform_id in stored
        else _as_before_or_why_not(known[command.platform_id], command, uow)
        for command in commands
    ]


def _as_before_or_why_not(
    known: Upload, command: RegisterUpload, uow: UnitOfWork
) -> RegisteredUpload | UploadConflictError:
    try:
        return _as_before(known, command, uow)
    except UploadConflictError as error:
        return error


def register_uploads(
    commands: Sequence[RegisterUpload],
    uow: UnitOfWork,
    search: CandidateSearch,
    *,
    flood: FloodLimits = DEFAULT_FLOOD,
) -> int:
    """
    Match and remember many at once, as a library that exists already is registered.

    Args:
        commands: Those whose platform id is known are left as they are, whatever bytes they name.

        uow: The transaction; it holds up decisions and other registrations until it ends.

        search: Over the `takedowns` collection.

        flood: How many people a takedown may match before it goes into quarantine.

    Returns:
        How many were new.
    """
    lock_takedowns(uow)
    by_id = {command.platform_id: command for command in commands}
    known = uow.uploads.by_platform_ids(by_id)
    fresh = [command for platform_id, command in by_id.items() if platform_id not in known]
    return len(_remember(fresh, uow, search, flood)) if fresh else 0


def _as_before(known: Upload, command: RegisterUpload, uow: UnitOfWork) -> RegisteredUpload:
    if not known.is_seen_by(command.actor):  # before the bytes: whether they are the same is not theirs to know
        message = (
            f"upload_id {command.platform_id!r} was registered by another key; ids are one space for all pipelines, "
            "so begin yours with a prefix of your own"
        )
        raise UploadConflictError(message)
    if is_erased(known):
        message = f"upload_id {command.platform_id!r} was registered and erased; use a new id for a new upload"
        raise UploadConflictError(message)
    if known.sha256 != command.sha256:
        message = f"upload_id {command.platform_id!r} was registered with other bytes; use a new id for a new upload"
        raise UploadConflictError(message)
    matches, media = tuple(uow.matches.of_upload(known.id)), uow.media.get(known.media_id)
    complete = not uow.unfinished.has(known.id)
    return RegisteredUpload(known, matches, media, complete=complete, restriction=restriction_of(known, uow))


def _remember(
    commands: Sequence[RegisterUpload], uow: UnitOfWork, search: CandidateSearch, flood: FloodLimits
) -> list[RegisteredUpload]:
    """Match uploads and store them: those that match nothing together, each of the others after those before it."""
    questions = [
        Question(
            command.query,
            uploader_id=command.uploader_id,
            deep=with_newer_references(command.deep, command.query, uow, search),
            found=if_still_current(command.found, uow),
        )
        for command in commands
    ]
    answered = list(zip(commands, answer(questions, uow, search), strict=True))
    stored = _store([one for one in answered if not one[1].judged], uow)
    for command, found in answered:
        if found.judged:
            now = as_takedowns_are_now(found, uow)
            stored += _store([(command, now)], uow)
            note_spread(now.judged, uow, flood)
    return stored


def _store(answered: Sequence[tuple[RegisterUpload, Answer]], uow: UnitOfWork) -> list[RegisteredUpload]:
    if not answered:
        return []
    commands, found = zip(*answered, strict=True)
    upload_ids = [UploadId(upload_id) for upload_id in new_ids("upl", uow.now, len(commands))]
    opened = [
        _open_case(upload_id, command, one, uow)
        for upload_id, command, one in zip(upload_ids, commands, found, strict=True)
    ]
    case_ids = [None if one is None else one.id for one in opened]
    media = uow.media.add_many(
        [(command.media, case_id, 0) for command, case_id in zip(commands, case_ids, strict=True)]
    )
    uploads = [
        _upload(upload_id, command, one, case_id, stored, uow)
        for upload_id, command, one, case_id, stored in zip(upload_ids, commands, found, case_ids, media, strict=True)
    ]
    uow.uploads.add_many(uploads)
    uow.index_log.add_many(Collection.UPLOADS, [(upload.id, one) for upload, one in zip(uploads, media, strict=True)])
    restrictions = [_restriction(one, case) for one, case in zip(found, opened, strict=True)]
    for upload, command, one, restriction in zip(uploads, commands, found, restrictions, strict=True):
        if upload.case_id is not None and uow.cases.get(upload.case_id).upload_id != upload.id:
            uow.media.show_in_case(upload.media_id, None)  # that case has media of its own: they may be banked
        _note_matches(upload, command, one, restriction, uow)
        if command.features is not None:
            uow.unfinished.add(upload.id, command.features)
    return [
        RegisteredUpload(upload, one.matches, stored, complete=command.features is None, restriction=restriction)
        for upload, command, one, stored, restriction in zip(uploads, commands, found, media, restrictions, strict=True)
    ]


def _restriction(found: Answer, case: OpenedCase | None) -> Restriction | None:
    """Say what restricts an upload, from what is known already: most match nothing, and nobody waits for a query."""
    if found.verdict is Verdict.ALLOW:
        return None
    return restriction_by(first_to_decide(found.judged), decided_by=None if case is None else case.decision_id)


def _open_case(upload_id: UploadId, command: RegisterUpload, found: Answer, uow: UnitOfWork) -> OpenedCase | None:
    """Open a case where a person must look, or where the policy itself blocked: every effect explains itself."""
    if not (found.opens_case or found.verdict is Verdict.BLOCK):
        return None
    unfinished = command.features is not None
    judged = first_to_decide(found.judged)
    if judged.group is not None:
        return OpenedCase(judged.group)
    found_by = handles_of(urls=[command.url], upload_id=command.platform_id, uploader_id=command.uploader_id)
    return open_case(
        upload_id,
        command.uploader_id,
        judged.match,
        found.verdict,
        uow,
        found_by=found_by,
        unfinished=unfinished,
    )


def _upload(
    upload_id: UploadId, command: RegisterUpload, found: Answer, case_id: CaseId | None, media: Media, uow: UnitOfWork
) -> Upload:
    return Upload(
        id=upload_id,
        platform_id=command.platform_id,
        uploader_id=command.uploader_id,
        post_text=command.post_text,
        url=command.url,
        posted_at=command.posted_at,
        registered_at=uow.now,
        media_id=media.id,
        sha256=command.sha256,
        verdict=found.verdict,
        case_id=case_id,
        index_version=found.index_version,
        registered_by=command.actor.id if command.actor.sees_only_own else None,
    )


def _note_matches(
    upload: Upload, command: RegisterUpload, found: Answer, restriction: Restriction | None, uow: UnitOfWork
) -> None:
    if upload.case_id is not None and command.preview is not None:
        uow.media.keep_preview(upload.media_id, command.preview)
    for match in found.matches:
        uow.matches.add(upload.id, match)
    if found.matches:
        announce_match(upload, found.matches[0], command.actor, uow, restriction=restriction)
