"""
`staydown backfill`: register a library that exists already, so that takedowns find what it holds.

Files are decoded in several processes, here or on the machines of a cluster, and registered a few hundred a
transaction. Invariant: a file is known by its path below the folder, or below an object store's prefix; what is
registered is skipped and not fetched, so a run that was killed is simply run again.
"""

from enum import StrEnum
from typing import Annotated

import typer

from api.background.serving.publishing import Publishing
from api.bootstrap import open_service, prepare_data
from api.cli.backfilling.here import backfill_here
from api.cli.backfilling.registering import Backfilled, Registering
from api.cli.libraries import library_at
from api.cli.starting.kernels import prepare_kernels
from api.http.watching.watched import Watched
from api.media.hashing import features_of_upload
from api.settings import read_settings
from api.shell.output import AsJson, console, counting_bar, write_fields, write_json


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
    prepare_kernels(settings)
    with (
        open_service(settings) as service,
        Publishing(Watched(service)),
        counting_bar("Registering", total=library.total) as next_file,
    ):
        registering = Registering(library, service, prefix=prefix, uploader=uploader, next_file=next_file)
        backfill_here(registering, features_of_upload(service, depth.value))
    _print(registering.done, as_json=as_json)
    if registering.done.failed:
        raise typer.Exit(1)


def _print(done: Backfilled, *, as_json: bool) -> None:
    if as_json:
        write_json({"registered": done.registered, "known": done.known, "failed": done.failed})
        return
    for one in done.failed:
        console(errors=True).print(f"error: {one['file']}: {one['error']}", soft_wrap=True)
    write_fields({"registered": done.registered, "known before": done.known, "failed": len(done.failed)})
