"""
Trust: who has looked at which media of which case, and what a takedown lacks before copies are blocked.

Takedowns of before lack nothing: they go on as they were decided. Who has looked is read from the audit log, so that
what is asked of them later is answered from what was done.

Revision 0015, after 0014.
"""

import json
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

VIEWED = "case:media:viewed"


def upgrade() -> None:
    op.add_column("takedowns", sa.Column("trust_lacks", sa.String(length=100), nullable=True))
    op.create_index(op.f("ix_takedowns_trust_lacks"), "takedowns", ["trust_lacks"], unique=False)
    views = op.create_table(
        "media_views",
        sa.Column("media_id", sa.String(length=40), nullable=False),
        sa.Column("person_id", sa.String(length=80), nullable=False),
        sa.Column("case_id", sa.String(length=40), nullable=False),
        sa.Column("first_viewed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_media_views_case_id_cases")),
        sa.ForeignKeyConstraint(["media_id"], ["media.id"], name=op.f("fk_media_views_media_id_media")),
        sa.PrimaryKeyConstraint("media_id", "person_id", "case_id", name=op.f("pk_media_views")),
    )
    _read_audit_log(views)


def downgrade() -> None:
    op.drop_table("media_views")
    op.drop_index(op.f("ix_takedowns_trust_lacks"), table_name="takedowns")
    op.drop_column("takedowns", "trust_lacks")


def _read_audit_log(views: sa.Table) -> None:
    """Write down the looks that were recorded; where an erasure took the position, who looked is not known any more."""
    connection = op.get_bind()
    places = {
        (row.case_id, row.position): row.id
        for row in connection.execute(sa.text("SELECT id, case_id, position FROM media WHERE case_id IS NOT NULL"))
    }
    audit = sa.table(
        "audit_log",
        sa.column("at", sa.DateTime(timezone=True)),
        sa.column("actor_id", sa.String),
        sa.column("action", sa.String),
        sa.column("subject_id", sa.String),
        sa.column("detail", sa.JSON),
        sa.column("position", sa.BigInteger),
    )
    query = sa.select(audit).where(audit.c.action == VIEWED).order_by(audit.c.position)
    found: dict[tuple[str, str, str], dict[str, Any]] = {}
    for row in connection.execute(query):
        detail = json.loads(row.detail) if isinstance(row.detail, str) else row.detail
        media_id = places.get((row.subject_id, (detail or {}).get("position")))
        if media_id is not None:
            view = {"media_id": media_id, "person_id": row.actor_id, "case_id": row.subject_id}
            found.setdefault((media_id, row.actor_id, row.subject_id), {**view, "first_viewed_at": row.at})
    if found:
        op.bulk_insert(views, list(found.values()))
