"""
Rows of many takedowns at once, as copies of one that the handlers made.

Invariant: every column is copied, whatever it is called, but for ids and what points to them: a new column needs no
change here. What is encrypted for its row stays closed in a copy, and nothing that answers a question opens it.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from itertools import repeat
from typing import Any

import numpy as np
import psycopg
from sqlalchemy import Connection, Engine, Table, select, text

from casework.domain.ids import new_id
from casework.persistence import tables
from casework.persistence.connection.bulk import store
from index.base import Codes, ItemIds

REFERENCES_A_LIST = 10_000
_ROWS_A_TRANSACTION = 200_000

Rows = dict[Table, list[dict[str, Any]]]
Columns = dict[str, Iterable[Any]]


class Template:
    """
    The rows of one takedown that was upheld.

    Args:
        connection: To read them with.

        takedown_id: Of a takedown with one reference.
    """

    def __init__(self, connection: Connection, takedown_id: str) -> None:
        self._takedown = _one(connection, tables.takedowns, id=takedown_id)
        self._case = _one(connection, tables.cases, id=self._takedown["case_id"])
        self._decision = _one(connection, tables.decisions, id=self._takedown["decision_id"])
        self._reference = _one(connection, tables.takedown_references, takedown_id=takedown_id)
        self._media = _one(connection, tables.media, id=self._reference["media_id"])
        self._signal = _one(connection, tables.signals, media_id=self._media["id"])
        self._item = _one(connection, tables.items, owner_id=takedown_id)
        self.last_item = int(self._item["id"])

    def copies(self, values: Sequence[bytes]) -> tuple[Rows, list[tuple[str, str]]]:
        """
        Make takedowns with one reference each.

        Args:
            values: Of their signals.

        Returns:
            Their rows, in an order in which they can be written, and the ids of each takedown and its media.
        """
        now = datetime.now(UTC)
        rows: Rows = {table: [] for table in _ORDER}
        ids = []
        for value in values:
            takedown, case, decision, media = (new_id(prefix, now) for prefix in ("tkd", "case", "dec", "med"))
            ids.append((takedown, media))
            rows[tables.cases].append({**self._case, "id": case})
            rows[tables.decisions].append({**self._decision, "id": decision, "case_id": case, "takedown_id": takedown})
            rows[tables.takedowns].append({**self._takedown, "id": takedown, "case_id": case, "decision_id": decision})
            rows[tables.media].append({**self._media, "id": media, "case_id": case})
            rows[tables.signals].append({**self._signal, "media_id": media, "value": value})
            rows[tables.takedown_references].append(
                {**self._reference, "takedown_id": takedown, "media_id": media, "decision_id": decision}
            )
        return rows, ids

    def items(self, item_ids: ItemIds, codes: Codes, owners: Sequence[tuple[str, str]]) -> Columns:
        """Make items of these takedowns and media, a column after the other."""
        data, width = codes.tobytes(), codes.shape[1]
        columns: Columns = {name: repeat(value, len(codes)) for name, value in self._item.items()}
        columns["id"] = item_ids.tolist()
        columns["owner_id"], columns["media_id"] = zip(*owners, strict=True)
        columns["value"] = (data[begin : begin + width] for begin in range(0, len(data), width))
        return columns


_ORDER = (
    tables.cases,
    tables.decisions,
    tables.takedowns,
    tables.media,
    tables.signals,
    tables.takedown_references,
)
"""Each after those it points to."""


def write_takedowns(
    engine: Engine, template: Template, codes: Codes, item_ids: ItemIds, *, single: int
) -> Iterator[int]:
    """
    Write references: the first ones with a takedown each, the others by `REFERENCES_A_LIST` to a takedown.

    Args:
        engine: The record, for writing.

        template: What is copied.

        codes: uint8, shape (n, 32).

        item_ids: int64, shape (n,).

        single: How many have a takedown each.

    Yields:
        How many are written.
    """
    lists = -(-(len(codes) - single) // REFERENCES_A_LIST)
    firsts = [*range(single), *range(single, len(codes), REFERENCES_A_LIST)]
    assert len(firsts) == single + lists
    with engine.connect() as connection, connection.begin():
        rows, ids = template.copies([codes[first].tobytes() for first in firsts])
        for table, of_table in rows.items():
            store(table, of_table, connection)
    for begin in range(0, len(codes), _ROWS_A_TRANSACTION):
        end = min(begin + _ROWS_A_TRANSACTION, len(codes))
        places = np.arange(begin, end)
        owners = np.where(places < single, places, single + (places - single) // REFERENCES_A_LIST).tolist()
        with engine.connect() as connection, connection.begin():
            written = template.items(item_ids[begin:end], codes[begin:end], [ids[owner] for owner in owners])
            _store_columns(tables.items, written, connection)
        yield end
    _number_on(engine, int(item_ids[-1]))


def _store_columns(table: Table, columns: Columns, connection: Connection) -> None:
    """Insert values as the driver takes them: a fifth of the time that rows take which SQLAlchemy looks through."""
    rows = zip(*columns.values(), strict=True)
    names = ", ".join(columns)
    if connection.dialect.name == "postgresql":
        driver: psycopg.Connection[Any] = connection.connection.driver_connection  # type: ignore[assignment]
        with driver.cursor() as cursor, cursor.copy(f"COPY {table.name} ({names}) FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)
        return
    places = ", ".join("?" for _ in columns)
    connection.exec_driver_sql(f"INSERT INTO {table.name} ({names}) VALUES ({places})", list(rows))  # noqa: S608


def _number_on(engine: Engine, last_item: int) -> None:
    """Let PostgreSQL give the next item the next id; SQLite sees by itself which was the last."""
    if engine.dialect.name != "postgresql":
        return
    with engine.connect() as connection, connection.begin():
        connection.execute(text("SELECT setval(pg_get_serial_sequence('items', 'id'), :last)"), {"last": last_item})


def _one(connection: Connection, table: Table, **where: str) -> dict[str, Any]:
    query = select(table).where(*(table.c[name] == value for name, value in where.items()))
    return dict(connection.execute(query).mappings().one())
