"""
Cases of one state by when they were opened, for lists of the newest: all of a hundred thousand were sorted for a page.

Revision 0034, after 0029.
"""

from alembic import op

revision = "0034"
down_revision = "0029"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(op.f("ix_cases_state_id"), "cases", ["state", "id"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_cases_state_id"), table_name="cases")
