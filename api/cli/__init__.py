"""
The command line: the same handlers as HTTP, from a shell.

Invariant: exit 0 done, 1 failed, 2 wrong usage, 130 interrupted; decided here and nowhere else. What a person can do
something about is one line, `error: ` and the remedy; a traceback is a bug.
"""

import os
from collections.abc import Sequence
from importlib.metadata import version
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from api.cli.starting.later import Later, LaterCommand
from api.errors import ApiError
from api.logs import configure_logs
from api.shell.errors import CommandError
from casework.domain.errors import CaseworkError
from index.errors import IndexStoreError
from matcher.errors import MatcherError

PRIVATE = 0o077
"""The umask of every command, and so of servers: files and folders are for their owner alone."""

DONE, FAILED = 0, 1  # typer itself ends with 2 on wrong usage, and with 130 on Ctrl-C

COMMANDS = {
    "init": Later("operating.init", "init", "Prepare the data folder, compile kernels, and make a first admin key."),
    "serve": Later(
        "operating.serve", "serve", "Serve the API and its documentation until Ctrl-C; prepares the data folder first."
    ),
    "worker": Later(
        "operating.worker",
        "worker",
        "Tell destinations what happened and search earlier uploads, until Ctrl-C; `serve` does the same by default.",
    ),
    "health": Later(
        "operating.health",
        "health",
        "Say whether the server is ready, or with --worker whether a worker of this host works; exit 1 if not.",
    ),
    "demo": Later(
        "operating.demo", "demo", "Tell the story on real photographs: report, decision, copies stopped, withdrawal."
    ),
    "keys": Later("operating.security.keys", "app", "Make, list, replace and revoke keys; rotate what encrypts."),
    "people": Later("operating.security.people", "app", "Add people to the console, list them, let them in no more."),
    "hash": Later(
        "asking.hash",
        "hash_command",
        "Print every signal of each file. Nothing is stored, and no data folder is needed.",
    ),
    "match": Later("asking.match", "match", "Ask whether each file matches a takedown. Nothing is stored."),
    "compare": Later(
        "asking.compare",
        "compare",
        "Lay two pictures or videos onto each other: what agrees, how far, where, when, and what that is worth.",
    ),
    "report": Later(
        "deciding.report",
        "report",
        "Report private media, or words that are a wrong: a threat, a bounty, a demand for money, credentials, a "
        "number.",
    ),
    "look": Later(
        "deciding.look",
        "look",
        "Look at the media of a case: its reduced previews, as files that only you can read. Each look is audited.",
    ),
    "decide": Later(
        "deciding.decide",
        "decide",
        "Decide a case. Once this has ended, no upload that is asked about afterwards misses an upheld takedown.",
    ),
    "cases": Later("deciding.cases", "app", "List cases and groups of them, and decide many at once."),
    "erase": Later(
        "deciding.erase",
        "erase",
        "Erase identity, texts, previews and signals for good, and end once they are gone; the decision's proof stays.",
    ),
    "backfill": Later(
        "deciding.backfill",
        "backfill",
        "Register every picture and video below a folder; run it again to go on after it was stopped, or for what is "
        "new.",
    ),
    "import": Later(
        "exchanging.import_hashes",
        "import_list",
        "Take over a list of hashes from others: copies are held, with the list named as the source; only a person "
        "blocks.",
    ),
    "export": Later(
        "exchanging.export_hashes",
        "export_list",
        "Write the hashes of what is taken down, for others; of what was decided here, or of one list that was "
        "imported.",
    ),
    "exchange": Later(
        "exchanging.exchange", "app", "Exchange hashes with servers of others: StopNCII, ThreatExchange, NCMEC."
    ),
    "lookback": Later(
        "deciding.lookback",
        "lookback",
        "Show how far the search among earlier uploads is, and the first 200 it found.",
    ),
    "index": Later("operating.index", "app", "Look at the index, check it, rebuild it, erase what was removed."),
    "cluster": Later(
        "operating.cluster", "app", "Hold uploads on several machines: run the gateway, see and move slots."
    ),
    "policy": Later("operating.policy", "app", "Look at the decision table; try another policy on past cases."),
    "audit": Later("operating.audit", "app", "Check the audit log, or take a copy of it away."),
    "doctor": Later(
        "operating.doctor",
        "doctor",
        "Look at settings, data folder, database, index, decoding and disk; exit 1 if anything is missing or wrong.",
    ),
}
"""Every command, in the order in which `staydown --help` lists them; of each the first line of its own help."""


class Commands(TyperGroup):
    """The commands of `COMMANDS`, none of which is imported before it is chosen."""

    def __init__(self, **options: Any) -> None:  # noqa: ANN401  (types of a private module of typer)
        super().__init__(**options)
        self.commands = {name: LaterCommand(name, place) for name, place in COMMANDS.items()}


app = typer.Typer(
    name="staydown",
    cls=Commands,
    help="Staydown keeps removed private media down.",
    no_args_is_help=True,
    add_completion=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
)


def _print_version(asked: bool) -> None:
    if asked:
        typer.echo(f"staydown {version('staydown')}")
        raise typer.Exit


@app.callback()
def _global_options(
    _: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and end.")
    ] = False,
) -> None: ...


def main(arguments: Sequence[str] | None = None) -> int:
    """
    Run one command.

    Args:
        arguments: Without the program's name; those it was started with if left out.

    Returns:
        The exit code.
    """
    configure_logs("console")
    before = os.umask(PRIVATE)
    try:
        app(None if arguments is None else list(arguments))
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else DONE
    except _foreseen() as error:
        from api.shell.output import console

        console(errors=True).print(f"error: {_said(error)}", soft_wrap=True)
        return FAILED
    finally:
        os.umask(before)
    return DONE


def _foreseen() -> tuple[type[Exception], ...]:
    """Return what a person at a shell can do something about; imported when something went wrong, and not before."""
    from httpx2 import HTTPError

    from casework.persistence.connection.failures import DatabaseBusyError, DatabaseUnreachableError

    return (
        CommandError,
        ApiError,
        CaseworkError,
        IndexStoreError,
        MatcherError,
        DatabaseBusyError,
        DatabaseUnreachableError,
        HTTPError,
        OSError,
    )


def _said(error: Exception) -> str:
    from httpx2 import HTTPError

    from casework.persistence.connection.failures import DatabaseUnreachableError

    if isinstance(error, DatabaseUnreachableError):
        return f"the database cannot be used: {error.orig}; `staydown doctor` looks into it"
    if isinstance(error, HTTPError):
        return f"the server cannot be reached: {error}; check --server"
    if isinstance(error, OSError) and error.filename is not None:
        return f"{error.filename}: {error.strerror}"
    return str(error)
