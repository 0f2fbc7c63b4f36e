"""
Rows <-> domain objects: one generic table of one frozen dataclass.

A column and a field share a name; nested dataclasses and enums travel as JSON and text, a lease as the two columns
`lease_id` and `lease_until`. pydantic reads them back, so a row that does not fit its dataclass fails loudly and names
the column.

Statements are built once a table: building one, and finding out whether it was compiled before, takes longer than
SQLite takes to run it.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from itertools import islice
from typing import Any, ClassVar, Generic, Protocol, TypeVar

from pydantic import TypeAdapter
from sqlalchemy import ColumnElement, Connection, Select, Table, Update, bindparam, select, update

from casework.domain.errors import NotFoundError
from casework.domain.work.lease import Lease
from casework.persistence.collected_writes import CollectedWrites, Kind
from casework.persistence.connection.bulk import insert_into, store
from casework.persistence.connection.direct import rows_of, write


class Identified(Protocol):
    """What a row is of."""

    @property
    def id(self) -> str:
        """Its primary key."""


EntityT = TypeVar("EntityT", bound=Identified)


T = TypeVar("T")

_MAX_VALUES = 5_000
"""A statement takes a limited number of values: 32,766 on SQLite, 65,535 on PostgreSQL."""


def portions(values: Iterable[T]) -> Iterator[list[T]]:
    """Split values into lists that each fit into one statement."""
    rest = iter(values)
    while portion := list(islice(rest, _MAX_VALUES)):
        yield portion


_ADAPTERS: dict[type[Any], TypeAdapter[Any]] = {}
"""Once a class, not once a transaction: building one takes up to three milliseconds."""


def _adapter_of(entity: type[EntityT]) -> TypeAdapter[EntityT]:
    if entity not in _ADAPTERS:
        _ADAPTERS[entity] = TypeAdapter(entity)
    return _ADAPTERS[entity]


_WHICH = "which_row"
"""The parameter that names a row; no column is called so."""


@cache
def _select_one(table: Table) -> Select[Any]:
    return select(table).where(table.c.id == bindparam(_WHICH))


@cache
def _lock_one(table: Table) -> Select[Any]:
    return _select_one(table).with_for_update()


@cache
def _select_several(table: Table) -> Select[Any]:
    return select(table).where(table.c.id.in_(bindparam(_WHICH, expanding=True)))


@cache
def _lock_several(table: Table) -> Select[Any]:
    return _select_several(table).order_by(table.c.id).with_for_update()


@cache
def _update_one(table: Table) -> Update:
    return update(table).where(table.c.id == bindparam(_WHICH))


class Rows(Generic[EntityT]):
    """
    The rows of one table as objects of one frozen dataclass.

    Args:
        connection: The transaction's connection.

        table: With a text primary key `id`.

        entity: The dataclass; its fields are among the table's columns.

        writes: Where rows may wait for others; none does where it is left out.

    Attributes:
        WRITTEN_HERE_ALONE: Whether nothing else writes to the table in a transaction. What that has locked or written,
            nobody else can change before it ends: it is then read once.
    """

    WRITTEN_HERE_ALONE: ClassVar[bool] = False

    def __init__(
        self, connection: Connection, table: Table, entity: type[EntityT], *, writes: CollectedWrites | None = None
    ) -> None:
        self.connection = connection
        self.table = table
        self._writes = writes or CollectedWrites(connection)
        self._adapter = _adapter_of(entity)
        self._ahead: dict[str, EntityT] = {}
        """What this transaction has read ahead, holds, or lets wait to be written, as it is now."""

    def add(self, entity: EntityT) -> None:
        """Insert."""
        self._know(entity)
        self._writes.put(Kind.INSERT, self.table, entity.id, entity, self._insert)

    def add_many(self, entities: Sequence[EntityT]) -> None:
        """Insert several."""
        if entities:
            store(self.table, [self.dump(entity) for entity in entities], self.connection)

    def get(self, entity_id: str, *, lock: bool = False) -> EntityT:
        """
        Read by id; `lock` holds the row until the transaction ends (SQLite holds the whole database anyway).

        Raises:
            NotFoundError: Naming the table's noun and the id.
        """
        if entity_id in self._ahead:
            return self._ahead[entity_id]
        query = _lock_one(self.table) if lock else _select_one(self.table)
        rows = rows_of(self.connection, query, {_WHICH: entity_id})
        if not rows:
            noun = self.table.name.removesuffix("s")
            message = f"there is no {noun} {entity_id!r}"
            raise NotFoundError(message)
        entity = self.load(rows[0])
        if lock and self.WRITTEN_HERE_ALONE:
            self._ahead[entity_id] = entity
        return entity

    def many(self, entity_ids: Iterable[str]) -> dict[str, EntityT]:
        """Read several; ids without a row are left out."""
        found: dict[str, EntityT] = {}
        for ids in portions(entity_ids):
            rows = rows_of(self.connection, _select_several(self.table), {_WHICH: ids})
            found |= {row["id"]: self.load(row) for row in rows}
        return found

    def read_ahead(self, entity_ids: Iterable[str]) -> list[EntityT]:
        """
        Lock and read several that this transaction will ask for one by one; `get` then answers without a statement.

        Args:
            entity_ids: Those without a row are left out.

        Returns:
            Those that there are, by id.
        """
        found: list[EntityT] = []
        for ids in portions(sorted(set(entity_ids))):
            for row in self.connection.execute(_lock_several(self.table), {_WHICH: ids}).mappings():
                self._ahead[row["id"]] = self.load(row)
                found.append(self._ahead[row["id"]])
        return found

    def forget_read(self) -> None:
        """Read again what was read ahead: a part of the transaction was undone, or wrote past this."""
        self._ahead.clear()

    def update(self, entity: EntityT) -> None:
        """Write every field of an existing row."""
        self._know(entity)
        self._writes.put(Kind.UPDATE, self.table, entity.id, entity, self._update)

    def page(self, *conditions: ColumnElement[bool], after: str | None, limit: int) -> tuple[list[EntityT], str | None]:
        """
        List by id.

        Returns:
            Up to `limit` objects, and the id to go on after, or None at the end.
        """
        query = select(self.table).where(*conditions).order_by(self.table.c.id).limit(limit + 1)
        if after is not None:
            query = query.where(self.table.c.id > after)
        rows = list(self.connection.execute(query).mappings())
        more = len(rows) > limit
        return [self.load(row) for row in rows[:limit]], rows[limit - 1]["id"] if more else None

    def newest(
        self, *conditions: ColumnElement[bool], before: str | None, limit: int
    ) -> tuple[list[EntityT], str | None]:
        """
        List by id, the last first.

        Returns:
            Up to `limit` objects, and the id to go on before, or None at the end.
        """
        query = select(self.table).where(*conditions).order_by(self.table.c.id.desc()).limit(limit + 1)
        if before is not None:
            query = query.where(self.table.c.id < before)
        rows = list(self.connection.execute(query).mappings())
        more = len(rows) > limit
        return [self.load(row) for row in rows[:limit]], rows[limit - 1]["id"] if more else None

    def _know(self, entity: EntityT) -> None:
        """Answer with it from now on, while it waits to be written or where nothing else writes; else read it again."""
        if self._writes.is_collecting or self.WRITTEN_HERE_ALONE:
            self._ahead[entity.id] = entity
        else:
            self._ahead.pop(entity.id, None)

    def _insert(self, entities: Sequence[EntityT]) -> None:
        rows = [self.dump(entity) for entity in entities]
        write(self.connection, insert_into(self.table), rows)

    def _update(self, entities: Sequence[EntityT]) -> None:
        dumped = (self.dump(entity) for entity in entities)
        rows = [{_WHICH: values.pop("id"), **values} for values in dumped]
        write(self.connection, _update_one(self.table), rows)

    def load(self, row: Mapping[Any, Any]) -> EntityT:
        """Turn a row into its object."""
        values = dict(row)
        if "lease_id" in values:
            values["lease"] = lease_of(values)
        return self._adapter.validate_python(values)

    def dump(self, entity: EntityT) -> dict[str, Any]:
        """Turn an object into column values."""
        values: dict[str, Any] = self._adapter.dump_python(entity)
        if "lease" in values:
            lease = values.pop("lease") or {"id": None, "until": None}
            values |= {"lease_id": lease["id"], "lease_until": lease["until"]}
        return values


def lease_of(row: Mapping[Any, Any]) -> Lease | None:
    """Return the lease of a row with the columns `lease_id` and `lease_until`, or None."""
    return None if row["lease_id"] is None else Lease(id=row["lease_id"], until=row["lease_until"])
