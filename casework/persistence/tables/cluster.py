"""Which machine of a cluster holds which slot; empty where uploads lie in files of each process's own machine."""

from sqlalchemy import Boolean, Column, String, Table

from casework.persistence.tables.base import metadata

# A replica that serves is asked; one that does not is being copied to its machine, and may replace another's.
cluster_replicas = Table(
    "cluster_replicas",
    metadata,
    Column("slot", String(20), primary_key=True),
    Column("node", String(40), primary_key=True),
    Column("serving", Boolean, nullable=False),
    Column("replaces", String(40), nullable=True),
)
