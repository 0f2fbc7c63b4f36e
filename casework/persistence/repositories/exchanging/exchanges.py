"""
Servers that hashes are exchanged with, over SQL.

Invariant: nothing here commits. A worker steps over what another has: on PostgreSQL by SKIP LOCKED, on SQLite by being
alone in a transaction that writes.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from pydantic import TypeAdapter
from sqlalchemy import ColumnElement, Connection, Table, bindparam, delete, func, or_, select
from sqlalchemy.dialects import sqlite

from casework.domain.errors import UnreadableError
from casework.domain.exchanges.exchange import Exchange, ExchangeState
from casework.domain.exchanges.records import KeptRecord, RecordState
from casework.domain.exchanges.sending import Sending, SendingKind, SendingState
from casework.domain.ids import DecisionId, ExchangeId, TakedownId
from casework.persistence import tables
from casework.persistence.connection.bulk import store
from casework.persistence.connection.direct import rows_of
from casework.persistence.encryption.sealed import SealedRows
from casework.persistence.rows import portions
from casework.ports.vault import Vault

if TYPE_CHECKING:
    from sqlalchemy.dialects import postgresql

_KEPT = TypeAdapter(KeptRecord)


def _is_free(lease_until: ColumnElement[datetime]) -> ColumnElement[bool]:
    return or_(lease_until.is_(None), lease_until <= bindparam("now"))


_SERVERS = tables.exchanges.c
_ALL = select(tables.exchanges).where(_SERVERS.state != ExchangeState.REMOVED.value).order_by(_SERVERS.id)
_DUE = (
    select(tables.exchanges)
    .where(
        _SERVERS.state == ExchangeState.ACTIVE.value,
        _SERVERS.next_pull_at <= bindparam("now"),
        _is_free(_SERVERS.lease_until),
    )
    .order_by(_SERVERS.next_pull_at, _SERVERS.id)
    .limit(1)
    .with_for_update(skip_locked=True)
)
_SENDINGS = tables.exchange_sendings.c
_DUE_SENDINGS = (
    select(tables.exchange_sendings)
    .join(tables.exchanges, _SERVERS.id == _SENDINGS.exchange_id)
    .where(
        _SENDINGS.state == SendingState.PENDING.value,
        _SENDINGS.next_attempt_at <= bindparam("now"),
        _is_free(_SENDINGS.lease_until),
        _SERVERS.state == ExchangeState.ACTIVE.value,
    )
    .order_by(_SENDINGS.next_attempt_at, _SENDINGS.id)
    .limit(1)
    .with_for_update(of=tables.exchange_sendings, skip_locked=True)
)
_DUE_SENDINGS_OF = _DUE_SENDINGS.where(_SENDINGS.exchange_id == bindparam("exchange"))


class SqlExchanges(SealedRows[Exchange]):
    """Servers, whose secrets are encrypted."""

    def __init__(self, connection: Connection, vault: Vault) -> None:
        super().__init__(connection, tables.exchanges, Exchange, vault)

    def load(self, row: Mapping[Any, Any]) -> Exchange:
        """Turn a row into its object; one whose secrets cannot be read has none, and holds up no other."""
        try:
            return super().load(row)
        except UnreadableError:
            return super().load({**row, "secrets": None})

    def named(self, name: str) -> Exchange | None:
        """Return the one of a name that was not removed, or None."""
        columns = self.table.c
        query = select(self.table).where(columns.name == name, columns.state != ExchangeState.REMOVED.value)
        row = self.connection.execute(query).mappings().first()
        return None if row is None else self.load(row)

    def all(self) -> list[Exchange]:
        """List those that were not removed, by age."""
        return [self.load(row) for row in rows_of(self.connection, _ALL, {})]

    def next_due(self, now: datetime) -> Exchange | None:
        """Lock and return the active one that has waited longest and that nobody has, or None."""
        return next((self.load(row) for row in rows_of(self.connection, _DUE, {"now": now})), None)


class SqlExchangeRecords:
    """What became of what servers sent."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def of(self, exchange_id: ExchangeId, record_ids: Iterable[str]) -> dict[str, KeptRecord]:
        """Return what is kept of these records."""
        columns = tables.exchange_records.c
        found: dict[str, KeptRecord] = {}
        for ids in portions(record_ids):
            query = select(tables.exchange_records).where(
                columns.exchange_id == exchange_id, columns.record_id.in_(ids)
            )
            found |= {row["record_id"]: _kept(row) for row in self._connection.execute(query).mappings()}
        return found

    def put(self, records: Sequence[KeptRecord]) -> None:
        """Store these, in place of what was kept of the same."""
        if not records:
            return
        statement = _upsert(tables.exchange_records, self._connection)
        changed = {
            one.name: statement.excluded[one.name] for one in tables.exchange_records.columns if not one.primary_key
        }
        self._connection.execute(
            statement.on_conflict_do_update(index_elements=["exchange_id", "record_id"], set_=changed),
            [_KEPT.dump_python(one) for one in records],
        )

    def held_by(self, entry_ids: Iterable[int]) -> list[KeptRecord]:
        """List the records by which these entries are held."""
        columns = tables.exchange_records.c
        found: list[KeptRecord] = []
        for ids in portions(entry_ids):
            query = select(tables.exchange_records).where(
                columns.entry_id.in_(ids), columns.state == RecordState.HELD.value
            )
            rows = self._connection.execute(query.order_by(columns.exchange_id, columns.record_id)).mappings()
            found += [_kept(row) for row in rows]
        return found

    def left_behind(self, exchange_id: ExchangeId, round_number: int, *, limit: int) -> list[KeptRecord]:
        """List records that are held and did not come in this round."""
        columns = tables.exchange_records.c
        return self._listed(exchange_id, RecordState.HELD, columns.round < round_number, limit=limit)

    def aside(self, exchange_id: ExchangeId, *, limit: int) -> list[KeptRecord]:
        """List records that were set aside, by id."""
        return self._listed(exchange_id, RecordState.ASIDE, limit=limit)

    def _listed(
        self, exchange_id: ExchangeId, state: RecordState, *conditions: ColumnElement[bool], limit: int
    ) -> list[KeptRecord]:
        columns = tables.exchange_records.c
        query = (
            select(tables.exchange_records)
            .where(columns.exchange_id == exchange_id, columns.state == state.value, *conditions)
            .order_by(columns.record_id)
            .limit(limit)
        )
        return [_kept(row) for row in self._connection.execute(query).mappings()]


class SqlSendings(SealedRows[Sending]):
    """What servers are told; which hashes were passed on is encrypted."""

    def __init__(self, connection: Connection, vault: Vault) -> None:
        super().__init__(connection, tables.exchange_sendings, Sending, vault)

    def add_new(self, sendings: Sequence[Sending]) -> int:
        """Store those about whose subject nothing of that kind is there yet."""
        new: dict[tuple[str, str, str], Sending] = {}
        for one in sendings:
            if self.about(one.exchange_id, one.kind, one.subject) is None:
                new.setdefault((one.exchange_id, one.kind, one.subject), one)
        store(self.table, [self.dump(one) for one in new.values()], self.connection)
        return len(new)

    def next_due(self, now: datetime, exchange_id: ExchangeId | None = None) -> Sending | None:
        """Lock and return the pending one that is due first and that nobody has, of an active exchange, or None."""
        values = {"now": now} if exchange_id is None else {"now": now, "exchange": exchange_id}
        query = _DUE_SENDINGS if exchange_id is None else _DUE_SENDINGS_OF
        return next((self.load(row) for row in rows_of(self.connection, query, values)), None)

    def about(self, exchange_id: ExchangeId, kind: SendingKind, subject: str) -> Sending | None:
        """Return the one of a kind about a subject, or None."""
        columns = self.table.c
        query = select(self.table).where(
            columns.exchange_id == exchange_id, columns.kind == kind.value, columns.subject == subject
        )
        row = self.connection.execute(query).mappings().first()
        return None if row is None else self.load(row)

    def of_decision(self, decision_id: DecisionId) -> list[Sending]:
        """List what a decision said, or has yet to say, by age."""
        query = select(self.table).where(self.table.c.decision_id == decision_id).order_by(self.table.c.id)
        return [self.load(row) for row in self.connection.execute(query).mappings()]

    def unsay(self, decision_id: DecisionId) -> None:
        """Forget what a decision would have said and has not yet."""
        columns = self.table.c
        self.connection.execute(
            delete(self.table).where(
                columns.decision_id == decision_id,
                columns.state == SendingState.PENDING.value,
                columns.attempts == 0,
                columns.lease_id.is_(None),
            )
        )

    def forget(self, takedown_ids: Iterable[TakedownId]) -> None:
        """Forget what was to be passed on of takedowns that are erased, and was not yet."""
        columns = self.table.c
        for ids in portions(takedown_ids):
            self.connection.execute(
                delete(self.table).where(
                    columns.takedown_id.in_(ids),
                    columns.kind == SendingKind.SHARE.value,
                    columns.state != SendingState.SENT.value,
                )
            )

    def counts(self, exchange_id: ExchangeId) -> dict[str, int]:
        """Count an exchange's, by state."""
        columns = self.table.c
        query = (
            select(columns.state, func.count().label("sendings"))
            .where(columns.exchange_id == exchange_id)
            .group_by(columns.state)
        )
        return {row.state: row.sendings for row in self.connection.execute(query)}


def _upsert(table: Table, connection: Connection) -> "sqlite.Insert | postgresql.Insert":
    """Begin an INSERT that may replace rows, in the words of the database; the same in both."""
    if connection.dialect.name == "sqlite":
        return sqlite.insert(table)
    from sqlalchemy.dialects import postgresql  # which is loaded by then; with SQLite it never is

    return postgresql.insert(table)


def _kept(row: Mapping[Any, Any]) -> KeptRecord:
    return _KEPT.validate_python(dict(row))
