"""What was erased, and how far that is; it outlives what it erased."""

from sqlalchemy import JSON, Column, String, Table

from casework.persistence.tables.base import Sealed, UtcDateTime, metadata

erasures = Table(
    "erasures",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("scope_id", String(40), nullable=False, unique=True),
    Column("state", String(20), nullable=False, index=True),
    Column("requested_by", String(80), nullable=False),
    Column("reason", Sealed, nullable=False),
    Column("requested_at", UtcDateTime, nullable=False),
    Column("removed", JSON, nullable=False),
    Column("kept_for", JSON, nullable=False),
    Column("record_erased_at", UtcDateTime, nullable=True, index=True),
    Column("completed_at", UtcDateTime, nullable=True),
    Column("lease_id", String(40), nullable=True),
    Column("lease_until", UtcDateTime, nullable=True),
)
