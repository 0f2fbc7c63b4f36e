"""Moments and spans of time as they are typed in a shell: `90d`, `2027-01-31`, `2027-01-31T12:00:00Z`."""

import re
from datetime import UTC, datetime, timedelta

import typer

_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
_SPAN = re.compile(r"(\d{1,5})([smhd])", re.ASCII)


def span_of(text: str, *, option: str) -> timedelta:
    """
    Read a span of time.

    Args:
        text: A whole number and one of `s`, `m`, `h`, `d`; or `0`.

        option: Where it was typed, for the message: ``"--overlap"``.

    Raises:
        typer.BadParameter: If it is none.
    """
    read = _SPAN.fullmatch(text)
    if read is not None:
        return timedelta(**{_UNITS[read[2]]: int(read[1])})
    if text == "0":
        return timedelta()
    message = f"a span such as 90d, 24h, 30m or 0 is expected, not {text!r}"
    raise typer.BadParameter(message, param_hint=option)


def moment_of(text: str, *, now: datetime, option: str) -> datetime:
    """
    Read a moment to come; without a time zone it is UTC.

    Args:
        text: A span from now, a date, or a date and a time (ISO 8601).

        now: The moment now, time zone aware.

        option: Where it was typed, for the message: ``"--expires"``.

    Raises:
        typer.BadParameter: If it is none, or is past.
    """
    moment = now + span_of(text, option=option) if _SPAN.fullmatch(text) else _written_moment(text, option)
    if moment <= now:
        message = f"a moment after now ({now:%Y-%m-%dT%H:%M:%SZ}) is expected, not {text!r}"
        raise typer.BadParameter(message, param_hint=option)
    return moment


def _written_moment(text: str, option: str) -> datetime:
    try:
        read = datetime.fromisoformat(text)
    except ValueError as error:
        message = f"a span such as 90d, a date, or a date and a time is expected, not {text!r}"
        raise typer.BadParameter(message, param_hint=option) from error
    return read.replace(tzinfo=UTC) if read.tzinfo is None else read.astimezone(UTC)
