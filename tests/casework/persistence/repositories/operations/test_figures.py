"""What waits is counted as a plain look at every case counts it."""

import random
from collections.abc import Iterator
from contextlib import AbstractContextManager
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine

from casework.domain.cases.case import Case, CaseState, Queue
from casework.domain.facts import Facts
from casework.domain.ids import CaseId, new_id
from casework.persistence.connection.database import open_database
from casework.persistence.repositories.operations.figures import Waiting
from casework.persistence.unit_of_work import SqlUnitOfWork, transaction
from tests.casework.persistence.records import VAULT
from tests.fakes import START, FakeClock
from tests.helpers.records.databases import KINDS
from tests.helpers.records.empty_records import empty_record

SOON = timedelta(hours=6)


@pytest.fixture(params=KINDS)
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """Open an empty record."""
    with empty_record(request.param, request, tmp_path) as url:
        opened = open_database(url)
        yield opened
        opened.dispose()


def some_cases(count: int) -> list[Case]:
    """Make cases of every queue and state, due before and after now; a deadline says nothing of the age."""
    rng = random.Random(5)
    cases = []
    for _ in range(count):
        opened_at = START - timedelta(minutes=rng.randrange(9_000))
        case = Case(
            id=CaseId(new_id("case", opened_at)),
            queue=rng.choice([Queue.REPORTS, Queue.MATCHES, Queue.APPEALS]),
            state=rng.choice(list(CaseState)),
            opened_at=opened_at,
            deadline=START + timedelta(minutes=rng.randrange(-900, 900)),
            facts=Facts(),
        )
        cases.append(case)
    return cases


def plainly(cases: list[Case], states: tuple[CaseState, ...]) -> dict[str, Waiting]:
    """Look at every case."""
    found = {}
    for queue in Queue:
        waiting = [one for one in cases if one.queue is queue and one.state in states]
        if waiting:
            found[queue.value] = Waiting(
                count=len(waiting),
                due_soon=sum(START <= one.deadline <= START + SOON for one in waiting),
                overdue=sum(one.deadline < START for one in waiting),
                oldest_s=max((START - one.opened_at).total_seconds() for one in waiting),
            )
    return found


def at_start(engine: Engine) -> AbstractContextManager[SqlUnitOfWork]:
    """Begin a transaction at the moment at which tests start."""
    return transaction(engine, clock=FakeClock(), preview_retention=timedelta(days=1), vault=VAULT)


def test_what_waits_is_counted_as_a_plain_look_counts_it(engine: Engine) -> None:
    """By queue: how many, how many soon, how many too late, and since when the oldest."""
    cases = some_cases(150)
    both = (CaseState.OPEN, CaseState.AWAITING_APPROVAL)
    with at_start(engine) as uow:
        assert uow.figures.waiting_cases(START, soon=SOON) == {}
        for case in cases:
            uow.cases.add(case)
    with at_start(engine) as uow:
        assert uow.figures.waiting_cases(START, soon=SOON, states=both) == plainly(cases, both)
        alone = (CaseState.AWAITING_APPROVAL,)
        assert uow.figures.waiting_cases(START, soon=SOON, states=alone) == plainly(cases, alone)
