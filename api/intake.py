"""Files and signals on their way in: hashed in the sandbox, then handed on without their bytes."""

from collections.abc import Sequence

from api.bootstrap import Service
from casework.domain.media import SubmittedMedia
from matcher.hashing import HashedImage
from matcher.signals.base import Signal

PREVIEW_SIDE_PX = 512


def hash_file(service: Service, data: bytes, *, with_preview: bool) -> HashedImage:
    """
    Decode and hash one file in the sandbox.

    Raises:
        MatcherError: As the sandbox says, about this file alone.
    """
    return service.sandbox.hash_image(data, preview_side_px=PREVIEW_SIDE_PX if with_preview else None)


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
    )


def of_signals(signals: Sequence[Signal]) -> SubmittedMedia:
    """Turn signals that came without a file into what casework takes."""
    return SubmittedMedia(kind="unknown", width=None, height=None, duration_s=None, signals=tuple(signals))
