"""The console of a module's service."""

import pytest

from tests.api.conftest import Staydown
from tests.api.console.browsers import Console


@pytest.fixture(scope="module")
def console(staydown: Staydown) -> Console:
    """Open the console of the module's service."""
    return Console(staydown)
