"""
Indexes that hold only the rows they are asked for: a hash that is imported has no case and is not disabled.

Revision 0036, after 0034.
"""

import sqlalchemy as sa
from alembic import op

revision = "0036"
down_revision = "0034"
branch_labels = None
depends_on = None

_MEDIA = "ix_media_case_id_position"
_DISABLED = "ix_hash_list_entries_disabled_until"


def upgrade() -> None:
    in_a_case, until_a_moment = sa.text("case_id IS NOT NULL"), sa.text("disabled_until IS NOT NULL")
    op.drop_index(_MEDIA, table_name="media")
    op.create_index(_MEDIA, "media", ["case_id", "position"], sqlite_where=in_a_case, postgresql_where=in_a_case)
    op.drop_index(_DISABLED, table_name="hash_list_entries")
    op.create_index(
        _DISABLED,
        "hash_list_entries",
        ["disabled_until"],
        sqlite_where=until_a_moment,
        postgresql_where=until_a_moment,
    )


def downgrade() -> None:
    op.drop_index(_MEDIA, table_name="media")
    op.create_index(_MEDIA, "media", ["case_id", "position"], unique=False)
    op.drop_index(_DISABLED, table_name="hash_list_entries")
    op.create_index(_DISABLED, "hash_list_entries", ["disabled_until"], unique=False)
