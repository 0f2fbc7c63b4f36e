"""
`staydown import`: take over a list of hashes from others.

What is on the list already is passed over, so a run that was killed is simply run again; a record that cannot be read
is listed and stops nothing.
"""

import json
from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import Annotated, Final, TextIO

import typer

from api.bootstrap import open_service, prepare_data
from api.cli.commands.exchanging.formats import FormatOption, chosen_format
from api.cli.commands.exchanging.taking_over import Imported, TakingOver
from api.settings import read_settings
from api.shell.errors import CommandError
from api.shell.output import AsJson, console, progress_bar, write_fields, write_json
from casework.domain.errors import FactsError
from casework.domain.facts import Facts
from casework.domain.takedowns.hash_list import named
from casework.exchange.base import Rejected
from casework.exchange.errors import UnreadableFileError
from casework.steps.exchanging.listed_hashes import LISTED_FACTS

_LISTED: Final = 20


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
    with (
        open_service(settings) as service,
        path.open("rb") as file,
        progress_bar() as bar,
        nullcontext() if rejects is None else rejects.open("w", encoding="utf-8") as aside,
    ):
        task = bar.add_task("Importing", total=path.stat().st_size)
        taking_over = TakingOver(service, list_name, facts, on_reject=lambda one: _set_aside(one, aside))
        try:
            done = taking_over.run(
                chosen.read(file), position=file.tell, after_batch=lambda at, _: bar.update(task, completed=at)
            )
            bar.update(task, completed=file.tell())
        except UnreadableFileError as error:
            message = f"{path}: {error}; is it {chosen.label}? --format says what it is"
            raise CommandError(message) from error
    _print(done, as_json=as_json)
    if done.nothing_read:
        raise typer.Exit(1)


def _set_aside(one: Rejected, aside: TextIO | None) -> None:
    if aside is not None:
        aside.write(json.dumps({"line": one.line, "reason": one.reason}) + "\n")


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


def _print(done: Imported, *, as_json: bool) -> None:
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
