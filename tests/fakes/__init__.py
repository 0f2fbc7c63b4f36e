"""
One fake of each port of casework, in memory: handlers run in milliseconds, without a database, an index or a clock.

    record = FakeUnitOfWork()
    decide_case(command, record, search=FakeSearch(record.index_log), limits=SafeguardLimits())

`tests/contracts/repositories/` runs the same tests on these and on SQL, so the two cannot part. A fake has no
transaction: what an exception leaves behind stays, so a test looks at what was refused, not at what was undone.
"""

from tests.fakes.base import START, FakeClock
from tests.fakes.search import FakeIndexLog, FakeSearch
from tests.fakes.unit_of_work import FakeUnitOfWork

__all__ = ["START", "FakeClock", "FakeIndexLog", "FakeSearch", "FakeUnitOfWork"]
