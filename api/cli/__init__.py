"""
The command line: the same handlers as HTTP, from a shell.

Invariant: exit 0 done, 1 failed, 2 wrong usage, 130 interrupted; decided here and nowhere else. What a person can do
something about is one line, `error: ` and the remedy; a traceback is a bug.
"""

from collections.abc import Sequence
from importlib.metadata import version
from typing import Annotated

import typer
from httpx2 import HTTPError

from api.cli.commands.asking.compare import compare
from api.cli.commands.asking.hash import hash_command
from api.cli.commands.asking.match import match
from api.cli.commands.deciding.backfill import backfill
from api.cli.commands.deciding.decide import decide
from api.cli.commands.deciding.lookback import lookback
from api.cli.commands.deciding.report import report
from api.cli.commands.operating import index, keys
from api.cli.commands.operating.demo import demo
from api.cli.commands.operating.doctor import doctor
from api.cli.commands.operating.init import init
from api.cli.commands.operating.serve import serve
from api.cli.commands.operating.worker import worker
from api.errors import ApiError
from api.logs import configure_logs
from api.shell.errors import CommandError
from api.shell.output import console
from casework.domain.errors import CaseworkError
from casework.persistence.connection.failures import DatabaseUnreachableError
from index.errors import IndexStoreError
from matcher.errors import MatcherError

DONE, FAILED = 0, 1  # typer itself ends with 2 on wrong usage, and with 130 on Ctrl-C

FORESEEN = (
    CommandError,
    ApiError,
    CaseworkError,
    IndexStoreError,
    MatcherError,
    DatabaseUnreachableError,
    HTTPError,
    OSError,
)
"""What a person at a shell can do something about."""

app = typer.Typer(
    name="staydown",
    help="Staydown keeps removed private media down.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
)


def _print_version(asked: bool) -> None:
    if asked:
        console().print(f"staydown {version('staydown')}", highlight=False)
        raise typer.Exit


@app.callback()
def _global_options(
    _: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and end.")
    ] = False,
) -> None: ...


app.command("init")(init)
app.command("serve")(serve)
app.command("worker")(worker)
app.command("demo")(demo)
app.add_typer(keys.app, name="keys")
app.command("hash")(hash_command)
app.command("match")(match)
app.command("compare")(compare)
app.command("report")(report)
app.command("decide")(decide)
app.command("backfill")(backfill)
app.command("lookback")(lookback)
app.add_typer(index.app, name="index")
app.command("doctor")(doctor)


def main(arguments: Sequence[str] | None = None) -> int:
    """
    Run one command.

    Args:
        arguments: Without the program's name; those it was started with if left out.

    Returns:
        The exit code.
    """
    configure_logs("console")
    try:
        app(None if arguments is None else list(arguments))
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else DONE
    except FORESEEN as error:
        console(errors=True).print(f"error: {_said(error)}", soft_wrap=True)
        return FAILED
    return DONE


def _said(error: Exception) -> str:
    if isinstance(error, DatabaseUnreachableError):
        return f"the database cannot be used: {error.orig}; `staydown doctor` looks into it"
    if isinstance(error, HTTPError):
        return f"the server cannot be reached: {error}; check --server"
    if isinstance(error, OSError) and error.filename is not None:
        return f"{error.filename}: {error.strerror}"
    return str(error)
