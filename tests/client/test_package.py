"""What the package promises its users: it is small, typed, and both clients are one."""

import ast
import inspect
import re
import subprocess
import sys
import tomllib
from pathlib import Path

from staydown_client import AsyncClient, Client

FOLDER = Path(__file__).parents[2] / "client"


def test_importing_it_loads_nothing_for_http() -> None:
    """A program that may never ask pays nothing for it."""
    script = "import sys, staydown_client; print(*sorted(sys.modules))"
    loaded = subprocess.run(
        [sys.executable, "-c", script], env={"PYTHONPATH": str(FOLDER)}, capture_output=True, text=True, check=True
    ).stdout.split()
    assert "staydown_client.client" in loaded
    assert {"httpx", "httpx2", "anyio", "ssl", "standardwebhooks"}.isdisjoint(loaded)


def test_both_clients_have_the_same_methods() -> None:
    """Whoever knows one knows the other."""

    def methods(kind: type) -> dict[str, list[str]]:
        public = {name: one for name, one in vars(kind).items() if callable(one) and not name.startswith("_")}
        return {name: [str(one) for one in inspect.signature(one).parameters.values()] for name, one in public.items()}

    assert methods(Client) == methods(AsyncClient)


def test_it_depends_on_at_most_three_packages() -> None:
    """What a platform takes in with it."""
    described = tomllib.loads((FOLDER / "pyproject.toml").read_text())
    wanted = described["project"]["dependencies"]
    assert len([one for one in wanted if "<" not in one.partition(";")[2]]) <= 3
    assert described["project"]["requires-python"] == ">=3.10"


def test_staydown_brings_it_along_with_what_it_needs() -> None:
    """The shell's remote commands ask with it; a requirement would have to be had from somewhere, of one version."""
    staydown = tomllib.loads((FOLDER.parent / "pyproject.toml").read_text())
    assert "client/staydown_client" in staydown["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]
    needed = {name_of(one) for one in tomllib.loads((FOLDER / "pyproject.toml").read_text())["project"]["dependencies"]}
    assert needed - {"httpx"} <= {name_of(one) for one in staydown["project"]["dependencies"]}


def name_of(requirement: str) -> str:
    """Return the name of what is required."""
    return re.split(r"[^\w-]", requirement, maxsplit=1)[0]


def test_every_file_is_python_3_10() -> None:
    """The oldest Python it promises reads it."""
    for path in (FOLDER / "staydown_client").rglob("*.py"):
        ast.parse(path.read_text(), feature_version=(3, 10))
