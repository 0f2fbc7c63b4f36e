"""A worker that is killed while it erases is followed by one that ends it; what stands is found all the while."""

import secrets
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from api.background.erasing import LEASE, Eraser
from api.background.sweep import Sweeper
from api.replica.indexes import read_live_items
from casework.domain.actor import SERVICE
from casework.domain.keeping.erasure import Erasure, ErasureState
from casework.domain.media import Collection
from casework.handlers.erasing.erase import RequestErasure, claim_erasure, request_erasure
from index.storage.disk.faults import set_hook
from tests.api.conftest import Staydown, running, settings_in
from tests.waiting import eventually

KILLED_AT = ("maintenance:locked", "segment:written", "manifest:written", "manifest:durable", "retired:one-removed")


class KilledError(Exception):
    """The process ended here."""


@pytest.fixture(scope="module")
def staydown(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Staydown]:
    """Open a service whose worker runs elsewhere, that is, only when a test says so."""
    with running(settings_in(tmp_path_factory.mktemp("erasing"), worker=False)) as service:
        yield service


def taken_down(staydown: Staydown, value: str) -> str:
    """Take a picture down by its `pdq/1`, and look for its copies: an erasure waits for that."""
    report = staydown.report_signals({"type": "pdq/1", "value": value, "quality": 100}, facts={"nudity": True})
    takedown_id: str = staydown.uphold(report["case_id"])["takedown_id"]
    stop = threading.Event()
    sweeper = threading.Thread(target=Sweeper(staydown.service, stop).run)
    sweeper.start()
    try:
        staydown.looked_back(takedown_id)
    finally:
        stop.set()
        sweeper.join()
    return takedown_id


def asked(staydown: Staydown, takedown_id: str) -> Erasure:
    """Ask for an erasure, and claim it."""
    command = RequestErasure(SERVICE, "asked for", takedown_id=takedown_id, withdraw=True)
    with staydown.service.writing() as uow:
        request_erasure(command, uow)
        claimed = claim_erasure(uow, lease=LEASE)
    assert claimed is not None
    return claimed


def state_of(staydown: Staydown, erasure: Erasure) -> Erasure:
    """Read an erasure as it is now."""
    with staydown.service.reading() as uow:
        return uow.erasures.get(erasure.id)


def ended(staydown: Staydown, erasure: Erasure) -> None:
    """Carry an erasure to its end, whenever the service's own maintenance lets go of the files."""

    def carried_through() -> ErasureState:
        Eraser(staydown.service, threading.Event()).carry_through(state_of(staydown, erasure))
        return state_of(staydown, erasure).state

    eventually(carried_through, lambda state: state is ErasureState.COMPLETED)


def files_with(folder: Path, value: str) -> list[Path]:
    """Return the files in which a value lies."""
    return [path for path in folder.rglob("*") if path.is_file() and bytes.fromhex(value) in path.read_bytes()]


@pytest.mark.parametrize("point", KILLED_AT)
def test_killed_while_index_files_are_written_it_is_ended_by_another(staydown: Staydown, point: str) -> None:
    """Old files or new ones are live, never half of both; in the end the value is in none."""
    service = staydown.service
    value, other = secrets.token_hex(32), secrets.token_hex(32)
    gone, stays = taken_down(staydown, value), taken_down(staydown, other)
    service.replica.catch_up()
    for index in service.indexes.values():
        index.seal()
    erasure = asked(staydown, gone)

    def kill(reached: str) -> None:
        if reached == point and threading.current_thread() is threading.main_thread():
            raise KilledError(point)

    set_hook(kill)
    try:
        with pytest.raises(KilledError):
            ended(staydown, erasure)
    finally:
        set_hook(None)
    assert state_of(staydown, erasure).state is ErasureState.RECORD_ERASED
    assert [one["takedown_id"] for one in staydown.match(pdq=other)["matches"]] == [stays]
    ended(staydown, erasure)
    assert files_with(service.settings.data, value) == []
    assert files_with(service.settings.data / "index", other) != []
    assert staydown.match(pdq=value)["matches"] == []
    assert [one["takedown_id"] for one in staydown.match(pdq=other)["matches"]] == [stays]


def test_index_that_is_rebuilt_from_an_erased_record_holds_the_rest(staydown: Staydown) -> None:
    """The record is what the index is made from, also where values of its log are erased."""
    service = staydown.service
    value, other = secrets.token_hex(32), secrets.token_hex(32)
    gone, stays = taken_down(staydown, value), taken_down(staydown, other)
    ended(staydown, asked(staydown, gone))
    service.indexes[Collection.TAKEDOWNS].rebuild(read_live_items(service.reader, Collection.TAKEDOWNS))
    assert [one["takedown_id"] for one in staydown.match(pdq=other)["matches"]] == [stays]
    assert files_with(service.settings.data, value) == []
