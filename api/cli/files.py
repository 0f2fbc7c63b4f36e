"""Many files, a few at once: a bad one is reported by itself and stops none of the others."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Generic, TypeVar

import typer

from api.bootstrap import open_sandbox
from api.media.hashing import HashedMedia, hash_file
from api.settings import Settings
from api.shell.errors import FileRefusedError
from api.shell.output import console, counting_bar
from matcher.errors import MediaError
from matcher.hashing.features import Features
from matcher.media import MediaInfo, VideoInfo
from matcher.reading.keyframes import QUERY, Pace, Progress

ResultT = TypeVar("ResultT")

_NOTICED_S = 0.5
"""Seconds. A video whose last frame stays a little shorter than its header says is not damaged."""

Files = Annotated[list[Path], typer.Argument(metavar="FILE…", help="Pictures and videos; their names do not matter.")]


@dataclass(frozen=True, slots=True)
class FileResult(Generic[ResultT]):
    """
    What became of one file.

    Args:
        file: The file, as it was named.

        value: The result, or None.

        error: Why there is none, or None.
    """

    file: Path
    value: ResultT | None
    error: str | None = None


def each_file(
    files: Sequence[Path], work: Callable[[Path, Progress], ResultT], *, at_once: int, doing: str
) -> list[FileResult[ResultT]]:
    """
    Hash each file, with a progress bar.

    Args:
        files: Where they are.

        work: What is done, given whom to call with how far it is; errors about a file become its result, all others end
            everything.

        at_once: How many threads.

        doing: What the progress bar says: ``"Hashing"``.

    Returns:
        One for each file, in their order.
    """

    def attempt(file: Path, progress: Progress) -> FileResult[ResultT]:
        try:
            return FileResult(file, work(file, progress))
        except (MediaError, FileRefusedError) as error:
            return FileResult(file, None, str(error))
        except OSError as error:
            return FileResult(file, None, error.strerror or str(error))
        finally:
            progress(1.0)

    threads = ThreadPoolExecutor(at_once)
    try:
        with counting_bar(doing, total=len(files)) as next_file:
            return list(threads.map(attempt, files, (next_file() for _ in files)))
    finally:
        threads.shutdown(cancel_futures=True)


def hash_files(
    settings: Settings, files: Sequence[Path], *, features: Features, pace: Pace = QUERY
) -> list[FileResult[HashedMedia]]:
    """Decode and hash files in processes of their own, as many at once as the operator lets decode."""
    with open_sandbox(settings, workers=min(settings.decode_workers, len(files))) as sandbox:

        def hash_one(file: Path, progress: Progress) -> HashedMedia:
            return hash_file(sandbox, file, features=features, pace=pace, progress=progress)

        return each_file(files, hash_one, at_once=settings.decode_workers, doing="Hashing")


def damage_of(info: MediaInfo | VideoInfo) -> str:
    """Say how many seconds of an animation or a video cannot be read: ``"0.5 s of it cannot be read"``, or nothing."""
    if info.duration_s is None or info.seen_s is None:
        return ""
    missing = info.duration_s - info.seen_s
    damaged = missing >= _NOTICED_S and info.damaged > 0 if isinstance(info, VideoInfo) else missing > 0
    return f"{missing:.1f} s of it cannot be read" if damaged else ""


def end_with(results: Sequence[FileResult[ResultT]]) -> None:
    """
    List the files that failed on standard error.

    Raises:
        typer.Exit: With 1 if there are any.
    """
    failed = [result for result in results if result.error is not None]
    for result in failed:
        console(errors=True).print(f"error: {result.file}: {result.error}", soft_wrap=True)
    if failed:
        raise typer.Exit(1)
