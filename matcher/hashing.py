"""
One call from bytes to everything that is kept of a picture. This is what runs inside the sandbox.

Invariant: nothing here holds pixels once it returns, except the reduced preview where one was asked for.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from matcher.alignment import MINIMUM_INLIERS
from matcher.animations import animation_frames
from matcher.decode import Limits, decode
from matcher.features import Features
from matcher.media import CANONICAL_SIDE_PX, Image, MediaInfo
from matcher.preview import encode_preview
from matcher.signals import SIGNAL_TYPES
from matcher.signals.base import Signal
from matcher.signals.local import NAME as LOCAL
from matcher.signals.local import QUERY_SIDE_PX, extract_query, extract_reference
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

        query: What is searched: the same values and their variants, and local features where they were wanted.

        preview: JPEG without metadata, reduced, or None if none was asked for.
    """

    info: MediaInfo
    signals: tuple[Signal, ...]
    query: Query
    preview: bytes | None = None


def hash_media(
    source: bytes | Path, *, limits: Limits, preview_side_px: int | None = None, features: Features = Features.NONE
) -> HashedImage:
    """
    Decode a picture and take all its signals; one that moves is a video, too.

    Args:
        source: The whole file, or where it is.

        limits: What it may cost.

        preview_side_px: Longest side of the preview, or None for none.

        features: Which local features are taken.

    Raises:
        MediaError: As `decode` says.
        OSError: If there is no such file.
    """
    data = source if isinstance(source, bytes) else _read(source, limits)
    # What features are made from may depend on the file alone, not on who else looks at the picture.
    working_side_px = QUERY_SIDE_PX if features else preview_side_px or CANONICAL_SIDE_PX
    image = decode(data, limits=limits, working_side_px=working_side_px)
    query = Query.of_image(image)
    if image.info.frames > 1:
        frames = animation_frames(data, image.info.format)
        query = replace(query, video=hash_frames(frames, max_frames=limits.max_frames, trimmed=True))
    if Features.ASKED in features:
        query = replace(query, features=extract_query(image.pixels))
    others = tuple(
        row.of_image(image) for name, row in SIGNAL_TYPES.items() if row.still and name not in query.variants
    )
    return HashedImage(
        info=image.info,
        signals=_one_of_each_first(query.signals() + others + _kept(image, features)),
        query=query,
        preview=None if preview_side_px is None else encode_preview(image, side_px=preview_side_px),
    )


def first_of_each_type(signals: Iterable[Signal]) -> tuple[Signal, ...]:
    """Leave out the other ways a picture is shown: what is exchanged with others is one value of each type."""
    first: dict[str, Signal] = {}
    for signal in signals:
        first.setdefault(signal.type, signal)
    return tuple(first.values())


def _kept(image: Image, features: Features) -> tuple[Signal, ...]:
    """Return `local/1` if it is wanted and the picture has enough to be told by."""
    if Features.STORED not in features:
        return ()
    found = extract_reference(image.pixels)
    return (Signal(LOCAL, found.to_bytes()),) if len(found.keypoints) >= MINIMUM_INLIERS else ()


def _one_of_each_first(signals: tuple[Signal, ...]) -> tuple[Signal, ...]:
    leading = first_of_each_type(signals)
    by_table = sorted(leading, key=lambda signal: list(SIGNAL_TYPES).index(signal.type))
    return (*by_table, *(signal for signal in signals if not any(signal is one for one in leading)))


def _read(path: Path, limits: Limits) -> bytes:
    with path.open("rb") as file:
        return file.read(limits.max_bytes + 1)  # one byte more is enough to be refused
