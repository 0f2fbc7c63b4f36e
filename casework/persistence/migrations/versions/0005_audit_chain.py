"""
The audit log becomes a chain of hashes, and the database refuses to change or delete a row.

Rows written before are chained in their order.

Revision 0005, after 0004.
"""

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

from casework.domain.keeping.audit import FIRST_LINK, AuditEntry, chained

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_PORTION = 1_000

# A detail may be erased with its salt; nothing else may change.
_KEPT = ("position", "at", "actor_id", "action", "subject_id", "digest", "hash")
_MESSAGE = "the audit log is append-only"

_ON_SQLITE = (
    f"""CREATE TRIGGER audit_log_keeps_rows BEFORE DELETE ON audit_log
        BEGIN SELECT RAISE(ABORT, '{_MESSAGE}'); END""",
    f"""CREATE TRIGGER audit_log_keeps_values BEFORE UPDATE ON audit_log
        WHEN {" OR ".join(f'NEW."{name}" IS NOT OLD."{name}"' for name in _KEPT)}
            OR (NEW.detail IS NOT NULL AND NEW.detail IS NOT OLD.detail)
            OR (NEW.salt IS NOT NULL AND NEW.salt IS NOT OLD.salt)
        BEGIN SELECT RAISE(ABORT, '{_MESSAGE}'); END""",
)
_ON_POSTGRESQL = (
    f"""CREATE FUNCTION audit_log_refuse() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN RAISE EXCEPTION '{_MESSAGE}'; END $$""",
    """CREATE TRIGGER audit_log_keeps_rows BEFORE DELETE ON audit_log
        FOR EACH ROW EXECUTE FUNCTION audit_log_refuse()""",
    f"""CREATE TRIGGER audit_log_keeps_values BEFORE UPDATE ON audit_log FOR EACH ROW
        WHEN ({" OR ".join(f'NEW."{name}" IS DISTINCT FROM OLD."{name}"' for name in _KEPT)}
            OR (NEW.detail IS NOT NULL AND NEW.detail::text IS DISTINCT FROM OLD.detail::text)
            OR (NEW.salt IS NOT NULL AND NEW.salt IS DISTINCT FROM OLD.salt))
        EXECUTE FUNCTION audit_log_refuse()""",
)


def upgrade() -> None:
    end = op.create_table(
        "audit_end",
        sa.Column("id", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_end")),
    )
    op.rename_table("audit_log", "audit_log_unchained")
    on_postgresql = op.get_bind().dialect.name == "postgresql"
    if on_postgresql:
        op.execute("ALTER INDEX pk_audit_log RENAME TO pk_audit_log_unchained")
    op.drop_index("ix_audit_log_subject_id", table_name="audit_log_unchained")
    chain = op.create_table(
        "audit_log",
        sa.Column("position", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_id", sa.String(length=80), nullable=False),
        sa.Column("action", sa.String(length=60), nullable=False),
        sa.Column("subject_id", sa.String(length=80), nullable=False),
        sa.Column("detail", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("salt", sa.LargeBinary(), nullable=True),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_audit_log")),
    )
    op.create_index(op.f("ix_audit_log_subject_id"), "audit_log", ["subject_id"], unique=False)
    position, link = _chain(chain)
    op.bulk_insert(end, [{"id": 1, "position": position, "hash": link}])
    op.drop_table("audit_log_unchained")
    for statement in _ON_POSTGRESQL if on_postgresql else _ON_SQLITE:
        op.execute(statement)


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP TRIGGER audit_log_keeps_rows ON audit_log")
        op.execute("DROP TRIGGER audit_log_keeps_values ON audit_log")
        op.execute("DROP FUNCTION audit_log_refuse()")
    else:
        op.execute("DROP TRIGGER audit_log_keeps_rows")
        op.execute("DROP TRIGGER audit_log_keeps_values")
    op.execute("UPDATE audit_log SET detail = '{}' WHERE detail IS NULL")
    with op.batch_alter_table("audit_log") as table:
        table.alter_column("detail", existing_type=sa.JSON(), nullable=False)
        for name in ("salt", "digest", "hash"):
            table.drop_column(name)
    op.drop_table("audit_end")


def _chain(chain: sa.Table) -> tuple[int, bytes]:
    """Copy the rows written before into the chain, numbered anew without gaps."""
    connection = op.get_bind()
    before = sa.table(
        "audit_log_unchained",
        sa.column("position", sa.BigInteger()),
        sa.column("at", sa.DateTime(timezone=True)),
        sa.column("actor_id", sa.String()),
        sa.column("action", sa.String()),
        sa.column("subject_id", sa.String()),
        sa.column("detail", sa.JSON()),
    )
    seen, position, link = 0, 0, FIRST_LINK
    while True:
        query = sa.select(before).where(before.c.position > seen).order_by(before.c.position).limit(_PORTION)
        portion = connection.execute(query).mappings().all()
        if not portion:
            return position, link
        rows = []
        for old in portion:
            position += 1
            entry = AuditEntry(_utc(old["at"]), old["actor_id"], old["action"], old["subject_id"], old["detail"])
            row = chained(entry, position=position, before=link)
            link = row.hash
            rows.append({name: getattr(row, name) for name in (*_KEPT, "detail", "salt")})
        connection.execute(sa.insert(chain), rows)
        seen = portion[-1]["position"]


def _utc(moment: datetime) -> datetime:
    """Return a moment with its zone, which SQLite drops."""
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment
