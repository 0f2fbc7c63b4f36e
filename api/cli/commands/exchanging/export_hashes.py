"""
`staydown export`: write what is taken down as a list of hashes, for others.

Invariant: a file is there whole or not at all, and its owner's alone; the audit log says what was written, and when.
"""

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, BinaryIO, Final

import typer

from api.bootstrap import open_service, prepare_data
from api.cli.commands.exchanging.formats import FormatOption, chosen_format
from api.security.keyring import PRIVATE_FILE
from api.service import Service
from api.settings import read_settings
from api.shell.errors import CommandError
from api.shell.output import AsJson, console, progress_bar, write_fields, write_json
from casework.domain.actor import Actor, Role
from casework.domain.takedowns.takedown import Takedown, TakedownState
from casework.exchange.base import ExchangeFormat, HashRecord
from casework.handlers.lists.export_hashes import note_export
from casework.persistence.unit_of_work import SqlUnitOfWork

_PAGE: Final = 200
_MEDIA: Final = 500
_STDOUT: Final = "-"


def export_list(
    path: Annotated[
        Path, typer.Argument(metavar="PATH", dir_okay=False, help="Where to write; - for standard output.")
    ],
    *,
    format_name: FormatOption = None,
    source: Annotated[
        str | None, typer.Option(help="A list that came from others; by default what was decided here.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """
    Write the hashes of what is taken down, for others; of what was decided here, or of one list that was imported.

    Such a file is as sensitive as the pictures. For example:

        staydown export takedowns.ndjson

        staydown export hashes.txt --format pdq --json
    """
    to_stdout = str(path) == _STDOUT
    if to_stdout and as_json:
        message = "--json prints what was done, and - the list: choose one"
        raise CommandError(message)
    chosen = chosen_format(format_name, Path("list.ndjson") if to_stdout else path)
    settings = read_settings()
    prepare_data(settings)
    with open_service(settings) as service:
        export = _Export(service, chosen, source)
        if to_stdout:
            export.write(sys.stdout.buffer)
        else:
            part = path.with_name(f"{path.name}.part")
            try:
                part.unlink(missing_ok=True)  # of a run that was killed
                with open(part, "xb", opener=_for_its_owner_alone) as file:
                    export.write(file)
                    file.flush()
                    os.fsync(file.fileno())
                part.replace(path)
            finally:
                part.unlink(missing_ok=True)
        with service.writing() as uow:
            actor = Actor(id="cli", name="command line", role=Role.ADMIN)
            note_export(actor, uow, source=source, format_name=chosen.name, hashes=export.written)
    _print(export, as_json=as_json, quiet=to_stdout)


class _Export:
    """What is written, counted."""

    def __init__(self, service: Service, chosen: ExchangeFormat, source: str | None) -> None:
        self._service = service
        self._format = chosen
        self._source = source
        self.written = 0
        self.left_out = 0

    def write(self, file: BinaryIO) -> None:
        with self._service.reading() as uow, progress_bar() as bar:
            if self._source is not None and uow.hash_lists.named(self._source) is None:
                names = ", ".join(one.name for one in uow.hash_lists.all()) or "none"
                message = f"there is no list {self._source!r}; those there are: {names}"
                raise CommandError(message)
            task = bar.add_task("Exporting", total=None)
            for piece in self._format.write(self._records(uow)):
                file.write(piece)
                bar.update(task, completed=self.written)

    def _records(self, uow: SqlUnitOfWork) -> Iterator[HashRecord]:
        for takedown in self._takedowns(uow):
            references = uow.takedowns.references(takedown.id)
            for place in range(0, len(references), _MEDIA):
                for media in uow.media.many(references[place : place + _MEDIA]).values():
                    record = HashRecord(
                        signals=media.signals,
                        kind=media.kind,
                        id=takedown.id,
                        source=takedown.source,
                        hash_action=takedown.hash_action.value,
                        width=media.width,
                        height=media.height,
                        duration_s=media.duration_s,
                        effective_at=takedown.effective_at,
                    )
                    if self._format.takes(record):
                        self.written += 1
                        yield record
                    else:
                        self.left_out += 1

    def _takedowns(self, uow: SqlUnitOfWork) -> Iterator[Takedown]:
        if self._source is not None:
            for takedown_id in uow.takedowns.of_source(self._source):
                yield uow.takedowns.get(takedown_id)
            return
        after: str | None = None
        while True:
            page, after = uow.takedowns.state_page(states=[TakedownState.ACTIVE], after=after, limit=_PAGE)
            yield from page
            if after is None:
                return


def _for_its_owner_alone(path: str, flags: int) -> int:
    return os.open(path, flags, PRIVATE_FILE)


def _print(export: _Export, *, as_json: bool, quiet: bool) -> None:
    if as_json:
        write_json({"exported": export.written, "left_out": export.left_out})
    elif not quiet:
        write_fields({"exported": export.written})
    if export.left_out and not as_json:
        words = f"{export.left_out} have no signal that this format has a word for; ndjson holds all"
        console(errors=True).print(words, soft_wrap=True)
