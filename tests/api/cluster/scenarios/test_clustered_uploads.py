"""Uploads that lie on the machines of a cluster: found as if they lay here, and waited for where nobody answers."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from api.background import erasing, sweep
from api.cli import main
from api.cluster.home import RecordHome
from api.cluster.placed import rows_of
from api.cluster.standing import stored_standing
from api.replica.indexes import layout_in
from api.service import Service
from api.settings import Settings
from casework.domain.actor import Role
from casework.domain.media import Collection
from casework.persistence.connection.database import open_database
from casework.persistence.index_log.placement import SqlPlacement
from casework.steps.taking_back import reinstate
from index.cluster.placing import spread
from matcher.signals import SIGNAL_TYPES
from tests.api.conftest import Staydown, running, settings_in
from tests.api.console.browsers import Console
from tests.helpers.media.pictures import jpeg, photo_bytes
from tests.helpers.media.textures import texture
from tests.helpers.records.databases import KINDS
from tests.helpers.records.empty_records import record_url
from tests.helpers.running.waiting import eventually
from tests.index.cluster.in_process import Holders, served

NODES = ["a", "b"]
SLOTS = 4


@pytest.fixture(params=KINDS)
def settings(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Settings]:
    """Choose a cluster for the uploads, whose machines keep their files in a store."""
    (tmp_path / "store").mkdir()
    with (
        tempfile.TemporaryDirectory(prefix="sd-", dir="/tmp") as short,
        record_url(request.param, request) as url,
    ):
        yield settings_in(
            tmp_path,
            database_url=url,
            upload_slots=SLOTS,
            upload_index="clustered",
            blast_radius_budget_ms=60_000,
            cluster_socket=Path(short) / "gateway.sock",
            cluster_store=f"file://{tmp_path}/store",
        )


@pytest.fixture
def staydown(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Staydown]:
    """Run a service; its uploads are placed on two machines."""
    monkeypatch.setattr(sweep, "LEASE", sweep.LEASE / 10)
    with running(settings) as service:
        slots = [slot.log for slot in layout_in(service.service.reader, Collection.UPLOADS).slots]
        engine = open_database(settings.url)
        with engine.connect() as connection, connection.begin():
            SqlPlacement(connection).add(rows_of(spread(slots, NODES, replicas=2)))
        engine.dispose()
        yield service


@pytest.fixture
def holders(staydown: Staydown) -> Iterator[Holders]:
    """Start the machines."""
    home = RecordHome(staydown.service.settings)
    made = Holders(home, NODES)
    made.look()
    yield made
    made.close()
    home.close()


def readiness(staydown: Staydown) -> dict:
    """Read what the service says of itself."""
    return staydown.http.get("/readyz").json()


def files_with(folder: Path, value: bytes) -> list[Path]:
    """Return the files below a folder in which a value lies."""
    return [path for path in folder.rglob("*") if path.is_file() and value in path.read_bytes()]


def seal(holders: Holders) -> None:
    """Have every replica write what is in memory to disk."""
    for holder in holders.holders.values():
        holder.look()
        for replica in holder._held().values():
            replica._index.seal()


def approved(staydown: Staydown, picture: bytes) -> str:
    """Take a picture down while nobody knows how many uploads that hits, which two people agree to; return the id."""
    case_id = staydown.report(picture, facts={"nudity": True})["case_id"]
    page = Console(staydown).browser(Role.MODERATOR).get(f"/console/cases/{case_id}/radius")
    assert "not known how many earlier uploads" in page
    staydown.look(case_id)
    decision = staydown.uphold(case_id)
    assert decision["blast_radius"] == {"uploads": 0, "uploaders": 0, "complete": False, "known": False}
    assert decision["approvals_needed"] == 1
    assert "not known how many" in decision["approval_reasons"][0]
    headers = staydown.headers(Role.SENIOR, "second")
    agreed = staydown.http.post(f"/v1/decisions/{decision['decision_id']}/approve", headers=headers)
    assert agreed.status_code == 200, agreed.text
    return agreed.json()["takedown_id"]


def publish(holders: Holders) -> None:
    """Have every machine put what is sealed into the store."""
    for holder in holders.holders.values():
        holder._publisher.look()


def pdq_of(staydown: Staydown, picture: bytes) -> bytes:
    """Return the hash of a picture."""
    text = next(one["value"] for one in staydown.hashed(picture) if one["type"] == "pdq/1")
    return SIGNAL_TYPES["pdq/1"].parse(text)


def test_a_copy_uploaded_before_is_found_on_other_machines(staydown: Staydown, holders: Holders) -> None:
    """Whole ones by their hashes, parts by their keypoints; and this process holds none of their values."""
    settings = staydown.service.settings
    with served(holders, at=settings.gateway_socket):
        picture = texture(830)
        whole = staydown.upload("whole", jpeg(picture), uploader_id="u1")
        part = staydown.upload("part", jpeg(picture[40:320, 60:440]), uploader_id="u2")
        other = staydown.upload("other", jpeg(texture(831)), uploader_id="u3")
        decision = staydown.take_down(jpeg(picture), nudity=True)
        assert decision["blast_radius"] == {"uploads": 2, "uploaders": 2, "complete": True, "known": True}
        found = staydown.looked_back(decision["takedown_id"])
        assert {one["upload"] for one in found["items"]} == {whole["upload"], part["upload"]}
        assert staydown.verdict_of(other) == "allow"
        assert readiness(staydown)["index_versions"]["uploads"] > 0
        assert not list(settings.index_folder.glob("uploads*"))


def test_look_backs_wait_for_the_gateway_and_go_on_once_it_is_back(staydown: Staydown, holders: Holders) -> None:
    """Meanwhile takedowns are matched as ever, and whoever decides is told that nobody knows how wide it is."""
    settings = staydown.service.settings
    earlier = staydown.upload("earlier", photo_bytes(832), uploader_id="u1")
    takedown = approved(staydown, photo_bytes(832))
    assert staydown.upload("again", photo_bytes(832))["verdict"] == "block"
    assert staydown.verdict_of(earlier) == "allow"
    ready = eventually(lambda: readiness(staydown), lambda found: "cluster (uploads)" in found["checks"])
    assert ready["ready"]
    assert "start it on this machine" in ready["checks"]["cluster (uploads)"]
    assert [one["state"] for one in staydown.get(f"/v1/takedowns/{takedown}/lookback")["sweeps"]] != ["done"]
    with served(holders, at=settings.gateway_socket):
        staydown.looked_back(takedown)
        assert staydown.verdict_of(earlier) == "block"
        eventually(lambda: readiness(staydown), lambda found: "cluster (uploads)" not in found["checks"])


def test_what_was_taken_back_is_let_go_though_nobody_can_look_back(
    staydown: Staydown, holders: Holders, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A reversal waits for nothing, also where look-backs stand before it in the queue."""
    monkeypatch.setattr(reinstate, "REINSTATED_AT_ONCE", 1)
    settings = staydown.service.settings
    with served(holders, at=settings.gateway_socket):
        uploads = [staydown.upload(f"copy {n}", photo_bytes(833), uploader_id=f"u{n}") for n in range(3)]
        taken = staydown.take_down(photo_bytes(833), nudity=True)
        staydown.looked_back(taken["takedown_id"])
        assert {staydown.verdict_of(one) for one in uploads} == {"block"}
    waiting = approved(staydown, photo_bytes(834))
    withdrawn = staydown.http.post(
        f"/v1/takedowns/{taken['takedown_id']}/withdraw",
        headers=staydown.headers(Role.SENIOR),
        json={"reason": "asked for"},
    )
    assert withdrawn.status_code == 200, withdrawn.text
    eventually(lambda: {staydown.verdict_of(one) for one in uploads}, lambda found: found == {"allow"})
    assert staydown.get(f"/v1/takedowns/{waiting}/lookback")["sweeps"][0]["state"] != "done"


def test_an_erasure_is_done_once_every_machine_has_erased(
    staydown: Staydown, holders: Holders, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A machine that does not answer may still have the value on its disk."""
    monkeypatch.setattr(erasing, "AWAY_PAUSE", erasing.AWAY_PAUSE / 10)
    settings = staydown.service.settings
    with served(holders, at=settings.gateway_socket):
        upload = staydown.upload("to be erased", photo_bytes(835), uploader_id="u1")
        value = pdq_of(staydown, photo_bytes(835))
        seal(holders)
        assert files_with(settings.cluster_folder, value)
        holders.lost.add("b")
        asked = staydown.http.post(
            "/v1/erasures",
            headers=staydown.headers(Role.ADMIN),
            json={"upload": upload["upload"], "reason": "asked for"},
        )
        assert asked.status_code == 202, asked.text
        address = f"/v1/erasures/{asked.json()['erasure_id']}"
        eventually(lambda: staydown.get(address)["state"], lambda state: state == "record_erased")
        holders.lost.clear()
        eventually(lambda: staydown.get(address)["state"], lambda state: state == "completed")
        assert files_with(settings.data, value) == []


def test_an_erasure_is_done_once_the_store_has_erased(staydown: Staydown, holders: Holders, tmp_path: Path) -> None:
    """A machine that comes would begin with the value; and the report says what was deleted there."""
    settings, store = staydown.service.settings, tmp_path / "store"
    with served(holders, at=settings.gateway_socket):
        upload = staydown.upload("in the store", photo_bytes(838), uploader_id="u1")
        value = pdq_of(staydown, photo_bytes(838))
        seal(holders)
        publish(holders)
        assert files_with(store, value)
        store.rename(tmp_path / "away")
        asked = staydown.http.post(
            "/v1/erasures",
            headers=staydown.headers(Role.ADMIN),
            json={"upload": upload["upload"], "reason": "asked for"},
        )
        address = f"/v1/erasures/{asked.json()['erasure_id']}"
        eventually(lambda: staydown.get(address)["state"], lambda state: state == "record_erased")
        assert files_with(tmp_path / "away", value)
        (tmp_path / "away").rename(store)
        done = eventually(lambda: staydown.get(address), lambda erasure: erasure["state"] == "completed")
        assert done["removed"]["stored_files"] > 0
        assert files_with(store, value) == []
        publish(holders)
        assert files_with(tmp_path, value) == []
        assert {row.node for row in stored_standing(staydown.service.reader)} == set(NODES)


def test_commands_say_what_lies_elsewhere(
    staydown: Staydown, holders: Holders, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """None claims to have verified, rebuilt or compacted what it did not touch."""
    settings = staydown.service.settings
    monkeypatch.setenv("STAYDOWN_DATA", str(settings.data))
    monkeypatch.setenv("STAYDOWN_DATABASE_URL", settings.database_url)
    monkeypatch.setenv("STAYDOWN_UPLOAD_SLOTS", str(SLOTS))
    monkeypatch.setenv("STAYDOWN_UPLOAD_INDEX", "clustered")
    monkeypatch.setenv("STAYDOWN_CLUSTER_SOCKET", str(settings.cluster_socket))
    staydown.upload("one", photo_bytes(836))
    for verb in ("verify", "rebuild", "compact"):
        assert main(["index", verb]) == 0
        assert "uploads" not in capsys.readouterr().out
        assert main(["index", verb, "--collection", "uploads"]) == 1
        assert "staydown cluster status" in capsys.readouterr().err
    assert main(["doctor"]) == 1
    assert "matching goes on" in " ".join(capsys.readouterr().out.split())
    with served(holders, at=settings.gateway_socket):
        main(["doctor", "--json"])
        assert f"{SLOTS} slots on 2 machines" in capsys.readouterr().out


def test_uploads_that_lay_here_leave_nothing_behind(tmp_path: Path) -> None:
    """Nobody would erase from files that nobody follows any more."""
    before = settings_in(tmp_path)
    with running(before) as staydown:
        staydown.upload("one", photo_bytes(837))
        value = pdq_of(staydown, photo_bytes(837))
        index = staydown.service.indexes[Collection.UPLOADS]
        staydown.service.replica.catch_up()
        index.seal()
    assert files_with(before.index_folder, value)
    with running(settings_in(tmp_path, upload_index="clustered")) as moved:
        assert isinstance(moved.service, Service)
        assert files_with(before.index_folder, value) == []
    with running(before) as back:
        back.service.replica.catch_up()
        assert back.service.indexes[Collection.UPLOADS].stats().items["pdq/1"] == 1
