"""
Pairs whose answer is known, the drawings of those that an operator gave, and the looks in between.

Revision 0032, after 0025.
"""

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "known_pairs",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("is_copy", sa.Boolean(), nullable=False),
        sa.Column("added_by", sa.String(length=80), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("case_id", sa.String(length=40), nullable=True),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_known_pairs_case_id_cases")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_known_pairs")),
    )
    op.create_index(op.f("ix_known_pairs_case_id"), "known_pairs", ["case_id"], unique=False)
    op.create_table(
        "known_pair_drawings",
        sa.Column("pair_id", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=20), nullable=False),
        sa.Column("ciphertext", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["pair_id"], ["known_pairs.id"], name=op.f("fk_known_pair_drawings_pair_id_known_pairs")
        ),
        sa.PrimaryKeyConstraint("pair_id", "name", name=op.f("pk_known_pair_drawings")),
    )
    op.create_table(
        "blind_looks",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("person_id", sa.String(length=80), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("pair_id", sa.String(length=40), nullable=True),
        sa.Column("decision_id", sa.String(length=40), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("is_copy", sa.Boolean(), nullable=True),
        sa.Column("known", sa.Boolean(), nullable=True),
        sa.ForeignKeyConstraint(["decision_id"], ["decisions.id"], name=op.f("fk_blind_looks_decision_id_decisions")),
        sa.ForeignKeyConstraint(["pair_id"], ["known_pairs.id"], name=op.f("fk_blind_looks_pair_id_known_pairs")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_blind_looks")),
    )
    op.create_index(op.f("ix_blind_looks_answered_at"), "blind_looks", ["answered_at"], unique=False)
    op.create_index(op.f("ix_blind_looks_pair_id"), "blind_looks", ["pair_id"], unique=False)
    op.create_index(op.f("ix_blind_looks_person_id_pair_id"), "blind_looks", ["person_id", "pair_id"], unique=False)


def downgrade() -> None:
    op.drop_table("blind_looks")
    op.drop_table("known_pair_drawings")
    op.drop_table("known_pairs")
