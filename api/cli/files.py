"""Many files, a few at once: a bad one is told apart and stops none of the others."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Generic, TypeVar

import typer

from api.bootstrap import open_sandbox
from api.cli.errors import FileRefusedError
from api.cli.output import console, progress_bar
from api.settings import Settings
from matcher.errors import MediaError
from matcher.features import Features
from matcher.hashing import HashedImage

ResultT = TypeVar("ResultT")

Files = Annotated[list[Path], typer.Argument(metavar="FILE…", help="Pictures; their names do not matter.")]


@dataclass(frozen=True, slots=True)
class FileResult(Generic[ResultT]):
    """
    What became of one file.

    Args:
        file: As it was named.

        value: The result, or None.

        error: Why there is none, or None.
    """

    file: Path
    value: ResultT | None
    error: str | None = None


def read_file(file: Path, *, max_bytes: int) -> bytes:
    """
    Read a file, but of one that is too large only as much as shows it.

    Raises:
        OSError: If it cannot be read.
    """
    with file.open("rb") as opened:
        return opened.read(max_bytes + 1)


def each_file(
    files: Sequence[Path], work: Callable[[Path], ResultT], *, at_once: int, doing: str
) -> list[FileResult[ResultT]]:
    """
    Do the same with each file, with a progress bar.

    Args:
        files: Which.

        work: What; errors about one file become its result, all others end everything.

        at_once: How many threads.

        doing: What the progress bar says: ``"Hashing"``.

    Returns:
        One for each file, in their order.
    """

    def attempt(file: Path) -> FileResult[ResultT]:
        try:
            return FileResult(file, work(file))
        except (MediaError, FileRefusedError) as error:
            return FileResult(file, None, str(error))
        except OSError as error:
            return FileResult(file, None, error.strerror or str(error))

    threads = ThreadPoolExecutor(at_once)
    try:
        with progress_bar() as bar:
            return list(bar.track(threads.map(attempt, files), total=len(files), description=doing))
    finally:
        threads.shutdown(cancel_futures=True)


def hash_files(settings: Settings, files: Sequence[Path], *, features: Features) -> list[FileResult[HashedImage]]:
    """Decode and hash files in processes of their own, as many at once as the operator lets decode."""
    with open_sandbox(settings, workers=min(settings.decode_workers, len(files))) as sandbox:

        def hash_file(file: Path) -> HashedImage:
            data = read_file(file, max_bytes=settings.max_image_bytes)
            return sandbox.hash_image(data, features=features)

        return each_file(files, hash_file, at_once=settings.decode_workers, doing="Hashing")


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
