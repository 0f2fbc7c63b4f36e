"""Reports, the cases they open, what was decided of them, and appeals."""

from sqlalchemy import JSON, BigInteger, Boolean, Column, ForeignKey, Index, Integer, LargeBinary, String, Table

from casework.persistence.tables.base import Sealed, UtcDateTime, metadata

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
    Column("reporter", Sealed, nullable=False),
    Column("statement", Sealed, nullable=False),
    Column("content", Sealed, nullable=False),
    Column("target", String(255), nullable=True),
    Column("reporter_key", String(40), nullable=True),
    Index(None, "target", "received_at"),
    Index(None, "reporter_key", "received_at"),
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
    Column("note", Sealed, nullable=True),
    Column("linked_takedown_id", String(40), nullable=True, index=True),
    Column("minor", String(20), nullable=True),
    Column("minor_by", String(80), nullable=True),
    Column("strength", String(10), nullable=True),
    Column("evidence", String(160), nullable=True),
    Index(None, "state", "queue", "deadline", "id"),
    Index(None, "state", "deadline", "id"),
    Index(None, "state", "id"),
    Index(None, "state", "takedown_id", "evidence", "deadline"),
)

# What cases are found by, as digests: `casework/domain/cases/handles.py`.
case_handles = Table(
    "case_handles",
    metadata,
    Column("digest", String(32), primary_key=True),
    Column("case_id", ForeignKey("cases.id"), primary_key=True, index=True),
)

case_messages = Table(
    "case_messages",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("case_id", ForeignKey("cases.id"), nullable=False, index=True),
    Column("sender", String(10), nullable=False),
    Column("author_id", String(80), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("text", Sealed, nullable=True),
    Column("asks", Boolean, nullable=False),
    Column("added", JSON, nullable=False),
)

decisions = Table(
    "decisions",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("case_id", ForeignKey("cases.id"), nullable=False, index=True),
    Column("outcome", String(30), nullable=False),
    Column("state", String(20), nullable=False),
    Column("decided_by", String(80), nullable=False, index=True),
    Column("decided_at", UtcDateTime, nullable=False),
    Column("note", Sealed, nullable=True),
    Column("override_reason", Sealed, nullable=True),
    Column("recommendation", JSON, nullable=False),
    Column("policy_version", String(40), nullable=False),
    Column("facts", JSON, nullable=False),
    Column("takedown_id", String(40), nullable=True, index=True),
    Column("blast_radius", JSON, nullable=False),
    Column("approvals_needed", Integer, nullable=False),
    Column("approval_reasons", JSON, nullable=False),
    Column("not_banked", JSON, nullable=False, server_default="[]"),
    Column("approved_by", String(80), nullable=True),
    Column("index_version", BigInteger, nullable=False),
)

appeals = Table(
    "appeals",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("decision_id", ForeignKey("decisions.id"), nullable=False, index=True),
    Column("case_id", ForeignKey("cases.id"), nullable=False, index=True),
    Column("by", String(20), nullable=False),
    Column("grounds", Sealed, nullable=False),
    Column("state", String(20), nullable=False),
    Column("filed_at", UtcDateTime, nullable=False),
    Column("decided_by", String(80), nullable=True),
    Column("decided_at", UtcDateTime, nullable=True),
    Column("note", Sealed, nullable=True),
    Column("filed_by", String(80), nullable=True),
    Column("upload_id", String(40), nullable=True, index=True),
)

protected = Table(
    "protected",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("media_id", ForeignKey("media.id"), nullable=False),
    Column("reason", Sealed, nullable=False),
    Column("added_by", String(80), nullable=False),
    Column("added_at", UtcDateTime, nullable=False),
    Column("removed_at", UtcDateTime, nullable=True),
    Column("kept_as", String(20), nullable=False, server_default="protected"),
)
