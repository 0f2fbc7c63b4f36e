"""Many rows at once arrive as one by one: the same values, the same errors, in the order of their ids."""

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Connection, insert, select
from sqlalchemy.exc import IntegrityError

from casework.persistence import tables
from casework.persistence.connection.bulk import store, store_columns, store_numbered
from casework.persistence.connection.database import open_database
from tests.helpers.records.databases import KINDS
from tests.helpers.records.empty_records import empty_record

MANY = 200


@pytest.fixture(params=KINDS)
def record(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Connection]:
    """Open an empty record inside a transaction."""
    with empty_record(request.param, request, tmp_path) as url:
        engine = open_database(url)
        with engine.connect() as connection, connection.begin():
            yield connection
        engine.dispose()


def upload_rows(count: int, prefix: str) -> list[dict]:
    """Make rows with every kind of column: text with odd characters, bytes, moments, JSON, nothing at all."""
    chance = random.Random(1)
    odd = ["tab\tnew\nline", "\\N", "back\\slash", 'quo"te', "ünïcödé 🦊", "", None]
    return [
        {
            "id": f"{prefix}{number}",
            "platform_id": f"{prefix}{number}",
            "uploader_id": chance.choice(odd),
            "case_id": chance.choice(odd),
            "post_text": chance.choice([None, b"", chance.randbytes(9)]),
            "url": None,
            "posted_at": chance.choice([None, datetime(2026, 1, 1, tzinfo=UTC) + timedelta(microseconds=number)]),
            "registered_at": datetime(2026, 11, 21, tzinfo=UTC),
            "media_id": "med_1",
            "sha256": chance.randbytes(32),
            "verdict": "allow",
            "index_version": 2**40 + number,
            "facts": chance.choice([{}, {"nudity": True, "note": 'a "quoted" \\ word\n'}]),
            "registered_by": chance.choice([None, "key_1"]),
        }
        for number in range(count)
    ]


def test_many_rows_are_stored_as_single_ones_are(record: Connection) -> None:
    """COPY has an escaping of its own; nothing may come out differently."""
    record.execute(insert(tables.media).values(id="med_1", position=0, kind="image"))
    rows = upload_rows(MANY, "upl_")
    store(tables.uploads, rows, record)
    for row in upload_rows(MANY, "one_"):
        store(tables.uploads, [row], record)
    read = [dict(row) for row in record.execute(select(tables.uploads)).mappings()]
    by_id = {row["id"]: row for row in read}
    assert [by_id[row["id"]] for row in rows] == rows
    assert [by_id[row["id"]] for row in upload_rows(MANY, "one_")] == upload_rows(MANY, "one_")


def test_ids_are_given_in_the_order_of_the_rows(record: Connection) -> None:
    """The log that follows names each value's item; a mix-up would un-index somebody else's picture."""
    record.execute(insert(tables.media).values(id="med_1", position=0, kind="image"))
    rows = [
        {
            "collection": "uploads",
            "owner_id": "upl_1",
            "media_id": "med_1",
            "signal_type": "pdq/1",
            "value": number.to_bytes(32),
            "quality": None,
            "removed": False,
        }
        for number in range(MANY)
    ]
    ids = [*numbered(rows, record), *numbered(rows[:3], record), *numbered(rows[:1], record)]
    assert ids == sorted(set(ids))
    values = dict(record.execute(select(tables.items.c.id, tables.items.c.value)).all())
    assert [values[one] for one in ids] == [row["value"] for row in [*rows, *rows[:3], *rows[:1]]]


def numbered(rows: list[dict], record: Connection) -> list[int]:
    """Store items by columns, of which two are the same in all rows."""
    same = {"collection": "uploads", "removed": False}
    return store_numbered(
        tables.items, {name: [row[name] for row in rows] for name in rows[0].keys() - same}, record, same=same
    )


@pytest.mark.parametrize("count", [1, MANY])
def test_columns_are_stored_as_rows_are(record: Connection, count: int) -> None:
    """What is the same in every row is said once, and stored in each."""
    record.execute(insert(tables.media).values(id="med_1", position=0, kind="image"))
    same = {"media_id": "med_1", "registered_at": datetime(2026, 11, 21, tzinfo=UTC), "facts": {"nudity": True}}
    rows = [{**row, **same} for row in upload_rows(count, "upl_")]
    each = {name: [row[name] for row in rows] for name in rows[0] if name not in same}
    store_columns(tables.uploads, each, record, same=same)
    read = {row["id"]: dict(row) for row in record.execute(select(tables.uploads)).mappings()}
    assert [read[row["id"]] for row in rows] == rows


def test_duplicate_is_the_same_error_however_many_come(record: Connection) -> None:
    """Whoever handles a conflict need not know how rows travel; and the error names no value."""
    record.execute(insert(tables.media).values(id="med_1", position=0, kind="image"))
    rows = upload_rows(MANY, "upl_")
    with pytest.raises(IntegrityError), record.begin_nested():
        store(tables.uploads, [*rows, rows[0]], record)
