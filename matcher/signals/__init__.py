"""The one table of signal types. A new one is a file in this folder and a row here."""

from types import MappingProxyType

from matcher.errors import UnknownSignalTypeError
from matcher.signals.base import SignalType
from matcher.signals.pdq import Pdq
from matcher.signals.phash import PHash
from matcher.signals.sha256 import Sha256


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


SIGNAL_TYPES: MappingProxyType[str, SignalType] = MappingProxyType(
    {
        "sha256/1": Sha256(),
        "pdq/1": Pdq(),
        "phash/1": PHash(),
    }
)
