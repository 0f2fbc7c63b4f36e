"""
What is done with a file once it is hashed: what `/v1/uploads`, `/v1/match` and `/v1/hash` answer.

A row of `MEDIA_WORK` is used by its route for files that are answered at once, and by `jobs.py` for those that are not:
the answer is the same.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, TypeAlias

from pydantic import BaseModel

from api.bootstrap import Service
from api.intake import HashedMedia, sha256_of, submitted
from api.schemas.media import HashAnswer, MatchOut, MediaInfo, exchanged
from api.schemas.uploads import UploadAnswer, UploadIn
from api.views.matches import match_answer
from casework.domain.actor import Actor, Role
from casework.handlers.matching import Question, answer
from casework.handlers.uploads import RegisteredUpload, RegisterUpload, register_upload
from casework.persistence.unit_of_work import SqlUnitOfWork

Work: TypeAlias = Callable[[SqlUnitOfWork], BaseModel]
"""Makes the answer in a transaction; what it writes commits with it."""

MediaWork: TypeAlias = Callable[[Service, Actor, Mapping[str, Any], HashedMedia], Work]
"""The service, who asks, what was sent beside the file, and the file's hashes."""


def sees_evidence(actor: Actor) -> bool:
    """Tell whether an actor may see distances: every person, and pipelines whose key is marked trusted."""
    return actor.trusted or actor.role is not Role.PIPELINE


def registering(service: Service, actor: Actor, fields: Mapping[str, Any], hashed: HashedMedia) -> Work:
    """Register an upload; `fields` are those of `UploadIn`."""
    upload = UploadIn.model_validate(fields)
    command = RegisterUpload(
        actor=actor,
        platform_id=upload.upload_id,
        uploader_id=upload.uploader_id,
        post_text=upload.post_text,
        url=upload.url,
        posted_at=upload.created_at,
        media=submitted(service, hashed, keep_preview=False),
        query=hashed.query,
        sha256=sha256_of(hashed),
        encrypted_preview=submitted(service, hashed, keep_preview=True).encrypted_preview,
    )

    def work(uow: SqlUnitOfWork) -> UploadAnswer:
        return _upload_answer(register_upload(command, uow, service.replica), trusted=sees_evidence(actor))

    return work


def matching(service: Service, actor: Actor, _: Mapping[str, Any], hashed: HashedMedia) -> Work:
    """Ask whether it matches; nothing is stored."""

    def work(uow: SqlUnitOfWork) -> BaseModel:
        found = answer([Question(hashed.query)], uow, service.replica)[0]
        media = MediaInfo.of(submitted(service, hashed, keep_preview=False))
        return match_answer(found, media=media, signals=hashed.signals, trusted=sees_evidence(actor))

    return work


def hashing(service: Service, _: Actor, __: Mapping[str, Any], hashed: HashedMedia) -> Work:
    """Answer its signals; nothing is stored."""
    media = MediaInfo.of(submitted(service, hashed, keep_preview=False))
    answered = HashAnswer(media=media, signals=exchanged(hashed.signals))
    return lambda _: answered


def _upload_answer(registered: RegisteredUpload, *, trusted: bool) -> UploadAnswer:
    upload = registered.upload
    return UploadAnswer(
        upload=upload.id,
        verdict=upload.verdict,
        case_id=upload.case_id,
        matches=[MatchOut.of(match, trusted=trusted) for match in registered.matches],
        index_version=upload.index_version,
        media=MediaInfo.of(registered.media),
        signals=exchanged(registered.media.signals),
    )


MEDIA_WORK: MappingProxyType[str, MediaWork] = MappingProxyType(
    {"uploads": registering, "match": matching, "hash": hashing}
)
