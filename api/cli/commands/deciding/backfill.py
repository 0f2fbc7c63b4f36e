"""
`staydown backfill`: register a library that exists already, so that takedowns find what it holds.

Files are decoded in several processes and registered a few hundred a transaction. Invariant: a file is known by its
path below the folder, or below an object store's prefix; what is registered is skipped and not fetched, so a run that
was killed is simply run again.
"""

from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import islice
from typing import Annotated

import typer

from api.background.serving.publishing import Publishing
from api.bootstrap import open_service, prepare_data
from api.cli.libraries import library_at
from api.cli.libraries.base import LibraryFile
from api.cli.starting.kernels import prepare_kernels
from api.errors import NotReadyError
from api.http.watching.watched import Watched
from api.media.deep import rest_of, search_within_budget
from api.media.hashing import HashedMedia, features_of_upload, hash_file, identity_of, submitted
from api.schemas.media import Depth
from api.service import Service
from api.settings import read_settings
from api.shell.output import AsJson, console, counting_bar, write_fields, write_json
from casework.domain.actor import Actor, Role
from casework.handlers.uploads import RegisterUpload, register_uploads
from casework.ports.search import Candidates
from casework.steps.finding.deep_search import DeepFindings
from casework.steps.finding.matching import look_ahead
from matcher.errors import MediaError
from matcher.reading.keyframes import Progress

BATCH = 200
_MAX_ID_CHARACTERS = 255


@dataclass
class Backfilled:
    """What became of a library."""

    registered: int = 0
    known: int = 0
    failed: list[dict[str, str]] = field(default_factory=list)


@dataclass(frozen=True)
class LookedAt:
    """A file's signals, and what a deep search and its frames found."""

    hashed: HashedMedia
    deep: DeepFindings | None
    found: Candidates | None


class DepthOption(StrEnum):
    """How closely files are compared with what was taken down."""

    FAST = "fast"
    DEEP = "deep"


def backfill(
    folder: Annotated[
        str,
        typer.Argument(
            metavar="DIR",
            help="A folder, searched with its subfolders; s3://BUCKET/PREFIX, with the extra `aws`; or "
            "gs://BUCKET/PREFIX, with the extra `gcs`.",
        ),
    ],
    *,
    prefix: Annotated[str, typer.Option(help="Put before each path to make the platform's upload id.")] = "",
    uploader: Annotated[str | None, typer.Option(help="Whose they are, where all are one person's.")] = None,
    depth: Annotated[
        DepthOption, typer.Option(help="fast: match by hashes alone; deep: parts of the pictures, too.")
    ] = DepthOption.DEEP,
    as_json: AsJson = False,
) -> None:
    """
    Register every picture and video below a folder; run it again to go on after it was stopped, or for what is new.

    For example:

        staydown backfill /srv/photos

        staydown backfill /srv/photos --prefix photos/ --json

        AWS_REGION=eu-west-1 staydown backfill s3://photos/2025

        GOOGLE_APPLICATION_CREDENTIALS=reader.json staydown backfill gs://photos/2025
    """
    settings = read_settings()
    library = library_at(folder)
    prepare_data(settings)
    actor = Actor(id="cli", name="command line", role=Role.ADMIN)
    done = Backfilled()
    prepare_kernels(settings)
    with (
        open_service(settings) as service,
        Publishing(Watched(service)),
        counting_bar("Registering", total=library.total) as next_file,
    ):
        for batch in _batches(library.files()):
            ids = {f"{prefix}{file.name}": (file, next_file()) for file in batch}
            _register(ids, uploader, depth=depth.value, service=service, actor=actor, done=done)
    _print(done, as_json=as_json)
    if done.failed:
        raise typer.Exit(1)


def _register(
    ids: Mapping[str, tuple[LibraryFile, Progress]],
    uploader: str | None,
    *,
    depth: Depth,
    service: Service,
    actor: Actor,
    done: Backfilled,
) -> None:
    fit = _without_unfit(ids, done)
    with service.reading() as uow:
        known = uow.uploads.by_platform_ids(fit)
    done.known += len(known)
    commands = []
    for upload_id in known:
        fit[upload_id][1](1.0)
    unknown = {one: file for one, file in fit.items() if one not in known}
    for upload_id, looked_at in _look_at_all(unknown, depth, service):
        if isinstance(looked_at, str):
            done.failed.append({"file": ids[upload_id][0].shown, "error": looked_at})
        else:
            commands.append(_command(upload_id, looked_at, uploader, service=service, actor=actor))
    if commands:
        with service.writing() as uow:
            done.registered += register_uploads(commands, uow, service.replica, flood=service.flood)


def _without_unfit(
    ids: Mapping[str, tuple[LibraryFile, Progress]], done: Backfilled
) -> dict[str, tuple[LibraryFile, Progress]]:
    """Count files as failed whose path makes no upload id, and return the others."""
    fit = {}
    for upload_id, (file, progress) in ids.items():
        why = _unfit_because(upload_id)
        if why is None:
            fit[upload_id] = file, progress
        else:
            done.failed.append({"file": file.shown, "error": why})
            progress(1.0)
    return fit


def _unfit_because(upload_id: str) -> str | None:
    if len(upload_id) > _MAX_ID_CHARACTERS:
        return f"its path is longer than {_MAX_ID_CHARACTERS} characters; choose a folder further down"
    if "\0" in upload_id or any("\ud800" <= one <= "\udfff" for one in upload_id):  # what UTF-8 does not say
        return "its path is no text in UTF-8, or has a NUL in it; call it otherwise"
    return None


def _look_at_all(
    files: Mapping[str, tuple[LibraryFile, Progress]], depth: Depth, service: Service
) -> Iterator[tuple[str, LookedAt | str]]:
    """Hash and search files, as many at once as may be decoded; of one that cannot be, say why."""
    features = features_of_upload(service, depth)

    def attempt(file: LibraryFile, progress: Progress) -> LookedAt | str:
        try:
            with file.opened(service.spool) as source:
                hashed = hash_file(service.sandbox, source, features=features, progress=progress)
            found = look_ahead(hashed.query, service.replica)
            return LookedAt(hashed, search_within_budget(service, hashed.query), found)
        except (MediaError, NotReadyError) as error:
            return str(error)
        except OSError as error:
            return error.strerror or str(error)
        finally:
            progress(1.0)

    with ThreadPoolExecutor(service.settings.decode_workers) as threads:
        waiting: list[tuple[str, Future[LookedAt | str]]] = [
            (upload_id, threads.submit(attempt, *file)) for upload_id, file in files.items()
        ]
        for upload_id, future in waiting:
            yield upload_id, future.result()


def _command(
    upload_id: str, looked_at: LookedAt, uploader: str | None, *, service: Service, actor: Actor
) -> RegisterUpload:
    hashed = looked_at.hashed
    return RegisterUpload(
        actor=actor,
        platform_id=upload_id,
        uploader_id=uploader,
        post_text=None,
        url=None,
        posted_at=None,
        media=submitted(service, hashed, keep_preview=False),
        query=hashed.query,
        sha256=identity_of(hashed.signals),
        preview=None,
        deep=looked_at.deep,
        features=rest_of(service, hashed.query, looked_at.deep),
        found=looked_at.found,
    )


def _batches(files: Iterable[LibraryFile]) -> Iterator[list[LibraryFile]]:
    rest = iter(files)
    while batch := list(islice(rest, BATCH)):
        yield batch


def _print(done: Backfilled, *, as_json: bool) -> None:
    if as_json:
        write_json({"registered": done.registered, "known": done.known, "failed": done.failed})
        return
    for one in done.failed:
        console(errors=True).print(f"error: {one['file']}: {one['error']}", soft_wrap=True)
    write_fields({"registered": done.registered, "known before": done.known, "failed": len(done.failed)})
