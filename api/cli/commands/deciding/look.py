"""`staydown look`: see what a case is about before it is decided, from a shell."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer

from api.cli.cases import write_private
from api.cli.desk import Key, Server, open_desk
from api.shell.output import AsJson, write_json, write_line

_LONGEST_WHY = 200


def look(
    case: Annotated[str, typer.Argument(metavar="CASE", help="Its id.")],
    *,
    out: Annotated[
        Path, typer.Option(file_okay=False, help="Folder for the previews; made if it is not there.")
    ] = Path(),
    why: Annotated[
        str | None, typer.Option(metavar="TEXT", help=f"For the audit log; {_LONGEST_WHY} characters at most.")
    ] = None,
    server: Server = None,
    key: Key = None,
    as_json: AsJson = False,
) -> None:
    """
    Look at the media of a case: its reduced previews, as files that only you can read. Each look is audited.

    Copies are blocked without a person only where who decides has looked; otherwise they are held.

    For example:

        staydown look case_1KZ6Q0W7T4M8X2N5B9C3D7F1G

        staydown look case_1KZ6Q0W7T4M8X2N5B9C3D7F1G --out /tmp/previews --why "to decide it"
    """
    if Path(case).name != case:
        message = f"{case!r} is no id of a case (case_…)"
        raise typer.BadParameter(message, param_hint="CASE")
    if why is not None and not 0 < len(why) <= _LONGEST_WHY:
        message = f"1 to {_LONGEST_WHY} characters are expected, not {len(why)}"
        raise typer.BadParameter(message, param_hint="--why")
    out.mkdir(parents=True, exist_ok=True)  # what cannot be shown is not looked at
    with open_desk(server, key) as desk:
        previews = desk.look(case, why)
    files = _write(case, previews, out)
    if as_json:
        write_json({"case_id": case, "files": [str(file) for file in files]})
        return
    for file in files:
        write_line(str(file))
    if files:
        write_line("Delete them once it is decided; that you looked is in the audit log.", style="dim")
    else:
        write_line(
            "No preview is kept: there is no media, only signals were sent, or its retention date has passed. "
            "Copies are held until one of them is confirmed."
        )


def _write(case: str, previews: Mapping[int, bytes], out: Path) -> list[Path]:
    files = []
    for place, preview in sorted(previews.items()):
        file = out / f"{case}-{place}.jpg"
        write_private(file, preview)
        files.append(file.resolve())
    return files
