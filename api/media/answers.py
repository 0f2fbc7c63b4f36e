"""
What is asked about a file, and the answer: for `/v1/uploads`, `/v1/match` and `/v1/hash`.

Invariant: a file is answered by `answer_file` alone, whether in its request or, for a long video, by a job: the answer
is the same. What was sent beside the file is read once (by the route, or by the job from its record) and carried as a
`FileQuestion`.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import TypeAlias

from pydantic import BaseModel

from api.media.asking import ask
from api.media.deep import rest_of, search_within_budget
from api.media.hashing import HashedMedia, features_of_upload, identity_of, submitted
from api.media.untrusted import sees_evidence, watch
from api.schemas.media import HashAnswer, HashOptions, MatchOptions, MatchOut, MediaInfo, exchanged
from api.schemas.uploads import MatchAnswer, StatementOut, UploadAnswer, UploadIn
from api.service import Service
from api.telemetry import span
from api.views.matches import count_verdict, match_answer
from casework.domain.actor import Actor
from casework.domain.media import SubmittedMedia
from casework.handlers.uploads import (
    SEARCHED_BY_REGISTRATIONS,
    RegisteredUpload,
    RegisterUpload,
    register_together,
    register_upload,
)
from casework.persistence.unit_of_work import SqlUnitOfWork
from casework.steps.finding.matching import look_ahead
from matcher.hashing.features import Features
from matcher.hashing.query import Query

UnstoredQuestion: TypeAlias = MatchOptions | HashOptions
"""A question whose answer stores nothing."""

FileQuestion: TypeAlias = UploadIn | UnstoredQuestion
"""What was sent beside a file: its type says what is asked."""

FILE_QUESTIONS: MappingProxyType[str, type[FileQuestion]] = MappingProxyType(
    {"uploads": UploadIn, "match": MatchOptions, "hash": HashOptions}
)
"""How each kind of job calls its question, in the record."""

WriteAnswer: TypeAlias = Callable[[RegisteredUpload], bytes]
"""Writes the answer to a registration as JSON, and counts it."""

Work: TypeAlias = Callable[[SqlUnitOfWork], BaseModel]
"""Makes the answer in a transaction; what it writes commits with it."""


def features_asked(service: Service, question: FileQuestion) -> Features:
    """Say which local features are taken of a file to answer a question about it."""
    match question:
        case UploadIn(depth=depth):
            return features_of_upload(service, depth)
        case MatchOptions(depth=depth):
            return Features.ASKED if depth == "deep" else Features.NONE
        case HashOptions(depth=depth):
            return Features.STORED if depth == "deep" else Features.NONE


def keeps_preview(question: FileQuestion) -> bool:
    """Tell whether a person may have to look at the file."""
    return isinstance(question, UploadIn)


def answer_file(service: Service, actor: Actor, question: FileQuestion, hashed: HashedMedia) -> Work:
    """
    Search for a hashed file as far as its question asks, and return what makes the answer.

    Args:
        service: What this process holds.

        actor: Who asks.

        question: What is asked.

        hashed: The file, with the features of `features_asked`.
    """
    if isinstance(question, UploadIn):
        return registering(service, actor, question, submitted(service, hashed, keep_preview=True), hashed.query)
    answer = answer_unstored(service, actor, question, hashed)
    return lambda _: answer


def answer_unstored(
    service: Service, actor: Actor, question: UnstoredQuestion, hashed: HashedMedia
) -> MatchAnswer | HashAnswer:
    """Answer a question that stores nothing; where it is allowed, also while the database is away."""
    media = MediaInfo.of(submitted(service, hashed, keep_preview=False))
    if isinstance(question, HashOptions):
        return HashAnswer(media=media, signals=exchanged(hashed.signals))
    asked = ask(service, hashed.query)
    watch(service, actor, hashed.query, asked.answer.matches)
    return match_answer(
        asked.answer, media=media, signals=hashed.signals, trusted=sees_evidence(actor), stale=asked.stale
    )


def registering(service: Service, actor: Actor, upload: UploadIn, media: SubmittedMedia, query: Query) -> Work:
    """
    Look deeply within the budget and for a video's frames, then register an upload in the transaction.

    Args:
        service: What this process holds.

        actor: Who asks.

        upload: What the platform says about it.

        media: With its preview, which is kept only if a person must look.

        query: What to look for.
    """
    command = registration(service, actor, upload, media, query)

    def work(uow: SqlUnitOfWork) -> UploadAnswer:
        with span("register") as step:
            registered = register_upload(command, uow, service.replica, flood=service.flood)
            step.note(verdict=registered.upload.verdict.value, matches=len(registered.matches))
        watch(service, actor, query, registered.matches, uow=uow)
        return _upload_answer(registered, trusted=sees_evidence(actor))

    return work


def registration(
    service: Service, actor: Actor, upload: UploadIn, media: SubmittedMedia, query: Query
) -> RegisterUpload:
    """Search as `registering` does, and return what is to be registered; by hashes alone, it takes microseconds."""
    with span("search", items=1):
        deep = search_within_budget(service, query) if upload.depth == "deep" else None
        found = look_ahead(query, service.replica)
    return RegisterUpload(
        actor=actor,
        platform_id=upload.upload_id,
        uploader_id=upload.uploader_id,
        post_text=upload.post_text,
        url=upload.url,
        posted_at=upload.created_at,
        media=media if media.preview is None else replace(media, preview=None),
        query=query,
        sha256=identity_of(media.signals),
        preview=media.preview,
        deep=deep,
        features=rest_of(service, query, deep),
        found=found,
    )


def register_all(
    service: Service, commands: Sequence[RegisterUpload], write: WriteAnswer | None = None
) -> list[bytes | Exception]:
    """
    Register several, of keys that see evidence, in one unit of work.

    Args:
        service: What this process holds.

        commands: Each with another platform id.

        write: Writes an answer as `written_answer` does.

    Returns:
        Their JSON, or why there is none; all is on the disk.
    """
    with service.writing(searches=SEARCHED_BY_REGISTRATIONS) as uow:
        registered = register_together(commands, uow, service.replica, flood=service.flood)
    wanted = write or written_answer
    return [one if isinstance(one, Exception) else wanted(one) for one in registered]


def written_answer(registered: RegisteredUpload) -> bytes:
    """Write the answer to who sees evidence as JSON, and count it."""
    return _upload_answer(registered, trusted=True).model_dump_json().encode()


def _upload_answer(registered: RegisteredUpload, *, trusted: bool) -> UploadAnswer:
    upload = registered.upload
    count_verdict("upload", upload.verdict, registered.matches)
    return UploadAnswer(
        upload=upload.id,
        verdict=upload.verdict.value,
        case_id=upload.case_id,
        decision_id=None if registered.restriction is None else registered.restriction.decision_id,
        statement_of_reasons=StatementOut.of(registered.restriction),
        matches=[MatchOut.of(match, trusted=trusted) for match in registered.matches],
        complete=registered.complete,
        index_version=upload.index_version,
        media=MediaInfo.of(registered.media),
        signals=exchanged(registered.media.signals, with_features=False),
    )
