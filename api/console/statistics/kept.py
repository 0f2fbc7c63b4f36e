"""
Figures that take a second to count, kept for a few minutes: a page shows what was counted last and has it counted anew.

Invariant: one thread counts, so that a page that many open costs no more than one; and a page waits for it a moment at
most.
"""

from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as NotYetError
from datetime import timedelta
from threading import Lock
from types import TracebackType
from typing import Final, Self

from api.console.statistics.counting import Figures, count
from api.service import Service

KEPT: Final = timedelta(minutes=5)

_WAITS_S: Final = 0.1


class KeptFigures:
    """
    What was counted last, by how many days it covers.

    Args:
        service: For the record and the clock.
    """

    def __init__(self, service: Service) -> None:
        self._service = service
        self._lock = Lock()
        self._kept: dict[int, Figures] = {}
        self._counting: dict[int, Future[None]] = {}
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="figures")

    def __enter__(self) -> Self:
        """Begin."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Let what is being counted come to its end."""
        self._thread.shutdown(wait=True, cancel_futures=True)

    def read(self, days: int) -> Figures | None:
        """
        Return what was counted, if it was counted yet; have it counted anew where that is some minutes ago.

        Args:
            days: How many it is to cover.

        Raises:
            Exception: As counting raised, if it failed.
        """
        with self._lock:
            kept = self._kept.get(days)
            is_fresh = kept is not None and self._service.clock.now() - kept.counted_at < KEPT
            counting = self._counting.get(days)
            if not is_fresh and counting is None:
                counting = self._counting[days] = self._thread.submit(self._count, days)
        if kept is not None or counting is None:
            return kept
        try:
            counting.result(_WAITS_S)
        except NotYetError:
            return None
        return self._kept.get(days)

    def _count(self, days: int) -> None:
        try:
            percent = self._service.settings.second_look_percent
            with self._service.reading() as uow:
                self._kept[days] = count(uow, days=days, second_look_percent=percent)
        finally:
            with self._lock:
                del self._counting[days]
