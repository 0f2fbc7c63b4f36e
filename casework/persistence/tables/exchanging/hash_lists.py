"""Lists of hashes that came from others, and what is on each."""

from sqlalchemy import Boolean, Column, Float, ForeignKey, Index, LargeBinary, String, Table

from casework.persistence.tables.base import RowNumber, Sealed, UtcDateTime, metadata

hash_lists = Table(
    "hash_lists",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("name", String(80), nullable=False, unique=True),
    Column("enabled_ratio", Float, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
)

hash_list_entries = Table(
    "hash_list_entries",
    metadata,
    Column("id", RowNumber, primary_key=True, autoincrement=True),
    Column("list_id", ForeignKey("hash_lists.id"), nullable=False),
    Column("takedown_id", ForeignKey("takedowns.id"), nullable=False, index=True),
    Column("media_id", ForeignKey("media.id"), nullable=False, index=True),
    Column("added_at", UtcDateTime, nullable=False),
    Column("key", LargeBinary, nullable=True),
    Column("disabled", Boolean, nullable=False),
    Column("disabled_until", UtcDateTime, nullable=True),
    Column("note", Sealed, nullable=True),
    Column("uri", Sealed, nullable=True),
    Index(None, "list_id", "key", unique=True),
    sqlite_autoincrement=True,  # programs keep these numbers, so none is given twice
)

_is_until_a_moment = hash_list_entries.c.disabled_until.is_not(None)
Index(
    "ix_hash_list_entries_disabled_until",
    hash_list_entries.c.disabled_until,
    sqlite_where=_is_until_a_moment,
    postgresql_where=_is_until_a_moment,
)
