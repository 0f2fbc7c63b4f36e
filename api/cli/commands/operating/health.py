"""
`staydown health`: does the server answer, does the worker work? For whatever watches them: exit 0 or 1 within seconds.

Invariant: it opens no database and starts no process, and asks the address it is told, whatever proxy the environment
names; asked every half minute beside a server that is busy, it must not be a burden.
"""

import json
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import Annotated
from urllib.parse import SplitResult, urlsplit

import typer

from api.shell.errors import CommandError
from api.shell.output import AsJson, write_json, write_line

ADDRESS = "http://127.0.0.1:8080"
"""Where `staydown serve` listens unless it is told otherwise."""

_PATIENCE_S = 5
_LARGEST_ANSWER = 100_000


def health(
    *,
    server: Annotated[str, typer.Option(metavar="URL", help="Where the server is.")] = ADDRESS,
    worker: Annotated[
        bool, typer.Option("--worker", help="Look whether a `staydown worker` of this host works, not at a server.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """
    Say whether the server is ready, or with --worker whether a worker of this host works; exit 1 if not.

    For example:

        staydown health

        STAYDOWN_DATA=/var/lib/staydown staydown health --worker
    """
    trouble = _trouble_of_worker() if worker else _trouble_of_server(server)
    if as_json:
        write_json({"ok": trouble is None, "trouble": trouble})
    else:
        write_line(trouble or ("a worker works" if worker else "ready"))
    if trouble is not None:
        raise typer.Exit(1)


def _trouble_of_server(server: str) -> str | None:
    """Ask `/readyz`; return what is wrong, or None."""
    address = urlsplit(server)
    try:
        status, answer = _asked(address)
    except (OSError, HTTPException, ValueError) as error:
        return f"{server} does not answer ({error or type(error).__name__}); is `staydown serve` running there?"
    if status == 200 and answer.get("ready") is True:
        return None
    checks = answer.get("checks")
    wrong = [f"{name}: {said}" for name, said in checks.items() if said != "ok"] if isinstance(checks, dict) else []
    return f"not ready: {'; '.join(wrong) or f'/readyz is answered {status}'}"


def _asked(address: SplitResult) -> tuple[int, dict[str, object]]:
    """
    Return the status of `/readyz` and what it says; nothing where that is not of ours.

    Raises:
        OSError, HTTPException: If nobody answers, or not in HTTP.

        ValueError: If the port is none.
    """
    kinds = {"http": HTTPConnection, "https": HTTPSConnection}
    if address.scheme not in kinds or address.hostname is None:
        message = f"--server: an address beginning with http:// or https:// is expected, not {address.geturl()}"
        raise CommandError(message)
    connection = kinds[address.scheme](address.hostname, address.port, timeout=_PATIENCE_S)
    try:
        connection.request("GET", f"{address.path.rstrip('/')}/readyz")
        response = connection.getresponse()
        body = response.read(_LARGEST_ANSWER)
    finally:
        connection.close()
    try:
        answer = json.loads(body)
    except ValueError:
        answer = None
    return response.status, answer if isinstance(answer, dict) else {}


def _trouble_of_worker() -> str | None:
    """Look for the heartbeat of a worker; return what is wrong, or None."""
    from api.metrics.shared import workers_heard_of
    from api.settings import read_settings  # a second to import, which who asks a server does without

    file = read_settings().metrics_file
    if workers_heard_of(file):
        return None
    return f"no worker of this host was heard of in {file} lately; is `staydown worker` running, over this data folder?"
