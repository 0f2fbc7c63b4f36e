"""
What is counted of a stretch of time: volumes, times to decision, appeals, looks, and what people said of matches.

Invariant: nothing here writes, and nothing says who did something. It reads tens of thousands of rows: whoever shows it
keeps it for a while.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from pydantic import TypeAdapter
from sqlalchemy import Connection, Text, case, cast, exists, func, or_, select

from casework.domain.cases.appeal import AppealState
from casework.domain.cases.decision import DecisionOutcome, DecisionState
from casework.persistence import tables
from casework.policy.learning.precision import AnsweredMatch
from casework.policy.learning.share import Share
from matcher.comparing.comparison import Evidence
from matcher.strength import Strength

_EVIDENCE: TypeAdapter[tuple[Evidence, ...]] = TypeAdapter(tuple[Evidence, ...])
_NONE = "[]"
_BY_POLICY = "policy:%"
_ENDS = (DecisionOutcome.UPHOLD.value, DecisionOutcome.REJECT.value, DecisionOutcome.REFER.value)


@dataclass(frozen=True, slots=True)
class DayVolume:
    """
    What came in on one day, in UTC.

    Args:
        day: ``"2026-11-29"``.

        reports: Cases that reports opened.

        copies: Cases that matches opened.
    """

    day: str
    reports: int
    copies: int


@dataclass(frozen=True, slots=True)
class DecidedCase:
    """When a person decided a case for the first time."""

    opened_at: datetime
    deadline: datetime
    decided_at: datetime


class SqlStatistics:
    """Counts over a stretch of time."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def volumes(self, since: datetime) -> list[DayVolume]:
        """Count cases by the day they were opened, the first day first; days without one are left out."""
        cases = tables.cases.c
        day = func.date(cases.opened_at)
        by_match = func.sum(case((cases.upload_id.is_not(None), 1), else_=0))
        query = select(day, func.count(), by_match).where(cases.opened_at >= since).group_by(day).order_by(day)
        return [
            DayVolume(str(day), reports=int(count) - int(copies), copies=int(copies))
            for day, count, copies in self._connection.execute(query)
        ]

    def decisions_by_day(self, since: datetime) -> dict[str, tuple[int, int]]:
        """Count what people, and what the policy by itself, decided on each day: ``{"2026-11-29": (12, 340)}``."""
        decisions = tables.decisions.c
        day = func.date(decisions.decided_at)
        by_policy = func.sum(case((decisions.decided_by.like(_BY_POLICY), 1), else_=0))
        query = select(day, func.count(), by_policy).where(
            decisions.decided_at >= since, decisions.outcome != DecisionOutcome.REQUEST_INFORMATION.value
        )
        rows = self._connection.execute(query.group_by(day))
        return {str(day): (int(count) - int(policy), int(policy)) for day, count, policy in rows}

    def decided_by_people(self, since: datetime) -> list[DecidedCase]:
        """List the cases that people have decided since, each by its first decision."""
        cases, decisions = tables.cases.c, tables.decisions.c
        query = (
            select(cases.opened_at, cases.deadline, func.min(decisions.decided_at).label("decided_at"))
            .join(tables.cases, cases.id == decisions.case_id)
            .where(
                decisions.decided_at >= since,
                decisions.outcome.in_(_ENDS),
                decisions.decided_by.not_like(_BY_POLICY),
            )
            .group_by(cases.id, cases.opened_at, cases.deadline)
        )
        return [DecidedCase(row.opened_at, row.deadline, row.decided_at) for row in self._connection.execute(query)]

    def overturned(self, since: datetime) -> Share:
        """Count the appeals decided since, and those that overturned a decision."""
        appeals = tables.appeals.c
        found = func.sum(case((appeals.state == AppealState.OVERTURNED.value, 1), else_=0))
        row = self._connection.execute(select(found, func.count()).where(appeals.decided_at >= since)).one()
        return Share(int(row[0] or 0), int(row[1]))

    def looked(self, since: datetime, *, person_id: str | None = None) -> Share:
        """
        Count decisions of people about cases with pictures, and those whose decider looked at a photo of the case.

        Args:
            since: When they were made.

            person_id: Of this person alone; of all if left out.
        """
        decisions, views = tables.decisions.c, tables.media_views.c
        has_seen = exists().where(views.case_id == decisions.case_id, views.person_id == decisions.decided_by)
        query = select(func.count(), func.sum(case((has_seen, 1), else_=0))).where(
            decisions.decided_at >= since,
            decisions.outcome.in_(_ENDS),
            decisions.state != DecisionState.WITHDRAWN.value,  # undone at once
            decisions.decided_by.not_like(_BY_POLICY),
        )
        if person_id is not None:
            query = query.where(decisions.decided_by == person_id)
        count, found = self._connection.execute(query).one()
        return Share(int(found or 0), int(count))

    def answered_matches(self, *, limit: int) -> Sequence[AnsweredMatch]:
        """List the matches of which a person said whether they are copies, the latest first."""
        matches = tables.matches.c
        query = (
            select(matches.strength, cast(matches.evidence, Text).label("evidence"), matches.dismissed_by)
            .where(
                or_(matches.confirmed_by.is_not(None), matches.dismissed_by.is_not(None)),
                cast(matches.evidence, Text) != _NONE,  # a report named the upload
            )
            .order_by(matches.id.desc())
            .limit(limit)
        )
        return [
            AnsweredMatch(Strength(row.strength), _EVIDENCE.validate_json(row.evidence), row.dismissed_by is None)
            for row in self._connection.execute(query)
        ]
