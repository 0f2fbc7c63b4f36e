"""
What others may have remembered of the record and must read again: takedowns, lists, keys, each by its id, in order.

    counter `changed`   the `seq` of the newest row, in `index_counters`, so that one query reads all there is to follow
    changed_records     seq, subject_id: a takedown, an entry of a list, a key; or `EVERYTHING`

Whoever answers questions keeps in memory what a match rests on and which keys there are. Each transaction that changes
such a row notes its id here, through the repository that writes it, and every process forgets what it remembers of it
before it answers the next question.

Invariant: rows are numbered in the order of commits and without gaps: the counter is taken last in a transaction, after
every other lock, and held for no longer than the commit takes. Old rows are deleted; a reader that finds some missing
forgets everything.
"""

from collections.abc import Callable, Sequence
from typing import Final

from sqlalchemy import Connection, bindparam, delete, select, update

from casework.domain.ids import CaseId
from casework.domain.media import Collection
from casework.persistence import tables
from casework.persistence.connection.bulk import insert_into
from casework.persistence.connection.direct import column_of, rows_of, write
from casework.persistence.index_log.slots import SLOTTED
from casework.persistence.rows import portions

COUNTER: Final = "changed"
"""Its row in `index_counters`."""

EVERYTHING: Final = "*"
"""Noted where what changed is too much to name, or must leave every memory for certain."""

KEPT: Final = 10_000
"""Rows that are left for readers that are behind."""

_COUNTERS, _CHANGED, _TAKEDOWNS = tables.index_counters, tables.changed_records.c, tables.takedowns.c
FOLLOWED: Final = (*(one.value for one in Collection if one not in SLOTTED), COUNTER)
"""The logs that answers to questions by hashes rest on; counters of slots, hundreds of them, are none of these."""

_EVERY_COUNTER = select(_COUNTERS.c.collection, _COUNTERS.c.seq)
_HEADS = select(_COUNTERS.c.collection, _COUNTERS.c.seq).where(_COUNTERS.c.collection.in_(FOLLOWED))
_ADVANCE = (
    update(_COUNTERS)
    .where(_COUNTERS.c.collection == COUNTER)
    .values(seq=_COUNTERS.c.seq + bindparam("by"))
    .returning(_COUNTERS.c.seq)
)
_TAKEDOWNS_OF = (
    select(_TAKEDOWNS.id).where(_TAKEDOWNS.case_id.in_(bindparam("cases", expanding=True))).order_by(_TAKEDOWNS.id)
)
_BETWEEN = (
    select(_CHANGED.subject_id)
    .where(_CHANGED.seq > bindparam("after"), _CHANGED.seq <= bindparam("newest"))
    .order_by(_CHANGED.seq)
)


class ChangedRecords:
    """
    What one transaction changes; written at its end.

    Args:
        connection: With its transaction begun.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._subjects: dict[str, None] = {}
        self._cases: dict[CaseId, None] = {}

    def note(self, subject_id: str) -> None:
        """Note that a row changed which others may remember."""
        self._subjects[subject_id] = None

    def note_case(self, case_id: CaseId) -> None:
        """Note that a case changed: its facts are what matches of its takedowns are judged on."""
        self._cases[case_id] = None

    def mark(self) -> Callable[[], None]:
        """Return what forgets all that is noted from now on, should it be undone."""
        subjects, cases = dict(self._subjects), dict(self._cases)

        def forget() -> None:
            self._subjects, self._cases = subjects, cases

        return forget

    def flush(self) -> None:
        """Write what was noted; the last lock this transaction takes."""
        subjects = [*self._subjects, *(one for one in self._takedowns() if one not in self._subjects)]
        self._subjects, self._cases = {}, {}
        if not subjects:
            return
        (last,) = column_of(self._connection, _ADVANCE, {"by": len(subjects)})
        first = last - len(subjects) + 1
        rows = [{"seq": first + place, "subject_id": one} for place, one in enumerate(subjects)]
        write(self._connection, insert_into(tables.changed_records), rows)

    def counters(self) -> dict[str, int]:
        """Return how far every log is, by its counter: where none moved on, nothing was changed that is in a log."""
        return {row["collection"]: row["seq"] for row in rows_of(self._connection, _EVERY_COUNTER, {})}

    def forget_old(self) -> None:
        """Delete rows that everybody has long read."""
        newest = heads(self._connection)[COUNTER]
        self._connection.execute(delete(tables.changed_records).where(_CHANGED.seq <= newest - KEPT))

    def _takedowns(self) -> list[str]:
        found: list[str] = []
        for ids in portions(self._cases):
            found.extend(column_of(self._connection, _TAKEDOWNS_OF, {"cases": ids}))
        return found


def heads(connection: Connection) -> dict[str, int]:
    """Return the newest `seq` of each of the `FOLLOWED`, by its counter, in one query."""
    return {row["collection"]: row["seq"] for row in rows_of(connection, _HEADS, {})}


def changed_between(connection: Connection, after: int, newest: int) -> Sequence[str]:
    """
    Return what changed after one `seq` and up to another.

    Returns:
        Ids; `EVERYTHING` alone where there is more than is kept.
    """
    if newest - after > KEPT or newest < after:
        return [EVERYTHING]
    found = column_of(connection, _BETWEEN, {"after": after, "newest": newest})
    return found if len(found) == newest - after else [EVERYTHING]
