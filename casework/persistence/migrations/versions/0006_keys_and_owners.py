"""
Keys that end, are rotated and limited; whose upload and whose event it is; who filed an appeal.

Where one pipeline alone ever had a key, what was registered before is its own. Where there were several, nobody can
tell: such uploads stay without an owner, and every pipeline may read them, as before.

Revision 0006, after 0005.
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_OF_UPLOADS = ("upload.matched", "upload.reinstated")


def upgrade() -> None:
    op.add_column("api_keys", sa.Column("principal", sa.String(length=40), nullable=True))
    op.add_column("api_keys", sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("api_keys", sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("api_keys", sa.Column("replaced_by", sa.String(length=40), nullable=True))
    op.add_column("api_keys", sa.Column("requests_per_minute", sa.Integer(), nullable=True))
    op.add_column("uploads", sa.Column("registered_by", sa.String(length=80), nullable=True))
    op.add_column("outbox", sa.Column("owner_id", sa.String(length=80), nullable=True))
    op.create_index(op.f("ix_outbox_owner_id_position"), "outbox", ["owner_id", "position"], unique=False)
    op.add_column("appeals", sa.Column("filed_by", sa.String(length=80), nullable=True))
    _give_to_the_only_pipeline()


def _give_to_the_only_pipeline() -> None:
    keys = sa.table("api_keys", sa.column("id"), sa.column("role"))
    uploads, outbox = (
        sa.table("uploads", sa.column("registered_by")),
        sa.table("outbox", *map(sa.column, ("owner_id", "type"))),
    )
    database = op.get_bind()
    pipelines = database.execute(sa.select(keys.c.id).where(keys.c.role == "pipeline")).scalars().all()
    if len(pipelines) == 1:
        database.execute(sa.update(uploads).values(registered_by=pipelines[0]))
        database.execute(sa.update(outbox).where(outbox.c.type.in_(_OF_UPLOADS)).values(owner_id=pipelines[0]))


def downgrade() -> None:
    op.drop_column("appeals", "filed_by")
    op.drop_index(op.f("ix_outbox_owner_id_position"), table_name="outbox")
    op.drop_column("outbox", "owner_id")
    op.drop_column("uploads", "registered_by")
    for column in ("requests_per_minute", "replaced_by", "last_used_at", "expires_at", "principal"):
        op.drop_column("api_keys", column)
