"""`staydown keys`: who may ask the service, and as what."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated

import typer
from rich.table import Table

from api.cli.commands.operating.security.encryption import rotate_encryption
from api.cli.desk import shell_actor
from api.cli.local import open_record
from api.cli.moments import moment_of, span_of
from api.clock import SystemClock
from api.security.keys import LONGEST_OVERLAP, KeyTerms, NewKey, create_key, revoke_key, rotate_key
from api.settings import read_settings
from api.shell.output import AsJson, console, write_json, write_line
from casework.domain.actor import Role
from casework.domain.keys import ApiKey

_PAGE = 200
_MAX_NAME = 120

Expires = Annotated[
    str | None,
    typer.Option("--expires", metavar="WHEN", help="When it ends: 90d, or a date; never if left out."),
]

app = typer.Typer(no_args_is_help=True, help="Make, list, replace and revoke keys; rotate what encrypts.")
app.command("rotate-encryption")(rotate_encryption)


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
    expires: Expires = None,
    requests_per_minute: Annotated[
        int | None, typer.Option(min=1, help="How many it may ask; else what STAYDOWN_KEY_REQUESTS_PER_MINUTE says.")
    ] = None,
    principal: Annotated[
        str | None,
        typer.Option(metavar="ID", help="A person, or another key of the same program: what is one's is the other's."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """
    Make a key. It is shown this once and stored as a hash.

    For example:

        staydown keys create --role pipeline --name "photo uploads" --expires 90d

        staydown keys create --role moderator --name alex --json
    """
    if not 0 < len(name.strip()) <= _MAX_NAME:
        message = f"a name of 1 to {_MAX_NAME} characters is expected, for the history"
        raise typer.BadParameter(message, param_hint="--name")
    terms = KeyTerms(
        name=name,
        role=Role(role.value),
        trusted=trusted,
        expires_at=_moment(expires),
        requests_per_minute=requests_per_minute,
        principal=principal,
    )
    with open_record(read_settings()) as uow:
        made = create_key(uow, terms, actor=shell_actor())
    _show(made, as_json=as_json)


@app.command()
def rotate(
    key_id: Annotated[str, typer.Argument(metavar="ID")],
    *,
    overlap: Annotated[
        str, typer.Option(metavar="SPAN", help="For how long the old key is taken too: 24h, 0 for not at all.")
    ] = "1d",
    expires: Expires = None,
    as_json: AsJson = False,
) -> None:
    """
    Replace a key by a new one of the same bearer. It is shown this once; the old one ends with the overlap.

    Without --expires the new one lasts as long as the old one was made to last.

    For example:

        staydown keys rotate key_1KZ6Q0W7T4M8X2N5B9C3D7F1G --overlap 24h
    """
    span = span_of(overlap, option="--overlap")
    if span > LONGEST_OVERLAP:
        message = f"at most {LONGEST_OVERLAP.days}d is taken, not {overlap!r}"
        raise typer.BadParameter(message, param_hint="--overlap")
    with open_record(read_settings()) as uow:
        made = rotate_key(uow, key_id, overlap=span, expires_at=_moment(expires), actor=shell_actor())
    _show(made, as_json=as_json)


@app.command("list")
def list_all(*, as_json: AsJson = False) -> None:
    """
    List keys by age, refused ones too; never the keys themselves.

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
    now = SystemClock().now()
    columns = ("id", "role", "name", "made", "last used", "ends", "state")
    table = Table(*columns, box=None, header_style="dim", pad_edge=False)
    for key in found:
        moments = (_written(one) for one in (key.created_at, key.last_used_at, key.expires_at))
        table.add_row(key.id, key.role, key.name, *moments, _state(key, now))
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


def _moment(expires: str | None) -> datetime | None:
    return None if expires is None else moment_of(expires, now=SystemClock().now(), option="--expires")


def _show(made: NewKey, *, as_json: bool) -> None:
    kept = made.kept
    if as_json:
        document = {
            "id": kept.id,
            "key": made.key,
            "name": kept.name,
            "role": kept.role,
            "trusted": kept.trusted,
            "principal": kept.speaks_for,
            "expires_at": kept.expires_at,
        }
        write_json(document)
        return
    ends = "" if kept.expires_at is None else f"  until {_written(kept.expires_at)}"
    write_line(f"{kept.id}  {kept.role}  {kept.name}{ends}")
    write_line(f"Key, shown this once: {made.key}")


def _written(moment: datetime | None) -> str:
    return "never" if moment is None else f"{moment:%Y-%m-%d %H:%M}"


def _state(key: ApiKey, now: datetime) -> str:
    if key.revoked_at is not None:
        return "revoked"
    if key.refused_because(now) is not None:
        return "expired"
    if key.replaced_by is not None:
        return "replaced"
    return "trusted" if key.trusted else "in use"
