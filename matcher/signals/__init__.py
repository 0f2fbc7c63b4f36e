"""The one table of signal types. A new one is a file in this folder and a row here."""

from collections.abc import Collection, Iterable

from matcher.errors import UnknownSignalTypeError
from matcher.signals.base import Searched, Signal, SignalType
from matcher.signals.imagehash_hashes import ImagehashDHash, ImagehashPHash
from matcher.signals.local import Local
from matcher.signals.pdq import Pdq
from matcher.signals.phash import PHash
from matcher.signals.scenes import Scenes
from matcher.signals.sha256 import Sha256
from matcher.signals.video import Video


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


def taken_types(optional: Collection[str] = ()) -> tuple[SignalType, ...]:
    """
    Return the types that are taken of what is hashed, in the order of the table.

    Args:
        optional: Names of those that are taken only where an operator asks for them.

    Raises:
        UnknownSignalTypeError: If one of these is no optional type.
    """
    choices = optional_types()
    for name in optional:
        if name not in choices:
            raise UnknownSignalTypeError(f"no optional signal type {name!r}; those there are: {', '.join(choices)}")
    return tuple(row for row in SIGNAL_TYPES.values() if not row.optional or row.name in optional)


def optional_types() -> tuple[str, ...]:
    """Return the names of the types that are taken only where an operator asks for them."""
    return tuple(name for name, row in SIGNAL_TYPES.items() if row.optional)


def is_hash(name: str) -> bool:
    """
    Tell whether values of a type are found by their Hamming distance.

    Raises:
        UnknownSignalTypeError: If there is no such type.
    """
    return signal_type(name).searched is Searched.HAMMING


def shows_parts(name: str) -> bool:
    """
    Tell whether values of a type are local features: large, found by parts of a picture, and showing what it shows.

    Raises:
        UnknownSignalTypeError: If there is no such type.
    """
    return signal_type(name).searched is Searched.RANKED


def searched_as(signals: Iterable[Signal]) -> list[Signal]:
    """
    Return what an index holds of signals: each as it is, a video as `pdq/1` of its frames and `local/1` of its scenes.

    So photos and frames are found by one search: a photo finds the video it was taken from, and a video the photo that
    is shown in it. The video's own value then says which frame it was, and when. Frames too plain to be distinguished
    from others are left to that value, too.

    Args:
        signals: Signals of any types.
    """
    return [one for signal in signals for one in signal_type(signal.type).searched_as(signal)]


SIGNAL_TYPES: dict[str, SignalType] = {
    "sha256/1": Sha256(),
    "pdq/1": Pdq(),
    "phash/1": PHash(),
    "video/1": Video(),
    "local/1": Local(),
    "scenes/1": Scenes(),
    "imagehash-phash/1": ImagehashPHash(),
    "imagehash-dhash/1": ImagehashDHash(),
}
