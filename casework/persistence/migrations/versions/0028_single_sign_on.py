"""
People whom an identity provider vouches for: what it knows them by.

Revision 0028, after 0016.
"""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("people", sa.Column("subject", sa.String(length=600), nullable=True))
    op.create_index(op.f("ix_people_subject"), "people", ["subject"], unique=True)


def downgrade() -> None:
    op.drop_index(op.f("ix_people_subject"), table_name="people")
    op.drop_column("people", "subject")
