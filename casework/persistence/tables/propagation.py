"""Events, where they are owed, and the ledger of deliveries."""

from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from casework.persistence.tables.base import RowNumber, Sealed, SealedBytes, UtcDateTime, metadata

outbox = Table(
    "outbox",
    metadata,
    Column("position", RowNumber, primary_key=True, autoincrement=True),
    Column("id", String(40), nullable=False, unique=True),
    Column("type", String(40), nullable=False),
    Column("occurred_at", UtcDateTime, nullable=False),
    Column("takedown_id", String(40), nullable=True, index=True),
    Column("data", Sealed, nullable=False),
    Column("owner_id", String(80), nullable=True),
    Column("traceparent", String(60), nullable=True),
    Index(None, "owner_id", "position"),
)

destinations = Table(
    "destinations",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("name", String(120), nullable=False),
    Column("kind", String(20), nullable=False),
    Column("target", Text, nullable=False),
    Column("sealed_secret", SealedBytes, nullable=True),
    Column("events", JSON, nullable=False),
    Column("state", String(20), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("failures", Integer, nullable=False),
    Column("retry_at", UtcDateTime, nullable=True),
    Column("last_error", Text, nullable=True),
)

deliveries = Table(
    "deliveries",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("event_id", ForeignKey("outbox.id"), nullable=False),
    Column("position", BigInteger, nullable=False),
    Column("event_type", String(40), nullable=False),
    Column("takedown_id", String(40), nullable=True),
    Column("destination_id", ForeignKey("destinations.id"), nullable=False),
    Column("state", String(20), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("next_attempt_at", UtcDateTime, nullable=False),
    Column("lease_id", String(40), nullable=True),
    Column("lease_until", UtcDateTime, nullable=True),
    Column("first_attempt_at", UtcDateTime, nullable=True),
    Column("last_attempt_at", UtcDateTime, nullable=True),
    Column("delivered_at", UtcDateTime, nullable=True),
    Column("receipt", JSON, nullable=False),
    Column("error", Text, nullable=True),
    UniqueConstraint("event_id", "destination_id"),
    Index(None, "takedown_id", "id"),
    Index(None, "state", "id"),
)

# A worker asks for what is due, and whether something earlier of the same takedown is unfinished; both stay small.
_is_unfinished = deliveries.c.state.in_(["pending", "failed"])
Index(
    "ix_deliveries_due",
    deliveries.c.destination_id,
    deliveries.c.next_attempt_at,
    deliveries.c.position,
    sqlite_where=_is_unfinished,
    postgresql_where=_is_unfinished,
)
Index(
    "ix_deliveries_order",
    deliveries.c.destination_id,
    deliveries.c.takedown_id,
    deliveries.c.position,
    sqlite_where=_is_unfinished,
    postgresql_where=_is_unfinished,
)
