"""
One call from bytes to everything that is kept of a picture. This is what runs inside the sandbox.

Invariant: nothing here holds pixels once it returns, except the reduced preview where one was asked for.
"""

from dataclasses import dataclass
from pathlib import Path

from matcher.decode import Limits, decode
from matcher.media import CANONICAL_SIDE_PX, MediaInfo
from matcher.preview import encode_preview
from matcher.signals import SIGNAL_TYPES
from matcher.signals.base import Signal
from matcher.variants import Query


@dataclass(frozen=True, slots=True, eq=False)
class HashedImage:
    """
    What is kept of one picture.

    Args:
        info: What it was.

        signals: One for each row of `SIGNAL_TYPES`, in its order: what is stored, banked and sent.

        query: What is searched: the same values and their variants.

        preview: JPEG without metadata, reduced, or None if none was asked for.
    """

    info: MediaInfo
    signals: tuple[Signal, ...]
    query: Query
    preview: bytes | None = None


def hash_media(source: bytes | Path, *, limits: Limits, preview_side_px: int | None = None) -> HashedImage:
    """
    Decode a picture and take all its signals.

    Args:
        source: The whole file, or where it is.

        limits: What it may cost.

        preview_side_px: Longest side of the preview, or None for none.

    Raises:
        MediaError: As `decode` says.
        OSError: If there is no such file.
    """
    data = source if isinstance(source, bytes) else _read(source, limits)
    image = decode(data, limits=limits, working_side_px=preview_side_px or CANONICAL_SIDE_PX)
    query = Query.of_image(image)
    made = {signal.type: signal for signal in query.signals()}
    return HashedImage(
        info=image.info,
        signals=tuple(made.get(name) or row.of_image(image) for name, row in SIGNAL_TYPES.items()),
        query=query,
        preview=None if preview_side_px is None else encode_preview(image, side_px=preview_side_px),
    )


def _read(path: Path, limits: Limits) -> bytes:
    with path.open("rb") as file:
        return file.read(limits.max_bytes + 1)  # one byte more is enough to be refused
