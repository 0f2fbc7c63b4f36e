"""
How often somebody may do something, counted together by all processes of one machine, in a file of its own.

    rates   one row a name: the moment at which its allowance is whole again       (a token bucket, as GCRA keeps it)
    tries   one row a name: how many different wrong secrets it has tried lately

Each question is one statement on one row, so processes cannot count past each other. The file is no record
(`machine_file.py`) and holds nothing but names and moments. Invariant: where it cannot be read or written, everything
is allowed and the log says so; a full disk must not lock everybody out.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from casework.persistence.machine_files.machine_file import MachineFile

_TABLES = """
CREATE TABLE IF NOT EXISTS rates (name TEXT PRIMARY KEY, whole_at REAL NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS tries
    (name TEXT PRIMARY KEY, count INTEGER NOT NULL, last BLOB NOT NULL, at REAL NOT NULL) WITHOUT ROWID;
"""
_TAKE = """
INSERT INTO rates VALUES (:name, :now + :step)
ON CONFLICT (name) DO UPDATE SET
    whole_at = CASE WHEN whole_at BETWEEN :now AND :latest + :skew THEN whole_at ELSE :now END + :step
WHERE whole_at NOT BETWEEN :now AND :latest + :skew OR whole_at + :step <= :latest
RETURNING whole_at
"""
"""A moment that no allowance can have is one of before the clock was put back: it counts for nothing."""
_TRY = """
INSERT INTO tries VALUES (:name, 1, :digest, :now)
ON CONFLICT (name) DO UPDATE SET
    count = CASE
        WHEN at NOT BETWEEN :now - :window AND :now + :skew THEN 1 WHEN last = :digest THEN count ELSE count + 1 END,
    at = CASE WHEN at BETWEEN :now - :window AND :now + :skew AND last = :digest THEN at ELSE :now END,
    last = :digest
RETURNING count, at
"""
_ROUNDING_S = 1e-6
_SKEW_S = 60.0
"""
How far ahead a row may be of who asks. Whoever waits for the file asks with a moment of before those it waited for: a
row they have just written is not one of before the clock was put back.
"""
_WAIT_FOR_OTHERS_S = 0.5


@dataclass(frozen=True, slots=True)
class Rate:
    """
    An allowance.

    Args:
        count: How many at once, and how many in each span of time after that.

        per_s: The span, in seconds.
    """

    count: int
    per_s: float


@dataclass(frozen=True, slots=True)
class Tries:
    """
    What somebody has tried.

    Args:
        count: How many different wrong secrets, one after the other.

        since_s: Seconds since the last one that was new.
    """

    count: int
    since_s: float


class SharedRates:
    """
    The counters of one data folder; close it at the end.

    Args:
        path: The file; made, readable by its owner alone, if it is missing.

        now: Seconds since whenever, the same for all processes of the machine.
    """

    def __init__(self, path: Path, *, now: Callable[[], float] = time.time) -> None:
        self._now = now
        self._file = MachineFile(
            path,
            _TABLES,
            complaint="rates cannot be counted; everything is allowed",
            wait_for_others_s=_WAIT_FOR_OTHERS_S,
            now=now,
        )

    def take(self, name: str, rate: Rate) -> float:
        """
        Take one of an allowance.

        Returns:
            0 if it was there; else, with nothing taken, the seconds until it is.
        """
        now = self._now()
        step_s = rate.per_s / rate.count
        asked = {"name": name, "now": now, "step": step_s, "latest": now + rate.per_s + _ROUNDING_S, "skew": _SKEW_S}
        if self._run(_TAKE, asked, otherwise=[(now,)]):
            return 0.0
        found = self._run("SELECT whole_at FROM rates WHERE name = :name", asked, otherwise=[])
        return max(0.0, float(found[0][0]) + step_s - rate.per_s - now) if found else 0.0

    def tried(self, name: str, digest: bytes, *, window_s: float) -> Tries:
        """
        Note a wrong secret.

        Args:
            name: Who tried it.

            digest: Of the secret: the same one again is no new try.

            window_s: After how many seconds without a new one they begin anew.
        """
        now = self._now()
        asked = {"name": name, "digest": digest, "now": now, "window": window_s, "skew": _SKEW_S}
        count, at = self._run(_TRY, asked, otherwise=[(1, now)])[0]
        return Tries(int(count), max(0.0, now - float(at)))

    def tries_of(self, name: str, *, window_s: float) -> Tries:
        """
        Read what somebody has tried; counts nothing.

        Args:
            name: Who.

            window_s: After how many seconds without a new one they begin anew.
        """
        now = self._now()
        asked = {"name": name, "before": now - window_s, "latest": now + _SKEW_S}
        counted = "SELECT count, at FROM tries WHERE name = :name AND at BETWEEN :before AND :latest"
        found = self._run(counted, asked, otherwise=[])
        return Tries(int(found[0][0]), max(0.0, now - float(found[0][1]))) if found else Tries(0, 0.0)

    def clear_tries(self, name: str) -> None:
        """Forget what somebody has tried."""
        self._run("DELETE FROM tries WHERE name = :name", {"name": name}, otherwise=[])

    def forget_past(self, *, window_s: float) -> None:
        """Delete what says nothing any more: whole allowances, and tries of before a window of so many seconds."""
        now = self._now()
        self._run("DELETE FROM rates WHERE whole_at <= :now", {"now": now}, otherwise=[])
        self._run("DELETE FROM tries WHERE at < :before", {"before": now - window_s}, otherwise=[])

    def close(self) -> None:
        """Give the connection back."""
        self._file.close()

    def _run(self, statement: str, values: dict[str, Any], *, otherwise: Sequence[tuple[Any, ...]]) -> Sequence[Any]:
        return self._file.ask(lambda connection: connection.execute(statement, values).fetchall(), otherwise=otherwise)
