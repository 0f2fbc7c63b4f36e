"""
What the page of statistics shows, counted from the record.

Invariant: counts and shares alone; nothing here says who decided what. How often each person says of known pairs what
is known is for those who agree to decisions, and their own for everybody.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from statistics import median
from typing import Final

from api.console.statistics.known_pairs import KnownAgreement, known_agreement
from casework.domain.cases.report import RESPONSE_TIME
from casework.handlers.deciding.second_look import answered_twice
from casework.persistence.repositories.operations.statistics import DecidedCase
from casework.persistence.unit_of_work import SqlUnitOfWork
from casework.policy.learning.precision import Precision, precision_of
from casework.policy.learning.share import Share

ANSWERS: Final = 5_000
"""Matches that people answered, the latest, from which precision is learned."""

_SPANS: Final = (
    ("under 1 h", timedelta(hours=1)),
    ("1–4 h", timedelta(hours=4)),
    ("4–12 h", timedelta(hours=12)),
    ("12–24 h", timedelta(hours=24)),
    ("24–48 h", RESPONSE_TIME),
)
_LONGER: Final = "over 48 h"


@dataclass(frozen=True, slots=True)
class Day:
    """
    One day, in UTC.

    Args:
        day: ``"2026-11-29"``.

        reports: Cases that reports opened.

        copies: Cases that matches opened.

        by_people: Decisions of people.

        by_policy: Decisions of the policy by itself.
    """

    day: str
    reports: int = 0
    copies: int = 0
    by_people: int = 0
    by_policy: int = 0


@dataclass(frozen=True, slots=True)
class Figures:
    """
    Everything that is counted.

    Args:
        counted_at: When.

        days: One entry a day, without gaps.

        spans: How many cases were decided within each span, by its name.

        median_s: Of the times from opening to decision, in seconds; None where nothing was decided.

        in_time: Cases that were decided before their deadline.

        overturned: Appeals that overturned a decision.

        looked: Decisions before which a photo was looked at.

        agreed: Second looks that found what the first decision says; those that could not tell are left out.

        precision: What people said of matches.

        known: What people said of pairs whose answer is known, in these days.
    """

    counted_at: datetime
    days: tuple[Day, ...]
    spans: tuple[tuple[str, int], ...]
    median_s: float | None
    in_time: Share
    overturned: Share
    looked: Share
    agreed: Share
    precision: Precision
    known: KnownAgreement


def count(uow: SqlUnitOfWork, *, days: int, second_look_percent: float) -> Figures:
    """
    Count the days up to now.

    Args:
        uow: To read.

        days: How many, today among them.

        second_look_percent: How many of a hundred decisions about copies are looked at twice.
    """
    today = uow.now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    since = today - timedelta(days=days - 1)
    decided = uow.statistics.decided_by_people(since)
    times = [one.decided_at - one.opened_at for one in decided]
    return Figures(
        counted_at=uow.now,
        days=_days(since, days, uow),
        spans=_spans(times),
        median_s=median(one.total_seconds() for one in times) if times else None,
        in_time=_in_time(decided),
        overturned=uow.statistics.overturned(since),
        looked=uow.statistics.looked(since),
        agreed=_agreed(since, uow, second_look_percent),
        known=known_agreement(since, uow),
        precision=precision_of(uow.statistics.answered_matches(limit=ANSWERS)),
    )


def _days(since: datetime, days: int, uow: SqlUnitOfWork) -> tuple[Day, ...]:
    opened = {one.day: one for one in uow.statistics.volumes(since)}
    decided = uow.statistics.decisions_by_day(since)
    found = []
    for number in range(days):
        day = f"{since + timedelta(days=number):%Y-%m-%d}"
        volume = opened.get(day)
        by_people, by_policy = decided.get(day, (0, 0))
        found.append(
            Day(
                day=day,
                reports=0 if volume is None else volume.reports,
                copies=0 if volume is None else volume.copies,
                by_people=by_people,
                by_policy=by_policy,
            )
        )
    return tuple(found)


def _spans(times: list[timedelta]) -> tuple[tuple[str, int], ...]:
    counts = dict.fromkeys((*(name for name, _ in _SPANS), _LONGER), 0)
    for time in times:
        counts[next((name for name, most in _SPANS if time <= most), _LONGER)] += 1
    return tuple(counts.items())


def _agreed(since: datetime, uow: SqlUnitOfWork, percent: float) -> Share:
    told = [pair for pair in answered_twice(since, uow, percent=percent, limit=ANSWERS) if pair[1].is_copy is not None]
    return Share(sum(first.is_copy is second.is_copy for first, second in told), len(told))


def _in_time(decided: list[DecidedCase]) -> Share:
    return Share(sum(one.decided_at <= one.deadline for one in decided), len(decided))
