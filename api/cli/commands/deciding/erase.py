"""`staydown erase`: take out what is known of a takedown, a report or an upload, and wait until it is gone."""

import time
from typing import Annotated

import typer

from api.cli.desk import Desk, Key, Server, open_desk
from api.schemas.operating.erasures import ErasureIn, ErasureOut
from api.shell.output import AsJson, progress_bar, write_fields, write_json
from casework.domain.keeping.erasure import ErasureState

_FIELD_OF = {"tkd": "takedown_id", "rep": "report_id", "upl": "upload"}
_STEPS = list(ErasureState)
_LOOK_AGAIN_S = 0.3


def erase(
    subject: Annotated[str, typer.Argument(metavar="ID", help="Of a takedown, a report or an upload.")],
    *,
    reason: Annotated[str, typer.Option(help="Why; this stays, so name nobody.")] = "asked for at the command line",
    withdraw: Annotated[bool, typer.Option("--withdraw", help="Withdraw a takedown that stands first.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask whether to go on.")] = False,
    server: Server = None,
    key: Key = None,
    as_json: AsJson = False,
) -> None:
    """
    Erase identity, texts, previews and signals for good, and end once they are gone; the decision's proof stays.

    For example:

        staydown erase tkd_1KZ6Q0W7T4M8X2N5B9C3D7F1G

        staydown erase upl_1KZ6Q0W7T4M8X2N5B9C3D7F1G --yes --json
    """
    field = _FIELD_OF.get(subject.partition("_")[0])
    if field is None:
        message = f"{subject!r} is no id of a takedown (tkd_…), a report (rep_…) or an upload (upl_…)"
        raise typer.BadParameter(message, param_hint="ID")
    if not yes:
        typer.confirm(f"What is known of {subject} is erased for good, its copies' signals too. Go on?", abort=True)
    wanted = ErasureIn.model_validate({field: subject, "reason": reason, "withdraw": withdraw})
    with open_desk(server, key) as desk:
        erased = _awaited(desk, desk.erase(wanted))
    if as_json:
        write_json(erased)
    else:
        _print(erased)


def _awaited(desk: Desk, erasure: ErasureOut) -> ErasureOut:
    """Go on until nothing is left, showing how far it is."""
    with progress_bar() as bar:
        task = bar.add_task("Erasing", total=len(_STEPS) - 1)
        while erasure.state is not ErasureState.COMPLETED:
            bar.update(task, completed=_STEPS.index(erasure.state))
            time.sleep(_LOOK_AGAIN_S)
            erasure = desk.go_on_erasing(erasure.erasure_id)
    return erasure


def _print(erased: ErasureOut) -> None:
    removed = erased.removed
    write_fields(
        {
            "erasure": erased.erasure_id,
            "previews": removed.previews,
            "identities": removed.identities,
            "texts": removed.texts,
            "signals": removed.signals,
            "index files": removed.index_files,
            "in the store": removed.stored_files or None,
            "kept for": ", ".join(erased.kept_for) or None,
        }
    )
