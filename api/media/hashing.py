"""Files and signals on their way in: hashed in the sandbox, then handed on without their bytes."""

import hashlib
import re
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AsyncExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import ParamSpec, TypeAlias, TypeVar

from anyio import to_thread

from api.arrivals.hashed_lately import Sent
from api.arrivals.spool import IncomingFile
from api.metrics.catalogue import DECODE_FAILURES, DECODE_SECONDS
from api.schemas.media import Depth
from api.service import Service
from api.telemetry import span
from casework.domain.actor import Actor
from casework.domain.media import SubmittedMedia
from matcher.errors import MediaError, SignalTypeNotTakenError
from matcher.hashing.features import Features
from matcher.hashing.pictures import HashedImage
from matcher.hashing.videos import HashedVideo
from matcher.reading.containers import is_video
from matcher.reading.keyframes import QUERY, REFERENCE, Pace, Progress
from matcher.sandbox.hasher import GivenUp, MediaHasher
from matcher.signals import taken_types
from matcher.signals.base import Signal
from matcher.signals.sha256 import Sha256

PREVIEW_SIDE_PX = 512

P = ParamSpec("P")
T = TypeVar("T")

HashedMedia: TypeAlias = HashedImage | HashedVideo


def hash_file(
    hasher: MediaHasher,
    source: bytes | Path,
    *,
    with_preview: bool = False,
    features: Features = Features.NONE,
    pace: Pace = QUERY,
    progress: Progress | None = None,
    given_up: GivenUp | None = None,
) -> HashedMedia:
    """
    Decode and hash one file, a picture or a video by its content.

    Args:
        hasher: The sandbox.

        source: The bytes of a picture, or where a picture or a video is.

        with_preview: Whether a person may have to look at it.

        features: Which local features are taken.

        pace: How closely to look at a video: `REFERENCE` for what may be banked.

        progress: Called with the share (0..1) of a video that was read.

        given_up: Tells whether nobody waits for it any more.

    Raises:
        MatcherError: As the sandbox says, about this file alone.
        OSError: If there is no such file.
    """
    side_px = PREVIEW_SIDE_PX if with_preview else None
    if isinstance(source, Path) and is_video(source):
        with _counted("video"):
            return hasher.hash_video(
                source, pace=pace, preview_side_px=side_px, features=features, progress=progress, given_up=given_up
            )
    with _counted("picture"):
        return hasher.hash_image(source, preview_side_px=side_px, features=features, given_up=given_up)


@contextmanager
def _counted(kind: str) -> Iterator[None]:
    begun = time.perf_counter()
    try:
        yield
    except MediaError as error:
        DECODE_FAILURES.add(kind, _snake_case(type(error).__name__.removesuffix("Error")))
        raise
    DECODE_SECONDS.note(time.perf_counter() - begun, kind)


def _snake_case(name: str) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower()


def is_long(service: Service, file: IncomingFile) -> bool:
    """Tell whether a file is answered later."""
    return file.is_video and file.size_bytes > service.settings.async_above_bytes


async def hash_incoming(
    service: Service,
    actor: Actor,
    file: IncomingFile,
    *,
    given_up: GivenUp,
    with_preview: bool = False,
    features: Features = Features.NONE,
    pace: Pace = QUERY,
) -> HashedMedia:
    """
    Decode and hash a file of a request; while it waits for its turn to be decoded, it takes up no thread.

    A picture that the same actor sent a moment ago is not decoded again.

    Args:
        service: What this process holds.

        actor: Whose file it is.

        file: The file, whole.

        given_up: Tells whether the client is gone.

        with_preview: Whether a person may have to look at it.

        features: Which local features are taken.

        pace: How closely to look at a video.

    Raises:
        MatcherError: As the sandbox says, about this file alone.
        TooManyRequestsError: If too many files wait.
    """
    sent = Sent(actor.id, file.sha256, features)
    if not (file.is_video or with_preview) and (known := service.memory.hashed.find(sent)) is not None:
        return known
    queue = service.videos if file.is_video else service.pictures
    kind = "video" if file.is_video else "picture"
    async with AsyncExitStack() as stack:
        with span("wait for a decoder", kind=kind):
            await stack.enter_async_context(queue.seat(actor.id, trusted=actor.trusted, slow=file.may_move))
        work = partial(
            hash_file,
            service.sandbox,
            file.source,
            with_preview=with_preview,
            features=features,
            pace=pace,
            given_up=given_up,
        )
        with span("decode", kind=kind, bytes=file.size_bytes):
            hashed = await to_thread.run_sync(work, limiter=queue.threads)
    if isinstance(hashed, HashedImage):
        service.memory.hashed.keep(sent, hashed)
    return hashed


async def hash_report(
    service: Service, actor: Actor, files: Sequence[IncomingFile], given_up: GivenUp
) -> tuple[SubmittedMedia, ...]:
    """
    Decode and hash what is reported, one file after the other, as closely as what may be banked is looked at.

    Args:
        service: What this process holds.

        actor: Whose files they are.

        files: Whole.

        given_up: Tells whether the client is gone.

    Raises:
        MatcherError: As the sandbox says, about the first file that cannot be read; its note is that file's number.
        TooManyRequestsError: If too many files wait.
    """
    hashed = []
    for number, one in enumerate(files, start=1):
        try:
            media = await hash_incoming(
                service, actor, one, given_up=given_up, with_preview=True, features=Features.STORED, pace=REFERENCE
            )
        except MediaError as error:
            error.add_note(f"{number}")
            raise
        hashed.append(submitted(service, media, keep_preview=True))
    return tuple(hashed)


async def answer_about_file(service: Service, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Call a function in a thread of those that are there for files; what needs no decoding has others."""
    return await to_thread.run_sync(partial(work, *args, **kwargs), limiter=service.answering)


def features_of_upload(service: Service, depth: Depth) -> Features:
    """Say which local features an upload needs: to be searched deeply now, and to be found by look-backs."""
    kept = Features.STORED if service.settings.upload_features else Features.NONE
    return kept | (Features.ASKED if depth == "deep" else Features.NONE)


def submitted(service: Service, hashed: HashedMedia, *, keep_preview: bool) -> SubmittedMedia:
    """Turn a hashed file into what casework takes; the preview is encrypted here and nowhere stored in the clear."""
    preview = hashed.preview if keep_preview else None
    info = hashed.info
    return SubmittedMedia(
        kind=info.kind,
        width=info.width_px,
        height=info.height_px,
        duration_s=info.duration_s,
        seen_s=info.seen_s,
        signals=hashed.signals,
        preview=preview,
        query=hashed.query,
    )


def identity_of(signals: Sequence[Signal]) -> bytes:
    """
    Return what tells one upload's content from another's.

    Returns:
        32 bytes: the SHA-256 of the file where it is among the signals, else a digest of all of them.
    """
    given = next((signal.value for signal in signals if signal.type == Sha256.name), None)
    if given is not None:
        return given
    digest = hashlib.sha256()
    for signal in sorted(signals, key=lambda one: one.type):
        digest.update(signal.type.encode() + b"\0" + signal.value)
    return digest.digest()


def require_taken(service: Service, signals: Sequence[Signal]) -> None:
    """
    Refuse values of optional types that the operator does not have taken.

    Banked, no file would ever be asked by them; asked by, they would find nothing, which reads like "allow".

    Raises:
        SignalTypeNotTakenError: Naming the first, and the setting.
    """
    taken = {row.name for row in taken_types(service.settings.signals)}
    for signal in signals:
        if signal.type not in taken:
            message = (
                f"{signal.type} is not taken here, so it finds nothing; leave it out, or name it in STAYDOWN_SIGNALS"
            )
            raise SignalTypeNotTakenError(message)


def of_signals(service: Service, signals: Sequence[Signal]) -> tuple[SubmittedMedia, ...]:
    """
    Turn signals that came without files into what casework takes.

    A type that comes again begins another piece of media: one has one value of each type, and a value that shared its
    piece with another of its type would be found by the index and then overlooked by the evidence.

    Raises:
        SignalTypeNotTakenError: If one is of an optional type that the operator does not have taken.
    """
    require_taken(service, signals)
    return pieces_of(signals)


def pieces_of(signals: Sequence[Signal]) -> tuple[SubmittedMedia, ...]:
    """Do the same, whatever types are taken here."""
    pieces: list[dict[str, Signal]] = [{}]
    for signal in signals:
        if signal.type in pieces[-1]:
            pieces.append({})
        pieces[-1][signal.type] = signal
    if not signals:
        return ()
    return tuple(
        SubmittedMedia(kind="unknown", width=None, height=None, duration_s=None, signals=tuple(piece.values()))
        for piece in pieces
    )
