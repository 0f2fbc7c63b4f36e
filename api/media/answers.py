"""
What is done with a file once it is hashed: what `/v1/uploads`, `/v1/match` and `/v1/hash` answer.

A row of `MEDIA_WORK` is used by its route for files that are answered at once, and by `jobs.py` for those that are not:
the answer is the same.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any, TypeAlias

from pydantic import BaseModel

from api.media.asking import ask
from api.media.deep import encrypted_rest, search_within_budget
from api.media.hashing import HashedMedia, features_of_upload, identity_of, submitted
from api.schemas.media import HashAnswer, MatchOut, MediaInfo, exchanged
from api.schemas.uploads import MatchAnswer, UploadAnswer, UploadIn
from api.service import Service
from api.views.matches import match_answer
from casework.domain.actor import Actor, Role
from casework.domain.media import SubmittedMedia
from casework.handlers.uploads import RegisteredUpload, RegisterUpload, register_upload
from casework.persistence.unit_of_work import SqlUnitOfWork
from casework.steps.finding.matching import look_ahead
from matcher.hashing.features import Features
from matcher.hashing.query import Query

Fields: TypeAlias = Mapping[str, Any]
"""What was sent beside the file, found to be valid."""

Work: TypeAlias = Callable[[SqlUnitOfWork], BaseModel]
"""Makes the answer in a transaction; what it writes commits with it."""


@dataclass(frozen=True, slots=True)
class MediaWork:
    """
    One thing to do with a file.

    Args:
        features: Which local features are taken for it.

        work: What makes the answer.
    """

    features: Callable[[Service, Fields], Features]
    work: Callable[[Service, Actor, Fields, HashedMedia], Work]


def sees_evidence(actor: Actor) -> bool:
    """Tell whether an actor may see distances: every person, and pipelines whose key is marked trusted."""
    return actor.trusted or actor.role is not Role.PIPELINE


def registering(service: Service, actor: Actor, upload: UploadIn, media: SubmittedMedia, query: Query) -> Work:
    """
    Look deeply within the budget and for a video's frames, then register an upload in the transaction.

    Args:
        service: The process's.

        actor: Who asks.

        upload: What the platform says about it.

        media: With its preview, which is kept only if a person must look.

        query: What to look for.
    """
    deep = search_within_budget(service, query) if upload.depth == "deep" else None
    command = RegisterUpload(
        actor=actor,
        platform_id=upload.upload_id,
        uploader_id=upload.uploader_id,
        post_text=upload.post_text,
        url=upload.url,
        posted_at=upload.created_at,
        media=replace(media, encrypted_preview=None),
        query=query,
        sha256=identity_of(media.signals),
        encrypted_preview=media.encrypted_preview,
        deep=deep,
        encrypted_features=encrypted_rest(service, query, deep),
        found=look_ahead(query, service.replica),
    )

    def work(uow: SqlUnitOfWork) -> UploadAnswer:
        return _upload_answer(register_upload(command, uow, service.replica), trusted=sees_evidence(actor))

    return work


def matched(service: Service, actor: Actor, hashed: HashedMedia) -> MatchAnswer:
    """Ask whether a file matches; nothing is stored."""
    media = MediaInfo.of(submitted(service, hashed, keep_preview=False))
    asked = ask(service, hashed.query)
    return match_answer(
        asked.answer, media=media, signals=hashed.signals, trusted=sees_evidence(actor), stale=asked.stale
    )


def hash_answer(service: Service, hashed: HashedMedia) -> HashAnswer:
    """Answer a file's signals; nothing is stored."""
    media = MediaInfo.of(submitted(service, hashed, keep_preview=False))
    return HashAnswer(media=media, signals=exchanged(hashed.signals))


def _register_file(service: Service, actor: Actor, fields: Fields, hashed: HashedMedia) -> Work:
    media = submitted(service, hashed, keep_preview=True)
    return registering(service, actor, UploadIn.model_validate(fields), media, hashed.query)


def _match_file(service: Service, actor: Actor, _: Fields, hashed: HashedMedia) -> Work:
    answer = matched(service, actor, hashed)
    return lambda _: answer


def _hash_file(service: Service, _: Actor, __: Fields, hashed: HashedMedia) -> Work:
    answer = hash_answer(service, hashed)
    return lambda _: answer


def _upload_answer(registered: RegisteredUpload, *, trusted: bool) -> UploadAnswer:
    upload = registered.upload
    return UploadAnswer(
        upload=upload.id,
        verdict=upload.verdict.value,
        case_id=upload.case_id,
        matches=[MatchOut.of(match, trusted=trusted) for match in registered.matches],
        complete=registered.complete,
        index_version=upload.index_version,
        media=MediaInfo.of(registered.media),
        signals=exchanged(registered.media.signals, with_features=False),
    )


MEDIA_WORK: MappingProxyType[str, MediaWork] = MappingProxyType(
    {
        "uploads": MediaWork(
            lambda service, fields: features_of_upload(service, fields.get("depth", "deep")), _register_file
        ),
        "match": MediaWork(
            lambda _, fields: Features.ASKED if fields.get("depth", "deep") == "deep" else Features.NONE, _match_file
        ),
        "hash": MediaWork(
            lambda _, fields: Features.STORED if fields.get("depth", "fast") == "deep" else Features.NONE, _hash_file
        ),
    }
)
