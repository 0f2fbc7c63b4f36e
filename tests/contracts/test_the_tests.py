"""A test is found from the code it tests, stands alone, and holds on to no name as text."""

import ast
import ctypes
import gc
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from tests.helpers.running.blas import THREADS

ROOT = Path(__file__).parents[2]
TESTS = ROOT / "tests"
FILES = sorted(TESTS.rglob("*.py"))
ROOMS = ("matcher", "index", "casework", "api", "benchmarks")
TOGETHER = {"scenarios"}
"""Folders beside the mirrored ones: their tests cover what several modules of a package do together."""


def calls(file: Path) -> Iterator[ast.Call]:
    """Yield every call in a file."""
    return (node for node in ast.walk(ast.parse(file.read_text())) if isinstance(node, ast.Call))


def imported(file: Path) -> set[str]:
    """Return the names of all modules a file imports, wherever in it."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module is not None:
            found.update(f"{node.module}.{alias.name}" for alias in node.names)
    return found


def lies_where_its_code_lies(test: Path) -> bool:
    """Tell whether a test's path, without `tests/` and `test_`, is that of a module or a package."""
    place = test.relative_to(TESTS)
    code = ROOT / place.parent / place.stem.removeprefix("test_")
    return code.with_suffix(".py").is_file() or (code / "__init__.py").is_file()


def test_no_file_imports_from_a_test() -> None:
    """What two tests share has a module named for what it holds: a test can be moved without its neighbours."""
    found = {
        f"{file.relative_to(TESTS)}: {name}"
        for file in FILES
        for name in imported(file)
        if name.startswith("tests.") and any(part.startswith("test_") for part in name.split(".")[:-1])
    }
    assert found == set()


def test_nothing_is_patched_by_a_dotted_string() -> None:
    """A name in a string is missed when the code moves; and a mock agrees with whatever it is told."""
    patched = {
        f"{file.relative_to(TESTS)}:{call.lineno}"
        for file in FILES
        for call in calls(file)
        if isinstance(call.func, ast.Attribute)
        and call.func.attr in {"setattr", "delattr"}
        and call.args
        and isinstance(call.args[0], ast.Constant)
    }
    mocked = {str(file.relative_to(TESTS)) for file in FILES if any("mock" in name for name in imported(file))}
    assert (patched, mocked) == (set(), set())


def test_a_test_lies_where_its_code_lies() -> None:
    """Whoever changes a module knows which tests to read: the tree of the tests is that of the code."""
    tests = [file for room in ROOMS for file in (TESTS / room).rglob("test_*.py")]
    assert len(tests) > 50
    astray = {
        str(test.relative_to(TESTS))
        for test in tests
        if TOGETHER.isdisjoint(test.relative_to(TESTS).parts) and not lies_where_its_code_lies(test)
    }
    assert astray == set()


def test_garbage_is_collected_while_tests_run() -> None:
    """It is not while they are found and imported (`tests/conftest.py`); left so, a run would take all memory."""
    assert gc.isenabled()


def test_linear_algebra_of_tests_runs_in_one_thread() -> None:
    """Where numpy was imported before that was said, threads of OpenBLAS wait for each other all along."""
    mapped = {line.split()[-1] for line in Path("/proc/self/maps").read_text().splitlines() if "openblas" in line}
    counted = []
    for library in map(ctypes.CDLL, sorted(mapped)):
        for name in ("scipy_openblas_get_num_threads64_", "scipy_openblas_get_num_threads"):
            with suppress(AttributeError):
                counted.append(getattr(library, name)())
    assert set(counted) <= {int(THREADS)}
