"""
The record: every table there is.

Invariant: the index, the console and every answer can be rebuilt from these rows. `index_changes`, `outbox` and
`audit_log` are append-only; `decisions` change state but keep what was decided. `deliveries` is the ledger: a line is
added with its event and only ever gains attempts and receipts.

Who may use it: the repositories beside it and the migrations; nobody else writes SQL.
"""

from datetime import UTC, datetime

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Dialect,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

# SQLite numbers a row by itself only when the key's type is exactly INTEGER, which holds 64 bits there.
_RowNumber = BigInteger().with_variant(Integer, "sqlite")


class UtcDateTime(TypeDecorator[datetime]):
    """A moment in UTC. SQLite drops the zone; this puts it back, and refuses a moment without one."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Write in UTC."""
        if value is None:
            return None
        if value.tzinfo is None:
            message = f"{value!r} has no time zone; pass one made with datetime.now(UTC)"
            raise ValueError(message)
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Read as UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


reports = Table(
    "reports",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("case_id", ForeignKey("cases.id"), nullable=False, index=True),
    Column("receipt_number", String(40), nullable=False, unique=True),
    Column("receipt_secret_hash", LargeBinary, nullable=False),
    Column("received_at", UtcDateTime, nullable=False),
    Column("deadline", UtcDateTime, nullable=False),
    Column("filed_by", String(80), nullable=False),
    Column("reporter", JSON, nullable=False),
    Column("statement", JSON, nullable=False),
    Column("content", JSON, nullable=False),
    Column("target", String(255), nullable=True),
    Column("reporter_key", String(40), nullable=True),
    Index(None, "target", "received_at"),
    Index(None, "reporter_key", "received_at"),
)

protected = Table(
    "protected",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("media_id", ForeignKey("media.id"), nullable=False),
    Column("reason", Text, nullable=False),
    Column("added_by", String(80), nullable=False),
    Column("added_at", UtcDateTime, nullable=False),
    Column("removed_at", UtcDateTime, nullable=True),
)

cases = Table(
    "cases",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("queue", String(20), nullable=False),
    Column("state", String(20), nullable=False),
    Column("opened_at", UtcDateTime, nullable=False),
    Column("deadline", UtcDateTime, nullable=False),
    Column("facts", JSON, nullable=False),
    Column("report_id", String(40), nullable=True),
    Column("upload_id", String(40), nullable=True, index=True),
    Column("takedown_id", String(40), nullable=True, index=True),
    Column("claimed_by", String(80), nullable=True),
    Column("claimed_until", UtcDateTime, nullable=True),
    Column("note", Text, nullable=True),
    Index(None, "state", "queue", "deadline", "id"),
)

media = Table(
    "media",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("case_id", ForeignKey("cases.id"), nullable=True),
    Column("position", Integer, nullable=False),
    Column("kind", String(10), nullable=False),
    Column("width", Integer, nullable=True),
    Column("height", Integer, nullable=True),
    Column("duration_s", Float, nullable=True),
    Column("seen_s", Float, nullable=True),
    Index(None, "case_id", "position"),
)

signals = Table(
    "signals",
    metadata,
    Column("media_id", ForeignKey("media.id"), primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("signal_type", String(20), nullable=False),
    Column("value", LargeBinary, nullable=False),
    Column("quality", Integer, nullable=True),
)

variants = Table(
    "variants",
    metadata,
    Column("media_id", ForeignKey("media.id"), primary_key=True),
    Column("signal_type", String(20), primary_key=True),
    Column("names", JSON, nullable=False),
    Column("codes", LargeBinary, nullable=False),
    Column("qualities", JSON, nullable=False),
)

jobs = Table(
    "jobs",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("kind", String(20), nullable=False),
    Column("actor", JSON, nullable=False),
    Column("fields", JSON, nullable=False),
    Column("folder_id", String(40), nullable=False),
    Column("file", String(80), nullable=False, index=True),
    Column("state", String(20), nullable=False, index=True),
    Column("progress", Float, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("finished_at", UtcDateTime, nullable=True, index=True),
    Column("outcome", LargeBinary, nullable=True),
)

previews = Table(
    "previews",
    metadata,
    Column("media_id", ForeignKey("media.id"), primary_key=True),
    Column("ciphertext", LargeBinary, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False, index=True),
)

uploads = Table(
    "uploads",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("platform_id", String(255), nullable=False, unique=True),
    Column("uploader_id", String(255), nullable=True, index=True),
    Column("post_text", Text, nullable=True),
    Column("url", Text, nullable=True),
    Column("posted_at", UtcDateTime, nullable=True),
    Column("registered_at", UtcDateTime, nullable=False),
    Column("media_id", ForeignKey("media.id"), nullable=False),
    Column("sha256", LargeBinary, nullable=False),
    Column("verdict", String(10), nullable=False),
    Column("case_id", String(40), nullable=True),
    Column("index_version", BigInteger, nullable=False),
    Column("facts", JSON, nullable=False),
)

matches = Table(
    "matches",
    metadata,
    Column("id", _RowNumber, primary_key=True, autoincrement=True),
    Column("upload_id", ForeignKey("uploads.id"), nullable=False, index=True),
    Column("takedown_id", ForeignKey("takedowns.id"), nullable=False, index=True),
    Column("case_id", String(40), nullable=False),
    Column("media_id", String(40), nullable=False),
    Column("strength", String(10), nullable=False),
    Column("agreeing", Integer, nullable=False),
    Column("evidence", JSON, nullable=False),
    Column("explanation", Text, nullable=False),
    Column("verdict", String(10), nullable=False),
    Column("rule", String(10), nullable=False),
    Column("reason", Text, nullable=False),
    Column("confirmed_by", String(40), nullable=True),
    Column("dismissed_by", String(40), nullable=True),
    Column("lookback_id", String(40), nullable=True, index=True),
    UniqueConstraint("upload_id", "takedown_id"),
)

lookbacks = Table(
    "lookbacks",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("takedown_id", ForeignKey("takedowns.id"), nullable=False, index=True),
    Column("decision_id", ForeignKey("decisions.id"), nullable=False),
    Column("state", String(20), nullable=False, index=True),
    Column("created_at", UtcDateTime, nullable=False),
    Column("started_at", UtcDateTime, nullable=True),
    Column("finished_at", UtcDateTime, nullable=True),
    Column("candidates", Integer, nullable=False),
    Column("checked", Integer, nullable=False),
    Column("hits", Integer, nullable=False),
    Column("cases", Integer, nullable=False),
    Column("after", String(40), nullable=True),
    Column("index_version", BigInteger, nullable=False),
    Column("lease_id", String(40), nullable=True),
    Column("lease_until", UtcDateTime, nullable=True),
)

unfinished_searches = Table(
    "unfinished_searches",
    metadata,
    Column("upload_id", ForeignKey("uploads.id"), primary_key=True),
    Column("encrypted_features", LargeBinary, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("lease_id", String(40), nullable=True),
    Column("lease_until", UtcDateTime, nullable=True),
)

decisions = Table(
    "decisions",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("case_id", ForeignKey("cases.id"), nullable=False, index=True),
    Column("outcome", String(30), nullable=False),
    Column("state", String(20), nullable=False),
    Column("decided_by", String(80), nullable=False),
    Column("decided_at", UtcDateTime, nullable=False),
    Column("note", Text, nullable=True),
    Column("override_reason", Text, nullable=True),
    Column("recommendation", JSON, nullable=False),
    Column("policy_version", String(40), nullable=False),
    Column("facts", JSON, nullable=False),
    Column("takedown_id", String(40), nullable=True, index=True),
    Column("blast_radius", JSON, nullable=False),
    Column("approvals_needed", Integer, nullable=False),
    Column("approval_reasons", JSON, nullable=False),
    Column("approved_by", String(80), nullable=True),
    Column("index_version", BigInteger, nullable=False),
)

takedowns = Table(
    "takedowns",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("case_id", ForeignKey("cases.id"), nullable=False, index=True),
    Column("decision_id", String(40), nullable=False),
    Column("state", String(20), nullable=False, index=True),
    Column("hash_action", String(30), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("effective_at", UtcDateTime, nullable=True),
    Column("reversed_at", UtcDateTime, nullable=True),
    Column("reversed_by", String(80), nullable=True),
    Column("reversal_reason", Text, nullable=True),
    Column("subject_uploader_id", String(255), nullable=True),
    Column("low_quality", Boolean, nullable=False),
)

takedown_references = Table(
    "takedown_references",
    metadata,
    Column("takedown_id", ForeignKey("takedowns.id"), primary_key=True),
    Column("media_id", ForeignKey("media.id"), primary_key=True),
    Column("decision_id", ForeignKey("decisions.id"), nullable=False, index=True),
)

items = Table(
    "items",
    metadata,
    Column("id", _RowNumber, primary_key=True, autoincrement=True),
    Column("collection", String(20), nullable=False),
    Column("owner_id", String(40), nullable=False, index=True),
    Column("media_id", ForeignKey("media.id"), nullable=False, index=True),
    Column("signal_type", String(20), nullable=False),
    Column("value", LargeBinary, nullable=False),
    Column("quality", Integer, nullable=True),
    Column("removed", Boolean, nullable=False, default=False),
    sqlite_autoincrement=True,  # an id is never given twice, also after its row is erased
)

index_counters = Table(
    "index_counters",
    metadata,
    Column("collection", String(20), primary_key=True),
    Column("seq", BigInteger, nullable=False),
)

index_changes = Table(
    "index_changes",
    metadata,
    Column("collection", String(20), primary_key=True),
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("op", String(6), nullable=False),
    Column("item_id", BigInteger, nullable=False),
    Column("signal_type", String(20), nullable=False),
    Column("value", LargeBinary, nullable=True),
)

outbox = Table(
    "outbox",
    metadata,
    Column("position", _RowNumber, primary_key=True, autoincrement=True),
    Column("id", String(40), nullable=False, unique=True),
    Column("type", String(40), nullable=False),
    Column("occurred_at", UtcDateTime, nullable=False),
    Column("takedown_id", String(40), nullable=True, index=True),
    Column("data", JSON, nullable=False),
)

destinations = Table(
    "destinations",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("name", String(120), nullable=False),
    Column("kind", String(20), nullable=False),
    Column("target", Text, nullable=False),
    Column("sealed_secret", LargeBinary, nullable=True),
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

audit_log = Table(
    "audit_log",
    metadata,
    Column("position", _RowNumber, primary_key=True, autoincrement=True),
    Column("at", UtcDateTime, nullable=False),
    Column("actor_id", String(80), nullable=False),
    Column("action", String(60), nullable=False),
    Column("subject_id", String(80), nullable=False, index=True),
    Column("detail", JSON, nullable=False),
)

appeals = Table(
    "appeals",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("decision_id", ForeignKey("decisions.id"), nullable=False, index=True),
    Column("case_id", ForeignKey("cases.id"), nullable=False, index=True),
    Column("by", String(20), nullable=False),
    Column("grounds", Text, nullable=False),
    Column("state", String(20), nullable=False),
    Column("filed_at", UtcDateTime, nullable=False),
    Column("decided_by", String(80), nullable=True),
    Column("decided_at", UtcDateTime, nullable=True),
    Column("note", Text, nullable=True),
)

api_keys = Table(
    "api_keys",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("name", String(120), nullable=False),
    Column("role", String(20), nullable=False),
    Column("trusted", Boolean, nullable=False),
    Column("key_hash", LargeBinary, nullable=False, unique=True),
    Column("created_at", UtcDateTime, nullable=False),
    Column("revoked_at", UtcDateTime, nullable=True),
)

idempotency = Table(
    "idempotency",
    metadata,
    Column("scope", String(200), primary_key=True),
    Column("key", String(255), primary_key=True),
    Column("fingerprint", LargeBinary, nullable=False),
    Column("status", Integer, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("created_at", UtcDateTime, nullable=False, index=True),
)
