"""A placement is changed whole or not at all, whoever changes it at the same time."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from api.cluster.changing import change_placement
from api.cluster.placed import placement_in
from api.settings import Settings
from casework.domain.errors import NodeNameError
from casework.persistence.connection.database import open_reader
from index.cluster.home import Placed
from index.cluster.placing import Change, fitted, moved
from index.errors import PlacementError
from tests.api.conftest import settings_in
from tests.helpers.records.databases import KINDS
from tests.helpers.records.empty_records import prepare_empty, record_url


@pytest.fixture(params=KINDS)
def settings(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Settings]:
    """Prepare a record whose uploads lie in four slots."""
    with record_url(request.param, request) as url:
        made = settings_in(tmp_path, database_url=url, upload_slots=4)
        prepare_empty(made)
        yield made


def rows_in(settings: Settings) -> list[Placed]:
    """Read the placement."""
    reader = open_reader(settings.url)
    try:
        return placement_in(reader)
    finally:
        reader.dispose()


def test_two_who_start_at_once_place_each_slot_once(settings: Settings) -> None:
    """The gateways of two machines begin together."""
    with ThreadPoolExecutor(2) as pool:
        several = [
            pool.submit(
                change_placement, settings, lambda rows, slots: fitted(rows, slots, ["a", "b", "c"], replicas=2)
            )
            for _ in range(2)
        ]
        assert sorted(len(one.result().added) for one in several) == [0, 8]
    assert len(rows_in(settings)) == 8


def test_what_cannot_be_changes_nothing(settings: Settings) -> None:
    """An operator who mistypes loses no replica."""
    change_placement(settings, lambda rows, slots: fitted(rows, slots, ["a", "b"], replicas=2))
    before = rows_in(settings)
    with pytest.raises(PlacementError):
        change_placement(settings, lambda rows, slots: moved(rows, slots[0], "c", "d"))
    with pytest.raises(NodeNameError):
        change_placement(settings, lambda rows, slots: moved(rows, slots[0], "a", "../d"))
    assert rows_in(settings) == before
    assert change_placement(settings, lambda rows, _: Change(removed=tuple(rows))).removed == tuple(before)
    assert rows_in(settings) == []
