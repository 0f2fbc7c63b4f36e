"""Seeded pictures with something to see everywhere: what local features are tested on without a file."""

import cv2
import numpy as np
import numpy.typing as npt


def texture(seed: int, *, width: int = 480, height: int = 360) -> npt.NDArray[np.uint8]:
    """Return overlapping blobs, lines and shades of many sizes, uint8 RGB; another seed gives a stranger."""
    rng = np.random.default_rng(seed)
    canvas = cv2.resize(rng.uniform(40, 215, (6, 8, 3)), (width, height), interpolation=cv2.INTER_CUBIC)
    for _ in range(160):
        at = (int(rng.integers(width)), int(rng.integers(height)))
        colour = [float(c) for c in rng.uniform(0, 255, 3)]
        size = max(2, int(np.exp(rng.uniform(0.5, 3.6)) * width / 480))
        if rng.random() < 0.6:
            axes = (size, max(2, int(size * rng.uniform(0.4, 1))))
            cv2.ellipse(canvas, at, axes, float(rng.uniform(0, 180)), 0, 360, colour, -1, cv2.LINE_AA)
        else:
            to = (int(at[0] + rng.normal(0, 3 * size)), int(at[1] + rng.normal(0, 3 * size)))
            cv2.line(canvas, at, to, colour, max(1, size // 4), cv2.LINE_AA)
    soft = cv2.GaussianBlur(canvas, (0, 0), 0.8) + rng.normal(0, 2, canvas.shape)
    return np.clip(np.round(soft), 0, 255).astype(np.uint8)
