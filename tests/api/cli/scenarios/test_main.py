"""What every command owes a shell: exit codes, one line for a failure, help with an example."""

import os
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

from api import cli
from tests.api.cli.conftest import Shell

LOADED = {name: place.load(name) for name, place in cli.COMMANDS.items()}
COMMANDS = {
    " ".join(path): command
    for name, top in LOADED.items()
    for path, command in (
        [((name, below), sub) for below, sub in top.commands.items()] if hasattr(top, "commands") else [((name,), top)]
    )
}
RUN_UNTIL_STOPPED = {"serve", "worker", "cluster start"}


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself_with_an_example(shell: Shell, command: str) -> None:
    """Nobody should have to read the source to try a command."""
    ran = shell(*command.split(), "--help")
    assert ran.code == 0
    assert f"staydown {command}" in ran.out.split("Usage:", 1)[1].split("\n", 1)[1]


@pytest.mark.parametrize("name", LOADED)
def test_list_says_of_a_command_what_its_own_help_begins_with(name: str) -> None:
    """The list is written by hand, so that no command is imported for it; it must not say something else."""
    begins = (LOADED[name].help or "").split("\n\n")[0]
    assert " ".join(begins.split()) == cli.COMMANDS[name].help


def test_list_of_commands_imports_none_of_them() -> None:
    """Who looks up a name waits a fifth of a second, not two for libraries that decode, search and serve."""
    program = "import sys; from api.cli import main; main(['--help']); print(*sys.modules)"
    ran = subprocess.run(
        [sys.executable, "-c", program], cwd=Path(__file__).parents[4], capture_output=True, text=True, check=True
    )
    imported = set(ran.stdout.splitlines()[-1].split())
    assert "api.cli" in imported
    assert imported & {"numpy", "numba", "cv2", "faiss", "sqlalchemy", "fastapi", "pydantic", "uvicorn"} == set()


@pytest.mark.parametrize("command", sorted(set(COMMANDS) - RUN_UNTIL_STOPPED))
def test_every_command_with_results_prints_json(command: str) -> None:
    """Scripts read results; a table is for people."""
    options = {option for parameter in COMMANDS[command].params for option in parameter.opts}
    assert "--json" in options


def test_version_is_told(shell: Shell) -> None:
    """The first line of every bug report."""
    ran = shell("--version")
    assert (ran.code, ran.out) == (0, f"staydown {version('staydown')}\n")


@pytest.mark.parametrize("wrong", [["nonsense"], ["keys", "create"], ["serve", "--port", "many"], ["decide", "case_1"]])
def test_wrong_usage_exits_2(shell: Shell, wrong: list[str]) -> None:
    """A script can tell a typing error from a failure."""
    assert shell(*wrong).code == 2


def test_server_without_a_key_is_wrong_usage(shell: Shell) -> None:
    """The remedy is another command line, so it is 2, and it is said before anything is sent."""
    ran = shell("match", "photo.jpg", "--server", "http://127.0.0.1:1")
    assert ran.code == 2
    assert "STAYDOWN_KEY" in ran.err


@pytest.mark.parametrize("command", [["keys", "list"], ["decide", "case_1", "--uphold"], ["match", "photo.jpg"]])
def test_unprepared_folder_is_one_line_with_the_remedy(shell: Shell, command: list[str]) -> None:
    """The first thing everybody forgets must not answer with a traceback."""
    ran = shell(*command)
    assert (ran.code, ran.out) == (1, "")
    assert ran.err.startswith("error: ")
    assert ran.err.count("\n") == 1
    assert "staydown init" in ran.err


def test_odd_setting_is_one_line_that_names_it(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    """A typing error in a setting must not be guessed at."""
    monkeypatch.setenv("STAYDOWN_DECODE_WORKERS", "many")
    ran = shell("keys", "list")
    assert ran.code == 1
    assert "STAYDOWN_DECODE_WORKERS" in ran.err
    assert ran.err.count("\n") == 1


def test_server_that_is_not_there_is_one_line(shell: Shell) -> None:
    """A network that is down is nobody's bug."""
    ran = shell("decide", "case_1", "--uphold", "--server", "http://127.0.0.1:1", "--key", "sdk_x")
    assert ran.code == 1
    assert ran.err.startswith("error: the server cannot be reached")


def test_a_shell_completes_commands_that_are_imported_when_they_are_chosen() -> None:
    """In a process of its own: what completes looks at the name that the program was started by."""
    program = "import sys; sys.argv = ['staydown']; from api.cli import main; sys.exit(main())"
    asked = {"_STAYDOWN_COMPLETE": "complete_bash", "COMP_WORDS": "staydown exchange pu", "COMP_CWORD": "2"}
    environment = {**os.environ, **asked, "PYTHONPATH": str(Path(cli.__file__).parents[2])}
    ran = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stdout.split()) == (0, ["pull", "push"])
