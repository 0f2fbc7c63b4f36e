"""
Values of local features lie once: an item without one has that of its signal, a row of the log that of its item.

No row is touched here, however many there are: rows of before are read as they are, and `staydown index shrink` makes
them like those of today while everything runs. A column gets another name: a process of the version before that still
runs would take new rows for erased; so it fails instead.

Revision 0039, after 0038.
"""

import sqlalchemy as sa
from alembic import op

revision = "0039"
down_revision = "0038"
branch_labels = None
depends_on = None

_FOR_ITEMS = """
UPDATE items SET value = (
    SELECT signals.value FROM signals
    WHERE signals.media_id = items.media_id AND signals.signal_type = items.signal_type
    ORDER BY signals.position LIMIT 1
)
WHERE length(items.value) = 0 AND EXISTS (
    SELECT 1 FROM signals WHERE signals.media_id = items.media_id AND signals.signal_type = items.signal_type
)
"""
_FOR_LOG = """
UPDATE index_changes SET own_value = (SELECT items.value FROM items WHERE items.id = index_changes.item_id)
WHERE op = 'add' AND own_value IS NULL AND EXISTS (
    SELECT 1 FROM items WHERE items.id = index_changes.item_id AND length(items.value) > 0
)
"""


def upgrade() -> None:
    op.alter_column("index_changes", "value", new_column_name="own_value")


def downgrade() -> None:
    op.execute(sa.text(_FOR_ITEMS))
    op.execute(sa.text(_FOR_LOG))
    op.alter_column("index_changes", "own_value", new_column_name="value")
