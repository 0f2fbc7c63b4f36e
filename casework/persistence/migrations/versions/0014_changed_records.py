"""
What changed that others may remember: takedowns, entries of lists, keys.

Revision 0014, after 0013.
"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "changed_records",
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("subject_id", sa.String(length=40), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_changed_records")),
    )
    op.execute("INSERT INTO index_counters (collection, seq) VALUES ('changed', 0)")


def downgrade() -> None:
    op.execute("DELETE FROM index_counters WHERE collection = 'changed'")
    op.drop_table("changed_records")
