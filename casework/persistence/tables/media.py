"""What was hashed: media without their bytes, signals, variants a query asks by, reduced previews, and who looked."""

from sqlalchemy import JSON, Column, Float, ForeignKey, Index, Integer, LargeBinary, String, Table

from casework.persistence.tables.base import SealedBytes, UtcDateTime, metadata

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
)

# A hash that was imported, or an upload's of which nothing was found, is in no case: of these there are millions.
_is_in_a_case = media.c.case_id.is_not(None)
Index(
    "ix_media_case_id_position",
    media.c.case_id,
    media.c.position,
    sqlite_where=_is_in_a_case,
    postgresql_where=_is_in_a_case,
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

previews = Table(
    "previews",
    metadata,
    Column("media_id", ForeignKey("media.id"), primary_key=True),
    Column("ciphertext", SealedBytes, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False, index=True),
)

media_views = Table(
    "media_views",
    metadata,
    Column("media_id", ForeignKey("media.id"), primary_key=True),
    Column("person_id", String(80), primary_key=True),
    Column("case_id", ForeignKey("cases.id"), primary_key=True),
    Column("first_viewed_at", UtcDateTime, nullable=False),
)
