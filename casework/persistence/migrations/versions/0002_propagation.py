"""
Propagation: destinations, the ledger, look-back, and what safeguards measure.

Revision 0002, after 0001.
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_UNFINISHED = sa.text("state IN ('pending', 'failed')")


def upgrade() -> None:
    op.create_table(
        "destinations",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("sealed_secret", sa.LargeBinary(), nullable=True),
        sa.Column("events", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("retry_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_destinations")),
    )
    op.create_table(
        "deliveries",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("event_id", sa.String(length=40), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("event_type", sa.String(length=40), nullable=False),
        sa.Column("takedown_id", sa.String(length=40), nullable=True),
        sa.Column("destination_id", sa.String(length=40), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("next_attempt_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lease_id", sa.String(length=40), nullable=True),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("first_attempt_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_attempt_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("delivered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("receipt", sa.JSON(), nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["destination_id"], ["destinations.id"], name=op.f("fk_deliveries_destination_id")),
        sa.ForeignKeyConstraint(["event_id"], ["outbox.id"], name=op.f("fk_deliveries_event_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deliveries")),
        sa.UniqueConstraint("event_id", "destination_id", name=op.f("uq_deliveries_event_id_destination_id")),
    )
    op.create_index(op.f("ix_deliveries_takedown_id_id"), "deliveries", ["takedown_id", "id"], unique=False)
    op.create_index(op.f("ix_deliveries_state_id"), "deliveries", ["state", "id"], unique=False)
    op.create_index(
        "ix_deliveries_due",
        "deliveries",
        ["destination_id", "next_attempt_at", "position"],
        unique=False,
        sqlite_where=_UNFINISHED,
        postgresql_where=_UNFINISHED,
    )
    op.create_index(
        "ix_deliveries_order",
        "deliveries",
        ["destination_id", "takedown_id", "position"],
        unique=False,
        sqlite_where=_UNFINISHED,
        postgresql_where=_UNFINISHED,
    )
    op.create_table(
        "lookbacks",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("takedown_id", sa.String(length=40), nullable=False),
        sa.Column("decision_id", sa.String(length=40), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("candidates", sa.Integer(), nullable=False),
        sa.Column("checked", sa.Integer(), nullable=False),
        sa.Column("hits", sa.Integer(), nullable=False),
        sa.Column("cases", sa.Integer(), nullable=False),
        sa.Column("after", sa.String(length=40), nullable=True),
        sa.Column("index_version", sa.BigInteger(), nullable=False),
        sa.Column("lease_id", sa.String(length=40), nullable=True),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["decision_id"], ["decisions.id"], name=op.f("fk_lookbacks_decision_id")),
        sa.ForeignKeyConstraint(["takedown_id"], ["takedowns.id"], name=op.f("fk_lookbacks_takedown_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lookbacks")),
    )
    op.create_index(op.f("ix_lookbacks_state"), "lookbacks", ["state"], unique=False)
    op.create_index(op.f("ix_lookbacks_takedown_id"), "lookbacks", ["takedown_id"], unique=False)

    op.create_table(
        "variants",
        sa.Column("media_id", sa.String(length=40), nullable=False),
        sa.Column("signal_type", sa.String(length=20), nullable=False),
        sa.Column("names", sa.JSON(), nullable=False),
        sa.Column("codes", sa.LargeBinary(), nullable=False),
        sa.Column("qualities", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["media_id"], ["media.id"], name=op.f("fk_variants_media_id")),
        sa.PrimaryKeyConstraint("media_id", "signal_type", name=op.f("pk_variants")),
    )
    op.create_table(
        "protected",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("media_id", sa.String(length=40), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("added_by", sa.String(length=80), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["media_id"], ["media.id"], name=op.f("fk_protected_media_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_protected")),
    )
    op.add_column("reports", sa.Column("target", sa.String(length=255), nullable=True))
    op.add_column("reports", sa.Column("reporter_key", sa.String(length=40), nullable=True))
    op.create_index(op.f("ix_reports_target_received_at"), "reports", ["target", "received_at"], unique=False)
    op.create_index(
        op.f("ix_reports_reporter_key_received_at"), "reports", ["reporter_key", "received_at"], unique=False
    )
    op.add_column("matches", sa.Column("confirmed_by", sa.String(length=40), nullable=True))
    op.add_column("matches", sa.Column("dismissed_by", sa.String(length=40), nullable=True))
    op.add_column("matches", sa.Column("lookback_id", sa.String(length=40), nullable=True))
    op.create_index(op.f("ix_matches_lookback_id"), "matches", ["lookback_id"], unique=False)
    # The outbox is numbered by a counter of its own from now on, in commit order; it goes on where it is.
    op.execute("INSERT INTO index_counters (collection, seq) SELECT 'outbox', COALESCE(MAX(position), 0) FROM outbox")


def downgrade() -> None:
    op.execute("DELETE FROM index_counters WHERE collection = 'outbox'")
    op.drop_index(op.f("ix_matches_lookback_id"), "matches")
    op.drop_column("matches", "lookback_id")
    op.drop_column("matches", "dismissed_by")
    op.drop_column("matches", "confirmed_by")
    op.drop_index(op.f("ix_reports_reporter_key_received_at"), "reports")
    op.drop_index(op.f("ix_reports_target_received_at"), "reports")
    op.drop_column("reports", "reporter_key")
    op.drop_column("reports", "target")
    op.drop_table("protected")
    op.drop_table("variants")
    op.drop_table("lookbacks")
    op.drop_table("deliveries")
    op.drop_table("destinations")
