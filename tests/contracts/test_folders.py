"""No folder has more modules than somebody new to it takes in at a glance; tests themselves are not counted."""

from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("matcher", "index", "casework", "api", "benchmarks", "client", "tests")
MOST_MODULES = 12

GROWS_WITH_THE_SCHEMA = Path("casework/persistence/migrations/versions")
"""One file a change of the schema, in the order of their numbers."""


@pytest.mark.parametrize("package", PACKAGES)
def test_no_folder_has_more_than_twelve_modules(package: str) -> None:
    modules: dict[Path, list[str]] = {}
    for file in sorted((ROOT / package).rglob("*.py")):
        if file.name != "__init__.py" and not file.name.startswith("test_"):
            modules.setdefault(file.parent.relative_to(ROOT), []).append(file.name)
    large = {str(folder): names for folder, names in modules.items() if len(names) > MOST_MODULES}
    large.pop(str(GROWS_WITH_THE_SCHEMA), None)
    assert modules
    assert not large, f"divide by what they are about: {large}"
