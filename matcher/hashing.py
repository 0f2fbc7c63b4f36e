"""
One call from bytes to everything that is kept of a picture. This is what runs inside the sandbox.

Invariant: nothing here holds pixels once it returns, except the reduced preview where one was asked for.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from matcher.animations import animation_frames
from matcher.decode import Limits, decode
from matcher.media import CANONICAL_SIDE_PX, MediaInfo
from matcher.preview import encode_preview
from matcher.signals import SIGNAL_TYPES
from matcher.signals.base import Signal
from matcher.variants import Query
from matcher.video_query import hash_frames


@dataclass(frozen=True, slots=True, eq=False)
class HashedImage:
    """
    What is kept of one picture.

    Args:
        info: What it was.

        signals: What is stored and banked: one for each row of `SIGNAL_TYPES` that fits, in its order; then, for the
            few files that programs show in several ways, the hashes of the other ways.

        query: What is searched: the same values and their variants.

        preview: JPEG without metadata, reduced, or None if none was asked for.
    """

    info: MediaInfo
    signals: tuple[Signal, ...]
    query: Query
    preview: bytes | None = None


def hash_media(source: bytes | Path, *, limits: Limits, preview_side_px: int | None = None) -> HashedImage:
    """
    Decode a picture and take all its signals; one that moves is a video, too.

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
    if image.info.frames > 1:
        frames = animation_frames(data, image.info.format)
        query = replace(query, video=hash_frames(frames, max_frames=limits.max_frames, trimmed=True))
    others = tuple(
        row.of_image(image) for name, row in SIGNAL_TYPES.items() if row.still and name not in query.variants
    )
    return HashedImage(
        info=image.info,
        signals=_one_of_each_first(query.signals() + others),
        query=query,
        preview=None if preview_side_px is None else encode_preview(image, side_px=preview_side_px),
    )


def first_of_each_type(signals: Iterable[Signal]) -> tuple[Signal, ...]:
    """Leave out the other ways a picture is shown: what is exchanged with others is one value of each type."""
    first: dict[str, Signal] = {}
    for signal in signals:
        first.setdefault(signal.type, signal)
    return tuple(first.values())


def _one_of_each_first(signals: tuple[Signal, ...]) -> tuple[Signal, ...]:
    leading = first_of_each_type(signals)
    by_table = sorted(leading, key=lambda signal: list(SIGNAL_TYPES).index(signal.type))
    return (*by_table, *(signal for signal in signals if not any(signal is one for one in leading)))


def _read(path: Path, limits: Limits) -> bytes:
    with path.open("rb") as file:
        return file.read(limits.max_bytes + 1)  # one byte more is enough to be refused
