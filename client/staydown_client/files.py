"""What may be sent as media: a path, bytes, or a file that is open."""

import os
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO, TypeGuard

Media = str | os.PathLike[str] | bytes | IO[bytes]
"""A path, the bytes themselves, or a file opened for reading bytes; that is sent from its beginning, and stays open."""

Part = tuple[str, tuple[str, IO[bytes] | bytes, str]]
"""A part of a form: its name, and the file's name, content and type."""


@contextmanager
def opened(media: Iterable[Media]) -> Iterator[list[Part]]:
    """
    Open files for one attempt at a request; they are read as they are sent, not before.

    Names of files are not sent: they are nobody's business.

    Args:
        media: What is sent, each as a part `media`.

    Raises:
        OSError: If a file cannot be opened.
    """
    with ExitStack() as files:
        yield [("media", ("media", _content(one, files), "application/octet-stream")) for one in media]


def is_read_once(media: Iterable[Media]) -> bool:
    """Tell whether some of it can be read a single time, like a pipe: such a request is not sent again."""
    return any(_is_open(one) and not one.seekable() for one in media)


def _is_open(media: Media) -> TypeGuard[IO[bytes]]:
    return not isinstance(media, str | bytes | os.PathLike)


def _content(media: Media, files: ExitStack) -> IO[bytes] | bytes:
    if isinstance(media, str | os.PathLike):
        return files.enter_context(Path(media).open("rb"))
    return media
