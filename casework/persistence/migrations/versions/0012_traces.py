"""
Which trace a message or a job belongs to.

Revision 0012, after 0011.
"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for table in ("outbox", "jobs"):
        op.add_column(table, sa.Column("traceparent", sa.String(length=60), nullable=True))


def downgrade() -> None:
    for table in ("jobs", "outbox"):
        op.drop_column(table, "traceparent")
