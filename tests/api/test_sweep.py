"""Who comes next: a takedown with ten thousand copies does not keep the others waiting."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from api.bootstrap import Service, open_service, prepare_data
from casework.domain.lookback import Lookback
from casework.handlers.lookback import claim_lookback, release_lookback
from tests.api.conftest import settings_in
from tests.api.test_index_says_what_decisions_say import LEASE, World
from tests.databases import KINDS, database_url


@pytest.fixture(params=KINDS)
def service(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Service]:
    """Open a service whose worker does not run."""
    with database_url(request.param, request) as url:
        chosen = settings_in(tmp_path, database_url=url)
        prepare_data(chosen)
        with open_service(chosen) as opened:
            yield opened


def claimed(service: Service) -> Lookback:
    """Take a look-back."""
    with service.writing() as uow:
        taken = claim_lookback(uow, lease=LEASE)
    assert taken is not None
    return taken


def test_look_back_that_came_less_far_goes_first(service: Service) -> None:
    """A small one that was asked for later is done before the rest of a large one."""
    world = World(service)
    for number in range(2):
        world.report(number)
        world.uphold(number)
    large = claimed(service)
    with service.writing() as uow:
        uow.lookbacks.update(replace(large, checked=250))
        release_lookback(large, uow)
    small = claimed(service)
    assert (small.takedown_id, small.checked) != (large.takedown_id, 250)
    assert claimed(service).id == large.id
