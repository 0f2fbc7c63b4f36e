"""`staydown policy`: look at the decision table, and try another one, or other thresholds, on past cases."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from api.cli.local import open_record
from api.schemas.policy import ReplayChange, ReplayOut, ReplayResult
from api.settings import read_settings
from api.shell.errors import CommandError
from api.shell.output import AsJson, console, progress_bar, write_json, write_line
from api.views.replay import replay_out
from casework.handlers.replay import replay as replay_record
from casework.policy import POLICY_RULES
from casework.policy.replay.change import read_change
from casework.policy.replay.table_file import written_table
from casework.policy.replay.tally import EXAMPLES, MOST_EXAMPLES

_LARGEST_FILE = 1_000_000

app = typer.Typer(no_args_is_help=True, help="Look at the decision table; try another policy on past cases.")


@app.command()
def table(*, as_json: AsJson = False) -> None:
    """
    Print the decision table that runs; with `--json` as a file to change and try.

    For example:

        staydown policy table

        staydown policy table --json > table.json
    """
    if as_json:
        write_json(written_table())
        return
    shown = Table("rule", "applies when", "outcome", "signals")
    for rule in POLICY_RULES:
        shown.add_row(rule.id, rule.when, rule.outcome.value, rule.hash_action.value)
    console().print(shown)


@app.command()
def replay(
    *,
    table: Annotated[
        Path | None, typer.Option(dir_okay=False, exists=True, metavar="FILE", help="A decision table to try.")
    ] = None,
    threshold: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME=VALUE", help="A threshold to try, such as pdq/1=20; may come again."),
    ] = None,
    without: Annotated[
        list[str] | None,
        typer.Option(metavar="RULE", help="A rule of the trust ladder to leave out, such as T01; may come again."),
    ] = None,
    since: Annotated[
        str | None, typer.Option(metavar="MOMENT", help="Only what is newer: 2026-10-01 or 2026-10-01T08:30:00Z.")
    ] = None,
    examples: Annotated[
        int, typer.Option(min=0, max=MOST_EXAMPLES, help="How many to name of each change.")
    ] = EXAMPLES,
    as_json: AsJson = False,
) -> None:
    """
    Show which past decisions, open cases and matches would come out otherwise under another policy. Nothing is changed.

    Take the running table as a file, change it, and try it. Servers go on working meanwhile.

    For example:

        staydown policy table --json > table.json

        staydown policy replay --table table.json

        staydown policy replay --threshold pdq/1=20 --since 2026-10-01 --json

        staydown policy replay --without T01 --without known_reporter
    """
    if table is None and not threshold and not without:
        message = "name what is to be tried: --table FILE, --threshold NAME=VALUE or --without RULE"
        raise typer.BadParameter(message)
    change = read_change(
        table=None if table is None else _read_json(table),
        thresholds=dict(_threshold(one) for one in threshold or []),
        trust=dict.fromkeys(without or [], False),
    )
    moment = None if since is None else _moment(since)
    with open_record(read_settings(), read_only=True) as uow, progress_bar() as bar:
        task = bar.add_task("Replaying", total=uow.past.count(since=moment))

        def go_on(looked_at: int) -> bool:
            bar.advance(task, looked_at)
            return True

        found = replay_record(change, uow, since=moment, examples=examples, go_on=go_on)
    result = replay_out(change, found)
    if as_json:
        write_json(result)
    else:
        _print(result)


def _read_json(file: Path) -> object:
    if file.stat().st_size > _LARGEST_FILE:
        message = f"{file} has {file.stat().st_size:,} bytes; a table has up to {_LARGEST_FILE:,}"
        raise CommandError(message)
    try:
        return json.loads(file.read_text(encoding="utf-8-sig"))
    except (ValueError, RecursionError) as error:
        message = f"{file} is not JSON: {error}; `staydown policy table --json` prints a table"
        raise CommandError(message) from error


def _threshold(text: str) -> tuple[str, float]:
    name, _, value = text.partition("=")
    try:
        return name, float(value)
    except ValueError:
        message = f"{text!r} is not NAME=VALUE, such as pdq/1=20"
        raise typer.BadParameter(message, param_hint="--threshold") from None


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        message = f"{text!r} is not a moment; write 2026-10-01 or 2026-10-01T08:30:00Z"
        raise typer.BadParameter(message, param_hint="--since") from None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment


def _print(found: ReplayOut) -> None:
    tried = [] if found.tried_version == found.policy_version else [f"table {found.tried_version}"]
    tried += [f"{name} {value:g}" for name, value in found.thresholds.items()]
    tried += [f"no {one.replace('_', ' ')} needed" for one in found.without]
    write_line(f"Tried {', '.join(tried) or 'a changed table'} beside {found.policy_version}; nothing was changed.")
    replayed, changed = found.replayed, found.changed
    write_line(
        f"Otherwise: {changed.open_cases:,} of {replayed.open_cases:,} open cases, "
        f"{changed.decisions:,} of {replayed.decisions:,} decisions, "
        f"{changed.matches:,} of {replayed.matches:,} matches."
    )
    if found.by_another_rule:
        write_line(f"The same by another rule: {found.by_another_rule:,}.")
    for note in found.notes:
        write_line(note, style="yellow")
    if not found.changes:
        return
    shown = Table("of", "from", "to", "decided", "count", "for example")
    for one in found.changes:
        shown.add_row(one.of.value.replace("_", " "), *_from_to(one), _decided(one), f"{one.count:,}", _examples(one))
    console().print(shown)
    if found.changes_left_out:
        write_line(f"… and {found.changes_left_out:,} rarer changes")


def _from_to(change: ReplayChange) -> tuple[str, str]:
    return _said(change.before), _said(change.to)


def _said(result: ReplayResult) -> str:
    return " ".join(one for one in (result.rule, result.outcome, result.hash_action) if one is not None)


def _decided(change: ReplayChange) -> str:
    if change.decided is None:
        return ""
    by = " by the policy" if change.by_policy else ""
    against = ", against what would be recommended" if change.in_line is False else ""
    return f"{change.decided}{by}{against}"


def _examples(change: ReplayChange) -> str:
    named = [one.case_id or one.upload or "" for one in change.examples[:3]]
    more = change.count - len(named)
    return "\n".join(named) + (f"\n… {more:,} more" if more > 0 and named else "")
