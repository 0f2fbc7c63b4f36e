"""
Interim takedowns: since when, and until when, a takedown stands although nobody has decided yet.

Revision 0013, after 0012.
"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("takedowns", sa.Column("interim_since", sa.DateTime(timezone=True), nullable=True))
    op.add_column("takedowns", sa.Column("interim_until", sa.DateTime(timezone=True), nullable=True))
    op.create_index(op.f("ix_takedowns_interim_until"), "takedowns", ["interim_until"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_takedowns_interim_until"), table_name="takedowns")
    op.drop_column("takedowns", "interim_until")
    op.drop_column("takedowns", "interim_since")
