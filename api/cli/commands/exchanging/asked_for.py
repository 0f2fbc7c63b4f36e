"""What a server of hashes asks for: options on the command line, secrets on standard input or at a terminal."""

import json
import sys

import typer

from api.shell.errors import CommandError
from casework.exchange.servers.base import ExchangeServer


def pairs(options: list[str]) -> dict[str, str]:
    """
    Read options.

    Raises:
        CommandError: If one is no NAME=VALUE.
    """
    found = {}
    for one in options:
        name, equals, value = one.partition("=")
        if not equals or not value:
            message = f"--option {one}: NAME=VALUE is expected"
            raise CommandError(message)
        found[name.strip()] = value.strip()
    return found


def secrets_of(row: ExchangeServer, *, from_stdin: bool) -> dict[str, str]:
    """
    Read the secrets that a server asks for, from standard input or a terminal.

    Raises:
        CommandError: If there is neither, or what is there is no object of texts.
    """
    if from_stdin:
        try:
            found = json.loads(sys.stdin.read())
        except ValueError as error:
            message = f"--secrets-stdin: an object of JSON is expected: {error}"
            raise CommandError(message) from error
        if not isinstance(found, dict) or not all(isinstance(one, str) for one in found.values()):
            message = '--secrets-stdin: an object of texts is expected, as in {"access_token": "…"}'
            raise CommandError(message)
        return found
    if not sys.stdin.isatty():
        message = "there is no terminal to ask at; send the secrets with --secrets-stdin"
        raise CommandError(message)
    asked = {
        one.name: str(typer.prompt(f"{one.name} ({one.description})", default="", hide_input=True, err=True))
        for one in row.secrets
    }
    return {name: value for name, value in asked.items() if value}
