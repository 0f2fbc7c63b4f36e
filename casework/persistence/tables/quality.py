"""How often people see what is there: pairs whose answer is known, and the looks in between at them."""

from sqlalchemy import Boolean, Column, ForeignKey, Index, String, Table

from casework.persistence.tables.base import SealedBytes, UtcDateTime, metadata

known_pairs = Table(
    "known_pairs",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("is_copy", Boolean, nullable=False),
    Column("added_by", String(80), nullable=False),
    Column("added_at", UtcDateTime, nullable=False),
    Column("case_id", ForeignKey("cases.id"), nullable=True, index=True),
    Column("removed_at", UtcDateTime, nullable=True),
)

known_pair_drawings = Table(
    "known_pair_drawings",
    metadata,
    Column("pair_id", ForeignKey("known_pairs.id"), primary_key=True),
    Column("name", String(20), primary_key=True),
    Column("ciphertext", SealedBytes, nullable=False),
)

blind_looks = Table(
    "blind_looks",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("person_id", String(80), nullable=False),
    Column("asked_at", UtcDateTime, nullable=False),
    Column("pair_id", ForeignKey("known_pairs.id"), nullable=True, index=True),
    Column("decision_id", ForeignKey("decisions.id"), nullable=True),
    Column("answered_at", UtcDateTime, nullable=True, index=True),
    Column("is_copy", Boolean, nullable=True),
    Column("known", Boolean, nullable=True),
    Index(None, "person_id", "pair_id"),
)
