"""A library that is written past the handlers is one that they could have left: else what is measured on it is not."""

from pathlib import Path

import pytest

from api.bootstrap import open_service
from api.replica.indexes import layout_in, read_live_items
from benchmarks.copies.photos import photos
from benchmarks.looking_back.library import Plan, fill, folder_in, lay_out, prepared, use
from benchmarks.looking_back.segments import HASHES
from benchmarks.service.deciding import settings_for
from casework.domain.media import Collection
from casework.steps.finding.looking_back import near_uploads, references_of
from matcher.signals.local import NAME as LOCAL
from tests.helpers.media.pictures import photo_bytes

SLOTS = 4


@pytest.fixture
def plan(tmp_path: Path) -> Plan:
    """Plan a library of a few uploads."""
    folder = tmp_path / "photos"
    folder.mkdir()
    for number in range(6):
        (folder / f"{number}.jpg").write_bytes(photo_bytes(900 + number))
    known = photos([folder])
    return Plan(uploads=90, featured=40, photos=known[:2], others=known[2:], whole=3, parts=2, seed=1)


def test_index_and_record_hold_the_same_and_copies_are_near(plan: Plan, tmp_path: Path) -> None:
    """Every slot has each item of the record that belongs to it; a look-back names whole copies and parts."""
    folder = folder_in(tmp_path)
    settings = settings_for(folder / "data", "", upload_slots=SLOTS)
    fill(folder, settings, plan, lambda _: None)
    assert len(list((tmp_path / "photos").iterdir())) == len(plan.photos) + len(plan.others)  # and nothing else is gone
    lay_out(folder, lambda log: settings.index_folder / log)
    assert use(folder, 1)[1] == 0
    assert (prepared(folder) or {})["used"] == 1
    with open_service(settings) as service:
        index, slots = service.indexes[Collection.UPLOADS], layout_in(service.reader, Collection.UPLOADS).slots
        index.verify()
        items = index.stats().items
        assert {name: items[name] for name in HASHES} == dict.fromkeys(HASHES, plan.uploads)
        assert items[LOCAL] == plan.featured
        for slot, held in zip(slots, index.slots, strict=True):
            live = read_live_items(service.reader, slot)()
            assert (live.version, len(list(live.items))) == (held.version, sum(held.stats().items.values()))
        with service.reading() as uow:
            found = uow.uploads.by_platform_ids([f"library/{number:010}" for number in range(plan.uploads)])
            assert len(found) == plan.uploads
            media = uow.media.many([one.media_id for one in found.values()])
            of_copies = [media[found[f"library/{number:010}"].media_id] for number in range(30, 40)]
            near = [near_uploads(references_of([one], uow), uow, service.replica) for one in of_copies]
    assert max(len(one.ids) for one in near) >= plan.whole + plan.parts
