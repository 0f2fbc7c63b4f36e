"""
In how many slots the log of uploads lies. It lies in one, as before: no row of the log is touched.

Revision 0029, after 0032.
"""

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0032"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "index_slots",
        sa.Column("collection", sa.String(length=20), nullable=False),
        sa.Column("slots", sa.Integer(), nullable=False),
        sa.Column("moves", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("collection", name=op.f("pk_index_slots")),
    )
    op.execute("INSERT INTO index_slots (collection, slots, moves) VALUES ('uploads', 1, 0)")


def downgrade() -> None:
    moved = op.get_bind().execute(sa.text("SELECT count(*) FROM index_slots WHERE moves > 0")).scalar_one()
    if moved:
        message = "the log of uploads was moved to slots, which the version before cannot read"
        raise RuntimeError(message)
    op.drop_table("index_slots")
