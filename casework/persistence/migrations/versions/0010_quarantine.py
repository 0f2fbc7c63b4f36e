"""
Poisoning: takedowns in quarantine, when each match was made, to count people within a time, the never-bank list, and
keys that probe.

Revision 0010, after 0009.
"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("takedowns", sa.Column("most_uploaders", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("takedowns", sa.Column("agreed_uploaders", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("takedowns", sa.Column("quarantined_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("takedowns", sa.Column("quarantine_reason", sa.Text(), nullable=True))
    op.add_column("takedowns", sa.Column("quarantine_case_id", sa.String(length=40), nullable=True))
    op.create_index(op.f("ix_takedowns_quarantined_at"), "takedowns", ["quarantined_at"], unique=False)
    op.add_column("matches", sa.Column("matched_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("decisions", sa.Column("not_banked", sa.JSON(), nullable=False, server_default="[]"))
    op.add_column("protected", sa.Column("kept_as", sa.String(length=20), nullable=False, server_default="protected"))
    op.add_column("api_keys", sa.Column("paused_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index(op.f("ix_matches_takedown_id_matched_at"), "matches", ["takedown_id", "matched_at"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_matches_takedown_id_matched_at"), table_name="matches")
    op.drop_column("api_keys", "paused_at")
    op.drop_column("protected", "kept_as")
    op.drop_column("decisions", "not_banked")
    op.drop_column("matches", "matched_at")
    op.drop_index(op.f("ix_takedowns_quarantined_at"), table_name="takedowns")
    for name in (
        "quarantine_case_id",
        "quarantine_reason",
        "quarantined_at",
        "agreed_uploaders",
        "most_uploaders",
    ):
        op.drop_column("takedowns", name)
