"""
Past cases, decisions and matches as the policy is asked about them again, over SQL.

A hundred thousand are read: facts are taken as the text they are stored as, and the same text is read once.
Invariant: nothing here writes.
"""

import json
from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import Column, ColumnElement, Connection, Label, RowMapping, Select, Table, Text, cast, func, select

from casework.domain.banking import HashAction
from casework.domain.cases.case import CaseState, Queue
from casework.domain.cases.decision import DecisionOutcome
from casework.domain.cases.past import OpenCase, PastDecision, PastMatch, PastTakedown
from casework.domain.facts import Facts
from casework.domain.media import CLAIMED_KIND
from casework.domain.takedowns.takedown import TakedownState
from casework.domain.verdict import Verdict
from casework.persistence import tables
from casework.persistence.repositories.takedowns import lacks_in
from matcher.comparing.comparison import Evidence
from matcher.strength import Strength

_EVIDENCE: TypeAdapter[tuple[Evidence, ...]] = TypeAdapter(tuple[Evidence, ...])
_NONE = "[]"
_POLICY = "policy:"


class SqlPast:
    """What was decided, and what waits."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def open_cases(self, *, after: str | None, limit: int, since: datetime | None = None) -> Sequence[OpenCase]:
        """Read cases that wait for a decision, but for those that ask about a takedown in quarantine."""
        cases = tables.cases.c
        query = select(cases.id, _text(cases.facts, "facts")).where(_waits())
        rows = self._page(query, cases.id, cases.opened_at, after=after, limit=limit, since=since)
        return [OpenCase(row["id"], row["id"], _facts(row["facts"])) for row in rows]

    def decisions(self, *, after: str | None, limit: int, since: datetime | None = None) -> Sequence[PastDecision]:
        """Read decisions, those that were overturned since, too."""
        decisions = tables.decisions.c
        query = select(
            decisions.id,
            decisions.case_id,
            decisions.takedown_id,
            decisions.outcome,
            decisions.decided_by,
            _text(decisions.recommendation, "recommendation"),
            _text(decisions.facts, "facts"),
        )
        rows = self._page(query, decisions.id, decisions.decided_at, after=after, limit=limit, since=since)
        return [_decision(row) for row in rows]

    def matches(
        self, *, after: str | None, limit: int, since: datetime | None = None, with_evidence: bool
    ) -> Sequence[PastMatch]:
        """Read what uploads matched; without evidence it is several times as fast."""
        matches, position = tables.matches.c, None if after is None else int(after)
        query = _MATCHES
        if with_evidence:
            query = query.add_columns(_text(matches.evidence, "evidence"))
        rows = self._page(query, matches.id, matches.matched_at, after=position, limit=limit, since=since)
        return [_match(row) for row in rows]

    def count(self, *, since: datetime | None = None) -> int:
        """Count all of these together."""
        return (
            self._count(tables.cases, tables.cases.c.opened_at, since, _waits())
            + self._count(tables.decisions, tables.decisions.c.decided_at, since)
            + self._count(tables.matches, tables.matches.c.matched_at, since)
        )

    def _page(
        self,
        query: Select[Any],
        position: Column[Any],
        at: Column[Any],
        *,
        after: str | int | None,
        limit: int,
        since: datetime | None,
    ) -> Sequence[RowMapping]:
        if after is not None:
            query = query.where(position > after)
        if since is not None:
            query = query.where(at >= since)
        return self._connection.execute(query.order_by(position).limit(limit)).mappings().all()

    def _count(self, table: Table, at: Column[Any], since: datetime | None, *conditions: ColumnElement[bool]) -> int:
        query = select(func.count()).select_from(table).where(*conditions)
        if since is not None:
            query = query.where(at >= since)
        return int(self._connection.execute(query).scalar_one())


def _waits() -> ColumnElement[bool]:
    cases = tables.cases.c
    return (cases.state == CaseState.OPEN.value) & cases.queue.not_in([Queue.QUARANTINES.value, Queue.MINORS.value])


def _text(column: Column[Any], name: str) -> Label[str]:
    """Read a JSON column as the text it is stored as."""
    return cast(column, Text).label(name)


def _matches() -> Select[Any]:
    matches, uploads, takedowns = tables.matches, tables.uploads, tables.takedowns
    origin, own, decided = tables.cases.alias("origin"), tables.cases.alias("own"), tables.decisions
    return (
        select(
            matches.c.id,
            matches.c.upload_id,
            matches.c.takedown_id,
            matches.c.strength,
            matches.c.agreeing,
            matches.c.verdict,
            matches.c.rule,
            matches.c.confirmed_by,
            matches.c.dismissed_by,
            (_text(matches.c.evidence, "evidence") == _NONE).label("named"),
            uploads.c.case_id,
            own.c.state.label("case_state"),
            (uploads.c.uploader_id == takedowns.c.subject_uploader_id).label("by_subject"),
            tables.media.c.kind,
            takedowns.c.hash_action,
            takedowns.c.effective_at,
            takedowns.c.quarantined_at,
            takedowns.c.source,
            takedowns.c.trust_lacks,
            takedowns.c.state.label("takedown_state"),
            _text(origin.c.facts, "origin_facts"),
            _text(decided.c.facts, "decided_facts"),
        )
        .select_from(matches)
        .join(uploads, uploads.c.id == matches.c.upload_id)
        .join(takedowns, takedowns.c.id == matches.c.takedown_id)
        .join(origin, origin.c.id == takedowns.c.case_id)
        .join(decided, decided.c.id == takedowns.c.decision_id)
        .outerjoin(own, own.c.id == uploads.c.case_id)
        .outerjoin(tables.media, tables.media.c.id == matches.c.media_id)
    )


_MATCHES = _matches()


@lru_cache(20_000)
def _facts(text: str) -> Facts:
    return Facts.from_mapping(json.loads(text))


@lru_cache(20_000)
def _recommendation(text: str) -> tuple[str, str, str]:
    recorded = json.loads(text)
    return recorded["rule"], recorded["outcome"], recorded["hash_action"]


def _decision(row: RowMapping) -> PastDecision:
    rule, recommended, hash_action = _recommendation(row["recommendation"])
    return PastDecision(
        position=row["id"],
        decision_id=row["id"],
        case_id=row["case_id"],
        takedown_id=row["takedown_id"],
        outcome=DecisionOutcome(row["outcome"]),
        by_policy=row["decided_by"].startswith(_POLICY),
        rule=rule,
        recommended=recommended,
        hash_action=hash_action,
        facts=_facts(row["facts"]),
    )


def _match(row: RowMapping) -> PastMatch:
    evidence = row.get("evidence")
    return PastMatch(
        position=str(row["id"]),
        upload_id=row["upload_id"],
        case_id=row["case_id"],
        case_state=None if row["case_state"] is None else CaseState(row["case_state"]),
        takedown=_takedown(row),
        by_subject=bool(row["by_subject"]),
        claimed=row["kind"] == CLAIMED_KIND,
        strength=Strength(row["strength"]),
        agreeing=row["agreeing"],
        evidence=None if evidence is None else _EVIDENCE.validate_json(evidence),
        named=row["named"],
        verdict=Verdict(row["verdict"]),
        rule=row["rule"],
        settled=_settled(row),
    )


def _takedown(row: RowMapping) -> PastTakedown:
    state = TakedownState(row["takedown_state"])
    return PastTakedown(
        takedown_id=row["takedown_id"],
        origin=_facts(row["origin_facts"]),
        decided=_facts(row["decided_facts"]),
        hash_action=HashAction(row["hash_action"]),
        interim=row["source"] is None
        and (state is TakedownState.INTERIM or (not state.stands and row["effective_at"] is None)),
        quarantined=row["quarantined_at"] is not None,
        source=row["source"],
        lacks=lacks_in(row["trust_lacks"]),
    )


def _settled(row: RowMapping) -> DecisionOutcome | None:
    if row["dismissed_by"] is not None:
        return DecisionOutcome.REJECT
    return None if row["confirmed_by"] is None else DecisionOutcome.UPHOLD
