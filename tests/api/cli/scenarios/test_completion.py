"""A shell completes commands and options, as `staydown --install-completion` says; tried in a real bash."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from api.cli import COMMANDS

REPOSITORY = Path(__file__).parents[4]
BASH = shutil.which("bash")

pytestmark = pytest.mark.skipif(BASH is None, reason="bash is not installed")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the home of somebody whose bash had completion installed, by the command that the guide names."""
    folder = tmp_path_factory.mktemp("home")
    (folder / "bin").mkdir()
    program = folder / "bin" / "staydown"
    program.write_text(f"#!{sys.executable}\nimport sys\nfrom api.cli import main\n\nsys.exit(main())\n")
    program.chmod(0o755)
    (folder / ".bashrc").write_text("MINE=kept\n")
    told = in_bash(folder, "staydown --install-completion")
    assert "completion installed" in told
    return folder


def in_bash(home: Path, lines: str) -> str:
    """Run lines in a bash that has read its `.bashrc`, as one in a terminal has; return what they print."""
    assert BASH is not None
    ran = subprocess.run(
        [BASH, "--noprofile", "-c", f'. "$HOME/.bashrc"\n{lines}'],
        cwd=home,
        env={
            "HOME": str(home),
            "PATH": f"{home / 'bin'}:{os.environ['PATH']}",
            "PYTHONPATH": str(REPOSITORY),
            "SHELL": BASH,
        },
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


def completed(home: Path, *words: str) -> set[str]:
    """Return what bash offers for the last of these words, by the function that it was told to ask."""
    typed = " ".join(f"'{word}'" for word in words)
    lines = (
        "set -- $(complete -p staydown)\n"
        'while [ "$1" != -F ]; do shift; done\n'
        "ask=$2\n"
        f"COMP_WORDS=({typed}) COMP_CWORD={len(words) - 1}\n"
        '"$ask" staydown "${COMP_WORDS[COMP_CWORD]}"\n'
        'printf "%s\\n" "${COMPREPLY[@]}"'
    )
    return {line for line in in_bash(home, lines).splitlines() if line}


def test_installing_keeps_what_was_there(home: Path) -> None:
    """Somebody's own settings of their shell stay."""
    assert in_bash(home, 'echo "$MINE"') == "kept\n"


def test_every_command_is_offered(home: Path) -> None:
    """Although none of them is imported before it is chosen."""
    assert completed(home, "staydown", "") == set(COMMANDS)
    assert completed(home, "staydown", "ke") == {"keys"}


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        (("staydown", "keys", "rot"), {"rotate", "rotate-encryption"}),
        (("staydown", "serve", "--wo"), {"--workers"}),
        (("staydown", "keys", "create", "--role", "se"), {"senior"}),
        (("staydown", "decide", "case_1", "--up"), {"--uphold"}),
        (("staydown", "hash", "photo"), set()),
    ],
)
def test_what_belongs_to_a_command_is_offered(home: Path, words: tuple[str, ...], offered: set[str]) -> None:
    """Commands of a group, options, words that an option takes; for a file nothing, so that bash offers files."""
    assert completed(home, *words) == offered
