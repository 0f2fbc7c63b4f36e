"""
Parts of references that strangers' pictures have too.

Revision 0008, after 0007.
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "common_parts",
        sa.Column("media_id", sa.String(length=40), nullable=False),
        sa.Column("seen_in", sa.String(length=40), nullable=False),
        sa.Column("stranger", sa.String(length=10), nullable=False),
        sa.Column("blocks", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("media_id", "seen_in", name=op.f("pk_common_parts")),
    )
    op.create_index(op.f("ix_common_parts_seen_in"), "common_parts", ["seen_in"])


def downgrade() -> None:
    op.drop_table("common_parts")
