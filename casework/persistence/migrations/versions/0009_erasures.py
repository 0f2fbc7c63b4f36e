"""
Erasures, and the log of the index by item, so that its values can be erased.

Revision 0009, after 0008.
"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "erasures",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("scope_id", sa.String(length=40), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("requested_by", sa.String(length=80), nullable=False),
        sa.Column("reason", sa.LargeBinary(), nullable=False),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("removed", sa.JSON(), nullable=False),
        sa.Column("kept_for", sa.JSON(), nullable=False),
        sa.Column("record_erased_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("completed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lease_id", sa.String(length=40), nullable=True),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_erasures")),
        sa.UniqueConstraint("scope_id", name=op.f("uq_erasures_scope_id")),
    )
    op.create_index(op.f("ix_erasures_state"), "erasures", ["state"], unique=False)
    op.create_index(op.f("ix_erasures_record_erased_at"), "erasures", ["record_erased_at"], unique=False)
    op.create_index(op.f("ix_index_changes_item_id"), "index_changes", ["item_id"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_index_changes_item_id"), "index_changes")
    op.drop_table("erasures")
