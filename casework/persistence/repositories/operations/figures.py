"""Counts for operators, over SQL."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import ColumnElement, Connection, Select, Table, func, select

from casework.domain.cases.case import CaseState
from casework.domain.keeping.erasure import ErasureState
from casework.domain.media import Collection
from casework.domain.takedowns.propagation import UNFINISHED, DeliveryState
from casework.domain.takedowns.sweep import SweepState
from casework.domain.takedowns.takedown import TakedownState
from casework.persistence import tables
from casework.persistence.index_log.slots import collection_of

WAITING: Final = (CaseState.OPEN, CaseState.AWAITING_APPROVAL)
"""Cases that wait for somebody."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """
    What of one kind waits.

    Args:
        count: How many.

        due_soon: Those whose deadline comes soon.

        overdue: Those whose deadline is past.

        oldest_s: Age of the oldest, in seconds.
    """

    count: int
    due_soon: int
    overdue: int
    oldest_s: float


class SqlFigures:
    """Counts of what is on record."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def cases_by_state(self) -> dict[str, int]:
        """Count cases by the state they are in."""
        return self._by_state(tables.cases)

    def takedowns_by_state(self) -> dict[str, int]:
        """Count takedowns by the state they are in."""
        return self._by_state(tables.takedowns)

    def uploads(self) -> int:
        """Count registered uploads."""
        return int(self._connection.execute(select(func.count()).select_from(tables.uploads)).scalar_one())

    def waiting_cases(
        self, now: datetime, *, soon: timedelta, states: Sequence[CaseState] = WAITING
    ) -> dict[str, Waiting]:
        """
        Count cases that wait for a decision or an approval, by queue.

        Args:
            now: The moment that deadlines are compared with.

            soon: How far ahead a deadline is soon.

            states: Where they stand; one of these, or both.
        """
        cases = tables.cases.c
        waits = cases.state.in_([one.value for one in states])
        # In the order of an index that holds all of it, so that no row is read; ids sort by when they were made.
        counting = select(cases.queue, func.count(), func.min(cases.id)).where(waits)
        counts: Counter[str] = Counter()
        oldest: dict[str, str] = {}
        for queue, count, first in self._connection.execute(counting.group_by(cases.state, cases.queue)):
            counts[queue] += count
            oldest[queue] = min(first, oldest.get(queue, first))
        opened = select(cases.id, cases.opened_at).where(cases.id.in_(list(oldest.values())))
        opened_at = {row.id: row.opened_at for row in self._connection.execute(opened)}
        of_these = (waits, cases.queue.in_(list(counts)))
        overdue = self._by_queue(*of_these, cases.deadline < now)
        due_soon = self._by_queue(*of_these, cases.deadline.between(now, now + soon))
        return {
            queue: Waiting(
                count=count,
                due_soon=due_soon.get(queue, 0),
                overdue=overdue.get(queue, 0),
                oldest_s=_age_s(opened_at[oldest[queue]], now),
            )
            for queue, count in counts.items()
        }

    def _by_queue(self, *conditions: ColumnElement[bool]) -> dict[str, int]:
        queue = tables.cases.c.queue
        query = select(queue, func.count()).where(*conditions).group_by(queue)
        return {str(name): int(count) for name, count in self._connection.execute(query)}

    def quarantined(self) -> int:
        """Count active takedowns that are in quarantine."""
        takedowns = tables.takedowns.c
        query = select(func.count()).where(
            takedowns.quarantined_at.is_not(None), takedowns.state == TakedownState.ACTIVE.value
        )
        return self._number(query)

    def undelivered(self) -> dict[tuple[str, str], int]:
        """Count messages that are not delivered, by destination and state."""
        deliveries = tables.deliveries.c
        states = (*(state.value for state in UNFINISHED), DeliveryState.DEAD.value)
        query = (
            select(deliveries.destination_id, deliveries.state, func.count())
            .where(deliveries.state.in_(states))
            .group_by(deliveries.destination_id, deliveries.state)
        )
        return {(str(to), str(state)): int(count) for to, state, count in self._connection.execute(query)}

    def oldest_deliveries(self, now: datetime) -> dict[str, float]:
        """Return the age in seconds of the oldest message that is still to be delivered, by destination."""
        deliveries = tables.deliveries.c
        query = (
            select(deliveries.destination_id, func.min(deliveries.created_at))
            .where(deliveries.state.in_([state.value for state in UNFINISHED]))
            .group_by(deliveries.destination_id)
        )
        return {str(to): _age_s(created_at, now) for to, created_at in self._connection.execute(query)}

    def jobs_by_state(self) -> dict[str, int]:
        """Count jobs of the last days by the state they are in."""
        return self._by_state(tables.jobs)

    def pending_erasures(self, now: datetime) -> tuple[Mapping[str, int], float]:
        """Count erasures that are not through, by state; and return the age of the oldest in seconds, or 0."""
        erasures = tables.erasures.c
        pending = erasures.state != ErasureState.COMPLETED.value
        counted = select(erasures.state, func.count()).where(pending).group_by(erasures.state)
        oldest = self._connection.execute(select(func.min(erasures.requested_at)).where(pending)).scalar()
        by_state = {str(state): int(count) for state, count in self._connection.execute(counted)}
        return by_state, _age_s(oldest, now)

    def pending_sweeps(self) -> int:
        """Count sweeps over uploads that are not done."""
        states = (SweepState.PENDING.value, SweepState.RUNNING.value)
        return self._number(select(func.count()).where(tables.lookbacks.c.state.in_(states)))

    def unfinished_searches(self) -> int:
        """Count deep searches that a worker has yet to finish."""
        return self._number(select(func.count()).select_from(tables.unfinished_searches))

    def newest_changes(self) -> dict[str, int]:
        """Return the last `seq` of each collection's log; of several slots the sum of theirs."""
        counters = tables.index_counters.c
        names = {one.value for one in Collection}
        newest: Counter[str] = Counter()
        for log, seq in self._connection.execute(select(counters.collection, counters.seq)):
            if (name := collection_of(log)) in names:
                newest[name] += int(seq)
        return dict(newest)

    def _by_state(self, table: Table) -> dict[str, int]:
        query = select(table.c.state, func.count()).group_by(table.c.state)
        return {str(state): int(count) for state, count in self._connection.execute(query)}

    def _number(self, query: Select[int]) -> int:
        found: int = self._connection.execute(query).scalar_one()
        return found


def _age_s(since: datetime | None, now: datetime) -> float:
    return 0.0 if since is None else max(0.0, (now - since).total_seconds())
