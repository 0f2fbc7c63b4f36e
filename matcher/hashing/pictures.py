"""
One call from bytes to everything that is kept of a picture. This is what runs inside the sandbox.

Invariant: nothing here holds pixels once it returns, except the reduced preview where one was asked for.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from matcher.hashing.features import Features
from matcher.hashing.query import Query
from matcher.hashing.scenes import ANIMATION_GAP_S, STORED_QUERY_SCENES, SceneKeeper, SceneQuery
from matcher.hashing.stored_features import stored_of_picture, stored_of_scenes
from matcher.hashing.video_query import VideoQuery, hash_frames
from matcher.media import CANONICAL_SIDE_PX, MediaInfo
from matcher.reading.animations import AnimationReader
from matcher.reading.decode import Limits, decode
from matcher.reading.files import File, open_file
from matcher.reading.preview import encode_preview
from matcher.signals import taken_types
from matcher.signals.base import Signal, SignalType
from matcher.signals.local import QUERY_SIDE_PX, extract_query


@dataclass(frozen=True, slots=True, eq=False)
class HashedImage:
    """
    What is kept of one picture.

    Args:
        info: What it was.

        signals: What is stored: one for each row of `SIGNAL_TYPES` that fits, in its order; then, for the
            few files that programs show in several ways, the hashes of the other ways.

        query: What is searched: the same values and their variants, and local features where they were wanted, of one
            that moves those of its scenes, too.

        preview: JPEG without metadata, reduced, or None if none was asked for.
    """

    info: MediaInfo
    signals: tuple[Signal, ...]
    query: Query
    preview: bytes | None = None


def hash_media(
    source: bytes | File,
    *,
    limits: Limits,
    preview_side_px: int | None = None,
    features: Features = Features.NONE,
    types: Sequence[SignalType] | None = None,
) -> HashedImage:
    """
    Decode a picture and take all its signals; one that moves is a video, too.

    Args:
        source: The whole file as bytes, or the file.

        limits: What it may cost.

        preview_side_px: Longest side of the preview, or None for none.

        features: Which local features are taken.

        types: The types that are taken; None for all that are not optional.

    Raises:
        MediaError: As `decode` says.
        OSError: If there is no such file.
    """
    data = source if isinstance(source, bytes) else _read(source, limits)
    # What features are made from may depend on the file alone, not on who else looks at the picture.
    working_side_px = QUERY_SIDE_PX if features else preview_side_px or CANONICAL_SIDE_PX
    image = decode(data, limits=limits, working_side_px=working_side_px)
    rows = taken_types() if types is None else types
    query = Query.of_image(image, rows)
    if Features.ASKED in features:
        query = replace(query, features=extract_query(image.pixels))
    still = stored_of_picture(image.pixels) if Features.STORED in features else ()
    info = image.info
    scenes: tuple[Signal, ...] = ()
    if info.frames > 1:
        moving = _hash_animation(data, info, limits, features=features)
        info, query = moving.info, replace(query, video=moving.video, scenes=moving.asked)
        scenes = moving.stored
    return HashedImage(
        info=info,
        signals=_one_of_each_first(query.signals() + still + scenes, rows),
        query=query,
        preview=None if preview_side_px is None else encode_preview(image, side_px=preview_side_px),
    )


class _Moving(NamedTuple):
    """
    An animation as a video: its frames, the scenes it is asked for by, and `scenes/1` where it is stored.

    `info` says how much of it could be read.
    """

    info: MediaInfo
    video: VideoQuery
    asked: tuple[SceneQuery, ...]
    stored: tuple[Signal, ...]


def _hash_animation(data: bytes, info: MediaInfo, limits: Limits, *, features: Features) -> _Moving:
    """Hash the frames; of those that do not move there are no scenes, for the first is the picture itself."""
    keeper = SceneKeeper(most=STORED_QUERY_SCENES, gap_s=ANIMATION_GAP_S)
    reader = AnimationReader(data, info.format, frames=info.frames, limits=limits)
    video = hash_frames(keeper.watch(reader) if features else reader, max_frames=limits.max_frames, trimmed=True)
    moves = len(video.frames) > 1
    return _Moving(
        replace(info, duration_s=round(reader.duration_s, 3), seen_s=round(reader.seen_s, 3)),
        video,
        keeper.query() if moves and Features.ASKED in features else (),
        stored_of_scenes(keeper.reference()) if moves and Features.STORED in features else (),
    )


def first_of_each_type(signals: Iterable[Signal]) -> tuple[Signal, ...]:
    """Leave out the other ways a picture is shown: what is exchanged with others is one value of each type."""
    first: dict[str, Signal] = {}
    for signal in signals:
        first.setdefault(signal.type, signal)
    return tuple(first.values())


def _one_of_each_first(signals: tuple[Signal, ...], types: Iterable[SignalType]) -> tuple[Signal, ...]:
    leading = first_of_each_type(signals)
    order = [row.name for row in types]
    by_table = sorted(leading, key=lambda signal: order.index(signal.type))
    return (*by_table, *(signal for signal in signals if not any(signal is one for one in leading)))


def _read(file: File, limits: Limits) -> bytes:
    with open_file(file) as opened:
        return opened.read(limits.max_bytes + 1)  # one byte more is enough to be refused
