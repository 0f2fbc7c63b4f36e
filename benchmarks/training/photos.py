"""The photos of a folder as training takes them: in order of name, grey."""

from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np

from matcher.media import Grey


def grey_photos(folder: Path) -> Iterator[Grey]:
    """
    Read every file of a folder.

    Yields:
        uint8, shape (height, width).

    Raises:
        ValueError: If a file is no picture.
    """
    for path in sorted(folder.iterdir()):
        pixels = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
        if pixels is None:
            message = f"{path} is no picture; leave only photos in the folder"
            raise ValueError(message)
        yield pixels.astype(np.uint8, copy=False)
