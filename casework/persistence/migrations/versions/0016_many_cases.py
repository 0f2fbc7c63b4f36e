"""
Cases in lists and groups: what evidence each match rests on, and digests of what cases are found by.

Both are derived from matches, uploads and reports; what was encrypted stays so.

Revision 0016, after 0020.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from alembic import context, op

from casework.domain.cases.handles import Handles, handles_of
from casework.domain.takedowns.evidence_kind import key_of, without_amounts
from casework.ports.vault import Vault
from matcher.signals.turning.orientations import AS_IS

revision = "0016"
down_revision = "0020"
branch_labels = None
depends_on = None

_PAGE = 1_000
_CASES = sa.table("cases", *map(sa.column, ("id", "upload_id", "takedown_id", "strength", "evidence")))
_UPLOADS = sa.table("uploads", *map(sa.column, ("id", "platform_id", "uploader_id", "url")))
_REPORTS = sa.table("reports", *map(sa.column, ("id", "case_id", "content")))
_MATCHES = sa.table(
    "matches", *map(sa.column, ("upload_id", "takedown_id", "strength")), sa.column("evidence", sa.JSON)
)
_HANDLES = sa.table("case_handles", sa.column("digest"), sa.column("case_id"))


def upgrade() -> None:
    op.add_column("cases", sa.Column("strength", sa.String(length=10), nullable=True))
    op.add_column("cases", sa.Column("evidence", sa.String(length=160), nullable=True))
    op.create_index(op.f("ix_cases_state_deadline_id"), "cases", ["state", "deadline", "id"], unique=False)
    grouped = ["state", "takedown_id", "evidence", "deadline"]
    op.create_index(op.f("ix_cases_state_takedown_id_evidence_deadline"), "cases", grouped, unique=False)
    op.create_index(op.f("ix_decisions_decided_by"), "decisions", ["decided_by"], unique=False)
    op.create_table(
        "case_handles",
        sa.Column("digest", sa.String(length=32), nullable=False),
        sa.Column("case_id", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_case_handles_case_id_cases")),
        sa.PrimaryKeyConstraint("digest", "case_id", name=op.f("pk_case_handles")),
    )
    op.create_index(op.f("ix_case_handles_case_id"), "case_handles", ["case_id"], unique=False)
    vault: Vault = context.config.attributes["vault"]
    for matched in _pages(_matched()):
        _say_evidence(matched)
        _find_by({row["case_id"]: _handles_of_upload(row, vault) for row in matched}, vault)
    for reported in _pages(sa.select(_REPORTS.c.case_id, _REPORTS.c.id, _REPORTS.c.content), key="case_id"):
        _find_by({row["case_id"]: _handles_of_report(row, vault) for row in reported}, vault)


def downgrade() -> None:
    op.drop_table("case_handles")
    op.drop_index(op.f("ix_decisions_decided_by"), table_name="decisions")
    op.drop_index(op.f("ix_cases_state_takedown_id_evidence_deadline"), table_name="cases")
    op.drop_index(op.f("ix_cases_state_deadline_id"), table_name="cases")
    op.drop_column("cases", "evidence")
    op.drop_column("cases", "strength")


def _matched() -> sa.Select[Any]:
    of_case = sa.and_(_MATCHES.c.upload_id == _CASES.c.upload_id, _MATCHES.c.takedown_id == _CASES.c.takedown_id)
    return sa.select(
        _CASES.c.id.label("case_id"),
        _UPLOADS.c.id,
        _UPLOADS.c.platform_id,
        _UPLOADS.c.uploader_id,
        _UPLOADS.c.url,
        _MATCHES.c.strength,
        _MATCHES.c.evidence,
    ).select_from(_CASES.join(_UPLOADS, _UPLOADS.c.id == _CASES.c.upload_id).outerjoin(_MATCHES, of_case))


def _pages(query: sa.Select[Any], *, key: str = "case_id") -> Iterator[Sequence[sa.RowMapping]]:
    by, after = query.selected_columns[key], ""
    while rows := op.get_bind().execute(query.where(by > after).order_by(by).limit(_PAGE)).mappings().all():
        yield rows
        after = rows[-1][key]


def _say_evidence(matched: Sequence[sa.RowMapping]) -> None:
    change = sa.update(_CASES).where(_CASES.c.id == sa.bindparam("row"))
    rows = [
        {"row": row["case_id"], "strength": row["strength"], "evidence": _kind(row["strength"], row["evidence"])}
        for row in matched
        if row["strength"] is not None
    ]
    if rows:
        op.get_bind().execute(change.values(strength=sa.bindparam("strength"), evidence=sa.bindparam("evidence")), rows)


def _kind(strength: str, evidence: Sequence[Mapping[str, Any]]) -> str:
    agreeing = [one for one in evidence if _agrees(one)]
    done = [one["transformation"] for one in agreeing if one["transformation"] != AS_IS]
    return key_of(strength, (one["signal"] for one in agreeing), without_amounts(done[-1]) if done else AS_IS)


def _agrees(one: Mapping[str, Any]) -> bool:
    if "frames" in one:
        return bool(one["frames"] > 0)
    return one["strength"] is not None if "inliers" in one else bool(one["distance"] <= one["threshold"])


def _handles_of_upload(row: sa.RowMapping, vault: Vault) -> Handles:
    url = None if row["url"] is None else json.loads(vault.open(row["url"], f"uploads/url/{row['id']}"))
    return handles_of(urls=[url], upload_id=row["platform_id"], uploader_id=row["uploader_id"])


def _handles_of_report(row: sa.RowMapping, vault: Vault) -> Handles:
    content = json.loads(vault.open(row["content"], f"reports/content/{row['id']}"))
    urls = [content.get("url"), *content.get("other_urls", ())]
    return handles_of(urls=urls, upload_id=content.get("upload_id"), uploader_id=content.get("uploader_id"))


def _find_by(handles: Mapping[str, Handles], vault: Vault) -> None:
    rows = [
        {"digest": digest, "case_id": case_id}
        for case_id, found in handles.items()
        for digest in {vault.digest(value, f"case_handles/{kind.value}") for kind, value in found}
    ]
    if rows:
        op.get_bind().execute(sa.insert(_HANDLES), rows)
