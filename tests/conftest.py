"""Fixtures every room may use."""

import gc
from pathlib import Path

import pytest

from tests.helpers.running.blas import THREADS

# isort: split
from matcher.sandbox import forking
from tests.helpers.records.databases import postgresql
from tests.helpers.records.noted_changes import watch_every_engine
from tests.helpers.running.browsers import browser
from tests.helpers.running.failures import announce_failures

__all__ = ["THREADS", "browser", "postgresql"]

watch_every_engine()

gc.disable()  # until all is loaded: what tests import stays

# Each takes two seconds of a processor to load, and the workers of one test have nothing to do with another's.
forking.WORKERS_EACH = 10_000

SHARED_DATA = Path(__file__).parents[2] / "shared" / "data"


@pytest.hookimpl(trylast=True)
def pytest_configure(config: pytest.Config) -> None:
    """Say at once what failed."""
    announce_failures(config)


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop() -> None:
    """
    Let the collector of garbage look at what tests make, seldom, and not again and again at all that was loaded.

    It took 13 % of the processor's time; what refers to itself in a circle is still let go.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 10, 5)
    gc.enable()


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Return the folder of real media beside the project, or skip: they add coverage where they are present."""
    if not SHARED_DATA.is_dir():
        pytest.skip("the folder ../shared/data with real media is not here")
    return SHARED_DATA
