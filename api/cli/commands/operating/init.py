"""`staydown init`: prepare the data folder."""

from typing import Annotated

import typer

from api.bootstrap import prepare_data
from api.cli.desk import shell_actor
from api.cli.local import open_record
from api.cli.starting.kernels import prepare_kernels
from api.security.keys import KeyTerms, NewKey, create_key
from api.settings import Settings, read_settings
from api.shell.output import AsJson, write_json, write_line
from casework.domain.actor import Role


def init(
    *,
    no_key: Annotated[bool, typer.Option("--no-key", help="Make no admin key, even if there is none.")] = False,
    as_json: AsJson = False,
) -> None:
    """
    Prepare the data folder, compile kernels, and make a first admin key.

    What is there stays; after an update it brings the database up to date.

    For example:

        staydown init

        STAYDOWN_DATA=/var/lib/staydown staydown init --json
    """
    settings = read_settings()
    prepare_data(settings)
    prepare_kernels(settings)
    made = None if no_key else _first_admin_key(settings)
    nobody = _nobody_can_sign_in(settings)
    if as_json:
        key = None if made is None else {"id": made.id, "key": made.key}
        write_json({"data": settings.data.resolve(), "admin_key": key})
        return
    write_line(f"Prepared {settings.data.resolve()}")
    if made is not None:
        write_line(f"First admin key, shown this once: {made.key}")
    if nobody:
        write_line(
            "Nobody can sign in to the console yet: `staydown people add NAME --role admin` adds the first person"
        )


def _first_admin_key(settings: Settings) -> NewKey | None:
    with open_record(settings) as uow:
        if uow.keys.has_admin():
            return None
        return create_key(uow, KeyTerms("first admin", Role.ADMIN, trusted=True), actor=shell_actor())


def _nobody_can_sign_in(settings: Settings) -> bool:
    with open_record(settings, read_only=True) as uow:
        return not any(one.disabled_at is None for one in uow.people.listed())
