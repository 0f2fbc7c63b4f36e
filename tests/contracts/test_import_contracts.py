"""The import contracts of pyproject.toml: a contract that names what is not there would hold nothing."""

import tomllib
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest

PYPROJECT = Path(__file__).parents[2] / "pyproject.toml"


def names() -> Iterator[tuple[str, str]]:
    """Yield each contract's name with each module it names."""
    for contract in tomllib.loads(PYPROJECT.read_text())["tool"]["importlinter"]["contracts"]:
        modules = [*contract.get("source_modules", ()), *contract.get("forbidden_modules", ())]
        containers = contract.get("containers", ())
        layers = [one.strip(" ()") for layer in contract.get("layers", ()) for one in layer.split("|")]
        modules += containers
        modules += [one.removesuffix(".*").removesuffix(".*") for one in contract.get("modules", ())]
        modules += [f"{container}.{layer}" for container in containers for layer in layers] if containers else layers
        for module in modules:
            yield contract["name"], module


@pytest.mark.parametrize(("contract", "module"), sorted(set(names())))
def test_every_module_a_contract_names_can_be_imported(contract: str, module: str) -> None:
    """A rule against `httpx` holds nothing where the HTTP client is `httpx2`, and an optional layer may be missing."""
    assert find_spec(module) is not None, f"{contract!r} names {module}, which is not installed: correct the contract"
