"""Who may sign in to the console, and who is."""

from sqlalchemy import JSON, Column, ForeignKey, LargeBinary, String, Table

from casework.persistence.tables.base import Sealed, UtcDateTime, metadata

people = Table(
    "people",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("name", String(120), nullable=False),
    Column("folded_name", String(400), nullable=False, unique=True),
    Column("role", String(20), nullable=False),
    Column("password_hash", Sealed, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("password_set_at", UtcDateTime, nullable=False),
    Column("disabled_at", UtcDateTime, nullable=True),
    Column("signed_in_at", UtcDateTime, nullable=True),
    Column("choices", JSON, nullable=False),
    Column("subject", String(600), nullable=True, unique=True, index=True),
)

sessions = Table(
    "sessions",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("person_id", ForeignKey("people.id"), nullable=False, index=True),
    Column("token_hash", LargeBinary, nullable=False, unique=True),
    Column("begun_at", UtcDateTime, nullable=False),
    Column("seen_at", UtcDateTime, nullable=False),
    Column("ends_at", UtcDateTime, nullable=False, index=True),
)
