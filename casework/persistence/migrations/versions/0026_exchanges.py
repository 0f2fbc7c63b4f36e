"""
Servers that hashes are exchanged with: how far each was read, what its records became, what it is told.

Revision 0026, after 0028.
"""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0028"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)
_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "exchanges",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("kind", sa.String(length=30), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("options", sa.JSON(), nullable=False),
        sa.Column("secrets", sa.LargeBinary(), nullable=True),
        sa.Column("shares", sa.Boolean(), nullable=False),
        sa.Column("answers", sa.Boolean(), nullable=False),
        sa.Column("every_s", sa.Integer(), nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.Column("next_pull_at", _MOMENT, nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("checkpoint", sa.JSON(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("clearing", sa.Boolean(), nullable=False),
        sa.Column("pulled", sa.BigInteger(), nullable=False),
        sa.Column("passed_over", sa.BigInteger(), nullable=False),
        sa.Column("set_aside", sa.BigInteger(), nullable=False),
        sa.Column("completed_at", _MOMENT, nullable=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.Column("followed", sa.BigInteger(), nullable=False),
        sa.Column("lease_id", sa.String(length=40), nullable=True),
        sa.Column("lease_until", _MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_exchanges")),
    )
    op.create_index(op.f("ix_exchanges_name"), "exchanges", ["name"], unique=False)
    op.create_table(
        "exchange_records",
        sa.Column("exchange_id", sa.String(length=40), nullable=False),
        sa.Column("record_id", sa.String(length=200), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("updated", sa.BigInteger(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("key", sa.LargeBinary(), nullable=True),
        sa.Column("entry_id", _NUMBER, nullable=True),
        sa.Column("handle", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["exchange_id"], ["exchanges.id"], name=op.f("fk_exchange_records_exchange_id")),
        sa.PrimaryKeyConstraint("exchange_id", "record_id", name=op.f("pk_exchange_records")),
    )
    op.create_index(op.f("ix_exchange_records_entry_id"), "exchange_records", ["entry_id"], unique=False)
    op.create_index(
        op.f("ix_exchange_records_exchange_id_state_round"),
        "exchange_records",
        ["exchange_id", "state", "round"],
        unique=False,
    )
    op.create_table(
        "exchange_sendings",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("exchange_id", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("subject", sa.String(length=300), nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.Column("next_attempt_at", _MOMENT, nullable=False),
        sa.Column("takedown_id", sa.String(length=40), nullable=True),
        sa.Column("decision_id", sa.String(length=40), nullable=True),
        sa.Column("record_id", sa.String(length=200), nullable=True),
        sa.Column("feedback", sa.String(length=20), nullable=True),
        sa.Column("shared", sa.LargeBinary(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("sent_at", _MOMENT, nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("lease_id", sa.String(length=40), nullable=True),
        sa.Column("lease_until", _MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["exchange_id"], ["exchanges.id"], name=op.f("fk_exchange_sendings_exchange_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_exchange_sendings")),
        sa.UniqueConstraint(
            "exchange_id", "kind", "subject", name=op.f("uq_exchange_sendings_exchange_id_kind_subject")
        ),
    )
    op.create_index(op.f("ix_exchange_sendings_decision_id"), "exchange_sendings", ["decision_id"], unique=False)
    op.create_index(
        op.f("ix_exchange_sendings_state_next_attempt_at"),
        "exchange_sendings",
        ["state", "next_attempt_at"],
        unique=False,
    )


def downgrade() -> None:
    op.drop_table("exchange_sendings")
    op.drop_table("exchange_records")
    op.drop_table("exchanges")
