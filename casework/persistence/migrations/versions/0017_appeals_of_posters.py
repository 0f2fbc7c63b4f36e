"""
Appeals of posters: which upload an appeal is about, where it was filed for who posted it.

Revision 0017, after 0015.
"""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("appeals", sa.Column("upload_id", sa.String(length=40), nullable=True))
    op.create_index(op.f("ix_appeals_upload_id"), "appeals", ["upload_id"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_appeals_upload_id"), table_name="appeals")
    op.drop_column("appeals", "upload_id")
