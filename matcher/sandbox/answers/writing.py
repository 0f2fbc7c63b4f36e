"""The worker's side: what a task returned or raised, packed."""

import math
from collections.abc import Mapping
from dataclasses import asdict

import numpy as np

from matcher.errors import MatcherError
from matcher.hashing.pictures import HashedImage
from matcher.hashing.query import Query
from matcher.hashing.video_query import VideoQuery
from matcher.hashing.videos import HashedVideo
from matcher.sandbox.answers.packing import Packing
from matcher.signals.local import QueryFeatures

LONGEST_MESSAGE = 2000


def packed_result(result: object) -> bytes:
    """
    Pack what a task returned.

    Raises:
        TypeError: If it is nothing that crosses the border.
    """
    packing = Packing()
    if isinstance(result, HashedImage | HashedVideo):
        return packing.packed(["hashed", _hashed(packing, result)])
    return packing.packed(["plain", _plain(packing, result)])


def packed_error(error: MatcherError) -> bytes:
    """Pack what a task raised."""
    message = "".join(one if one.isprintable() else " " for one in str(error)[:LONGEST_MESSAGE])
    return Packing().packed(["error", [type(error).__name__, message]])


def _hashed(packing: Packing, hashed: HashedImage | HashedVideo) -> Mapping[str, object]:
    return {
        "info": asdict(hashed.info),
        "signals": [[one.type, packing.piece(one.value), one.quality] for one in hashed.signals],
        "query": _query(packing, hashed.query),
        "preview": None if hashed.preview is None else packing.piece(hashed.preview),
    }


def _query(packing: Packing, query: Query) -> Mapping[str, object]:
    return {
        "variants": {
            name: [list(one.names), packing.piece(one.codes), list(one.qualities)]
            for name, one in query.variants.items()
        },
        "stored": list(query.stored),
        "video": None if query.video is None else _video(packing, query.video),
        "features": None if query.features is None else _features(packing, query.features),
        "scenes": [[one.time_s, one.until_s, _features(packing, one.features)] for one in query.scenes],
    }


def _video(packing: Packing, video: VideoQuery) -> Mapping[str, object]:
    return {
        "frames": packing.piece(video.frames.rows),
        "names": list(video.names),
        "pdq": packing.piece(video.pdq),
        "phash": None if video.phash is None else packing.piece(video.phash),
    }


def _features(packing: Packing, features: QueryFeatures) -> Mapping[str, object]:
    points = features.keypoints
    return {
        "picture": [features.width, features.height],
        "count": len(points),
        "points": [packing.piece(one) for one in (points.xy, points.scale, points.angle, features.descriptors)],
        "grey": [*features.grey.shape, packing.piece(features.grey)],
    }


def _plain(packing: Packing, value: object) -> object:
    if value is None or isinstance(value, bool | int | str) or (isinstance(value, float) and math.isfinite(value)):
        return value
    if isinstance(value, bytes):
        return {"bytes": packing.piece(value)}
    if isinstance(value, np.ndarray) and value.dtype == np.uint8:
        return {"shape": list(value.shape), "pixels": packing.piece(value)}
    if isinstance(value, list | tuple):
        return [_plain(packing, one) for one in value]
    message = f"a {type(value).__name__} does not leave the sandbox; return plain values, bytes or uint8 arrays"
    raise TypeError(message)
