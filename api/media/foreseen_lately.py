"""
What upholding cases would do, as far as it was worked out before somebody decides: when its page had been opened.

Working it out takes a tenth of a second, most of it the search by parts, and whoever decides would wait for it.

Invariant: what is kept is used only where nothing was committed since that it could depend on: no upload registered,
no verdict changed, no takedown changed, no decision made (the record's own counters say so), and the case is as it was.
It is in memory, of a few hundred cases, and no longer than somebody holds a case.
"""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Final

from casework.domain.cases.case import Case
from casework.domain.ids import CaseId, MediaId
from casework.persistence.unit_of_work import SqlUnitOfWork
from casework.steps.finding.looking_ahead.foreseeing import Foreseen
from casework.steps.taking_down.take_effect import media_of

MOST: Final = 256
KEPT_S: Final = 900.0


@dataclass(frozen=True, slots=True)
class Basis:
    """
    What it rests on.

    Args:
        counters: How far the record's logs are, by name: what is indexed, what others must forget, what is announced.

        case: As it is, but for who holds it.

        media: What would be banked.
    """

    counters: Mapping[str, int]
    case: Case
    media: tuple[MediaId, ...]

    @classmethod
    def of(cls, case: Case, uow: SqlUnitOfWork) -> "Basis":
        """Read what looking ahead at a case rests on; call it before, in the same transaction."""
        media = tuple(one.id for one in media_of(case, uow))
        return cls(uow.changed.counters(), replace(case, claimed_by=None, claimed_until=None), media)


class ForeseenLately:
    """
    What was foreseen within the last minutes. Safe from any thread.

    Args:
        now: A clock that never goes back, seconds.
    """

    def __init__(self, *, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._lock = threading.Lock()
        self._kept: OrderedDict[CaseId, tuple[float, Basis, Foreseen]] = OrderedDict()

    def find(self, basis: Basis) -> Foreseen | None:
        """Return what was foreseen of a case on the same basis."""
        with self._lock:
            self._forget_old()
            found = self._kept.get(basis.case.id)
            return None if found is None or found[1] != basis else found[2]

    def keep(self, basis: Basis, foreseen: Foreseen) -> None:
        """Keep what was foreseen of a case; what was kept of it before goes."""
        with self._lock:
            self._kept.pop(basis.case.id, None)
            self._kept[basis.case.id] = self._now(), basis, foreseen
            self._forget_old()

    def _forget_old(self) -> None:
        until = self._now() - KEPT_S
        while self._kept and (len(self._kept) > MOST or next(iter(self._kept.values()))[0] <= until):
            self._kept.popitem(last=False)
