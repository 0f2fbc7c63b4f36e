"""
Lists of hashes that came from others: the source of a takedown, the lists, and what is on each.

Revision 0023, after 0017.
"""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0017"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)
_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.add_column("takedowns", sa.Column("source", sa.String(length=80), nullable=True))
    op.create_index(op.f("ix_takedowns_source"), "takedowns", ["source"], unique=False)
    op.create_table(
        "hash_lists",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("enabled_ratio", sa.Float(), nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hash_lists")),
        sa.UniqueConstraint("name", name=op.f("uq_hash_lists_name")),
    )
    op.create_table(
        "hash_list_entries",
        sa.Column("id", _NUMBER, autoincrement=True, nullable=False),
        sa.Column("list_id", sa.String(length=40), nullable=False),
        sa.Column("takedown_id", sa.String(length=40), nullable=False),
        sa.Column("media_id", sa.String(length=40), nullable=False),
        sa.Column("added_at", _MOMENT, nullable=False),
        sa.Column("key", sa.LargeBinary(), nullable=True),
        sa.Column("disabled", sa.Boolean(), nullable=False),
        sa.Column("disabled_until", _MOMENT, nullable=True),
        sa.Column("note", sa.LargeBinary(), nullable=True),
        sa.Column("uri", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(["list_id"], ["hash_lists.id"], name=op.f("fk_hash_list_entries_list_id")),
        sa.ForeignKeyConstraint(["takedown_id"], ["takedowns.id"], name=op.f("fk_hash_list_entries_takedown_id")),
        sa.ForeignKeyConstraint(["media_id"], ["media.id"], name=op.f("fk_hash_list_entries_media_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hash_list_entries")),
        sqlite_autoincrement=True,
    )
    for column in ("takedown_id", "media_id", "disabled_until"):
        op.create_index(op.f(f"ix_hash_list_entries_{column}"), "hash_list_entries", [column], unique=False)
    op.create_index(op.f("ix_hash_list_entries_list_id_key"), "hash_list_entries", ["list_id", "key"], unique=True)


def downgrade() -> None:
    op.drop_table("hash_list_entries")
    op.drop_table("hash_lists")
    op.drop_index(op.f("ix_takedowns_source"), table_name="takedowns")
    op.drop_column("takedowns", "source")
