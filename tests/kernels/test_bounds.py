"""Machine code checks no bounds: so every kernel is run with the checks on, over what it was not made for."""

import ast
import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from importlib.metadata import version
from pathlib import Path

import pytest

from tests.kernels.exercises import EXERCISES

ROOT = Path(__file__).parents[2]
ROOMS = ("matcher", "index", "casework", "api", "benchmarks")
DECORATOR = "matcher/compiled.py"
NOTED = "compiled.json"


@cache
def sources() -> tuple[tuple[str, ast.Module], ...]:
    """Return every module of the project by its path, parsed."""
    paths = [path for room in ROOMS for path in sorted((ROOT / room).rglob("*.py"))]
    return tuple((path.relative_to(ROOT).as_posix(), ast.parse(path.read_text())) for path in paths)


@cache
def modules_with_kernels() -> dict[str, list[str]]:
    """Return the names of the functions the decorator is put on, by the path of their module."""
    found: dict[str, list[str]] = {}
    for path, tree in sources():
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef) and any(ast.unparse(one) == "compiled" for one in node.decorator_list):
                found.setdefault(path, []).append(node.name)
    return found


def kernels() -> list[str]:
    """Return the name of every function the decorator is put on."""
    return [
        f"{path.removesuffix('.py').replace('/', '.')}.{name}"
        for path, names in modules_with_kernels().items()
        for name in names
    ]


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run Python in a process of its own."""
    return subprocess.run(
        [sys.executable, *arguments], cwd=ROOT, env=os.environ | environment, capture_output=True, text=True
    )


def test_every_kernel_has_an_exercise() -> None:
    """A new kernel is not trusted before hostile input was put to it: add it to `tests/kernels/exercises.py`."""
    assert sorted(kernels()) == sorted(EXERCISES)


def test_every_kernel_says_what_bounds_it() -> None:
    """Whoever calls it must know what to guarantee: sizes, indices, and the most it can make."""
    for name in kernels():
        module, _, attribute = name.rpartition(".")
        assert "Bounds: " in (getattr(import_module(module), attribute).__doc__ or ""), name


def test_nothing_is_compiled_in_another_way() -> None:
    """Else a kernel could escape the exercises."""
    for path, tree in sources():
        names = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
        names |= {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
        uses_numba = {name for name in names if name.split(".")[0] == "numba"}
        if path == "index/hashes/tables/lanes.py":
            uses_numba -= {"numba", "numba.extending"}  # instructions, which only kernels can call
        assert not uses_numba or path == DECORATOR, f"{path} imports {uses_numba}; use {DECORATOR}"


def behind_kernels() -> list[str]:
    """Return the paths of all modules with kernels in them, and of what these import, and so on."""
    trees = dict(sources())
    modules = {path.removesuffix(".py").removesuffix("/__init__").replace("/", "."): path for path in trees}
    wanted = [DECORATOR, *modules_with_kernels()]
    found: set[str] = set()
    while wanted:
        path = wanted.pop()
        if path not in found:
            found.add(path)
            wanted += [modules[name] for name in imported_by(trees[path]) if name in modules]
    return sorted(found)


def imported_by(tree: ast.Module) -> Iterator[str]:
    """Yield what a module imports, by what may be its name: of `from a import b` both `a` and `a.b`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        if isinstance(node, ast.ImportFrom) and node.module:
            yield from (node.module, *(f"{node.module}.{alias.name}" for alias in node.names))


def test_constants_of_other_modules_are_behind_kernels() -> None:
    """They are part of the machine code: with another one it is made anew."""
    behind = behind_kernels()
    assert {"index/hashes/tables/plan.py", "index/hashes/tables/lanes.py", "matcher/local/views.py"} <= set(behind)
    assert not [path for path in behind if path.startswith(("api/", "casework/", "benchmarks/"))]


def compiled_with_checks(config: pytest.Config) -> Path:
    """
    Return the folder for machine code that checks bounds, made from the sources and libraries that are here now.

    Compiling takes five times as long as the exercises, and what did not change need not be compiled again. Numba looks
    at a kernel's own file alone, and what it calls is part of it: so all that may be is part of the folder's name.
    """
    told = [sys.version, *(f"{name} {version(name)}" for name in ("numba", "llvmlite", "numpy"))]
    told += [f"{path} {(ROOT / path).read_text()}" for path in behind_kernels()]
    assert config.cache is not None
    folder = config.cache.mkdir(f"kernels-{hashlib.sha256(chr(0).join(told).encode()).hexdigest()[:16]}")
    for other in folder.parent.glob("kernels-*"):
        if other != folder or not (folder / NOTED).exists():  # old, or left by a run that was stopped
            shutil.rmtree(other)
    folder.mkdir(exist_ok=True)
    return folder


def test_no_kernel_leaves_its_arrays(request: pytest.FixtureRequest) -> None:
    """A write past a buffer is the attacker's: halftones did it once, in the process that decodes uploads."""
    folder = compiled_with_checks(request.config)
    done = run("-m", "tests.kernels.exercises", NUMBA_BOUNDSCHECK="1", NUMBA_CACHE_DIR=str(folder))
    assert done.returncode == 0, f"killed or failed ({done.returncode}): {done.stderr[-2000:]}"
    report = json.loads(done.stdout)
    assert report["checks_bounds"], "the checks were not on"
    assert report["whole_way"] == "found", report["whole_way"]
    # A kernel that others call runs inside them. Where they come from the folder, it was compiled with them earlier.
    noted = folder / NOTED
    earlier = json.loads(noted.read_text()) if noted.exists() else []
    for name in kernels():
        told = report["kernels"][name]
        assert told == "compiled" or (told == "never ran" and name in earlier), f"{name}: {told}"
    noted.write_text(json.dumps(kernels()))


def test_pictures_made_of_dots_go_the_whole_way_unchecked() -> None:
    """They were answered with "the file is damaged": not to be reported, uploaded or compared."""
    done = run("-c", "from tests.kernels.whole_way import go_the_whole_way as go; go()")
    assert done.returncode == 0, f"killed or failed ({done.returncode}): {done.stderr[-2000:]}"


def test_the_fence_kills_who_reads_past_an_array() -> None:
    """What is exercised before a fence is only as sure as the fence."""
    within = "import ctypes, numpy; from tests.kernels.fence import fenced; a = fenced(numpy.arange(5, dtype='u4')); "
    assert run("-c", within + "print(ctypes.string_at(a.ctypes.data, 20) == a.tobytes())").stdout == "True\n"
    assert run("-c", within + "ctypes.string_at(a.ctypes.data, 21)").returncode == -signal.SIGSEGV
