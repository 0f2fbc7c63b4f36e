"""
What people wrote and who they are is encrypted: each such column becomes bytes, its rows are encrypted on the way.

All of it is one transaction: killed in the middle, nothing happened. The row `plain` of `encryption_keys` says that
pages may still hold what the dropped columns held; `persistence/encryption/proofs.py` writes them anew and removes it.

Revision 0007, after 0006.
"""

import json

import sqlalchemy as sa
from alembic import context, op

from casework.ports.vault import Vault

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_ENCRYPTED: dict[str, dict[str, bool]] = {
    "reports": {"reporter": False, "statement": False, "content": False},
    "cases": {"note": True},
    "decisions": {"note": True, "override_reason": True},
    "appeals": {"grounds": False, "note": True},
    "protected": {"reason": False},
    "takedowns": {"reversal_reason": True},
    "uploads": {"post_text": True, "url": True},
    "jobs": {"fields": False},
    "outbox": {"data": False},
}
"""Columns by table, each with whether it may be missing."""

_JSON = {"reporter", "statement", "content", "fields", "data"}
"""The others held text."""

_DIGESTED = ("target", "reporter_key")
_PAGE = 2_000


def upgrade() -> None:
    vault: Vault = context.config.attributes["vault"]
    op.create_table(
        "encryption_keys",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("proof", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_encryption_keys")),
    )
    found = [_encrypt(table, columns, vault) for table, columns in _ENCRYPTED.items()]
    if any(found):
        _digest_reports(vault)
        op.execute(sa.text("INSERT INTO encryption_keys (id, proof) VALUES ('plain', '')"))


def downgrade() -> None:
    message = "texts were encrypted since; restore the backup that was made before the upgrade"
    raise NotImplementedError(message)


def _encrypt(table: str, columns: dict[str, bool], vault: Vault) -> bool:
    """Turn columns into bytes; return whether there was a row."""
    # Column by column, in place: to make the table anew, SQLite would have to drop one that others refer to.
    sqlite = op.get_bind().dialect.name == "sqlite"
    empty = sa.text("x''") if sqlite else sa.text("''")
    for name, may_be_missing in columns.items():
        default = None if may_be_missing else empty
        op.add_column(
            table, sa.Column(f"{name}_sealed", sa.LargeBinary(), nullable=may_be_missing, server_default=default)
        )
    found = _encrypt_rows(table, columns, vault)
    for name, may_be_missing in columns.items():
        op.drop_column(table, name)
        op.alter_column(table, f"{name}_sealed", new_column_name=name) if not sqlite else op.execute(
            sa.text(f"ALTER TABLE {table} RENAME COLUMN {name}_sealed TO {name}")
        )
        if not sqlite and not may_be_missing:
            op.alter_column(table, name, server_default=None)
    return found


def _encrypt_rows(table: str, columns: dict[str, bool], vault: Vault) -> bool:
    key = "position" if table == "outbox" else "id"
    old = sa.table(table, sa.column(key), *(sa.column(name, sa.JSON() if name in _JSON else None) for name in columns))
    new = sa.table(table, sa.column(key), *(sa.column(f"{name}_sealed", sa.LargeBinary()) for name in columns))
    change = sa.update(new).where(new.c[key] == sa.bindparam("row"))
    change = change.values({f"{name}_sealed": sa.bindparam(f"new_{name}") for name in columns})
    connection, after = op.get_bind(), None
    while True:
        query = sa.select(old).order_by(old.c[key]).limit(_PAGE)
        rows = connection.execute(query if after is None else query.where(old.c[key] > after)).mappings().all()
        if not rows:
            return after is not None
        connection.execute(
            change,
            [
                {
                    "row": row[key],
                    **{f"new_{name}": _sealed(f"{table}/{name}/{row[key]}", row[name], vault) for name in columns},
                }
                for row in rows
            ],
        )
        after = rows[-1][key]


def _sealed(place: str, value: object, vault: Vault) -> bytes | None:
    if value is None:
        return None
    return vault.seal(json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode(), place)


def _digest_reports(vault: Vault) -> None:
    reports = sa.table("reports", sa.column("id"), *(sa.column(name) for name in _DIGESTED))
    connection, after = op.get_bind(), ""
    change = sa.update(reports).where(reports.c.id == sa.bindparam("row"))
    change = change.values({name: sa.bindparam(f"new_{name}") for name in _DIGESTED})
    while (
        rows := connection.execute(sa.select(reports).where(reports.c.id > after).order_by(reports.c.id).limit(_PAGE))
        .mappings()
        .all()
    ):
        connection.execute(
            change,
            [
                {"row": row["id"]}
                | {
                    f"new_{name}": None if row[name] is None else vault.digest(row[name], f"reports/{name}")
                    for name in _DIGESTED
                }
                for row in rows
            ],
        )
        after = rows[-1]["id"]
