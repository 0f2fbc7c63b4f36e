"""
A picture that was printed in dots, or shown in the dots of a screen, without them: a halftone, newsprint, a dither.

Each dot is a blob, and stronger than what the picture shows: dots take the keypoints, and nothing matches. Unlike the
picture they repeat, so its spectrum has peaks: a raster. Where it does, the picture is blurred until the dots are gone,
and reduced to what is left to see.

Invariant: pure. A picture without a raster is returned as it is, so what is asked of it does not change. References
are left as they are: what is stored of them may not change. So a print that was banked is found by its dots, and a copy
is asked for in both ways (`matcher/signals/local.py`, `readings`).
"""

from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

from matcher.signals.points.keypoints import Grey
from matcher.thresholds import SCREEN_PEAK

TILE_PX: Final = 128
"""Side of the four tiles, in the corners, whose spectra are added up."""

LEAST_CYCLES: Final = 0.07
"""A raster's lines are at most 14 pixels apart; what repeats more slowly is shown, not printed."""

_AXIS_BINS: Final = 2
"""Bins beside an axis that are left out: the blocks of a JPEG, the edges of frames and the lines of text lie there."""

_OF_STRONGEST: Final = 0.1
_NEAR, _AROUND = 5, 13
_SIGMA_OF_PERIOD: Final = 0.45
_SAMPLES_A_PERIOD: Final = 1.2
"""
Pixels that are kept of each dot, side by side. With 3, where every dot can still be told, 4 of 16 photographs in dots 3
pixels apart are found, with 2 12, with 1.5 15, with 1.2 all; not descreened 10.
"""


def descreened(grey: Grey) -> Grey:
    """
    Take the dots out of a picture that is made of them.

    Args:
        grey: uint8, shape (height, width).

    Returns:
        The picture as it is where its spectrum shows no raster; else blurred, and reduced.
    """
    cycles = raster(grey)
    if cycles is None:
        return grey
    soft = cv2.GaussianBlur(grey, (0, 0), _SIGMA_OF_PERIOD / cycles).astype(np.uint8, copy=False)
    shrink = min(1.0, _SAMPLES_A_PERIOD * cycles)
    size = (max(1, round(grey.shape[1] * shrink)), max(1, round(grey.shape[0] * shrink)))
    return cv2.resize(soft, size, interpolation=cv2.INTER_LINEAR).astype(np.uint8, copy=False)


def raster(grey: Grey) -> float | None:
    """Return the lowest frequency of a picture's raster, in cycles a pixel; None where its spectrum shows none."""
    if min(grey.shape) < TILE_PX:
        return None
    power = spectrum(grey)
    peaks = np.where(_ASKED, power / _surroundings(power), 0.0) >= SCREEN_PEAK
    if not peaks.any():
        return None
    strong = peaks & (power >= _OF_STRONGEST * power[peaks].max())
    return float(_CYCLES[strong].min())


def spectrum(grey: Grey) -> npt.NDArray[np.float32]:
    """
    Return the summed power of the tiles, but for waves that run straight down, and those of every second column.

    Returns:
        float32, shape (`TILE_PX`, `TILE_PX` // 2 - 1): frequencies down as `numpy.fft` orders them, across from 1 on.
    """
    height, width = grey.shape
    power = np.zeros((TILE_PX, TILE_PX), np.float32)
    for y in (0, height - TILE_PX):
        for x in (0, width - TILE_PX):
            tile = grey[y : y + TILE_PX, x : x + TILE_PX].astype(np.float32)
            tile -= cv2.mean(tile)[0]
            waves = cv2.dft(cv2.multiply(tile, _WINDOW))
            cv2.accumulate(cv2.mulSpectrums(waves, waves, 0, conjB=True), power)
    # OpenCV packs a row as the first wave, then real and imaginary part of each, and the last.
    return np.ascontiguousarray(power[:, 1:-1:2])


def _surroundings(power: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Return the geometric mean of the power around each frequency, what is nearest left out."""
    logs = np.log(power + 1.0)
    turned = np.concatenate([logs[-_AROUND:], logs, logs[:_AROUND]])  # frequencies down wrap around
    wide, near = (
        cv2.blur(turned, (side, side), borderType=cv2.BORDER_REFLECT_101)[_AROUND:-_AROUND] for side in (_AROUND, _NEAR)
    )
    return np.asarray(np.exp((wide * _AROUND**2 - near * _NEAR**2) / (_AROUND**2 - _NEAR**2)), np.float32)


def _frequencies() -> npt.NDArray[np.float32]:
    down, across = np.fft.fftfreq(TILE_PX)[:, None], _ACROSS[None]
    return np.asarray(np.hypot(down, across), np.float32)


def _asked() -> npt.NDArray[np.bool_]:
    down, across = np.fft.fftfreq(TILE_PX)[:, None], _ACROSS[None]
    off_axes = (np.abs(down) * TILE_PX > _AXIS_BINS) & (across * TILE_PX > _AXIS_BINS)
    return np.asarray(off_axes & (_CYCLES >= LEAST_CYCLES))


_ACROSS: Final = np.fft.rfftfreq(TILE_PX)[1:-1]
_CYCLES: Final = _frequencies()
_ASKED: Final = _asked()
_HANN: Final = np.hanning(TILE_PX).astype(np.float32)
_WINDOW: Final = np.outer(_HANN, _HANN)
