"""Machines of a cluster follow the record of the service, each by its own settings."""

import pickle
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from api.cluster.home import RecordHome
from api.cluster.placed import rows_of
from api.replica.indexes import layout_in
from casework.domain.media import Collection
from casework.persistence.connection.failures import DatabaseFailedError
from casework.persistence.index_log.placement import SqlPlacement
from index.base import IndexOptions
from index.changes import Add
from index.cluster.client import GatewayClient
from index.cluster.home import Placed, Stage
from index.cluster.placing import moved, spread
from index.collections.folder import FolderIndex
from index.errors import ClusterError
from matcher.signals import SIGNAL_TYPES
from tests.api.conftest import Staydown, running, settings_in
from tests.helpers.media.pictures import photo_bytes
from tests.helpers.records.databases import KINDS
from tests.helpers.records.empty_records import record_url
from tests.index.cluster.in_process import Holders, served

SLOTS = 4
NODES = ["a", "b", "c"]
PDQ = SIGNAL_TYPES["pdq/1"]


@pytest.fixture(params=KINDS)
def staydown(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Staydown]:
    """Run a service whose uploads lie in four slots."""
    with (
        record_url(request.param, request) as url,
        running(settings_in(tmp_path, database_url=url, upload_slots=SLOTS)) as service,
    ):
        yield service


@pytest.fixture
def home(staydown: Staydown) -> Iterator[RecordHome]:
    """Open the record as machines do."""
    opened = RecordHome(staydown.service.settings)
    yield opened
    opened.close()


def slots_of(staydown: Staydown) -> list[str]:
    """Name the logs of uploads."""
    return [slot.log for slot in layout_in(staydown.service.reader, Collection.UPLOADS).slots]


def place(staydown: Staydown, *rows: Placed) -> None:
    """Add rows to the placement."""
    with staydown.service.reader.connect() as connection, connection.begin():
        SqlPlacement(connection).add(rows_of(rows))


def found(staydown: Staydown, client: GatewayClient, value: str) -> set[str]:
    """Return which uploads are near a hash, as of all that is committed."""
    at_least = dict(zip(slots_of(staydown), committed(staydown), strict=True))
    code = np.frombuffer(PDQ.parse(value), np.uint8)[None]
    _, hits = client.search(at_least, "pdq/1", code, PDQ.threshold, None)
    with staydown.service.reading() as uow:
        return uow.index_log.owners(hits.item_ids.tolist())


def committed(staydown: Staydown) -> tuple[int, ...]:
    """Return how far each log is."""
    staydown.service.replica.catch_up()
    return staydown.service.indexes[Collection.UPLOADS].versions


def pdq_of(staydown: Staydown, picture: bytes) -> str:
    """Return the hash of a picture."""
    return next(one["value"] for one in staydown.hashed(picture) if one["type"] == "pdq/1")


def test_uploads_are_found_on_the_machines_that_the_record_names(staydown: Staydown, home: RecordHome) -> None:
    """Registered, moved to another machine and erased: each as of what is committed."""
    slots = slots_of(staydown)
    place(staydown, *spread(slots, NODES[:2], replicas=2))
    earlier = staydown.upload("earlier", photo_bytes(820))
    value = pdq_of(staydown, photo_bytes(820))
    holders = Holders(home, NODES)
    try:
        holders.look()
        with served(holders) as client:
            assert found(staydown, client, value) == {earlier["upload"]}
            later = staydown.upload("later", photo_bytes(820))
            assert found(staydown, client, value) == {earlier["upload"], later["upload"]}
            for slot in slots:
                place(staydown, *moved(home.placement(), slot, "a", "c").added)
            holders.look()
            assert {(row.slot, row.node, row.stage) for row in home.placement()} == {
                (slot, node, Stage.SERVING) for slot in slots for node in ("b", "c")
            }
            holders.lost.add("b")
            assert found(staydown, client, value) == {earlier["upload"], later["upload"]}
            with pytest.raises(ClusterError):
                client.erase(dict.fromkeys(slots, 0))
            holders.lost.clear()
            client.erase(dict.fromkeys(slots, 0))
            assert home.folders("b") == home.folders("c") == slots
    finally:
        holders.close()


def test_a_home_travels_without_anything(staydown: Staydown, home: RecordHome, monkeypatch: pytest.MonkeyPatch) -> None:
    """A database's address holds a password; whoever gets the home reads its own machine's settings."""
    place(staydown, Placed("uploads.1.000", "a", Stage.SERVING))
    assert home.placement()
    sent = pickle.dumps(home)
    assert str(staydown.service.settings.data).encode() not in sent
    assert len(sent) < 100
    arrived = pickle.loads(sent)
    monkeypatch.setenv("STAYDOWN_DATA", str(staydown.service.settings.data))
    monkeypatch.setenv("STAYDOWN_DATABASE_URL", staydown.service.settings.database_url)
    try:
        assert arrived.placement() == home.placement()
    finally:
        arrived.close()


def test_a_folder_of_another_record_is_not_served(staydown: Staydown, home: RecordHome) -> None:
    """After an older backup was restored it would name what is not there."""
    folder = staydown.service.settings.cluster_folder / "a" / "uploads.1.000"
    ahead = FolderIndex.open(IndexOptions(folder, "exact"))
    ahead.apply([Add(seq, seq, "pdq/1", bytes(32)) for seq in range(1, 900)])
    ahead.seal()
    assert home.open_index("uploads.1.000", "a").newest_version == 0


def test_only_slots_that_there_are_can_be_opened(staydown: Staydown, home: RecordHome) -> None:
    """A name comes from the placement, and never leads out of the folder."""
    with pytest.raises(DatabaseFailedError, match="moved to other slots"):
        home.open_index("uploads.0.000", "a")
    for name in ("../up", "..", "a/b"):
        with pytest.raises(ValueError, match="no name of a log"):
            home.remove_folder(name, "a")
