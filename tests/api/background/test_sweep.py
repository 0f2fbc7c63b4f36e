"""Looking back and reinstating in turns: nothing waits for a large one, nothing is lost with a worker."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from api.bootstrap import open_service
from api.service import Service
from casework.domain.errors import LeaseLostError
from casework.domain.events import EventType
from casework.domain.takedowns.sweep import Sweep, SweepState
from casework.handlers.standing.reinstate import reinstate_batch, uploads_left
from casework.steps.sweeps import claim_sweep, give_back_sweep
from casework.steps.taking_back.reinstate import REINSTATED_AT_ONCE
from tests.api.conftest import settings_in
from tests.api.scenarios.checking import check
from tests.api.scenarios.world import LEASE, World
from tests.helpers.records.databases import KINDS
from tests.helpers.records.empty_records import prepare_empty, record_url


@pytest.fixture(params=KINDS)
def service(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Service]:
    """Open a service whose worker does not run."""
    with record_url(request.param, request) as url:
        chosen = settings_in(tmp_path, database_url=url)
        prepare_empty(chosen)
        with open_service(chosen) as opened:
            yield opened


def claimed(service: Service) -> Sweep:
    """Take a look-back."""
    with service.writing() as uow:
        taken = claim_sweep(uow, lease=LEASE)
    assert taken is not None
    return taken


def test_sweep_with_the_fewest_uploads_done_goes_first(service: Service) -> None:
    """A small one that was asked for later is done before the rest of a large one."""
    world = World(service)
    for number in range(2):
        world.report(number)
        world.uphold(number)
    large = claimed(service)
    with service.writing() as uow:
        uow.sweeps.update(replace(large, checked=250))
        give_back_sweep(large, uow)
    small = claimed(service)
    assert (small.takedown_id, small.checked) != (large.takedown_id, 250)
    assert claimed(service).id == large.id


def test_reinstating_goes_on_after_the_worker_that_died(service: Service) -> None:
    """Every upload comes back once, whoever lets it go; a worker that was too slow writes nothing any more."""
    world = World(service)
    world.report(1)
    world.uphold(0)
    world.look_back(0)
    for number in range(REINSTATED_AT_ONCE + 5):
        world.upload(2 * number + 1)
    world.withdraw(0)
    with service.writing() as uow:
        died = claim_sweep(uow, lease=timedelta(seconds=-1))
    with service.writing() as uow:
        first = uploads_left(died, uow)[:20]
        died = reinstate_batch(died, first, uow, is_last=False, lease=timedelta(seconds=-1))
    successor = claimed(service)
    with service.writing() as uow:
        rest = uploads_left(successor, uow)
    with pytest.raises(LeaseLostError), service.writing() as uow:
        reinstate_batch(died, rest, uow, is_last=True, lease=LEASE)
    with service.writing() as uow:
        done = reinstate_batch(successor, rest, uow, is_last=True, lease=LEASE)
    assert done.state is SweepState.DONE
    assert done.checked == done.candidates == len(world.uploads)
    check(world)
    with service.reading() as uow:
        told = uow.outbox.feed(types=[EventType.UPLOAD_REINSTATED], after=0, limit=1000)
    assert sorted(event.data["upload"] for _, event in told) == sorted(world.uploads)
