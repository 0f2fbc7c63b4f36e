"""`staydown keys`: who may ask the service, and as what."""

from enum import StrEnum
from typing import Annotated

import typer
from rich.table import Table

from api.cli.desk import shell_actor
from api.cli.local import open_record
from api.security.keys import create_key, revoke_key
from api.settings import read_settings
from api.shell.output import AsJson, console, write_json, write_line
from casework.domain.actor import Role
from casework.domain.keys import ApiKey

_PAGE = 200
_MAX_NAME = 120

app = typer.Typer(no_args_is_help=True, help="Make, list and revoke keys.")


class KeyRole(StrEnum):
    """The roles a key can have."""

    PIPELINE = "pipeline"
    INTAKE = "intake"
    MODERATOR = "moderator"
    SENIOR = "senior"
    ADMIN = "admin"
    AUDITOR = "auditor"


@app.command()
def create(
    *,
    role: Annotated[KeyRole, typer.Option(help="What the key may do.")],
    name: Annotated[str, typer.Option(help="Whose it is; shown in histories.")],
    trusted: Annotated[bool, typer.Option("--trusted", help="A pipeline that may see distances and evidence.")] = False,
    as_json: AsJson = False,
) -> None:
    """
    Make a key. It is shown this once and stored as a hash.

    For example:

        staydown keys create --role pipeline --name "photo uploads"

        staydown keys create --role moderator --name alex --json
    """
    if not 0 < len(name.strip()) <= _MAX_NAME:
        message = f"a name of 1 to {_MAX_NAME} characters is expected, for the history"
        raise typer.BadParameter(message, param_hint="--name")
    with open_record(read_settings()) as uow:
        made = create_key(uow, name=name, role=Role(role.value), trusted=trusted, actor=shell_actor())
    if as_json:
        write_json({"id": made.id, "key": made.key, "name": made.name, "role": made.role, "trusted": made.trusted})
        return
    write_line(f"{made.id}  {made.role}  {made.name}")
    write_line(f"Key, shown this once: {made.key}")


@app.command("list")
def list_all(*, as_json: AsJson = False) -> None:
    """
    List keys by age, revoked ones too; never the keys themselves.

    For example:

        staydown keys list
    """
    found: list[ApiKey] = []
    with open_record(read_settings()) as uow:
        page, after = uow.keys.listed(after=None, limit=_PAGE)
        found += page
        while after is not None:
            page, after = uow.keys.listed(after=after, limit=_PAGE)
            found += page
    if as_json:
        write_json(found)
        return
    table = Table("id", "role", "name", "made", "state", box=None, header_style="dim", pad_edge=False)
    for key in found:
        state = "trusted" if key.trusted else "in use"
        table.add_row(
            key.id, key.role, key.name, f"{key.created_at:%Y-%m-%d %H:%M}", "revoked" if key.revoked_at else state
        )
    console().print(table)


@app.command()
def revoke(key_id: Annotated[str, typer.Argument(metavar="ID")], *, as_json: AsJson = False) -> None:
    """
    Refuse a key from now on, in every process.

    For example:

        staydown keys revoke key_1KZ6Q0W7T4M8X2N5B9C3D7F1G
    """
    with open_record(read_settings()) as uow:
        revoke_key(uow, key_id, actor=shell_actor())
    if as_json:
        write_json({"id": key_id, "revoked": True})
        return
    write_line(f"Revoked {key_id}")
