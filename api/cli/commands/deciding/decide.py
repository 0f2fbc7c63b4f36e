"""`staydown decide`: decide a case, from a shell."""

from typing import Annotated

import typer

from api.cli.desk import Key, Server, open_desk
from api.schemas.casework.decisions import DecisionIn, DecisionOut
from api.shell.output import AsJson, write_fields, write_json, write_line


def decide(
    case: Annotated[str, typer.Argument(metavar="CASE", help="Its id.")],
    *,
    uphold: Annotated[bool, typer.Option("--uphold", help="Take it down; of a match: it is a copy.")] = False,
    reject: Annotated[bool, typer.Option("--reject", help="It stays; of a match: it is none.")] = False,
    request_information: Annotated[bool, typer.Option("--request-information", help="Ask the reporter.")] = False,
    refer: Annotated[
        bool, typer.Option("--refer", help="The steps for somebody who may be under 18 are taken; close the case.")
    ] = False,
    ask: Annotated[
        str | None, typer.Option(metavar="QUESTION", help="Ask the reporter this; they read it with their receipt.")
    ] = None,
    note: Annotated[str | None, typer.Option(help="For the history; the reporter never sees it.")] = None,
    override_reason: Annotated[
        str | None, typer.Option(help="Why, where you decide otherwise than recommended.")
    ] = None,
    server: Server = None,
    key: Key = None,
    as_json: AsJson = False,
) -> None:
    """
    Decide a case. Once this has ended, no upload that is asked about afterwards misses an upheld takedown.

    Look at it first (`staydown look CASE`): copies of what nobody has seen are held for a person, not blocked.

    For example:

        staydown decide case_1KZ6Q0W7T4M8X2N5B9C3D7F1G --uphold --note "intimate, no consent"

        staydown decide case_1KZ6Q0W7T4M8X2N5B9C3D7F1G --reject --override-reason "the picture is a painting"

        staydown decide case_1KZ6Q0W7T4M8X2N5B9C3D7F1G --ask "Where was the picture posted?"
    """
    chosen = {
        "uphold": uphold,
        "reject": reject,
        "request_information": request_information or ask is not None,
        "refer": refer,
    }
    outcomes = [outcome for outcome, is_chosen in chosen.items() if is_chosen]
    if len(outcomes) != 1:
        message = "give one of --uphold, --reject, --ask QUESTION, --request-information and --refer"
        raise typer.BadParameter(message)
    given = {"outcome": outcomes[0], "note": note, "override_reason": override_reason, "question": ask}
    with open_desk(server, key) as desk:
        made = desk.decide(case, DecisionIn.model_validate(given))
    if as_json:
        write_json(made)
    else:
        _print(made)


def _print(made: DecisionOut) -> None:
    waiting = f"one approval is needed: {', '.join(made.approval_reasons)}" if made.approvals_needed else None
    write_fields(
        {
            "decision": made.decision_id,
            "outcome": made.outcome.value.replace("_", " "),
            "recommended": f"{made.recommendation} ({made.rule}, {made.policy_version})",
            "takedown": made.takedown_id,
            "matched from": None if made.takedown_id is None else f"index version {made.index_version}",
            "would hit": None if made.takedown_id is None else _radius(made),
            "waits": waiting,
        }
    )
    if made.lacks:
        write_line("Copies are held for a person, not blocked:")
    for lack in made.lacks:
        write_line(f"  {lack.reason} {lack.remedy}")


def _radius(made: DecisionOut) -> str:
    return f"{made.blast_radius.uploads} registered uploads by {made.blast_radius.uploaders} people"
