"""`staydown people`: who may sign in to the console, and as what."""

import sys
from enum import StrEnum
from typing import Annotated

import typer
from rich.table import Table

from api.cli.desk import shell_actor
from api.cli.local import open_record
from api.security.people.accounts import add_person, disable, enable, person_called, set_password
from api.settings import read_settings
from api.shell.errors import CommandError
from api.shell.output import AsJson, console, write_json, write_line
from casework.domain.actor import Role
from casework.domain.people import Person

Name = Annotated[str, typer.Argument(metavar="NAME", help="What they sign in with; histories show it.")]
Who = Annotated[str, typer.Argument(metavar="NAME", help="Their name or id.")]
FromStdin = Annotated[
    bool, typer.Option("--password-stdin", help="Read the password from standard input; else it is asked for.")
]

app = typer.Typer(no_args_is_help=True, help="Add people to the console, list them, let them in no more.")


class PersonRole(StrEnum):
    """The roles a person can have."""

    MODERATOR = "moderator"
    SENIOR = "senior"
    ADMIN = "admin"
    AUDITOR = "auditor"


@app.command()
def add(
    name: Name,
    *,
    role: Annotated[PersonRole, typer.Option(help="What they may do.")],
    password_stdin: FromStdin = False,
    as_json: AsJson = False,
) -> None:
    """
    Let somebody sign in to the console.

    For example:

        staydown people add alex --role moderator

        pass show staydown/alex | staydown people add alex --role senior --password-stdin
    """
    password = _password(from_stdin=password_stdin)
    with open_record(read_settings()) as uow:
        made = add_person(uow, name, role=Role(role.value), password=password, actor=shell_actor())
    _show(made, as_json=as_json)


@app.command("list")
def list_all(*, as_json: AsJson = False) -> None:
    """
    List everybody, those who are disabled too.

    For example:

        staydown people list
    """
    with open_record(read_settings(), read_only=True) as uow:
        found = uow.people.listed()
    if as_json:
        write_json([_document(one) for one in found])
        return
    if not found:
        write_line("Nobody can sign in yet; `staydown people add NAME --role admin` adds somebody")
        return
    table = Table(
        "id", "role", "name", "added", "last signed in", "state", box=None, header_style="dim", pad_edge=False
    )
    for one in found:
        last = "never" if one.signed_in_at is None else f"{one.signed_in_at:%Y-%m-%d %H:%M}"
        state = "may sign in" if one.disabled_at is None else "disabled"
        table.add_row(one.id, one.role, one.name, f"{one.created_at:%Y-%m-%d %H:%M}", last, state)
    console().print(table)


@app.command("disable")
def disable_person(name: Who, *, as_json: AsJson = False) -> None:
    """
    Let somebody in no more, sign them out everywhere and revoke the keys that speak for them, at once.

    For example:

        staydown people disable alex
    """
    with open_record(read_settings()) as uow:
        changed = disable(uow, person_called(uow, name), actor=shell_actor())
    _show(changed, as_json=as_json)


@app.command("enable")
def enable_person(name: Who, *, as_json: AsJson = False) -> None:
    """
    Let somebody in again, with the password they had.

    For example:

        staydown people enable alex
    """
    with open_record(read_settings()) as uow:
        changed = enable(uow, person_called(uow, name), actor=shell_actor())
    _show(changed, as_json=as_json)


@app.command("password")
def change_password(name: Who, *, password_stdin: FromStdin = False, as_json: AsJson = False) -> None:
    """
    Give somebody another password; wherever they are signed in, they have to sign in again.

    For example:

        staydown people password alex
    """
    password = _password(from_stdin=password_stdin)
    with open_record(read_settings()) as uow:
        changed = set_password(uow, person_called(uow, name), password, actor=shell_actor())
    _show(changed, as_json=as_json)


def _password(*, from_stdin: bool) -> str:
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    if not sys.stdin.isatty():
        message = "there is no terminal to ask at; send the password with --password-stdin"
        raise CommandError(message)
    return str(typer.prompt("Password", hide_input=True, confirmation_prompt=True, err=True))


def _document(person: Person) -> dict[str, object]:
    return {
        "id": person.id,
        "name": person.name,
        "role": person.role,
        "added_at": person.created_at,
        "signed_in_at": person.signed_in_at,
        "disabled_at": person.disabled_at,
    }


def _show(person: Person, *, as_json: bool) -> None:
    if as_json:
        write_json(_document(person))
        return
    state = "" if person.disabled_at is None else "  disabled"
    write_line(f"{person.id}  {person.role}  {person.name}{state}")
