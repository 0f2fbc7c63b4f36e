"""Files and signals on their way in: hashed in the sandbox, then handed on without their bytes."""

import hashlib
from collections.abc import Sequence
from typing import Literal

from api.bootstrap import Service
from casework.domain.media import SubmittedMedia
from matcher.features import Features
from matcher.hashing import HashedImage
from matcher.signals.base import Signal

PREVIEW_SIDE_PX = 512

Depth = Literal["fast", "deep"]
"""``fast``: hash signals only; ``deep``: parts of the picture, too."""


def hash_file(service: Service, data: bytes, *, with_preview: bool, features: Features = Features.NONE) -> HashedImage:
    """
    Decode and hash one file in the sandbox.

    Raises:
        MatcherError: As the sandbox says, about this file alone.
    """
    side_px = PREVIEW_SIDE_PX if with_preview else None
    return service.sandbox.hash_image(data, preview_side_px=side_px, features=features)


def features_of_upload(service: Service, depth: Depth) -> Features:
    """Say which local features an upload needs: to be searched deeply now, and to be found by look-backs."""
    kept = Features.STORED if service.settings.upload_features else Features.NONE
    return kept | (Features.ASKED if depth == "deep" else Features.NONE)


def submitted(service: Service, hashed: HashedImage, *, keep_preview: bool) -> SubmittedMedia:
    """Turn a hashed file into what casework takes; the preview is encrypted here and nowhere stored in the clear."""
    preview = hashed.preview if keep_preview else None
    return SubmittedMedia(
        kind=hashed.info.kind,
        width=hashed.info.width_px,
        height=hashed.info.height_px,
        duration_s=None,
        signals=hashed.signals,
        encrypted_preview=None if preview is None else service.cipher.encrypt(preview),
        query=hashed.query,
    )


def identity_of(signals: Sequence[Signal]) -> bytes:
    """
    Return what tells one upload's content from another's.

    Returns:
        32 bytes: the SHA-256 of the file where it is among the signals, else a digest of all of them.
    """
    given = next((signal.value for signal in signals if signal.type == "sha256/1"), None)
    if given is not None:
        return given
    digest = hashlib.sha256()
    for signal in sorted(signals, key=lambda one: one.type):
        digest.update(signal.type.encode() + b"\0" + signal.value)
    return digest.digest()


def of_signals(signals: Sequence[Signal]) -> tuple[SubmittedMedia, ...]:
    """
    Turn signals that came without files into what casework takes.

    A type that comes again begins another piece of media: one has one value of each type, and a value that shared its
    piece with another of its type would be found by the index and then overlooked by the evidence.
    """
    pieces: list[dict[str, Signal]] = [{}]
    for signal in signals:
        if signal.type in pieces[-1]:
            pieces.append({})
        pieces[-1][signal.type] = signal
    return tuple(
        SubmittedMedia(kind="unknown", width=None, height=None, duration_s=None, signals=tuple(piece.values()))
        for piece in pieces
    )
