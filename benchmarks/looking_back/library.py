"""
Millions of registered uploads, written as the service would have left them.

A first upload goes through the repositories; the others are copies of its rows. Every signal is an item of the record
and a row of a sealed segment of its slot, so the index can be rebuilt from the record and nothing is missing that a
look-back reads. The log's rows of them are left out: no follower reads what is sealed.

    DIR/large_lookback/      alone is made, and made anew; what else lies in DIR is left alone
        data/                the service's own folder: record, keys
        slots/<log>/         the index of each slot, as it lies on the machine that holds it
        ready.json           written last: the folder is whole

Invariant: that folder is either whole or made anew.
"""

import json
import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, Final

import numpy as np
from sqlalchemy import Connection, select, update

from api.bootstrap import open_service, prepare_data
from api.replica.indexes import layout_in
from api.security.keys import KeyTerms, create_key
from api.service import Service
from api.settings import Settings
from benchmarks.copies.photos import Photo
from benchmarks.looking_back.pictures import Copy, Portion, Strangers, copies
from benchmarks.looking_back.segments import HASHES, SlotSegments
from benchmarks.service.deciding import ACTOR
from casework.domain.actor import Role
from casework.domain.ids import UploadId, new_id, new_ids
from casework.domain.media import Collection, SubmittedMedia
from casework.domain.takedowns.upload import Upload
from casework.domain.verdict import Verdict
from casework.persistence import tables
from casework.persistence.connection.bulk import store_columns
from casework.persistence.connection.database import Database, open_database
from casework.persistence.index_log.values import ELSEWHERE
from index.base import ItemIds
from matcher.signals.base import Signal
from matcher.signals.local import NAME as LOCAL

_READY: Final = "ready.json"
_KEYS: Final = 4
_AT_ONCE: Final = 20_000

Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Plan:
    """
    What a library holds.

    Args:
        uploads: In all, each with three hashes.

        featured: How many of them have local features, too; the first ones.

        photos: That are taken down, and of which there are copies among those.

        others: What features of strangers are synthesised from.

        whole: Copies of each photo that its hashes tell.

        parts: And those that only its features tell.

        seed: Decides all values.
    """

    uploads: int
    featured: int
    photos: Sequence[Photo]
    others: Sequence[Photo]
    whole: int
    parts: int
    seed: int


def folder_in(kept: Path) -> Path:
    """Return the folder of the library in one that somebody named, who may keep anything else there."""
    return kept / "large_lookback"


def prepared(folder: Path) -> dict[str, Any] | None:
    """Return what is told of a folder that is whole, None where it is not."""
    ready = folder / _READY
    return dict(json.loads(ready.read_text())) if ready.is_file() else None


def fill(folder: Path, settings: Settings, plan: Plan, progress: Progress) -> None:
    """
    Make a library, and keys of admins.

    Args:
        folder: From `folder_in`; what is in it is deleted.

        settings: With its data in that folder, and as many slots as wanted.

        plan: What it holds.

        progress: Told what is done.
    """
    shutil.rmtree(folder, ignore_errors=True)
    settings.data.mkdir(parents=True, mode=0o700)
    prepare_data(settings)
    with open_service(settings) as service:
        keys = [_new_key(service, number) for number in range(_KEYS)]
        first = _first_upload(service)
        layout = layout_in(service.reader, Collection.UPLOADS)
    engine = open_database(settings.url)
    try:
        with engine.connect() as connection, connection.begin():
            rows = _Rows(connection, first)
        segments = SlotSegments(folder / "slots", layout, settings.index_backend)
        last = _write_record(engine, rows, segments, plan, progress)
        counters = tables.index_counters
        with engine.connect() as connection, connection.begin():
            for log, seq in last.items():
                connection.execute(update(counters).where(counters.c.collection == log).values(seq=seq))
    finally:
        engine.dispose()
    for log in last:
        shutil.rmtree(settings.index_folder / log, ignore_errors=True)
    (folder / _READY).write_text(json.dumps({"keys": keys, "used": 0, "logs": list(last)}))


def use(folder: Path, photos: int) -> tuple[list[str], int]:
    """Return the keys of a library, and the number of the first of so many photos that were never taken down."""
    ready = prepared(folder)
    assert ready is not None
    first = int(ready["used"])
    (folder / _READY).write_text(json.dumps(ready | {"used": first + photos}))
    return ready["keys"], first


def lay_out(folder: Path, place_of: Callable[[str], Path]) -> None:
    """Put the index of each slot where it is asked for: as links to its files, which nobody changes."""
    for slot in sorted((folder / "slots").iterdir()):
        place = place_of(slot.name)
        shutil.rmtree(place, ignore_errors=True)
        place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        shutil.copytree(slot, place, copy_function=_linked)


def _linked(source: str, target: str) -> str:
    Path(target).hardlink_to(source)
    return target


def _write_record(
    engine: Database, rows: "_Rows", slots: SlotSegments, plan: Plan, progress: Progress
) -> dict[str, int]:
    """Write all rows and segments; return how many changes each log has."""
    rng = np.random.default_rng(plan.seed)
    written, item = 0, rows.last_item + 1
    strangers = Strangers(plan.others, plan.seed)
    found = copies(plan.photos, whole=plan.whole, parts=plan.parts, seed=plan.seed)
    for portion, hashes in _portions(strangers, found, plan, rng):
        ids = item + np.arange(len(portion.values) * (len(HASHES) + 1)).reshape(-1, len(HASHES) + 1)
        _store(engine, rows, written, ids, hashes, portion.values)
        slots.add_hashes(ids[:, :-1], hashes)
        slots.add_features(ids[:, -1], portion)
        written, item = written + len(ids), int(ids[-1, -1]) + 1
        progress(f"{written:,} uploads registered")
    slots.write_features()
    while written < plan.uploads:
        count = min(_AT_ONCE, plan.uploads - written)
        ids = item + np.arange(count * len(HASHES)).reshape(-1, len(HASHES))
        hashes = _drawn(count, rng)
        _store(engine, rows, written, ids, hashes, ())
        slots.add_hashes(ids, hashes)
        written, item = written + count, int(ids[-1, -1]) + 1
        progress(f"{written:,} uploads registered")
    progress("segments of hashes")
    return slots.write_hashes()


def _portions(
    strangers: Strangers, found: Sequence[Copy], plan: Plan, rng: np.random.Generator
) -> Iterator[tuple[Portion, np.ndarray]]:
    """Yield features with the hashes of the same uploads: those of strangers, then those of copies."""
    for portion in strangers.portions(plan.featured - len(found)):
        yield portion, _drawn(len(portion.values), rng)
    hashes = _drawn(len(found), rng)
    for place, copy in enumerate(found):
        for column, signal in enumerate(copy.signals[:-1], start=1):
            hashes[place, column] = np.frombuffer(signal.value, np.uint8)
    yield Portion.of([copy.signals[-1].value for copy in found]), hashes


def _drawn(count: int, rng: np.random.Generator) -> np.ndarray:
    """Draw hashes: uint8, shape (count, 3, 32)."""
    return rng.integers(0, 256, (count, len(HASHES), 32), dtype=np.uint8)


class _Rows:
    """
    The rows of one upload, as a form for others.

    Args:
        connection: To read them with.

        upload_id: Of the upload.
    """

    def __init__(self, connection: Connection, upload_id: str) -> None:
        self.upload = _one(connection, tables.uploads, id=upload_id)
        self.media = _one(connection, tables.media, id=self.upload["media_id"])
        self.last_item = 0


def _one(connection: Connection, table: Any, **where: str) -> dict[str, Any]:  # noqa: ANN401
    query = select(table).where(*(table.c[name] == value for name, value in where.items()))
    return dict(connection.execute(query).mappings().one())


def _store(
    engine: Database, rows: _Rows, first: int, ids: ItemIds, hashes: np.ndarray, features: Sequence[bytes]
) -> None:
    """
    Write uploads in one transaction.

    Args:
        engine: The record, for writing.

        rows: What they are copies of.

        first: Number of the first.

        ids: int64, shape (uploads, signals): their items.

        hashes: uint8, shape (uploads, 3, 32).

        features: Of each, too; none where they have none.
    """
    count, now = len(ids), datetime.now(UTC)
    media_ids, upload_ids = new_ids("med", now, count), new_ids("upl", now, count)
    values = [hashes[:, place].tobytes() for place in range(len(HASHES))]
    of_type = [
        (name, [text[at : at + 32] for at in range(0, 32 * count, 32)])
        for name, text in zip(HASHES, values, strict=True)
    ]
    if features:
        of_type.append((LOCAL, list(features)))
    with engine.connect() as connection, connection.begin():
        put = partial(_put, connection)
        put(tables.media, {"id": media_ids}, rows.media)
        numbers = range(first, first + count)
        own = {
            "id": upload_ids,
            "media_id": media_ids,
            "platform_id": [f"library/{number:010}" for number in numbers],
            "uploader_id": [f"user-{number * 7919 % 100_000:06}" for number in numbers],
            "sha256": of_type[0][1],
        }
        put(tables.uploads, own, rows.upload)
        for place, (name, column) in enumerate(of_type):
            quality = 100 if name == "pdq/1" else None
            same = {"signal_type": name, "quality": quality}
            put(tables.signals, {"media_id": media_ids, "value": column}, same | {"position": place})
            kept = [ELSEWHERE] * count if name == LOCAL else column
            of_items = {"id": ids[:, place].tolist(), "owner_id": upload_ids, "media_id": media_ids, "value": kept}
            put(tables.items, of_items, same | {"collection": Collection.UPLOADS.value, "removed": False})


def _put(connection: Connection, table: Any, each: dict[str, Any], same: dict[str, Any]) -> None:  # noqa: ANN401
    store_columns(table, each, connection, same={name: value for name, value in same.items() if name not in each})


def _new_key(service: Service, number: int) -> str:
    with service.writing() as uow:
        return create_key(uow, KeyTerms(f"benchmark {number}", Role.ADMIN, trusted=True), actor=ACTOR).key


def _first_upload(service: Service) -> UploadId:
    """Register one upload without anything to be found by."""
    signals = (Signal(HASHES[0], bytes(32), None),)
    with service.writing() as uow:
        media = uow.media.add(SubmittedMedia("image", 640, 427, None, signals), case_id=None, position=0)
        upload_id = UploadId(new_id("upl", uow.now))
        upload = Upload(
            id=upload_id,
            platform_id="library/first",
            uploader_id="user",
            post_text=None,
            url=None,
            posted_at=None,
            registered_at=uow.now,
            media_id=media.id,
            sha256=signals[0].value,
            verdict=Verdict.ALLOW,
            case_id=None,
            index_version=0,
        )
        uow.uploads.add(upload)
    return upload_id
