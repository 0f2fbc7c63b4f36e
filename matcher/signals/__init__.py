"""The one table of signal types. A new one is a file in this folder and a row here."""

from collections.abc import Iterable
from types import MappingProxyType

from matcher.errors import UnknownSignalTypeError
from matcher.signals.base import Signal, SignalType
from matcher.signals.local import Local
from matcher.signals.pdq import Pdq
from matcher.signals.phash import PHash
from matcher.signals.scenes import Scenes, scenes_of
from matcher.signals.sha256 import Sha256
from matcher.signals.video import Video, VideoFrames
from matcher.thresholds import MINIMUM_QUALITY


def signal_type(name: str) -> SignalType:
    """
    Return the row of this name.

    Raises:
        UnknownSignalTypeError: If there is none.
    """
    try:
        return SIGNAL_TYPES[name]
    except KeyError:
        raise UnknownSignalTypeError(f"no signal type {name!r}; known are {', '.join(SIGNAL_TYPES)}") from None


def searched_as(signals: Iterable[Signal]) -> list[Signal]:
    """
    Return what an index holds of signals: each as it is, a video as `pdq/1` of its frames and `local/1` of its scenes.

    So photos and frames are found by one search: a photo finds the video it was taken from, and a video the photo that
    is shown in it. Which frame it was, and when, is told from the video's own value once the media is known. Frames
    too plain to be told from others are left to that, too.

    Args:
        signals: Of any types.
    """
    searched: list[Signal] = []
    for signal in signals:
        if signal.type == Video.name:
            searched += _frames(signal)
        elif signal.type == Scenes.name:
            searched += [Signal(Local.name, scene.features.to_bytes()) for scene in scenes_of(signal.value)]
        else:
            searched.append(signal)
    return searched


def _frames(signal: Signal) -> list[Signal]:
    frames = VideoFrames.from_bytes(signal.value)
    worth = frames.rows[frames.qualities >= MINIMUM_QUALITY]
    best = {row["pdq"].tobytes(): int(row["quality"]) for row in worth}
    return [Signal(Pdq.name, code, quality) for code, quality in best.items()]


SIGNAL_TYPES: MappingProxyType[str, SignalType] = MappingProxyType(
    {
        "sha256/1": Sha256(),
        "pdq/1": Pdq(),
        "phash/1": PHash(),
        "video/1": Video(),
        "local/1": Local(),
        "scenes/1": Scenes(),
    }
)
