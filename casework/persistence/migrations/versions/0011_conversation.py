"""
Conversation: messages between reporters and moderators, and which takedown held reported media already.

Revision 0011, after 0010.
"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "case_messages",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("case_id", sa.String(length=40), nullable=False),
        sa.Column("sender", sa.String(length=10), nullable=False),
        sa.Column("author_id", sa.String(length=80), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("text", sa.LargeBinary(), nullable=True),
        sa.Column("asks", sa.Boolean(), nullable=False),
        sa.Column("added", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_case_messages_case_id_cases")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_messages")),
    )
    op.create_index(op.f("ix_case_messages_case_id"), "case_messages", ["case_id"], unique=False)
    op.add_column("cases", sa.Column("linked_takedown_id", sa.String(length=40), nullable=True))
    op.create_index(op.f("ix_cases_linked_takedown_id"), "cases", ["linked_takedown_id"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_cases_linked_takedown_id"), table_name="cases")
    op.drop_column("cases", "linked_takedown_id")
    op.drop_index(op.f("ix_case_messages_case_id"), table_name="case_messages")
    op.drop_table("case_messages")
