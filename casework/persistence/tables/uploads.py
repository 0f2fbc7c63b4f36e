"""What platforms registered, what matched, and the searches that still go on."""

from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from casework.persistence.tables.base import RowNumber, Sealed, SealedBytes, UtcDateTime, metadata

uploads = Table(
    "uploads",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("platform_id", String(255), nullable=False, unique=True),
    Column("uploader_id", String(255), nullable=True, index=True),
    Column("post_text", Sealed, nullable=True),
    Column("url", Sealed, nullable=True),
    Column("posted_at", UtcDateTime, nullable=True),
    Column("registered_at", UtcDateTime, nullable=False),
    Column("media_id", ForeignKey("media.id"), nullable=False),
    Column("sha256", LargeBinary, nullable=False),
    Column("verdict", String(10), nullable=False),
    Column("case_id", String(40), nullable=True),
    Column("index_version", BigInteger, nullable=False),
    Column("facts", JSON, nullable=False),
    Column("registered_by", String(80), nullable=True),
)

matches = Table(
    "matches",
    metadata,
    Column("id", RowNumber, primary_key=True, autoincrement=True),
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
    Column("matched_at", UtcDateTime, nullable=True),
    UniqueConstraint("upload_id", "takedown_id"),
    Index(None, "takedown_id", "matched_at"),
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
    Column("encrypted_features", SealedBytes, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("lease_id", String(40), nullable=True),
    Column("lease_until", UtcDateTime, nullable=True),
)
