"""
The local features that are stored of a picture, or of scenes: only of those that show enough to be recognised.

Invariant: a value with fewer keypoints than an alignment needs is not made: it could never be found.
"""

from collections.abc import Iterable

from matcher.media import Pixels
from matcher.signals import scenes as scenes_signal
from matcher.signals.base import Signal
from matcher.signals.local import NAME as LOCAL
from matcher.signals.local import extract_reference
from matcher.signals.scenes import Scene
from matcher.thresholds import MINIMUM_INLIERS


def stored_of_picture(pixels: Pixels) -> tuple[Signal, ...]:
    """Return `local/1` of a picture, of any size; nothing where it is tiny or of one colour."""
    found = extract_reference(pixels)
    return (Signal(LOCAL, found.to_bytes()),) if len(found.keypoints) >= MINIMUM_INLIERS else ()


def stored_of_scenes(scenes: Iterable[Scene]) -> tuple[Signal, ...]:
    """Return `scenes/1` of those that show enough; nothing where none does."""
    recognisable = [scene for scene in scenes if len(scene.features.keypoints) >= MINIMUM_INLIERS]
    return (scenes_signal.signal_of(recognisable),) if recognisable else ()
