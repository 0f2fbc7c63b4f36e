"""A worker that is killed while it erases is followed by one that ends it; what stands is found all the while."""

from collections.abc import Iterator
from pathlib import Path
from threading import Event

import pytest

from api.background.erasing import LEASE, Eraser
from api.bootstrap import open_service
from api.replica.indexes import read_live_items
from api.service import Service
from casework.domain.actor import SERVICE
from casework.domain.keeping.erasure import Erasure, ErasureState
from casework.domain.media import Collection
from casework.handlers.erasing.erase import RequestErasure, claim_erasure, request_erasure
from index.storage.disk.faults import set_hook
from matcher.hashing.query import Query
from matcher.signals.base import Signal
from tests.api.conftest import settings_in
from tests.api.scenarios.world import World
from tests.helpers.records.empty_records import prepare_empty

KILLED_AT = ("maintenance:locked", "segment:written", "manifest:written", "manifest:durable", "retired:one-removed")


class KilledError(Exception):
    """The process ended here."""


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """Open a service without its worker and its maintenance, which would take removed values off the files first."""
    settings = settings_in(tmp_path_factory.mktemp("erasing"))
    prepare_empty(settings)
    with open_service(settings) as opened:
        yield opened


def taken_down(service: Service) -> tuple[str, bytes]:
    """Take a picture down, and look for its copies: an erasure waits for that; return the takedown and its `pdq/1`."""
    world = World(service)
    world.report(1)
    world.uphold(0)
    world.look_back(0)
    (takedown_id,) = world.takedowns
    with service.reading() as uow:
        (media,) = uow.media.of_case(uow.takedowns.get(takedown_id).case_id)
    return takedown_id, next(one.value for one in media.signals if one.type == "pdq/1")


def found(service: Service, value: bytes) -> set[str]:
    """Return the takedowns that a hash matches."""
    codes = Query.of_signals([Signal("pdq/1", value, 100)]).codes()
    near = service.replica.near(Collection.TAKEDOWNS, [codes]).of_any()
    with service.reading() as uow:
        return uow.index_log.owners(near)


def asked(service: Service, takedown_id: str) -> Erasure:
    """Ask for an erasure, and claim it."""
    command = RequestErasure(SERVICE, "asked for", takedown_id=takedown_id, withdraw=True)
    with service.writing() as uow:
        request_erasure(command, uow)
        claimed = claim_erasure(uow, lease=LEASE)
    assert claimed is not None
    return claimed


def state_of(service: Service, erasure: Erasure) -> Erasure:
    """Read an erasure as it is now."""
    with service.reading() as uow:
        return uow.erasures.get(erasure.id)


def ended(service: Service, erasure: Erasure) -> None:
    """Carry an erasure to its end."""
    Eraser(service, Event()).carry_through(state_of(service, erasure))
    assert state_of(service, erasure).state is ErasureState.COMPLETED


def files_with(folder: Path, value: bytes) -> list[Path]:
    """Return the files in which a value lies."""
    return [path for path in folder.rglob("*") if path.is_file() and value in path.read_bytes()]


@pytest.mark.parametrize("point", KILLED_AT)
def test_killed_while_index_files_are_written_it_is_ended_by_another(service: Service, point: str) -> None:
    """Old files or new ones are live, never half of both; in the end the value is in none."""
    (gone, value), (stays, other) = taken_down(service), taken_down(service)
    service.replica.catch_up()
    for index in service.indexes.values():
        index.seal()
    erasure = asked(service, gone)

    def kill(reached: str) -> None:
        if reached == point:
            raise KilledError(point)

    set_hook(kill)
    try:
        with pytest.raises(KilledError):
            ended(service, erasure)
    finally:
        set_hook(None)
    assert state_of(service, erasure).state is ErasureState.RECORD_ERASED
    assert found(service, other) == {stays}
    ended(service, erasure)
    assert files_with(service.settings.data, value) == []
    assert files_with(service.settings.data / "index", other) != []
    assert found(service, value) == set()
    assert found(service, other) == {stays}


def test_index_that_is_rebuilt_from_an_erased_record_holds_the_rest(service: Service) -> None:
    """The record is what the index is made from, also where values of its log are erased."""
    (gone, value), (stays, other) = taken_down(service), taken_down(service)
    ended(service, asked(service, gone))
    service.indexes[Collection.TAKEDOWNS].rebuild(read_live_items(service.reader, Collection.TAKEDOWNS))
    assert found(service, other) == {stays}
    assert files_with(service.settings.data, value) == []
