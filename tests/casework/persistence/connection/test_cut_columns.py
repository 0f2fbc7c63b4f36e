"""Rows whose columns are cut up by SQLite are those that a statement for each row writes, to the type of each value."""

import random
import sqlite3
from collections.abc import Callable, Sequence
from itertools import repeat
from typing import Any

import pytest
from sqlalchemy import Column, Float, Integer, LargeBinary, MetaData, String, Table, insert
from sqlalchemy.dialects import sqlite

from casework.persistence.connection.cut_columns import one_statement

TABLE = Table(
    "kinds",
    MetaData(),
    Column("id", Integer, primary_key=True),
    Column("number", Integer),
    Column("text", String(40)),
    Column("key", LargeBinary),  # a word of SQL's
    Column("seconds", Float),
)
NAMES = [column.name for column in TABLE.c if column.name != "id"]

CUT: dict[str, list[Callable[[random.Random, int], Sequence[Any]]]] = {
    "number": [
        lambda _, rows: range(7, 7 + rows),
        lambda _, rows: list(range(-3, rows - 3)),
        lambda _, rows: [2**62] * rows,
        lambda _, rows: [None] * rows,
        lambda _, rows: [True] * rows,
    ],
    "text": [
        lambda rng, rows: [f"{rng.randrange(10**9):09}" for _ in range(rows)],
        lambda rng, rows: ["".join(rng.choices("a \0\t'\"%:?", k=5)) for _ in range(rows)],
        lambda _, rows: ["ünïcödé 🦊"] * rows,
        lambda _, rows: [""] * rows,
    ],
    "key": [
        lambda rng, rows: [rng.randbytes(32) for _ in range(rows)],
        lambda rng, rows: [rng.choice([b"\0", b"\xff", b"a"]) for _ in range(rows)],
        lambda _, rows: [b""] * rows,
    ],
    "seconds": [lambda _, rows: [None] * rows, lambda _, rows: [5] * rows],
}
"""Columns that can be cut, by the kind of their values."""

NOT_CUT: dict[str, list[Sequence[Any]]] = {
    "number": [[1, 2, 4], [1, True, 1], [True, False, True], [3, 2, 1], [1, None, 3], [None, 1, 2], range(0, 6, 2)],
    "text": [["a", "bb", "c"], ["aa", None, "bb"], ["é", "a", "b"], ["a", b"b", "c"], [None, "a", "b"]],
    "key": [[b"a", b"bb", b"c"], [b"x", None, b"y"], [bytes([one]) * 5_000 for one in range(3)]],
    "seconds": [[0.0, -0.0, 0.0], [1.5, 1.5, 1.5], [1, 2.0, 3]],
}
"""Those that cannot, of three values each."""


def stored(text: str, values: Any, *, many: bool) -> list[tuple[Any, ...]]:
    """Insert into an empty table; return each row in the order of its number, with the type of each value."""
    connection = sqlite3.connect(":memory:", isolation_level=None)
    connection.execute(
        "CREATE TABLE kinds (id INTEGER PRIMARY KEY, number INTEGER, text VARCHAR, key BLOB, seconds FLOAT)"
    )
    (connection.executemany if many else connection.execute)(text, values)
    asked = ", ".join(f"{name}, typeof({name})" for name in NAMES)
    return connection.execute(f"SELECT id, {asked} FROM kinds ORDER BY id").fetchall()


def one_by_one(each: dict[str, Sequence[Any]], same: dict[str, Any]) -> list[tuple[Any, ...]]:
    """Store rows the slow, obvious way."""
    compiled = insert(TABLE).compile(dialect=sqlite.dialect(), column_keys=[*each, *same])
    columns = [each[name] if name in each else repeat(same[name]) for name in compiled.positiontup]
    return stored(str(compiled), list(zip(*columns, strict=False)), many=True)


@pytest.mark.parametrize("seed", range(40))
def test_a_row_is_what_it_is_when_it_comes_alone(seed: int) -> None:
    """What differs from a value that is handed over would be found much later, and by somebody else."""
    rng = random.Random(seed)
    rows = rng.choice([1, 2, 300])
    columns = {name: rng.choice(CUT[name])(rng, rows) for name in NAMES}
    same = {name: columns.pop(name)[0] for name in rng.sample(NAMES, rng.randrange(len(NAMES)))}
    together = one_statement(TABLE, columns, same)
    assert together is not None
    assert stored(*together, many=False) == one_by_one(columns, same)


@pytest.mark.parametrize(
    ("name", "values"), [(name, values) for name, several in NOT_CUT.items() for values in several]
)
def test_what_cannot_be_cut_is_said(name: str, values: Sequence[Any]) -> None:
    """Such rows are written one by one."""
    assert one_statement(TABLE, {"id": range(3), name: values}, {}) is None


def test_rows_are_numbered_by_sqlite_in_their_order() -> None:
    """Whoever reads a list by its numbers reads it in the order in which it was written."""
    keys = [number.to_bytes(2) for number in random.Random(1).sample(range(2**16), 500)]
    together = one_statement(TABLE, {"key": keys}, {})
    assert together is not None
    assert [row[NAMES.index("key") * 2 + 1] for row in stored(*together, many=False)] == keys
