"""
Minors: how it is known of a case that the person depicted may be under 18, and by whom.

Revision 0018, after 0023.
"""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("cases", sa.Column("minor", sa.String(length=20), nullable=True))
    op.add_column("cases", sa.Column("minor_by", sa.String(length=80), nullable=True))


def downgrade() -> None:
    op.drop_column("cases", "minor_by")
    op.drop_column("cases", "minor")
