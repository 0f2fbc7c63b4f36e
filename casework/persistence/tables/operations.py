"""What keeps the service itself: keys, repeated requests, long work, the audit log."""

from sqlalchemy import JSON, BigInteger, Boolean, Column, Float, Index, Integer, LargeBinary, String, Table

from casework.persistence.tables.base import RowNumber, Sealed, SealedBytes, UtcDateTime, metadata

# Triggers refuse to change or delete a row (migration 0005); one that rebuilds the table has to make them again.
audit_log = Table(
    "audit_log",
    metadata,
    Column("position", RowNumber, primary_key=True, autoincrement=True),
    Column("at", UtcDateTime, nullable=False),
    Column("actor_id", String(80), nullable=False),
    Column("action", String(60), nullable=False),
    Column("subject_id", String(80), nullable=False, index=True),
    Column("detail", JSON(none_as_null=True), nullable=True),
    Column("salt", LargeBinary, nullable=True),
    Column("digest", LargeBinary, nullable=False),
    Column("hash", LargeBinary, nullable=False),
    Index(None, "actor_id", "at"),
)

audit_end = Table(
    "audit_end",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("position", BigInteger, nullable=False),
    Column("hash", LargeBinary, nullable=False),
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
    Column("principal", String(40), nullable=True),
    Column("expires_at", UtcDateTime, nullable=True),
    Column("last_used_at", UtcDateTime, nullable=True),
    Column("replaced_by", String(40), nullable=True),
    Column("requests_per_minute", Integer, nullable=True),
    Column("paused_at", UtcDateTime, nullable=True),
)

idempotency = Table(
    "idempotency",
    metadata,
    Column("scope", String(200), primary_key=True),
    Column("key", String(255), primary_key=True),
    Column("fingerprint", LargeBinary, nullable=False),
    Column("status", Integer, nullable=False),
    Column("body", SealedBytes, nullable=False),
    Column("created_at", UtcDateTime, nullable=False, index=True),
)

jobs = Table(
    "jobs",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("kind", String(20), nullable=False),
    Column("actor", JSON, nullable=False),
    Column("fields", Sealed, nullable=False),
    Column("folder_id", String(40), nullable=False),
    Column("file", String(80), nullable=False, index=True),
    Column("state", String(20), nullable=False, index=True),
    Column("progress", Float, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("finished_at", UtcDateTime, nullable=True, index=True),
    Column("outcome", SealedBytes, nullable=True),
    Column("traceparent", String(60), nullable=True),
)

# What the keyring must be able to open, so that a wrong or lost one is noticed before anything is written.
encryption_keys = Table(
    "encryption_keys",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("proof", LargeBinary, nullable=False),
)
