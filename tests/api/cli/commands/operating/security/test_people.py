"""`staydown people`: who may sign in to the console."""

import io
import sys

import pytest

from tests.api.cli.conftest import Shell

PASSWORD = "four quiet words here\n"


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a password come from standard input, for one command."""
    monkeypatch.setattr(sys, "stdin", io.StringIO(PASSWORD))


@pytest.mark.usefixtures("typed")
def test_person_is_added_listed_disabled_and_enabled(shell: Shell) -> None:
    """With the password from standard input it is in no list of processes, and in no history of a shell."""
    assert "staydown people add" in shell("init").out
    added = shell("people", "add", "alex", "--role", "moderator", "--password-stdin", "--json").document
    assert (added["name"], added["role"], added["disabled_at"]) == ("alex", "moderator", None)
    assert "staydown people add" not in shell("init").out
    assert [one["id"] for one in shell("people", "list", "--json").document] == [added["id"]]
    assert "may sign in" in shell("people", "list").out
    assert shell("people", "disable", "ALEX").code == 0
    assert "disabled" in shell("people", "list").out
    assert "staydown people add" in shell("init").out
    assert shell("people", "enable", added["id"]).code == 0


@pytest.mark.usefixtures("typed")
def test_weak_password_is_refused_with_what_is_expected(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody is added."""
    shell("init")
    monkeypatch.setattr(sys, "stdin", io.StringIO("short\n"))
    refused = shell("people", "add", "alex", "--role", "admin", "--password-stdin")
    assert refused.code == 1
    assert "a password of 12 to 200 characters is expected" in refused.err
    assert "Nobody can sign in yet" in shell("people", "list").out


@pytest.mark.usefixtures("typed")
def test_password_is_never_asked_for_where_there_is_no_terminal(shell: Shell) -> None:
    """A script that forgets to send it does not hang."""
    shell("init")
    refused = shell("people", "password", "alex")
    assert refused.code == 1
    assert "--password-stdin" in refused.err


@pytest.mark.usefixtures("typed")
def test_password_is_changed(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    """By the person at the machine, for whoever forgot theirs."""
    shell("init")
    shell("people", "add", "alex", "--role", "admin", "--password-stdin")
    monkeypatch.setattr(sys, "stdin", io.StringIO("another four quiet words\n"))
    assert shell("people", "password", "alex", "--password-stdin").code == 0
    assert shell("people", "password", "blake", "--password-stdin").code == 1
