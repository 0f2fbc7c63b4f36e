"""No module imports itself, over however many others."""

import ast
from collections.abc import Iterator, Mapping
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("matcher", "index", "casework", "api", "benchmarks")


def modules_of(package: str) -> dict[str, Path]:
    """Return every module of a package, by its dotted name."""
    files = sorted((ROOT / package).rglob("*.py"))
    return {".".join(file.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): file for file in files}


def executed(node: ast.AST) -> Iterator[ast.AST]:
    """Walk what runs: what is imported for the type checker alone does not."""
    if not (isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)):
        yield node
        for child in ast.iter_child_nodes(node):
            yield from executed(child)


def imports_of(file: Path, known: Mapping[str, Path]) -> set[str]:
    """Return the modules a file imports when it runs, wherever in it that stands."""
    found: set[str] = set()
    for node in executed(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module is not None:
            whole = {alias.name: f"{node.module}.{alias.name}" for alias in node.names}
            found.update(name if name in known else node.module for name in whole.values())
    return found & known.keys()


@pytest.mark.parametrize("package", PACKAGES)
def test_no_module_imports_itself_over_others(package: str) -> None:
    """In a cycle no file can be read, tested or moved without all the others."""
    known = modules_of(package)
    assert len(known) > 10
    sorter = TopologicalSorter({name: imports_of(file, known) - {name} for name, file in known.items()})
    try:
        sorter.prepare()
    except CycleError as error:
        pytest.fail(" <- ".join(error.args[1]))
