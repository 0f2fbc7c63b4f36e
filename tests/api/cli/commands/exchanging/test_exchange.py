"""`staydown exchange`: setting servers up, pulling, telling, and what is said where something is missing."""

import io
import json
import sys
from collections.abc import Iterator

import pytest

from tests.api.cli.conftest import Shell
from tests.helpers.counterparts.hash_servers import SECRETS, HashServer, hash_server


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[HashServer]:
    """Run a server with four hashes, of which one is bad, and give its secrets on standard input."""
    monkeypatch.setenv("STAYDOWN_ALLOW_PRIVATE_DESTINATIONS", "true")
    monkeypatch.setattr(sys, "stdin", io.StringIO(json.dumps(SECRETS["stopncii"])))
    with hash_server() as running:
        for number in range(3):
            running.put(number, f"{number:02x}" * 32)
        running.put(9, "short")
        yield running


def test_an_exchange_is_set_up_pulled_from_paused_and_removed(shell: Shell, server: HashServer) -> None:
    """No secret is shown; what went wrong is; what was pulled stays."""
    at = ["--address", server.address("stopncii"), "--secrets-stdin", "--feedback"]
    added = shell("exchange", "add", "stopncii", "STOPNCII", *at, "--json")
    assert (added.code, added.document["state"], added.document["up_to_date"]) == (0, "active", False)
    assert "secret" not in added.out
    (pulled,) = shell("exchange", "pull", "STOPNCII", "--json").document
    assert (pulled["pulled"], pulled["set_aside"], pulled["up_to_date"]) == (3, 1, True)
    (one,) = shell("exchange", "list", "--json").document
    assert [each["record"] for each in one["aside"]] == ["imagepdq:short"]
    assert shell("exchange", "push", "--json").document == {"sent": 0, "failed": 0, "errors": []}
    server.behave = ["429 1000"]
    failed = shell("exchange", "pull")
    assert failed.code == 1
    assert "answered 429" in failed.out
    assert "STOPNCII" in shell("exchange", "list").out
    for verb, state in (("pause", "paused"), ("resume", "active"), ("remove", "removed")):
        assert shell("exchange", verb, "STOPNCII", "--json").document["state"] == state
    assert shell("exchange", "list", "--json").document == []
    exported = shell("export", "list.pdq", "--source", "STOPNCII", "--json").document
    assert exported["exported"] == 3


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["stopncii", "A"], "--secrets-stdin"),
        (["stopncii", "A,B", "--secrets-stdin"], "a list's name is"),
        (["stopncii", "A", "--secrets-stdin", "--option", "source"], "NAME=VALUE is expected"),
        (["stopncii", "A", "--secrets-stdin", "--option", "sauce=x"], "option sauce: unknown"),
        (["threatexchange", "A", "--secrets-stdin"], "option privacy_group: missing"),
        (["stopncii", "A", "--secrets-stdin", "--address", "http://169.254.169.254/"], "link-local"),
        (["ncmec", "A", "--secrets-stdin"], "STAYDOWN_NCMEC=true"),
    ],
)
def test_what_is_missing_or_not_allowed_is_said_before_anything_is_stored(
    shell: Shell, server: HashServer, arguments: list[str], words: str
) -> None:
    """With its remedy."""
    shell("init")
    ran = shell("exchange", "add", *arguments)
    assert ran.code == 1
    assert words in ran.err
    assert shell("exchange", "list", "--json").document == []
    assert server.asked == []
