"""
Which machine of a cluster holds which slot, and what it keeps of it in a store; empty where uploads lie in files of
each process's own machine.
"""

from sqlalchemy import BigInteger, Boolean, Column, String, Table

from casework.persistence.tables.base import UtcDateTime, metadata

# A replica that serves is asked; one that does not is being copied to its machine, and may replace another's.
cluster_replicas = Table(
    "cluster_replicas",
    metadata,
    Column("slot", String(20), primary_key=True),
    Column("node", String(40), primary_key=True),
    Column("serving", Boolean, nullable=False),
    Column("replaces", String(40), nullable=True),
)

# Files of a replica that lie in a store: where, which document names them, and as of which version of its log.
cluster_stored = Table(
    "cluster_stored",
    metadata,
    Column("slot", String(20), primary_key=True),
    Column("node", String(40), primary_key=True),
    Column("store", String(2_000), nullable=False),
    Column("document", String(64), nullable=False),
    Column("version", BigInteger, nullable=False),
    Column("generation", BigInteger, nullable=False),
    Column("size_bytes", BigInteger, nullable=False),
    Column("stored_at", UtcDateTime, nullable=False),
)
