"""Clips with something to see everywhere, and a crop of one that no hash of whole frames finds."""

import cv2
import numpy as np

from tests.helpers.media.textures import texture

WIDTH, HEIGHT, PAN_PX = 400, 300, 12


def panning(seed: int, *, seconds: int) -> list[np.ndarray]:
    """A camera that moves over a larger picture, ten frames a second."""
    wide = texture(seed, width=WIDTH + PAN_PX * 10 * seconds, height=HEIGHT)
    return [np.ascontiguousarray(wide[:, PAN_PX * n : PAN_PX * n + WIDTH]) for n in range(10 * seconds)]


def cropped(frames: list[np.ndarray]) -> list[np.ndarray]:
    """Two thirds of each side, shown as large as before, with a band of text."""
    copies = []
    for frame in frames:
        part = frame[50 : 50 + 2 * HEIGHT // 3, 70 : 70 + 2 * WIDTH // 3]
        copy = cv2.resize(part, (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC)
        copy[-HEIGHT // 8 :] = 255
        copies.append(copy)
    return copies
