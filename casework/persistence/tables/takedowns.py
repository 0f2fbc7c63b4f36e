"""Takedowns, their references, the log every index follows, and what else others must read again."""

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Index, Integer, LargeBinary, String, Table, Text

from casework.persistence.tables.base import RowNumber, Sealed, UtcDateTime, metadata

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
    Column("reversal_reason", Sealed, nullable=True),
    Column("subject_uploader_id", String(255), nullable=True),
    Column("low_quality", Boolean, nullable=False),
    Column("most_uploaders", Integer, nullable=False, server_default="0"),
    Column("agreed_uploaders", Integer, nullable=False, server_default="0"),
    Column("quarantined_at", UtcDateTime, nullable=True, index=True),
    Column("quarantine_reason", Text, nullable=True),
    Column("quarantine_case_id", String(40), nullable=True),
    Column("interim_since", UtcDateTime, nullable=True),
    Column("interim_until", UtcDateTime, nullable=True, index=True),
    Column("source", String(80), nullable=True, index=True),
    Column("trust_lacks", String(100), nullable=True, index=True),
)

takedown_references = Table(
    "takedown_references",
    metadata,
    Column("takedown_id", ForeignKey("takedowns.id"), primary_key=True),
    Column("media_id", ForeignKey("media.id"), primary_key=True),
    Column("decision_id", ForeignKey("decisions.id"), nullable=False, index=True),
)

common_parts = Table(
    "common_parts",
    metadata,
    Column("media_id", String(40), primary_key=True),
    Column("seen_in", String(40), primary_key=True),
    Column("stranger", String(10), nullable=False),
    Column("blocks", LargeBinary, nullable=False),
    Index(None, "seen_in"),
)

items = Table(
    "items",
    metadata,
    Column("id", RowNumber, primary_key=True, autoincrement=True),
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

# How many slots a collection lies in; one that is not named here lies in one (`persistence/index_log/slots.py`).
index_slots = Table(
    "index_slots",
    metadata,
    Column("collection", String(20), primary_key=True),
    Column("slots", Integer, nullable=False),
    Column("moves", Integer, nullable=False),
)

# A change has a value of its own only if that is short; others are its item's, whose may be its media's signal's
# (`persistence/index_log/values.py`).
index_changes = Table(
    "index_changes",
    metadata,
    Column("collection", String(20), primary_key=True),
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("op", String(6), nullable=False),
    Column("item_id", BigInteger, nullable=False, index=True),  # an erasure finds the values of an item by it
    Column("signal_type", String(20), nullable=False),
    Column("own_value", LargeBinary, nullable=True),
)

# Short: rows that every reader has passed are deleted (`casework/persistence/changed_records.py`).
changed_records = Table(
    "changed_records",
    metadata,
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("subject_id", String(40), nullable=False),
)
