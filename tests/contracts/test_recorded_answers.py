"""
What the service and the command line answered before is what they answer now: ids, times and secrets aside.

The recording (`tests/golden/answers.jsonl`) knows addresses and commands and nothing of the code behind them. A change
that is meant to be seen is recorded again with `python -m tests.contracts.record_answers` and committed with the
change.
"""

from pathlib import Path

from tests.contracts.record_answers import ask_http, recorded, run_commands
from tests.contracts.recorded.normal import differences

RECORDED = recorded()

_LEAST_REQUESTS = 200


def test_service_answers_as_recorded(tmp_path: Path) -> None:
    """Whoever wrote a client against an earlier version must not notice that code moved."""
    told = differences(ask_http(tmp_path), RECORDED["http"])
    assert not told, f"answers differ from the recording:\n\n{told}"


def test_commands_print_as_recorded(tmp_path: Path) -> None:
    """Scripts read exit codes and JSON, people read the rest."""
    told = differences(run_commands(tmp_path), RECORDED["shell"])
    assert not told, f"commands differ from the recording:\n\n{told}"


def test_every_address_is_in_the_recording() -> None:
    """An address nobody recorded may change without anybody noticing."""
    document = next(one["body"] for one in RECORDED["http"] if one["asked"] == "GET /openapi.json")
    offered = {
        (method.upper(), tuple(path.split("/"))) for path, methods in document["paths"].items() for method in methods
    }
    asked = [one["asked"].partition("?")[0].partition(" ") for one in RECORDED["http"] if one["status"] < 300]
    answered = {(method, tuple(path.split("/"))) for method, _, path in asked}
    missing = {one for one in offered if not any(_is_at(address, one) for address in answered)}
    assert not missing
    assert len(RECORDED["http"]) >= _LEAST_REQUESTS


def _is_at(address: tuple[str, tuple[str, ...]], offered: tuple[str, tuple[str, ...]]) -> bool:
    """Tell whether a request was for an address with placeholders."""
    (method, parts), (wanted, pattern) = address, offered
    fits = len(parts) == len(pattern) and all(
        one == other or other.startswith("{") for one, other in zip(parts, pattern, strict=True)
    )
    return method == wanted and fits
