"""
All that decoding and hashing load, loaded before the walls go up: behind them no file can be opened.

Codecs, kernels and modules are loaded when they are first needed, so everything is done once, on a generated picture
that moves. A module that needs more says so by a function `rehearse`.
"""

import importlib
import io
import pkgutil
import warnings
from collections.abc import Sequence

import av
import numpy as np
from PIL import Image as PillowImage

from matcher.compiled import do_without_linear_algebra, leave_caches_alone
from matcher.hashing.features import Features
from matcher.hashing.pictures import hash_media
from matcher.reading.decode import Limits
from matcher.signals.base import SignalType

_LOADED_LATE = ("scipy.fftpack", "scipy.sparse")
"""What hashing loads only when it hashes, since servers do not."""

_rehearsed: set[tuple[str, tuple[str, ...]]] = set()
"""Modules and signal types that were gone through in this process."""

_COMMAND = "av.__main__"
_SIDE_PX = 128
_REDUCED_SIDE_PX = 640
"""Of the picture that is larger than what hashes are made from: reducing it has to be gone through, too."""


def rehearse(module: str, types: Sequence[SignalType]) -> None:
    """
    Load what tasks need.

    Args:
        module: What most tasks call.

        types: The signal types that are taken of pictures; loaded with what they need.
    """
    part = (module, tuple(one.name for one in types))
    if part in _rehearsed:  # in the process this one was forked from
        return
    _rehearsed.add(part)
    do_without_linear_algebra()
    PillowImage.init()
    for found in pkgutil.walk_packages(
        av.__path__, "av."
    ):  # which of them a file needs, PyAV finds out when it opens it
        if not found.name.startswith(_COMMAND):
            importlib.import_module(found.name)
    for name in (*_LOADED_LATE, module):
        loaded = importlib.import_module(name)
    everything = Features.STORED | Features.ASKED
    for data in (_encoded("GIF"), _encoded("JPEG", side_px=_REDUCED_SIDE_PX)):
        hash_media(data, limits=Limits(), preview_side_px=_SIDE_PX, features=everything, types=types)
    if hasattr(loaded, "rehearse"):
        loaded.rehearse(_encoded("PNG"))
    leave_caches_alone()
    warnings.simplefilter("ignore")  # to show one, Python opens its source


def picture_to_rehearse_with() -> bytes:
    """Return a picture that shows nothing, as a file."""
    return _encoded("PNG")


def _encoded(codec: str, *, side_px: int = _SIDE_PX) -> bytes:
    """Make a picture with corners to find and a frame to trim, and a second one for codecs that take it."""
    coarse = np.random.default_rng(1).integers(0, 256, (8, 8, 3), np.uint8)
    still = np.pad(np.kron(coarse, np.ones((side_px // 8, side_px // 8, 1), np.uint8)), ((24, 24), (24, 24), (0, 0)))
    first, second = PillowImage.fromarray(still), PillowImage.fromarray(255 - still)
    file = io.BytesIO()
    if codec == "GIF":
        first.save(file, codec, save_all=True, append_images=[second], duration=500)
    else:
        first.save(file, codec)
    return file.getvalue()
