"""
Which machine of a cluster holds which slot of the uploads. None does: all of it stays as it is.

Revision 0037, after 0036.
"""

import sqlalchemy as sa
from alembic import op

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "cluster_replicas",
        sa.Column("slot", sa.String(length=20), nullable=False),
        sa.Column("node", sa.String(length=40), nullable=False),
        sa.Column("serving", sa.Boolean(), nullable=False),
        sa.Column("replaces", sa.String(length=40), nullable=True),
        sa.PrimaryKeyConstraint("slot", "node", name=op.f("pk_cluster_replicas")),
    )


def downgrade() -> None:
    op.drop_table("cluster_replicas")
