"""
What machines of a cluster keep of their replicas in a store of objects. Nothing yet.

Revision 0038, after 0037.
"""

import sqlalchemy as sa
from alembic import op

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "cluster_stored",
        sa.Column("slot", sa.String(length=20), nullable=False),
        sa.Column("node", sa.String(length=40), nullable=False),
        sa.Column("store", sa.String(length=2000), nullable=False),
        sa.Column("document", sa.String(length=64), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("generation", sa.BigInteger(), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("stored_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("slot", "node", name=op.f("pk_cluster_stored")),
    )


def downgrade() -> None:
    op.drop_table("cluster_stored")
