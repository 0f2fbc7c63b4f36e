"""
Deep searches that ran out of time and are finished behind.

Revision 0003, after 0002.
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "unfinished_searches",
        sa.Column("upload_id", sa.String(length=40), nullable=False),
        sa.Column("encrypted_features", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lease_id", sa.String(length=40), nullable=True),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["upload_id"], ["uploads.id"], name=op.f("fk_unfinished_searches_upload_id")),
        sa.PrimaryKeyConstraint("upload_id", name=op.f("pk_unfinished_searches")),
    )


def downgrade() -> None:
    op.drop_table("unfinished_searches")
