"""
What one person did, in order of time: for the audit log by person, and for how many photos somebody has seen today.

Revision 0025, after 0026.
"""

from alembic import op

revision = "0025"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(op.f("ix_audit_log_actor_id_at"), "audit_log", ["actor_id", "at"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_audit_log_actor_id_at"), table_name="audit_log")
