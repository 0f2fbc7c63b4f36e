"""
What hashes files on a machine of a cluster: in a process of Ray's, which decodes nothing itself.

Decoding happens in the processes and behind the walls that it happens in for the server; this one opens files and
passes on what comes out, in pieces that Ray neither shares between processes nor writes to a disk.

Who may call it: `ray_hashers.py`, on the machine.
"""

import os
import pickle
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from typing import Final, TypeAlias

from api.arrivals.spool import Spool
from api.bootstrap import open_sandbox, open_spool
from api.cli.backfilling.messages import FileToHash, Probe, Terms
from api.cli.backfilling.registering import why_not
from api.cli.libraries import library_in
from api.cli.libraries.base import Library, LibraryFile
from api.errors import ApiError, NotReadyError
from api.media.hashing import HashedMedia, hash_file
from api.media.warming import kernels_to_compile, warm_up
from api.settings import Settings, read_settings
from api.shell.errors import CommandError
from matcher.errors import MatcherError, MediaError
from matcher.reading.files import open_file
from matcher.sandbox.media import MediaSandbox
from matcher.sandbox.walls import Walls

SAME_EVERYWHERE: Final = (
    "signals",
    "sandbox",
    "max_image_bytes",
    "max_image_pixels",
    "max_animation_frames",
    "max_animation_pixels",
    "max_video_bytes",
    "max_video_duration_s",
    "max_video_pixels",
    "max_video_frames",
)
"""The settings of the command that hold on every machine; how many files are decoded at once is each machine's own."""

PIECE_BYTES: Final = 2**16
"""Ray hands what is smaller than 100 KB to whoever asked, and keeps a copy nowhere."""

_PRIVATE: Final = 0o077

Piece: TypeAlias = tuple[int, bool, bytes]
"""Number of a file, whether it is the last of its answer, and bytes of that."""


class HasherLostError(Exception):
    """The process that hashes on a machine, or the machine, is gone."""


@dataclass(frozen=True, slots=True)
class Standing:
    """
    How a machine is before it is given files.

    Args:
        at_once: How many files it decodes at once.

        problem: Why it can be given none; None if it can.
    """

    at_once: int = 0
    problem: str | None = None


def shared_settings(settings: Settings) -> Mapping[str, object]:
    """Return what holds on every machine."""
    return {name: getattr(settings, name) for name in SAME_EVERYWHERE}


class Hasher:
    """
    Hashes files for one command.

    Args:
        terms: How.
    """

    def __init__(self, terms: Terms) -> None:
        self._terms = terms
        self._library: Library
        self._spool: Spool
        self._sandbox: MediaSandbox
        self._threads: ThreadPoolExecutor

    def begin(self) -> Standing:
        """Start the processes that decode, and look whether this machine sees what it is to hash."""
        os.umask(_PRIVATE)  # this is a process of Ray's, which began with another
        try:
            settings = read_settings().model_copy(update=dict(self._terms.settings))
            if kernels_to_compile(settings):
                warm_up(settings)
            self._library = library_in(self._terms.place)
            self._spool = open_spool(settings)
            self._spool.erase_abandoned(lambda _: True)  # what was fetched by a process that was killed
            self._sandbox = open_sandbox(settings)
        except (ApiError, CommandError, MatcherError, OSError) as error:
            return Standing(problem=str(error))
        problem = problem_with_walls(self._sandbox.walls, self._terms.walls)
        problem = problem or next(filter(None, map(self._problem_with, self._terms.probes)), None)
        if problem is not None:
            self.close()
            return Standing(problem=problem)
        self._threads = ThreadPoolExecutor(settings.decode_workers)
        return Standing(at_once=settings.decode_workers)

    def hashed(self, files: Sequence[FileToHash]) -> Iterator[Piece]:
        """
        Hash files, as many at once as this machine decodes.

        Args:
            files: Those of a block.

        Returns:
            The pieces of each answer in their order, answers as they come.
        """
        waiting = {self._threads.submit(self._hash, file.name): file.number for file in files}
        for done in as_completed(waiting):
            yield from _in_pieces(waiting.pop(done), pickle.dumps(done.result()))

    def close(self) -> None:
        """End the processes that decode."""
        self._sandbox.close()

    def _hash(self, name: str) -> HashedMedia | str:
        try:
            with self._library.named(name).opened(self._spool) as source:
                return hash_file(self._sandbox, source, features=self._terms.features)
        except (MediaError, NotReadyError, OSError) as error:
            return why_not(error)

    def _problem_with(self, probe: Probe) -> str | None:
        """Say how a file here differs from what it is where the command runs; None if it does not."""
        file = self._library.named(probe.name)
        try:
            found = size_read(file, self._spool)
        except (MediaError, NotReadyError, OSError) as error:
            return f"it cannot read {file.shown}: {why_not(error)}"
        if found != probe.size_bytes:
            return f"{file.shown} has {found:,} bytes there and {probe.size_bytes:,} here: it is another library"
        return None


def size_read(file: LibraryFile, spool: Spool) -> int:
    """
    Return the size of a file in bytes, once it was seen that it can be read.

    Raises:
        MediaError, NotReadyError, OSError: As `LibraryFile.opened` does, if it cannot.
    """
    with file.opened(spool) as source:
        if isinstance(source, bytes):
            return len(source)
        with open_file(source) as opened:
            opened.read(1)
            return os.fstat(opened.fileno()).st_size


def problem_with_walls(there: Walls, here: Sequence[str]) -> str | None:
    """
    Say which walls around decoding a machine lacks that stand where the command runs; None if none.

    Args:
        there: Those of the machine.

        here: Names of those that stand here.
    """
    missing = [f"{name} ({why})" for name, why in there.missing.items() if name in here]
    return f"it lacks a wall around decoding that stands here: {', '.join(missing)}" if missing else None


def _in_pieces(number: int, answer: bytes) -> Iterator[Piece]:
    for start in range(0, len(answer), PIECE_BYTES):
        end = start + PIECE_BYTES
        yield number, end >= len(answer), answer[start:end]
