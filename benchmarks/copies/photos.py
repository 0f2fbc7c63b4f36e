"""Folders of photos as the robustness benchmark takes them: files in order of name, decoded when edited."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from benchmarks.copies.edits import Pixels

SUFFIXES = (".jpg", ".jpeg", ".png", ".webp")
JPEG_QUALITY = 90
"""How an edited picture is saved before anybody sees it, whatever was done to it."""


@dataclass(frozen=True, slots=True)
class Photo:
    """
    One file.

    Args:
        path: Where it is.

        folder: Name of the folder it was taken from.
    """

    path: Path
    folder: str

    @property
    def name(self) -> str:
        """Folder and file, as results name it."""
        return f"{self.folder}/{self.path.name}"

    @property
    def honest(self) -> bool:
        """Whether nothing is fitted to it, and no threshold chosen on it: half of the photos, told by their names."""
        return bool(hashlib.sha256(self.name.encode()).digest()[0] & 1)

    def data(self) -> bytes:
        """Return the file."""
        return self.path.read_bytes()

    def pixels(self) -> Pixels:
        """Return the picture, RGB."""
        return read(self.data())


def photos(folders: Sequence[Path]) -> list[Photo]:
    """
    List the photos of some folders, in order of folder, then name.

    Raises:
        FileNotFoundError: If a folder holds none.
    """
    found: list[Photo] = []
    for folder in folders:
        paths = sorted(path for path in folder.iterdir() if path.suffix.lower() in SUFFIXES)
        if not paths:
            raise FileNotFoundError(f"{folder} holds no {', '.join(SUFFIXES)}; name a folder of photos")
        found += [Photo(path, folder.name) for path in paths]
    return found


def read(data: bytes) -> Pixels:
    """Decode a file, RGB."""
    pixels = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    if pixels is None:
        raise ValueError(f"{len(data)} bytes are no picture OpenCV reads; leave the file out")
    return cv2.cvtColor(pixels, cv2.COLOR_BGR2RGB).astype(np.uint8, copy=False)


def save(pixels: Pixels, quality: int = JPEG_QUALITY) -> bytes:
    """Encode a picture as JPEG."""
    _, data = cv2.imencode(".jpg", cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, quality])
    return data.tobytes()
