"""
`staydown import`: take over a list of hashes from others.

A thousand hashes are a transaction. Invariant: what is on the list already is passed over, so a run that was killed is
simply run again; a record that cannot be read is listed and stops nothing.
"""

import json
from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Annotated, BinaryIO, Final

import typer

from api.bootstrap import open_service, prepare_data
from api.cli.commands.exchanging.formats import FormatOption, chosen_format
from api.media.hashing import pieces_of
from api.service import Service
from api.settings import read_settings
from api.shell.errors import CommandError
from api.shell.output import AsJson, console, progress_bar, write_fields, write_json
from casework.domain.actor import Actor, Role
from casework.domain.errors import FactsError
from casework.domain.facts import Facts
from casework.domain.media import Collection, SubmittedMedia
from casework.domain.takedowns.hash_list import named
from casework.exchange.base import Found, Read, Rejected
from casework.exchange.errors import UnreadableFileError
from casework.handlers.lists.import_hashes import ImportHashes, import_hashes
from casework.steps.listed_hashes import LISTED_FACTS
from matcher.signals import taken_types

BATCH: Final = 1_000
"""Hashes in a transaction, which others who write wait for."""

_LISTED: Final = 20
_KEPT: Final = 100_000


@dataclass
class _Done:
    """What became of a file."""

    imported: int = 0
    known: int = 0
    never_banked: int = 0
    rejected: int = 0
    rejects: list[Rejected] = field(default_factory=list)

    def reject(self, one: Rejected) -> None:
        self.rejected += 1
        if self.rejected <= _KEPT:
            self.rejects.append(one)


def import_list(
    path: Annotated[Path, typer.Argument(metavar="PATH", exists=True, dir_okay=False, help="The list.")],
    *,
    source: Annotated[str, typer.Option(help="What the list is called: cases name it as the source.")],
    format_name: FormatOption = None,
    fact: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME=VALUE",
            help="What is known of all that is on it, as the policy's facts: nudity=true. May be given several times.",
        ),
    ] = None,
    rejects: Annotated[
        Path | None, typer.Option(dir_okay=False, help="Write every record that cannot be read here, one a line.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """
    Take over a list of hashes from others: copies are held, with the list named as the source; only a person blocks.

    Run it again to go on after it was stopped, or for what is new. For example:

        staydown import partner.txt --format pdq --source PARTNER

        staydown import intimate.ndjson --source OTHER_SITE --fact nudity=true --fact reporter=subject --json
    """
    chosen = chosen_format(format_name, path)
    facts = _facts(fact or [])
    list_name = named(source)
    settings = read_settings()
    prepare_data(settings)
    done = _Done()
    with (
        open_service(settings) as service,
        path.open("rb") as file,
        progress_bar() as bar,
        nullcontext() if rejects is None else rejects.open("w", encoding="utf-8") as aside,
    ):
        task = bar.add_task("Importing", total=path.stat().st_size)
        try:
            for batch in _batches(chosen.read(file)):
                for one in batch:
                    if isinstance(one, Rejected):
                        done.reject(one)
                        if aside is not None:
                            aside.write(json.dumps({"line": one.line, "reason": one.reason}) + "\n")
                _store([one for one in batch if isinstance(one, Read)], list_name, facts, service, done)
                bar.update(task, completed=_position(file))
        except UnreadableFileError as error:
            message = f"{path}: {error}; is it {chosen.label}? --format says what it is"
            raise CommandError(message) from error
    _print(done, as_json=as_json)
    if done.rejected and not done.imported + done.known + done.never_banked:
        raise typer.Exit(1)


def _store(found: Sequence[Read], source: str, facts: Facts, service: Service, done: _Done) -> None:
    taken = {row.name for row in taken_types(service.settings.signals)}
    media: list[SubmittedMedia] = []
    for one in found:
        if len(one.record.signals) == 1 and one.record.signals[0].type in taken:  # most lists are of nothing else
            media.append(SubmittedMedia("unknown", None, None, None, one.record.signals))
            continue
        signals = [signal for signal in one.record.signals if signal.type in taken]
        if not signals:
            names = ", ".join(sorted({signal.type for signal in one.record.signals}))
            done.reject(Rejected(one.line, f"{names} is not taken here; name it in STAYDOWN_SIGNALS"))
        media.extend(pieces_of(signals))
    if not media:
        return
    command = ImportHashes(Actor(id="cli", name="command line", role=Role.ADMIN), source, media, facts)
    with service.writing(searches={Collection.PROTECTED}, gives_way=True) as uow:
        became = import_hashes(command, uow, service.replica)
    done.imported += became.imported
    done.known += became.known
    done.never_banked += became.never_banked


def _batches(found: Iterator[Found]) -> Iterator[list[Found]]:
    while batch := list(islice(found, BATCH)):
        yield batch


def _position(file: BinaryIO) -> int:
    return file.tell()


def _facts(given: Sequence[str]) -> Facts:
    """Read facts of the command line, where true and false are words."""
    read: dict[str, object] = {}
    for one in given:
        name, equals, value = one.partition("=")
        if not equals:
            message = f"--fact {one}: NAME=VALUE is expected, as in nudity=true"
            raise CommandError(message)
        read[name.strip()] = {"true": True, "false": False}.get(value.strip(), value.strip())
    try:
        return LISTED_FACTS.with_changes(read)
    except FactsError as error:
        message = f"--fact: {error}"
        raise CommandError(message) from error


def _print(done: _Done, *, as_json: bool) -> None:
    if as_json:
        write_json(
            {
                "imported": done.imported,
                "known": done.known,
                "never_banked": done.never_banked,
                "rejected": done.rejected,
                "rejects": [{"line": one.line, "reason": one.reason} for one in done.rejects],
            }
        )
        return
    screen = console(errors=True)
    for one in done.rejects[:_LISTED]:
        screen.print(f"line {one.line}: {one.reason}", soft_wrap=True)
    if done.rejected > _LISTED:
        screen.print(f"and {done.rejected - _LISTED:,} more; --rejects FILE writes them all", soft_wrap=True)
    write_fields(
        {
            "imported": done.imported,
            "known before": done.known,
            "never banked": done.never_banked or None,
            "set aside": done.rejected,
        }
    )
