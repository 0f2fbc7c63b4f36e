"""`staydown lookback`: which earlier uploads are copies of what was taken down."""

from typing import Annotated

import typer

from api.cli.local import open_record
from api.settings import read_settings
from api.shell.output import AsJson, write_fields, write_json, write_line
from api.views.lookback import lookback_out

_SHOWN = 200


def lookback(
    takedown: Annotated[str, typer.Argument(metavar="TAKEDOWN", help="Its id.")], *, as_json: AsJson = False
) -> None:
    """
    Show how far the search among earlier uploads is, and the first 200 it found.

    For example:

        staydown lookback tkd_1KZ6Q0W7T4M8X2N5B9C3D7F1G
    """
    with open_record(read_settings()) as uow:
        found = lookback_out(uow.takedowns.get(takedown), uow, after=0, limit=_SHOWN)
    if as_json:
        write_json(found)
        return
    state = "nothing to search: its media is not banked" if found.state is None else found.state.value
    write_fields({"state": state, "checked": found.checked, "copies": found.hits, "cases opened": found.cases})
    for hit in found.items:
        write_line(f"{hit.upload_id}  {hit.strength}  {hit.verdict}  {hit.explanation}")
