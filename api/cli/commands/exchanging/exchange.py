"""`staydown exchange`: servers of others that hashes are pulled from, and told what came of them."""

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Final

import typer
from rich.table import Table

from api.background.exchanging.pulling import asker_of, pull_all, require_allowed
from api.background.exchanging.telling import follow_all, tell
from api.bootstrap import open_service, prepare_data
from api.cli.commands.exchanging.asked_for import pairs, secrets_of
from api.cli.desk import shell_actor
from api.cli.local import open_record
from api.service import Service
from api.settings import read_settings
from api.shell.errors import CommandError
from api.shell.output import AsJson, console, progress_bar, write_fields, write_json, write_line
from casework.delivery.asking import WHAT
from casework.delivery.places import read_place
from casework.domain.errors import ExchangeFailedError, ExchangeOptionsError
from casework.domain.exchanges.exchange import Exchange
from casework.domain.exchanges.sending import SendingState
from casework.exchange.servers import EXCHANGES
from casework.exchange.servers.base import ExchangeServer
from casework.exchange.servers.given import given
from casework.handlers.exchanging.looking_after import (
    AddExchange,
    add_exchange,
    exchange_named,
    pause_exchange,
    remove_exchange,
    resume_exchange,
)
from casework.handlers.exchanging.pulling import claim_pull
from casework.handlers.exchanging.telling import claim_sending

if TYPE_CHECKING:
    KindName = str
else:  # a row of the table is a value of the argument
    KindName = StrEnum("KindName", {name: name for name in EXCHANGES})

Name = Annotated[str, typer.Argument(metavar="NAME", help="What it is called here.")]
MaybeName = Annotated[
    str | None, typer.Argument(metavar="[NAME]", help="What it is called here; all of them if left out.")
]

_SHOWN_ASIDE: Final = 20

app = typer.Typer(no_args_is_help=True, help="Exchange hashes with servers of others: StopNCII, ThreatExchange, NCMEC.")


@app.command()
def add(
    kind: Annotated[KindName, typer.Argument(metavar="KIND", help=f"What it is: {', '.join(EXCHANGES)}.")],
    name: Annotated[str, typer.Argument(metavar="NAME", help="What its list is called: cases name it as the source.")],
    *,
    address: Annotated[str | None, typer.Option(help="Where it is, if not where it usually is.")] = None,
    option: Annotated[
        list[str] | None, typer.Option(metavar="NAME=VALUE", help="What the kind asks for; may be given several times.")
    ] = None,
    secrets_stdin: Annotated[
        bool, typer.Option("--secrets-stdin", help="Read secrets as an object of JSON; else they are asked for.")
    ] = False,
    share: Annotated[
        bool, typer.Option("--share", help="Send upheld takedowns there, where the reporter agreed, too.")
    ] = False,
    feedback: Annotated[bool, typer.Option("--feedback", help="Tell it what became of its hashes.")] = False,
    every_minutes: Annotated[int, typer.Option(min=1, max=10_080, help="From one pull to the next.")] = 60,
    as_json: AsJson = False,
) -> None:
    """
    Pull hashes from a server from now on: copies are held, with the list named as the source; only a person blocks.

    For example:

        pass show staydown/stopncii | staydown exchange add stopncii STOPNCII --secrets-stdin --feedback

        staydown exchange add threatexchange PARTNERS --option privacy_group=1234567890
    """
    row = EXCHANGES[str(kind)]
    settings = read_settings()
    _require(row, ncmec=settings.ncmec)
    where = address or row.address
    read_place(where, allow_private=settings.allow_private_destinations, what=WHAT)
    command = AddExchange(
        actor=shell_actor(),
        name=name,
        kind=row.name,
        address=where,
        options=given(row.options, pairs(option or []), "option"),
        secrets=given(row.secrets, secrets_of(row, from_stdin=secrets_stdin), "secret"),
        shares=share,
        answers=feedback,
        every_s=every_minutes * 60,
    )
    if share and not row.shares:
        message = f"nothing can be sent to {row.label}; leave --share out"
        raise ExchangeOptionsError(message)
    prepare_data(settings)
    with open_record(settings) as uow:
        added = add_exchange(command, uow)
    _show(added, as_json=as_json)


@app.command("list")
def list_all(*, as_json: AsJson = False) -> None:
    """
    List exchanges: how far each was read, and what went wrong last.

    For example:

        staydown exchange list --json
    """
    with open_record(read_settings(), read_only=True) as uow:
        found = uow.exchanges.all()
        aside = {one.id: uow.exchange_records.aside(one.id, limit=_SHOWN_ASIDE) for one in found}
        sent = {one.id: uow.sendings.counts(one.id) for one in found}
    if as_json:
        write_json(
            [
                {
                    **_document(one),
                    "sendings": sent[one.id],
                    "aside": [{"record": each.record_id, "reason": each.reason} for each in aside[one.id]],
                }
                for one in found
            ]
        )
        return
    if not found:
        write_line("There is no exchange yet; `staydown exchange add KIND NAME` adds one")
        return
    table = Table(
        "name", "kind", "state", "pulled", "set aside", "last complete", "last error", box=None, pad_edge=False
    )
    for one in found:
        complete = "never" if one.completed_at is None else f"{one.completed_at:%Y-%m-%d %H:%M}"
        table.add_row(
            one.name, one.kind, one.state, f"{one.pulled:,}", f"{one.set_aside:,}", complete, one.last_error or ""
        )
    console().print(table)


@app.command()
def pull(
    name: MaybeName = None,
    *,
    take_over: Annotated[
        bool, typer.Option("--take-over", help="Do not wait for a pull that was killed until its lease has run out.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """
    Pull what is new, now; a worker does the same from time to time. Killed, it goes on where it was.

    For example:

        staydown exchange pull STOPNCII

        staydown exchange pull --take-over --json
    """
    settings = read_settings()
    prepare_data(settings)
    with open_service(settings) as service:
        pulled = [_pull(one, service, take_over=take_over) for one in _chosen(name, service)]
    if as_json:
        write_json([_document(one) for one in pulled])
    else:
        for one in pulled:
            _show(one, as_json=False)
    if any(one.last_error is not None for one in pulled):
        raise typer.Exit(1)


@app.command()
def push(name: MaybeName = None, *, as_json: AsJson = False) -> None:
    """
    Send what is due, now: takedowns whose reporter agreed, what takes them back, feedback. A worker does the same.

    For example:

        staydown exchange push --json
    """
    settings = read_settings()
    prepare_data(settings)
    counted = {"sent": 0, "failed": 0}
    errors: list[str] = []
    with open_service(settings) as service:
        asker = asker_of(service)
        chosen = _chosen(name, service)
        follow_all(service)
        for one in chosen:
            while True:
                with service.writing() as uow:
                    claimed = claim_sending(uow, one.id)
                if claimed is None:
                    break
                told = tell(service, asker, claimed)
                counted["sent" if told.state is SendingState.SENT else "failed"] += 1
                errors += [] if told.error is None else [told.error]
    if as_json:
        write_json({**counted, "errors": errors})
    else:
        write_fields(counted)
        for error in errors[:_SHOWN_ASIDE]:
            console(errors=True).print(error, soft_wrap=True)
    if counted["failed"]:
        raise typer.Exit(1)


@app.command()
def pause(name: Name, *, as_json: AsJson = False) -> None:
    """
    Ask a server nothing for now; what is on its list goes on matching.

    For example:

        staydown exchange pause STOPNCII
    """
    with open_record(read_settings()) as uow:
        changed = pause_exchange(name, shell_actor(), uow)
    _show(changed, as_json=as_json)


@app.command()
def resume(name: Name, *, as_json: AsJson = False) -> None:
    """
    Ask a server again, at once.

    For example:

        staydown exchange resume STOPNCII
    """
    with open_record(read_settings()) as uow:
        changed = resume_exchange(name, shell_actor(), uow)
    _show(changed, as_json=as_json)


@app.command()
def remove(name: Name, *, as_json: AsJson = False) -> None:
    """
    Ask a server nothing any more and forget its secrets; what was pulled stays on its list, and matches.

    For example:

        staydown exchange remove STOPNCII
    """
    with open_record(read_settings()) as uow:
        changed = remove_exchange(name, shell_actor(), uow)
    _show(changed, as_json=as_json)


def _require(row: ExchangeServer, *, ncmec: bool) -> None:
    try:
        require_allowed(row, ncmec=ncmec)
    except ExchangeFailedError as error:
        raise CommandError(str(error)) from error


def _chosen(name: str | None, service: Service) -> list[Exchange]:
    with service.reading() as uow:
        return uow.exchanges.all() if name is None else [exchange_named(name, uow)]


def _pull(exchange: Exchange, service: Service, *, take_over: bool) -> Exchange:
    with service.writing() as uow:
        claimed = claim_pull(uow, exchange.id, take_over=take_over)
    assert claimed is not None
    with progress_bar() as bar:
        task = bar.add_task(f"Pulling {exchange.name}", total=None)
        return pull_all(
            service,
            asker_of(service),
            claimed,
            after_page=lambda now: bar.update(task, completed=now.pulled - claimed.pulled),
        )


def _document(one: Exchange) -> dict[str, object]:
    return {
        "id": one.id,
        "name": one.name,
        "kind": one.kind,
        "state": one.state,
        "address": one.address,
        "shares": one.shares,
        "feedback": one.answers,
        "pulled": one.pulled,
        "passed_over": one.passed_over,
        "set_aside": one.set_aside,
        "completed_at": one.completed_at,
        "up_to_date": one.up_to_date,
        "next_pull_at": one.next_pull_at,
        "last_error": one.last_error,
    }


def _show(one: Exchange, *, as_json: bool) -> None:
    if as_json:
        write_json(_document(one))
        return
    state = f"waits until {one.next_pull_at:%Y-%m-%d %H:%M}" if one.last_error is None else one.last_error
    write_line(f"{one.name}  {one.kind}  {one.state}  pulled {one.pulled:,}  set aside {one.set_aside:,}  {state}")
