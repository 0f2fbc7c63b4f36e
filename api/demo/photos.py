"""
The photographs the story uses: those a folder holds, those inside scikit-image's wheel, or pictures that are drawn.

Invariant: nothing is downloaded, and no photograph of a person is reported. A cat stands in for a private photo.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from api.demo.drawings import drawn
from api.shell.errors import CommandError

REPORTED = "chelsea.png"
INNOCENT = (
    "coffee.png",
    "rocket.jpg",
    "astronaut.png",
    "camera.png",
    "motorcycle_left.png",
    "hubble_deep_field.jpg",
    "retina.jpg",
    "coins.png",
    "moon.png",
    "ihc.png",
    "brick.png",
    "gravel.png",
)

_SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".webp", ".gif", ".avif", ".heic", ".bmp", ".tif", ".tiff"})
_MOST_INNOCENT = 24
_DRAWN = 13


@dataclass(frozen=True, slots=True)
class Photo:
    """
    One photograph, or a film that shows one.

    Args:
        name: What a person reads below it.

        data: The file.

        still: What is drawn of a film, a picture's file; None for a photograph, which is drawn itself.
    """

    name: str
    data: bytes
    still: bytes | None = None


@dataclass(frozen=True, slots=True)
class Cast:
    """Who plays: the photograph that is reported, and those that have nothing to do with it."""

    reported: Photo
    innocent: tuple[Photo, ...]


def shipped_photos() -> Cast:
    """Return the photographs inside scikit-image's wheel; where that is not installed, pictures that are drawn."""
    package = find_spec("skimage")
    if package is None or package.origin is None:
        return drawn_pictures()
    folder = Path(package.origin).parent / "data"
    return _cast([folder / name for name in (REPORTED, *INNOCENT)])


def drawn_pictures() -> Cast:
    """Return landscapes that are drawn here."""
    reported, *innocent = (Photo(f"landscape {number}", drawn(number)) for number in range(1, _DRAWN + 1))
    return Cast(reported, tuple(innocent))


def photos_in(folder: Path) -> Cast:
    """
    Return a folder's photographs: the first by name is reported, the others are innocent.

    Raises:
        CommandError: If it holds fewer than two.
    """
    files = sorted(file for file in folder.iterdir() if file.suffix.lower() in _SUFFIXES)
    if len(files) < 2:
        message = f"{folder} holds {len(files)} pictures; the story needs one to report and at least one other"
        raise CommandError(message)
    return _cast(files[: _MOST_INNOCENT + 1])


def _cast(files: Sequence[Path]) -> Cast:
    reported, *innocent = (Photo(file.stem.replace("_", " "), file.read_bytes()) for file in files)
    return Cast(reported, tuple(innocent))
