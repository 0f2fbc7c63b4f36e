"""Statements that go past SQLAlchemy come to the same, and whoever listens hears of them."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from sqlalchemy import Connection, bindparam, delete, event, insert, select, update
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError

from casework.persistence import tables
from casework.persistence.connection.database import open_database
from casework.persistence.connection.direct import column_of, rows_of, run, write
from tests.helpers.records.databases import KINDS
from tests.helpers.records.empty_records import empty_record

INSERT = insert(tables.api_keys)
BY_ID = select(tables.api_keys).where(tables.api_keys.c.id == bindparam("which"))
SEVERAL = (
    select(tables.api_keys)
    .where(tables.api_keys.c.id.in_(bindparam("ids", expanding=True)), tables.api_keys.c.role == "admin")
    .order_by(tables.api_keys.c.id)
)
SET_NAME = update(tables.api_keys).where(tables.api_keys.c.id == bindparam("which"))
COUNTERS = tables.index_counters
ADVANCE = (
    update(COUNTERS)
    .where(COUNTERS.c.collection == bindparam("of"))
    .values(seq=COUNTERS.c.seq + bindparam("by"))
    .returning(COUNTERS.c.collection, COUNTERS.c.seq)
)
WORDS = insert(tables.variants)
ALL_WORDS = select(tables.variants).order_by(tables.variants.c.signal_type)
A_TIME = datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=timezone(timedelta(hours=5, minutes=30)))


@pytest.fixture(params=KINDS)
def connection(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Connection]:
    """Open an empty record, in a transaction that is undone."""
    with empty_record(request.param, request, tmp_path) as url:
        engine = open_database(url)
        with engine.connect() as opened, opened.begin() as transaction:
            yield opened
            transaction.rollback()
        engine.dispose()


def key(key_id: str, **changes: object) -> dict[str, object]:
    """Return a row with a moment, a truth, bytes, and columns without a value."""
    return {
        "id": key_id,
        "name": "naïve",
        "role": "admin",
        "trusted": True,
        "key_hash": key_id.encode() * 4,
        "created_at": A_TIME,
        "expires_at": None,
        **changes,
    }


def types_in(rows: list[dict[str, object]]) -> list[list[type]]:
    """Return the types of the values."""
    return [[type(value) for value in row.values()] for row in rows]


def usual(connection: Connection, statement: object, values: object) -> list[dict[str, object]]:
    """Ask as SQLAlchemy does."""
    return [dict(row) for row in connection.execute(statement, values).mappings()]


def test_rows_are_those_that_sqlalchemy_reads(connection: Connection) -> None:
    """Moments with their zone, truths as such, bytes, and what is not there."""
    write(connection, INSERT, key("key_a"))
    connection.execute(INSERT, key("key_b"))
    write(connection, INSERT, [key("key_c", trusted=False, expires_at=A_TIME), key("key_d", expires_at=None)])
    for statement, values in ((BY_ID, {"which": "key_a"}), (SEVERAL, {"ids": ["key_a", "key_b", "key_c"]})):
        direct, other = rows_of(connection, statement, values), usual(connection, statement, values)
        assert direct == other
        assert direct
        assert types_in(direct) == types_in(other)
    one, another = rows_of(connection, SEVERAL, {"ids": ["key_a", "key_b"]})
    assert {**one, "id": 0, "key_hash": 0} == {**another, "id": 0, "key_hash": 0}
    assert one["created_at"] == A_TIME
    assert one["created_at"].tzinfo is UTC
    assert rows_of(connection, BY_ID, {"which": "key_none"}) == []


def test_another_number_of_values_is_another_condition(connection: Connection) -> None:
    """The text is kept for each number of values, and for so many that it is not worth it there is another way."""
    ids = [f"key_{n:03}" for n in range(100)]
    write(connection, INSERT, [key(one) for one in ids])
    for count in (1, 2, 64, 65, 100, 2):
        assert [row["id"] for row in rows_of(connection, SEVERAL, {"ids": ids[:count]})] == ids[:count]


def test_what_is_written_is_returned(connection: Connection) -> None:
    """Logs are numbered by what the database says that a counter is now."""
    of = tables.index_counters.c.collection
    before = usual(connection, select(COUNTERS).where(of == "uploads"), {})[0]["seq"]
    assert rows_of(connection, ADVANCE, {"of": "uploads", "by": 3}) == [{"collection": "uploads", "seq": before + 3}]
    assert column_of(connection, ADVANCE.returning(COUNTERS.c.seq), {"of": "none", "by": 3}) == []
    write(connection, INSERT, key("key_a"))
    write(connection, SET_NAME, {"which": "key_a", "name": "another", "trusted": False})
    (row,) = rows_of(connection, BY_ID, {"which": "key_a"})
    assert (row["name"], row["trusted"]) == ("another", False)
    write(connection, SET_NAME, [{"which": "key_a", "name": name} for name in ("first", "last")])
    assert column_of(connection, select(tables.api_keys.c.name), {}) == ["last"]


def test_a_list_may_be_one_value(connection: Connection) -> None:
    """A column of JSON takes a list; that is no condition of several values."""
    media = {"id": "med_a", "case_id": None, "position": 0, "kind": "image", "width": 1, "height": 1}
    write(connection, insert(tables.media), media)
    rows = [
        {"media_id": "med_a", "signal_type": kind, "names": names, "codes": bytes(32), "qualities": [None]}
        for kind, names in (("pdq/1", ["as it is", "mirrored"]), ("phash/1", []))
    ]
    write(connection, WORDS, rows)
    assert rows_of(connection, ALL_WORDS, {}) == usual(connection, ALL_WORDS, {})
    assert [row["names"] for row in rows_of(connection, ALL_WORDS, {})] == [["as it is", "mirrored"], []]


def test_what_the_database_refuses_is_raised_as_ever(connection: Connection) -> None:
    """Who handles a failure knows SQLAlchemy's names of it; and no value stands in what reaches a log."""
    write(connection, INSERT, key("key_a"))
    raised = []
    for insert_again in (
        lambda: write(connection, INSERT, key("key_a", name="secret")),
        lambda: usual_insert(connection),
    ):
        with pytest.raises(IntegrityError) as error, connection.begin_nested():
            insert_again()
        raised.append(error.value)
    direct, other = raised
    assert type(direct.orig) is type(other.orig)
    assert isinstance(direct, DBAPIError)
    assert "secret" not in str(direct)


def usual_insert(connection: Connection) -> None:
    """Insert the same row as SQLAlchemy does."""
    connection.execute(INSERT, key("key_a", name="secret"))


def test_listeners_hear_of_a_statement_before_it_is_executed(connection: Connection) -> None:
    """Rows that wait are written before whatever reads: by one who listens."""
    heard: list[tuple[str, bool]] = []
    executed: list[object] = []

    def before(_: object, __: object, statement: str, ___: object, ____: object, many: bool) -> None:
        if not heard:
            heard.append((statement, many))
            write(connection, INSERT, key("key_a"))

    def before_any(_: object, statement: object, *__: object) -> None:
        executed.append(statement)

    event.listen(connection, "before_cursor_execute", before)
    event.listen(connection, "before_execute", before_any)
    assert [row["id"] for row in rows_of(connection, BY_ID, {"which": "key_a"})] == ["key_a"]
    assert heard[0][0].startswith("SELECT")
    assert executed == [BY_ID, INSERT]
    event.remove(connection, "before_cursor_execute", before)
    event.remove(connection, "before_execute", before_any)
    write(connection, delete(tables.api_keys), {})
    assert len(heard) == 1


def test_a_statement_without_values_is_heard_and_fails_as_sqlalchemys(tmp_path: Path) -> None:
    """A savepoint that is not there is answered as any failure of the database is."""
    heard: list[str] = []

    def before(_: object, __: object, statement: str, *___: object) -> None:
        heard.append(statement)

    engine = open_database(f"sqlite:///{tmp_path / 'record.db'}")
    with engine.connect() as opened, opened.begin():
        run(opened, "SAVEPOINT one")
        event.listen(opened, "before_cursor_execute", before)
        run(opened, "RELEASE one")
        event.remove(opened, "before_cursor_execute", before)
        assert heard == ["RELEASE one"]
        with pytest.raises(OperationalError) as direct:
            run(opened, "RELEASE one")
        with pytest.raises(OperationalError) as other:
            opened.exec_driver_sql("RELEASE one")
        assert str(direct.value.orig) == str(other.value.orig)
    engine.dispose()


def test_a_file_that_is_no_database_cannot_be_reached(tmp_path: Path) -> None:
    """What SQLite says of a damaged file is answered as "cannot be reached", not as a bug of the statement's."""
    path = tmp_path / "damaged.db"
    engine = open_database(f"sqlite:///{path}")
    with engine.connect() as connection, connection.begin():
        tables.metadata.create_all(connection)
        for n in range(2000):
            connection.execute(INSERT, key(f"key_{n}"))
    engine.dispose()
    engine = open_database(f"sqlite:///{path}")
    with engine.connect() as connection:
        with path.open("r+b") as file:
            file.seek(4096)
            file.write(b"\xff" * (path.stat().st_size - 4096))
        with pytest.raises(OperationalError, match=r"malformed|not a database"):
            rows_of(connection, select(tables.api_keys), {})
    engine.dispose()
