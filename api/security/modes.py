"""Who may read what lies in the data folder: its owner alone."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import structlog

from api.settings import Settings

log = structlog.get_logger()

PRIVATE_FOLDER = 0o700

_OTHERS = stat.S_IRWXG | stat.S_IRWXO


def open_to_others(settings: Settings) -> dict[Path, int]:
    """Find the folders and files of data, exports and keyring with rights for others than their owner, with modes."""
    return {path: mode for root in places_of(settings) for path in _beneath(root) if (mode := _mode(path)) & _OTHERS}


def places_of(settings: Settings) -> tuple[Path, ...]:
    """Name the places that hold what nobody else may read."""
    return settings.data, settings.exports, settings.keyring_file


def warn_of_open_folder(settings: Settings) -> None:
    """Say that others can get at the data or the keyring; a folder that is closed closes what is in it."""
    closed = not _mode(settings.data) & _OTHERS
    for place in places_of(settings):
        if _mode(place) & _OTHERS and not (closed and place.is_relative_to(settings.data)):
            log.warning("others may use what is private", place=str(place), remedy=f"chmod -R go= {place}")


def _beneath(root: Path) -> Iterator[Path]:
    yield root
    for folder, folders, files in os.walk(root):
        yield from (Path(folder) / name for name in (*folders, *files))


def _mode(path: Path) -> int:
    """Return the permissions; none for a link, and for what is gone."""
    try:
        mode = path.lstat().st_mode
    except OSError:
        return 0
    return 0 if stat.S_ISLNK(mode) else stat.S_IMODE(mode)
