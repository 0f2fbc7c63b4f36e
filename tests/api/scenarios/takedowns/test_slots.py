"""The main job with uploads in four slots: looked back over, counted, let go of and erased as in one."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from casework.domain.actor import Role
from casework.domain.media import Collection
from index.collections.slotted import SlottedIndex
from index.errors import DamagedIndexError
from tests.api.conftest import Staydown, running, settings_in
from tests.helpers.media.pictures import jpeg, photo_bytes
from tests.helpers.media.textures import texture
from tests.helpers.records.databases import KINDS
from tests.helpers.records.empty_records import record_url
from tests.helpers.running.scrapes import parsed, series
from tests.helpers.running.waiting import eventually

SLOTS = 4
COPIES = 6


@pytest.fixture(scope="module", params=KINDS)
def staydown(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Staydown]:
    """Open one service whose uploads lie in four slots."""
    folder = tmp_path_factory.mktemp("slots")
    with (
        record_url(request.param, request) as url,
        running(settings_in(folder, database_url=url, upload_slots=SLOTS, when_database_down="available")) as service,
    ):
        yield service


def sealed(staydown: Staydown) -> SlottedIndex:
    """Bring the uploads' index up to date, and write it to disk."""
    staydown.service.replica.catch_up()
    index = staydown.service.indexes[Collection.UPLOADS]
    assert isinstance(index, SlottedIndex)
    index.seal()
    return index


def test_copies_in_every_slot_are_looked_back_over_and_let_go(staydown: Staydown) -> None:
    """A takedown reaches earlier copies wherever they lie, whole ones and parts, and its reversal every one of them."""
    earlier = [staydown.upload(f"copy {n}", photo_bytes(900), uploader_id=f"u{n}") for n in range(COPIES)]
    stranger = staydown.upload("a stranger", photo_bytes(901))
    index = sealed(staydown)
    assert min(index.versions) > 0
    decision = staydown.take_down(photo_bytes(900), nudity=True)
    assert decision["blast_radius"]["uploads"] == COPIES
    found = staydown.looked_back(decision["takedown_id"])
    assert {one["upload"] for one in found["items"]} == {one["upload"] for one in earlier}
    assert {staydown.verdict_of(one) for one in earlier} == {"block"}
    withdrawn = staydown.http.post(
        f"/v1/takedowns/{decision['takedown_id']}/withdraw",
        headers=staydown.headers(Role.SENIOR),
        json={"reason": "asked for"},
    )
    assert withdrawn.status_code == 200, withdrawn.text
    eventually(lambda: {staydown.verdict_of(one) for one in earlier}, lambda found: found == {"allow"})
    assert staydown.verdict_of(stranger) == "allow"


def test_cropped_copies_are_found_among_the_parts_of_all_slots(staydown: Staydown) -> None:
    """Local features of uploads are ranked over all slots together."""
    picture = texture(910)
    earlier = [staydown.upload(f"part {n}", jpeg(picture[40 + n : 320, 60 : 440 - n])) for n in range(4)]
    for n in range(3):
        staydown.upload(f"another {n}", jpeg(texture(911 + n)))
    sealed(staydown)
    found = staydown.looked_back(staydown.take_down(jpeg(picture), nudity=True)["takedown_id"])
    assert {one["upload"] for one in found["items"]} == {one["upload"] for one in earlier}


def test_an_erased_copy_is_in_the_files_of_no_slot(staydown: Staydown) -> None:
    """Erased means gone: from record, logs and files of every slot; what is not of it stays."""
    copies = [staydown.upload(f"erased {n}", photo_bytes(920)) for n in range(4)]
    kept = staydown.upload("kept", photo_bytes(921))
    values = [bytes.fromhex(one["value"]) for one in staydown.hashed(photo_bytes(920)) if one["type"] == "pdq/1"]
    index = sealed(staydown)
    folder = staydown.service.settings.index_folder

    def files_with_it() -> list[str]:
        files = [path for path in folder.glob("uploads*/**/*") if path.is_file()]
        return [str(path) for path in files if any(value in path.read_bytes() for value in values)]

    assert len(files_with_it()) > 1
    takedown = staydown.take_down(photo_bytes(920), nudity=True)["takedown_id"]
    staydown.looked_back(takedown)
    body = {"reason": "asked for", "takedown_id": takedown, "withdraw": True}
    asked = staydown.http.post("/v1/erasures", headers=staydown.headers(Role.SENIOR), json=body)
    assert asked.status_code == 202, asked.text
    address = f"/v1/erasures/{asked.json()['erasure_id']}"
    eventually(lambda: staydown.get(address, Role.AUDITOR), lambda found: found["state"] == "completed")
    assert files_with_it() == []
    index.verify()
    found = staydown.looked_back(staydown.take_down(photo_bytes(921), nudity=True)["takedown_id"])
    assert [one["upload"] for one in found["items"]] == [kept["upload"]]
    assert copies


def test_a_slot_that_is_damaged_is_repaired_while_the_others_answer(staydown: Staydown) -> None:
    """Files are derived: what is lost of one slot is written again from the record."""
    staydown.upload("before the damage", photo_bytes(930))
    index = sealed(staydown)
    number = next(n for n, slot in enumerate(index.slots) if slot.stats().parts)
    segments = staydown.service.settings.index_folder / f"uploads.1.{number:03}" / "segments"
    shutil.rmtree(segments)

    def is_whole() -> bool:
        try:
            index.verify()
        except DamagedIndexError:
            return False
        return True

    eventually(is_whole, patience_s=60)
    assert index.slots[number].last_maintenance_error is None
    found = staydown.looked_back(staydown.take_down(photo_bytes(930), nudity=True)["takedown_id"])
    assert [one["upload_id"] for one in found["items"]] == ["before the damage"]


def test_it_is_one_collection_to_who_watches(staydown: Staydown) -> None:
    """Versions, sizes and lag are those of all slots together, the same in readiness, metrics and statistics."""
    staydown.upload("watched", photo_bytes(940))
    index = sealed(staydown)
    ready = staydown.http.get("/readyz").json()
    assert ready["index_versions"]["uploads"] == index.version == sum(index.versions)
    assert staydown.get("/v1/stats")["index"]["uploads"]["version"] == index.version
    levels = parsed(staydown.http.get("/metrics").text)
    assert levels[series("staydown_index_version", collection="uploads")] == index.version


def test_standby_goes_on_without_the_uploads_slots(staydown: Staydown, tmp_path: Path) -> None:
    """Matching needs takedowns alone; the copy for when the database is away knows nothing of slots."""
    taken = staydown.take_down(photo_bytes(950), nudity=True)["takedown_id"]
    service = staydown.service
    service.standby.follow(service.follower)
    assert service.standby.engine is not None
    with service.standby.reading(service.standby.engine) as uow:
        assert uow.takedowns.get(taken).id == taken
