"""A bucket in a store of each kind."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.helpers.counterparts.buckets import KINDS, Bucket


@pytest.fixture(params=KINDS)
def bucket(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Bucket]:
    """Run a store of each kind, and a data folder."""
    monkeypatch.setenv("STAYDOWN_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("STAYDOWN_DECODE_WORKERS", "1")
    with KINDS[request.param](monkeypatch) as one:
        yield one
