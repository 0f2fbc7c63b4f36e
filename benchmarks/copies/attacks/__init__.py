"""
ATTACKS: the one table of ways in which somebody who has the code changes a copy so that it is not found.

None of them takes a gradient, and each is held to a bound on what is seen (`visible.py`).
"""

from collections.abc import Callable
from functools import partial

import numpy as np

from benchmarks.copies.attacks.on_hashes import PDQ_BAND, PHASH_BAND, shades
from benchmarks.copies.attacks.on_keypoints import Make, disturbed, outnumbered, searched, suppressed
from benchmarks.copies.attacks.visible import within
from benchmarks.copies.edits import Pixels

Prepare = Callable[[Pixels, np.random.Generator], Make]

Attack = Callable[[Pixels, float, np.random.Generator], bytes]
"""The original, the least SSIM of what is posted, and the only source of chance -> the file that is posted."""


def _as_strong_as_allowed(prepare: Prepare, photo: Pixels, bound: float, rng: np.random.Generator) -> bytes:
    return within(photo, bound, prepare(photo, rng))


def _shaded_and_disturbed(photo: Pixels, rng: np.random.Generator) -> Make:
    """Turn bits of both hashes over, and add noise around each keypoint."""
    shade, noise = shades(photo, rng), disturbed(photo, rng)
    return lambda strength: np.clip(
        shade(strength).astype(np.int16) + noise(strength) - photo.astype(np.int16), 0, 255
    ).astype(np.uint8)


ATTACKS: dict[str, Attack] = {
    "shades against PDQ": partial(_as_strong_as_allowed, partial(shades, bands=(PDQ_BAND,))),
    "shades against pHash": partial(_as_strong_as_allowed, partial(shades, bands=(PHASH_BAND,))),
    "shades against both hashes": partial(_as_strong_as_allowed, shades),
    "keypoints blurred": partial(_as_strong_as_allowed, suppressed),
    "noise around keypoints": partial(_as_strong_as_allowed, disturbed),
    "dots strewn over it": partial(_as_strong_as_allowed, outnumbered),
    "shades and noise": partial(_as_strong_as_allowed, _shaded_and_disturbed),
    "search against local features": searched,
}
