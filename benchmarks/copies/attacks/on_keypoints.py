"""
Attacks on local features: keypoints are suppressed, disturbed or outnumbered, or a search asks the matcher itself.

Who attacks has the code, so the places are those that `extract_reference` takes of the original.

Invariant: a picture keeps its shape; strength 0 is the picture itself.
"""

from collections.abc import Callable
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

from benchmarks.copies.attacks.visible import within
from benchmarks.copies.edits import Pixels
from benchmarks.copies.photos import read
from matcher.local.evidence import compare_local
from matcher.signals.local import LocalFeatures, extract_query, extract_reference, fit

_DISC: Final = 9.0
"""Pixels of the keypoint's level: the disc its direction is read from."""

_MOST: Final = 70.0
"""Grey levels of noise or dots at a strength of 1."""

TRIES: Final = 24
_FIELDS_PX: Final = (1, 2, 4, 8, 16, 32)

Make = Callable[[float], Pixels]


def suppressed(photo: Pixels, _: np.random.Generator) -> Make:
    """Blur what is around each keypoint, so that it is none."""
    mask = _around_keypoints(photo)[..., None]
    soft = cv2.GaussianBlur(photo, (0, 0), 4).astype(np.float64)
    return lambda strength: _pixels(photo + strength * mask * (soft - photo))


def disturbed(photo: Pixels, rng: np.random.Generator) -> Make:
    """Add noise around each keypoint, so that it is described otherwise."""
    mask = _around_keypoints(photo)
    noise = cv2.GaussianBlur(rng.normal(0, 1, photo.shape[:2]), (0, 0), 1.5)
    noise = (noise / noise.std() * mask)[..., None]
    return lambda strength: _pixels(photo + _MOST * strength * noise)


def outnumbered(photo: Pixels, rng: np.random.Generator) -> Make:
    """Strew light and dark dots over it, each a keypoint stronger than those of the picture."""
    height, width = photo.shape[:2]
    dots = np.zeros((height, width))
    rows, columns = np.mgrid[3:height:6, 3:width:6]
    at = rows + rng.integers(-1, 2, rows.shape), columns + rng.integers(-1, 2, rows.shape)
    dots[np.clip(at[0], 0, height - 1), np.clip(at[1], 0, width - 1)] = rng.choice([-1.0, 1.0], rows.shape)
    soft = cv2.GaussianBlur(dots, (0, 0), 1.2)
    soft = (soft / np.abs(soft).max())[..., None]
    return lambda strength: _pixels(photo + _MOST * strength * soft)


def searched(photo: Pixels, bound: float, rng: np.random.Generator) -> bytes:
    """
    Search for the change within a bound by which the matcher is least sure, asking the matcher after each try.

    Args:
        photo: The original.

        bound: SSIM that the posted file keeps at least.

        rng: The only source of chance.

    Returns:
        The file of the lowest score.
    """
    reference = LocalFeatures.from_bytes(extract_reference(photo).to_bytes())
    change = np.zeros(photo.shape[:2])
    posted, lowest = within(photo, bound, lambda _: photo), np.inf
    for _ in range(TRIES):
        tried = change + _field(photo.shape[:2], rng)
        tried /= max(float(tried.std()), 1e-9)
        file = within(photo, bound, _added(photo, tried))
        score = _score(file, reference)
        if score < lowest:
            posted, lowest, change = file, score, tried
    return posted


def _added(photo: Pixels, change: npt.NDArray[np.float64]) -> Make:
    return lambda strength: _pixels(photo + _MOST * strength * change[..., None])


def _field(shape: tuple[int, int], rng: np.random.Generator) -> npt.NDArray[np.float64]:
    """Draw noise whose grains are of one size, over the whole picture or a part of it."""
    height, width = shape
    size = int(rng.choice(_FIELDS_PX))
    grains = rng.normal(0, 1, (-(-height // size), -(-width // size)))
    field = cv2.resize(grains, (width, height), interpolation=cv2.INTER_CUBIC)
    if rng.random() < 0.5:
        middle = rng.uniform(0.2, 0.8, 2) * [height, width]
        rows, columns = np.mgrid[:height, :width]
        away = np.hypot(rows - middle[0], columns - middle[1])
        field = field * np.exp(-((away / (0.3 * max(height, width))) ** 2))
    return np.asarray(field / max(float(field.std()), 1e-9))


def _score(file: bytes, reference: LocalFeatures) -> float:
    found = compare_local(extract_query(read(file)), reference)
    return found.evidence.score if found is not None else -np.inf


def _around_keypoints(photo: Pixels) -> npt.NDArray[np.float64]:
    """Return how near each pixel is to a keypoint, 0..1: float64, shape (height, width)."""
    features = extract_reference(photo)
    height, width = photo.shape[:2]
    grown = width / fit(photo[..., 0], max(features.width, features.height)).shape[1]
    mask = np.zeros((height, width), np.uint8)
    for (x, y), scale in zip(features.keypoints.xy * grown, features.keypoints.scale * grown, strict=True):
        cv2.circle(mask, (round(float(x)), round(float(y))), max(2, round(0.6 * _DISC * float(scale))), 255, -1)
    return cv2.GaussianBlur(mask, (0, 0), 2).astype(np.float64) / 255


def _pixels(values: npt.NDArray[np.float64]) -> Pixels:
    return np.clip(np.rint(values), 0, 255).astype(np.uint8)
