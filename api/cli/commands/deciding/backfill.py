"""
`staydown backfill`: register a library that exists already, so that takedowns find what it holds.

Files are decoded in several processes, here or on the machines of a cluster, and registered a few hundred a
transaction. Invariant: a file is known by its path below the folder, or below an object store's prefix; what is
registered is skipped and not fetched, so a run that was killed is simply run again.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from enum import StrEnum
from typing import Annotated

import typer

from api.background.serving.publishing import Publishing
from api.bootstrap import open_service, prepare_data
from api.cli.backfilling.here import backfill_here
from api.cli.backfilling.on_machines import backfill_on_machines
from api.cli.backfilling.registering import Backfilled, Registering
from api.cli.joining import DEFAULT_ADDRESS, Address, OwnIp, require_head, require_ray
from api.cli.libraries import library_at
from api.cli.starting.kernels import prepare_kernels
from api.http.watching.watched import Watched
from api.media.hashing import features_of_upload
from api.settings import read_settings
from api.shell.errors import CommandError
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
    cluster: Annotated[
        bool,
        typer.Option(
            "--cluster",
            help="Hash on the machines of a cluster; each must see the folder at the same path, or read the store.",
        ),
    ] = False,
    address: Address = DEFAULT_ADDRESS,
    own_ip: OwnIp = None,
    as_json: AsJson = False,
) -> None:
    """
    Register every picture and video below a folder; run it again to go on after it was stopped, or for what is new.

    With --cluster, files are decoded on all machines of a cluster that have a resource staydown_NAME, and searched and
    registered here; a machine or a process that is lost on the way costs nothing but time. See docs/SCALING.md.

    For example:

        staydown backfill /srv/photos

        staydown backfill /srv/photos --prefix photos/ --json

        AWS_REGION=eu-west-1 staydown backfill s3://photos/2025

        GOOGLE_APPLICATION_CREDENTIALS=reader.json staydown backfill gs://photos/2025

        staydown backfill /mnt/shared/photos --cluster --address ray-head:6379
    """
    settings = read_settings()
    library = library_at(folder)
    if cluster:
        require_ray()
        require_head(address)
    prepare_data(settings)
    prepare_kernels(settings)
    with (
        open_service(settings) as service,
        Publishing(Watched(service)),
        counting_bar("Registering", total=library.total) as next_file,
    ):
        registering = Registering(library, service, prefix=prefix, uploader=uploader, next_file=next_file)
        features = features_of_upload(service, depth.value)
        with _saying_how_to_go_on(registering.done):
            hashed_on: Mapping[str, int] | None = None
            if cluster:
                hashed_on = backfill_on_machines(registering, features, address=address, own_ip=own_ip)
            else:
                backfill_here(registering, features)
    _print(registering.done, hashed_on, as_json=as_json)
    if registering.done.failed:
        raise typer.Exit(1)


@contextmanager
def _saying_how_to_go_on(done: Backfilled) -> Iterator[None]:
    """Say, of a run that is stopped or broken off, what it came to; it goes on when it is run again."""
    try:
        yield
    except (KeyboardInterrupt, CommandError):
        _print_failed(done)
        console(errors=True).print(
            f"Stopped: {done.registered:,} registered, {done.known:,} known before, {len(done.failed):,} failed. Run "
            "the same command again to go on.",
            soft_wrap=True,
        )
        raise


def _print(done: Backfilled, hashed_on: Mapping[str, int] | None, *, as_json: bool) -> None:
    if as_json:
        beside = {} if hashed_on is None else {"machines": hashed_on}
        write_json({"registered": done.registered, "known": done.known, "failed": done.failed, **beside})
        return
    _print_failed(done)
    machines = {f"hashed on {node}": count for node, count in sorted((hashed_on or {}).items())}
    write_fields({"registered": done.registered, "known before": done.known, "failed": len(done.failed), **machines})


def _print_failed(done: Backfilled) -> None:
    for one in done.failed:
        console(errors=True).print(f"error: {one['file']}: {one['error']}", soft_wrap=True)
