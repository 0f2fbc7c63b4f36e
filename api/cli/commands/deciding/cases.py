"""`staydown cases`: what waits to be decided, in lists and in groups, and deciding many cases at once."""

from typing import Annotated

import typer
from pydantic import ValidationError

from api.cli.cases import Out, show_case
from api.cli.desk import Key, Server, open_desk
from api.cli.facts import read_facts
from api.cli.lists import open_lists
from api.schemas.casework.case_lists import CaseGroupOut, CaseRow
from api.schemas.casework.decisions import DecisionsIn, DecisionsOut
from api.shell.output import AsJson, counting_bar, write_json, write_line
from casework.domain.cases.case import CaseState, Queue
from casework.domain.cases.listing import CaseFilter, GroupBy, Order
from matcher.strength import Strength

Limit = Annotated[int, typer.Option(min=1, max=200, help="How many at most.")]
After = Annotated[str | None, typer.Option(metavar="CURSOR", help="Where the page before ended.")]

app = typer.Typer(no_args_is_help=True, help="List cases and groups of them, and decide many at once.")


@app.command("list")
def list_cases(
    *,
    state: Annotated[CaseState | None, typer.Option(help="Open ones if left out; any, beside --text.")] = None,
    queue: Annotated[Queue | None, typer.Option(help="All queues if left out.")] = None,
    takedown: Annotated[str | None, typer.Option(metavar="ID", help="Matches with this takedown.")] = None,
    uploader: Annotated[str | None, typer.Option(metavar="ID", help="About what this account posted.")] = None,
    strength: Annotated[Strength | None, typer.Option(help="Matches of this strength.")] = None,
    text: Annotated[
        str | None,
        typer.Option(help="An id, a receipt's number, who posted it or the address of the post; whole, not in part."),
    ] = None,
    mine: Annotated[bool, typer.Option("--mine", help="Only those you have claimed, or decided.")] = False,
    order: Annotated[Order, typer.Option(help="By deadline, or the newest first.")] = Order.DEADLINE,
    limit: Limit = 50,
    after: After = None,
    server: Server = None,
    key: Key = None,
    as_json: AsJson = False,
) -> None:
    """
    List cases, the most urgent first: when due, what is recommended, and what each is about.

    For example:

        staydown cases list --queue matches --strength near

        staydown cases list --text SD-7KQ2-M4XN-90TB
    """
    asked = CaseFilter(
        state=state or (None if text else CaseState.OPEN),
        queue=queue,
        takedown_id=takedown,
        uploader_id=uploader,
        strength=strength,
        text=text,
        order=order,
    )
    with open_lists(server, key) as lists:
        page = lists.cases(asked, mine=mine, limit=limit, after=after)
    if as_json:
        write_json(page)
        return
    for one in page.items:
        write_line(_row(one))
    _say_more(page.next)


@app.command("next")
def next_case(
    *,
    queue: Annotated[Queue | None, typer.Option(help="All queues if left out.")] = None,
    out: Out = None,
    server: Server = None,
    key: Key = None,
    as_json: AsJson = False,
) -> None:
    """
    Take the most urgent case that nobody holds, for 15 minutes, and show it. Exit 1 where there is none.

    For example:

        staydown cases next --queue matches --out evidence.png
    """
    with open_desk(server, key) as desk:
        case = desk.next_case(queue)
        if case is None:
            write_line("nothing waits that nobody holds")
            raise typer.Exit(1)
        show_case(case, desk, out, as_json=as_json)


@app.command("show")
def show(
    case: Annotated[str, typer.Argument(metavar="CASE", help="Its id.")],
    *,
    out: Out = None,
    server: Server = None,
    key: Key = None,
    as_json: AsJson = False,
) -> None:
    """
    Show a case: what it is about, what the policy recommends and why; and its evidence as a picture of lines.

    The picture shows no photo: both sides and where they differ are drawn. `staydown look` has the photos.

    For example:

        staydown cases show case_1KZ6Q0W7T4M8X2N5B9C3D7F1G --out evidence.png
    """
    with open_desk(server, key) as desk:
        show_case(desk.case(case), desk, out, as_json=as_json)


@app.command()
def groups(
    *,
    by: Annotated[GroupBy, typer.Option(help="What the cases of a group have in common.")] = GroupBy.TAKEDOWN,
    limit: Limit = 50,
    after: After = None,
    server: Server = None,
    key: Key = None,
    as_json: AsJson = False,
) -> None:
    """
    List groups of open cases about copies that can be decided at once, and cases of each to look at first.

    For example:

        staydown cases groups

        staydown cases groups --by evidence --json
    """
    with open_lists(server, key) as lists:
        page = lists.groups(by, limit=limit, after=after)
    if as_json:
        write_json(page)
        return
    for one in page.items:
        write_line(_group(one))
        for case in one.sample:
            seen = "looked at" if case.looked_at else "not looked at"
            write_line(f"    {case.case_id}  {case.explanation or ''}  {seen}")
    _say_more(page.next)


@app.command()
def decide(
    cases: Annotated[list[str] | None, typer.Argument(metavar="[CASE…]", help="Ids, up to 500.")] = None,
    *,
    group: Annotated[
        str | None, typer.Option(metavar="GROUP", help="A group of `staydown cases groups`, instead of ids.")
    ] = None,
    uphold: Annotated[bool, typer.Option("--uphold", help="Take them down; of matches: they are copies.")] = False,
    reject: Annotated[bool, typer.Option("--reject", help="They stay; of matches: they are none.")] = False,
    request_information: Annotated[bool, typer.Option("--request-information", help="Ask the reporters.")] = False,
    fact: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME=VALUE", help="What is true of all of them; what is known of one post stays."),
    ] = None,
    note: Annotated[str | None, typer.Option(help="For the history; reporters never see it.")] = None,
    override_reason: Annotated[
        str | None, typer.Option(help="Why, where you decide otherwise than recommended.")
    ] = None,
    server: Server = None,
    key: Key = None,
    as_json: AsJson = False,
) -> None:
    """
    Decide up to 500 cases alike, each by itself: what keeps one from being decided holds up no other.

    Exit 1 if one was not decided; run it again for what is left of a larger group.

    For example:

        staydown cases decide --group tkd_1KZ6Q0W7T4M8X2N5B9C3D7F1G --uphold --fact context_assessed=true

        staydown cases decide case_1KZ6Q0W7T4M8X2N5B9C3D7F1G case_1KZ6Q0W8A6P0Y3R7D1F5H9K2M --reject
    """
    chosen = {"uphold": uphold, "reject": reject, "request_information": request_information}
    outcomes = [outcome for outcome, is_chosen in chosen.items() if is_chosen]
    if len(outcomes) != 1:
        message = "give one of --uphold, --reject and --request-information"
        raise typer.BadParameter(message)
    given = {
        "case_ids": cases or None,
        "group": group,
        "outcome": outcomes[0],
        "note": note,
        "facts": read_facts(fact or []) or None,
        "override_reason": override_reason,
    }
    try:
        decisions = DecisionsIn.model_validate(given)
    except ValidationError as error:
        said = "; ".join(problem["msg"].removeprefix("Value error, ") for problem in error.errors())
        raise typer.BadParameter(said) from error
    with open_desk(server, key) as desk, counting_bar("Deciding", total=1) as deciding:
        made = desk.decide_many(decisions, deciding())
    if as_json:
        write_json(made)
    else:
        _print(made)
    if any(one.problem is not None for one in made.results):
        raise typer.Exit(1)


def _row(one: CaseRow) -> str:
    about = one.explanation or one.conduct.replace("_", " ")
    claimed = "" if one.claimed_by is None else f"  claimed by {one.claimed_by.name}"
    strength = one.strength or one.relation or ""
    return f"{one.id}  due {one.deadline:%Y-%m-%d %H:%M}  {one.outcome} ({one.rule})  {strength}  {about}{claimed}"


def _group(one: CaseGroupOut) -> str:
    kind = "" if one.evidence is None else f", {one.evidence.strength}, {one.evidence.transformation}"
    return f"{one.cases} cases{kind}, the first due {one.oldest_deadline:%Y-%m-%d %H:%M}: {one.group!r}"


def _say_more(cursor: str | None) -> None:
    if cursor is not None:
        write_line(f"more: --after {cursor!r}")


def _print(made: DecisionsOut) -> None:
    for one in made.results:
        if one.problem is not None:
            write_line(f"{one.case_id}  not decided: {one.problem['detail']}")
    decided = sum(one.problem is None for one in made.results)
    waiting = sum(one.state == "awaiting_approval" for one in made.results)
    waits = f"; {waiting} wait for a second person" if waiting else ""
    left = f"; {made.left} more in the group, run it again" if made.left else ""
    write_line(f"decided {decided} of {len(made.results)}{waits}{left}")
