"""
The server's side: an answer read without trusting who wrote it.

Each reader returns what was asked for, raises the error the task ended with, or refuses the answer. The values of
signals are checked by their row of `SIGNAL_TYPES`, as those are that come as JSON. What passes may still be a lie about
this file; it is no harm to anything else: it can be stored, searched, and read again.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final, TypeVar, get_args

import numpy as np
import numpy.typing as npt

from matcher import errors
from matcher.errors import MatcherError, MediaError, SignalError
from matcher.hashing.features import Features
from matcher.hashing.pictures import HashedImage
from matcher.hashing.query import Query
from matcher.hashing.scenes import QUERY_SCENES, SceneQuery
from matcher.hashing.video_query import VideoQuery
from matcher.hashing.videos import HashedVideo
from matcher.media import ImageFormat, MediaInfo, VideoFormat, VideoInfo
from matcher.reading.containers import VideoLimits
from matcher.reading.decode import Limits
from matcher.sandbox.answers.packing import (
    UnfitAnswerError,
    Unpacking,
    fields,
    items,
    maybe,
    number,
    one_of,
    row,
    text,
    whole,
)
from matcher.sandbox.answers.previews import check_preview, most_preview_bytes
from matcher.sandbox.answers.writing import LONGEST_MESSAGE
from matcher.signals import SIGNAL_TYPES
from matcher.signals.base import Searched, Signal, SignalType
from matcher.signals.local import QUERY_KEYPOINTS, QUERY_SIDE_PX, QueryFeatures
from matcher.signals.points.keypoints import Keypoints
from matcher.signals.scenes import NAME as SCENES
from matcher.signals.sha256 import Sha256
from matcher.signals.turning.orientations import AS_IS, TURNS
from matcher.signals.turning.variants import Variants
from matcher.signals.video import NAME as VIDEO
from matcher.signals.video import OWN_HASHES, ROW, VideoFrames

T = TypeVar("T")

_ERRORS: Final = {
    name: kind
    for name, kind in vars(errors).items()
    if isinstance(kind, type) and issubclass(kind, MediaError | SignalError)
}
"""What a task may end with: an error about its file."""

_MESSAGE: Final = re.compile(rf"[^\x00-\x1f\x7f]{{0,{LONGEST_MESSAGE}}}")
_NAME: Final = re.compile(r"[A-Za-z0-9°, ()'/-]{1,120}")
_CODEC: Final = re.compile(r"[A-Za-z0-9_.-]{1,40}")

_MOST_SIDE_PX: Final = 2**20
_MOST_FRAMES: Final = 2**31 - 1
_MOST_SECONDS: Final = 2**32 / 1000
_MOST_VARIANTS: Final = 256
_MOST_READINGS: Final = 16
_MOST_SIGNALS: Final = 256
_MOST_KEYPOINTS: Final = 2 * QUERY_KEYPOINTS
_MOST_XY: Final = 1024.0
_MOST_SCALE: Final = 65536.0
_MOST_ANGLE: Final = 3.1416
_MOST_PLAIN_BYTES: Final = 2**28
_DEEPEST: Final = 4


@dataclass(frozen=True, slots=True)
class Asked:
    """
    What a worker was asked for; an answer about anything else is none.

    Args:
        size_bytes: Of the file.

        preview_side_px: Longest side of the preview, or None for none.

        features: Which local features are taken.

        types: The signal types that are taken of pictures.
    """

    size_bytes: int
    preview_side_px: int | None
    features: Features
    types: Sequence[SignalType]


def read_image(payload: bytes, asked: Asked, limits: Limits) -> HashedImage:
    """
    Read the answer about a picture.

    Raises:
        UnfitAnswerError: If it is none.
        MatcherError: What the task ended with.
    """

    def read(answer: Unpacking, content: object) -> HashedImage:
        found = fields(content, ("info", "signals", "query", "preview"))
        info = _media_info(found["info"], asked, limits)
        names = [one.name for one in asked.types if one.searched is Searched.HAMMING]
        query = _query(answer, found["query"], asked, names, most_frames=limits.max_frames)
        if (query.video is not None) != (info.frames > 1):
            raise UnfitAnswerError("a picture that moves and has no frames, or the other way about")
        signals = _signals(answer, found["signals"], asked.types, most_frames=limits.max_frames)
        return HashedImage(info, signals, query, _preview(answer, found["preview"], asked))

    return _read(payload, "hashed", read)


def read_video(payload: bytes, asked: Asked, limits: VideoLimits) -> HashedVideo:
    """
    Read the answer about a video.

    Raises:
        UnfitAnswerError: If it is none.
        MatcherError: What the task ended with.
    """

    def read(answer: Unpacking, content: object) -> HashedVideo:
        found = fields(content, ("info", "signals", "query", "preview"))
        query = _query(answer, found["query"], asked, [Sha256.name], most_frames=limits.max_frames)
        if query.video is None or query.features is not None:
            raise UnfitAnswerError("a video without frames, or with what pictures have")
        types = [SIGNAL_TYPES[name] for name in (Sha256.name, VIDEO, SCENES)]
        signals = _signals(answer, found["signals"], types, most_frames=limits.max_frames)
        info = _video_info(found["info"], asked)
        return HashedVideo(info, signals, query, _preview(answer, found["preview"], asked))

    return _read(payload, "hashed", read)


def read_plain(payload: bytes) -> object:
    """
    Read plain values: None, booleans, numbers, text, bytes, uint8 arrays, and lists of them.

    Raises:
        UnfitAnswerError: If it is anything else.
        MatcherError: What the task ended with.
    """
    return _read(payload, "plain", lambda answer, content: _plain(answer, content, _DEEPEST))


def _read(payload: bytes, kind: str, read: Callable[[Unpacking, object], T]) -> T:
    answer = Unpacking(payload)
    found, content = row(answer.content, 2)
    if found == "error":
        raise _error(content)
    one_of(found, (kind,))
    try:
        return read(answer, content)
    except MatcherError as error:  # a value that its signal type refuses
        raise UnfitAnswerError(str(error)) from error


def _error(content: object) -> MatcherError:
    name, message = row(content, 2)
    return _ERRORS[one_of(name, tuple(_ERRORS))](text(message, _MESSAGE))


def _plain(answer: Unpacking, value: object, depth: int) -> object:
    if value is None or isinstance(value, bool | str):
        return value
    if isinstance(value, int):
        return whole(value, -(2**63), 2**64 - 1)
    if isinstance(value, float):
        return number(value, -1e300, 1e300)
    if depth == 0:
        raise UnfitAnswerError("lists in lists without end")
    if isinstance(value, list):
        return [_plain(answer, one, depth - 1) for one in value]
    if isinstance(value, dict) and set(value) == {"bytes"}:
        return answer.bytes_of(value["bytes"], most=_MOST_PLAIN_BYTES)
    found = fields(value, ("shape", "pixels"))
    shape = tuple(whole(side, 0, _MOST_PLAIN_BYTES) for side in items(found["shape"], most=3))
    return answer.array_of(found["pixels"], np.uint8, shape)


def _media_info(content: object, asked: Asked, limits: Limits) -> MediaInfo:
    found = fields(content, (*MediaInfo.__dataclass_fields__,))
    one_of(found["kind"], ("image",))
    info = MediaInfo(
        format=one_of(found["format"], get_args(ImageFormat)),
        width_px=whole(found["width_px"], 1, _MOST_SIDE_PX),
        height_px=whole(found["height_px"], 1, _MOST_SIDE_PX),
        frames=whole(found["frames"], 1, limits.max_frames),
        size_bytes=whole(found["size_bytes"], asked.size_bytes, asked.size_bytes),
        duration_s=maybe(found["duration_s"], _seconds),
        seen_s=maybe(found["seen_s"], _seconds),
    )
    if info.width_px * info.height_px > limits.max_pixels:
        raise UnfitAnswerError("more pixels than are decoded")
    return info


def _video_info(content: object, asked: Asked) -> VideoInfo:
    found = fields(content, (*VideoInfo.__dataclass_fields__,))
    one_of(found["kind"], ("video",))
    return VideoInfo(
        format=one_of(found["format"], get_args(VideoFormat)),
        codec=text(found["codec"], _CODEC),
        width_px=whole(found["width_px"], 1, _MOST_SIDE_PX),
        height_px=whole(found["height_px"], 1, _MOST_SIDE_PX),
        duration_s=_seconds(found["duration_s"]),
        seen_s=_seconds(found["seen_s"]),
        frames=whole(found["frames"], 1, _MOST_FRAMES),
        damaged=whole(found["damaged"], 0, _MOST_FRAMES),
        size_bytes=whole(found["size_bytes"], asked.size_bytes, asked.size_bytes),
    )


def _seconds(value: object) -> float:
    return number(value, 0, _MOST_SECONDS)


def _signals(
    answer: Unpacking, content: object, types: Sequence[SignalType], *, most_frames: int
) -> tuple[Signal, ...]:
    rows = {one.name: one for one in types}
    found: list[Signal] = []
    for one in items(content, most=_MOST_SIGNALS):
        name, piece, quality = row(one, 3)
        kind = rows[one_of(name, tuple(rows))]
        signal = Signal(kind.name, answer.bytes_of(piece, most=kind.bits // 8 * most_frames), _quality(quality))
        kind.check(signal.value)
        if kind.searched is not Searched.HAMMING and any(other.type == kind.name for other in found):
            raise UnfitAnswerError(f"two values of {kind.name}")
        found.append(signal)
    if not found:
        raise UnfitAnswerError("no signals")
    return tuple(found)


def _quality(value: object) -> int | None:
    return None if value is None else whole(value, 0, 100)


def _query(answer: Unpacking, content: object, asked: Asked, names: Sequence[str], *, most_frames: int) -> Query:
    found = fields(content, ("variants", "stored", "video", "features", "scenes"))
    variants = fields(found["variants"], names)
    wanted = Features.ASKED in asked.features
    scenes = tuple(_scene(answer, one) for one in items(found["scenes"], most=QUERY_SCENES if wanted else 0))
    if any(later.time_s < earlier.time_s for earlier, later in pairwise(scenes)):
        raise UnfitAnswerError("scenes out of order")
    features = maybe(found["features"], lambda one: _features(answer, one))
    if features is not None and not wanted:
        raise UnfitAnswerError("features that were not asked for")
    rows = {one.name: one for one in asked.types} | {Sha256.name: SIGNAL_TYPES[Sha256.name]}
    return Query(
        {name: _variants(answer, variants[name], rows[name]) for name in names},
        stored=_names(found["stored"], most=_MOST_READINGS),
        video=maybe(found["video"], lambda one: _video(answer, one, most_frames)),
        features=features,
        scenes=scenes,
    )


def _names(content: object, *, most: int) -> tuple[str, ...]:
    names = tuple(text(one, _NAME) for one in items(content, most=most))
    if AS_IS not in names or len(set(names)) != len(names):
        raise UnfitAnswerError("names of variants that are not distinct, or without the picture as it is")
    return names


def _variants(answer: Unpacking, content: object, kind: SignalType) -> Variants:
    listed, codes, qualities = row(content, 3)
    names = _names(listed, most=_MOST_VARIANTS)
    if names[0] != AS_IS:
        raise UnfitAnswerError("the first variant is not the picture as it is")
    return Variants(
        names,
        answer.array_of(codes, np.uint8, (len(names), kind.bits // 8)),
        tuple(_quality(one) for one in row(qualities, len(names))),
    )


def _video(answer: Unpacking, content: object, most_frames: int) -> VideoQuery:
    found = fields(content, ("frames", "names", "pdq", "phash"))
    value = answer.bytes_of(found["frames"], most=ROW.itemsize * most_frames)
    VideoFrames.from_bytes(value)
    frames = VideoFrames(np.frombuffer(value, ROW).copy())
    names = _names(found["names"], most=_MOST_VARIANTS)
    edits = [AS_IS, *names[len(TURNS) :: len(TURNS)]]
    if names != tuple(_turned(turn, edit) for edit in edits for turn in TURNS):
        raise UnfitAnswerError("the variants of a video are not its frames turned in the 8 ways")
    shape = (len(frames), len(names), 32)
    pdq, phash = (answer.array_of(found[kind], np.uint8, shape) for kind in ("pdq", "phash"))
    own = bool((frames.rows["flags"] == OWN_HASHES).all())
    if not own or not np.array_equal(pdq[:, 0], frames.pdq) or not np.array_equal(phash[:, 0], frames.rows["phash"]):
        raise UnfitAnswerError("the first variant is not what is stored")
    return VideoQuery(frames, names, pdq, phash)


def _turned(turn: str, edit: str) -> str:
    return turn if edit == AS_IS else edit if turn == AS_IS else f"{turn}, {edit}"


def _scene(answer: Unpacking, content: object) -> SceneQuery:
    begin, end, features = row(content, 3)
    begin_s = _seconds(begin)
    return SceneQuery(begin_s, number(end, begin_s, _MOST_SECONDS), _features(answer, features))


def _features(answer: Unpacking, content: object) -> QueryFeatures:
    found = fields(content, ("picture", "count", "points", "grey"))
    width, height = (whole(side, 1, QUERY_SIDE_PX) for side in row(found["picture"], 2))
    count = whole(found["count"], 0, _MOST_KEYPOINTS)
    xy, scale, angle, bits = row(found["points"], 4)
    down, across, grey = row(found["grey"], 3)
    keypoints = Keypoints(
        _between(answer.array_of(xy, np.float32, (count, 2)), 0, _MOST_XY),
        _between(answer.array_of(scale, np.float32, (count,)), 1, _MOST_SCALE),
        _between(answer.array_of(angle, np.float32, (count,)), -_MOST_ANGLE, _MOST_ANGLE),
    )
    shape = (whole(down, 1, QUERY_SIDE_PX), whole(across, 1, QUERY_SIDE_PX))
    return QueryFeatures(
        width,
        height,
        keypoints,
        answer.array_of(bits, np.uint8, (count, 32)),
        answer.array_of(grey, np.uint8, shape),
    )


def _between(values: npt.NDArray[np.float32], low: float, high: float) -> npt.NDArray[np.float32]:
    """Return numbers that are all in low..high; none of them infinite, or no number."""
    if not ((values >= low) & (values <= high)).all():
        raise UnfitAnswerError(f"keypoints with numbers that are none in {low}..{high}")
    return values


def _preview(answer: Unpacking, content: object, asked: Asked) -> bytes | None:
    if asked.preview_side_px is None or content is None:
        if content is not None or asked.preview_side_px is not None:
            raise UnfitAnswerError("a preview that was not asked for, or none where one was")
        return None
    preview = answer.bytes_of(content, most=most_preview_bytes(asked.preview_side_px))
    check_preview(preview, side_px=asked.preview_side_px)
    return preview
