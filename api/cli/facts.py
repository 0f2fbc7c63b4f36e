"""Facts as they are given in a shell: `--fact context_assessed=true`."""

from collections.abc import Iterable

import typer


def read_facts(given: Iterable[str]) -> dict[str, object]:
    """
    Read facts of the policy; whether there are such is for the policy to say.

    Args:
        given: Each ``"NAME=VALUE"``.

    Raises:
        typer.BadParameter: If one is not of that form.
    """
    facts: dict[str, object] = {}
    for text in given:
        name, equals, value = text.partition("=")
        if not equals:
            message = f"{text!r} is not NAME=VALUE, as in context_assessed=true"
            raise typer.BadParameter(message, param_hint="--fact")
        facts[name] = {"true": True, "false": False}.get(value, value)
    return facts
