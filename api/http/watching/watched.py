"""
What a process says of itself and what the record says, as levels of gauges; and `/metrics` made of both.

Invariant: whoever asks for `/metrics`, and how often, costs the database one look in `RECORD_LASTS_S` a process: it is
answered without a key. While the database is away its gauges are left out, and `staydown_database_up` is 0.
"""

import platform
import shutil
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from importlib.metadata import version
from typing import TypeVar

import structlog

from api.metrics import catalogue
from api.metrics.counting import Gauge, Levels, Series
from api.metrics.platform import Platform
from api.metrics.text import across_processes, text_of
from api.service import Service
from casework.persistence.connection.failures import DatabaseFailedError
from casework.policy import POLICY_VERSION
from index.errors import IndexStoreError

log = structlog.get_logger()

RECORD_LASTS_S = 5.0
LabelsT = TypeVar("LabelsT", bound=tuple[str, ...])

DUE_SOON = timedelta(hours=12)


class Watched:
    """
    The figures of one process.

    Args:
        service: What this process holds.

        works: Tells whether this process delivers and looks back; left out where it never does.
    """

    def __init__(self, service: Service, *, works: Callable[[], bool] = lambda: False) -> None:
        self._service = service
        self._works = works
        self._platform = Platform()
        self._one_at_a_time = threading.Lock()
        self._caught_up_at = time.monotonic()
        self._record: dict[Series, float] = {}
        self._record_until = 0.0

    def publish(self) -> None:
        """Add what was counted to the totals of all processes, and say how this one is."""
        self._service.metrics.publish(self.levels())

    def text(self) -> bytes:
        """Return what `/metrics` answers: the same from whichever process."""
        published = self._service.metrics.read(self.levels())
        record = self.record()
        return text_of(published, {**record, **_compared(record, published.levels)})

    def levels(self) -> dict[Series, float]:
        """Look at this process: index, queues, walls, disk, memory."""
        with self._one_at_a_time:
            return {
                **self._platform.look(),
                **_of(catalogue.BUILD_INFO, {(version("staydown"), POLICY_VERSION, platform.python_version()): 1}),
                **_of(catalogue.WORKERS, {(): self._works()}),
                **self._index(),
                **self._decoding(),
                **self._machine(),
            }

    def record(self) -> dict[Series, float]:
        """Look at the record, unless that was done in the last seconds."""
        with self._one_at_a_time:
            if time.monotonic() >= self._record_until:
                self._record = _record_of(self._service)
                self._record_until = time.monotonic() + RECORD_LASTS_S
            return self._record

    def _index(self) -> dict[Series, float]:
        try:
            self._service.replica.catch_up()
            self._caught_up_at = time.monotonic()
        except (DatabaseFailedError, IndexStoreError):
            pass  # the lag says so, and whoever asks is answered why
        stats = {one.value: index.stats() for one, index in self._service.indexes.items()}
        return {
            **_of(catalogue.INDEX_VERSION, {(name,): one.version for name, one in stats.items()}),
            **_of(catalogue.INDEX_LAG_SECONDS, {(): time.monotonic() - self._caught_up_at}),
            **_of(catalogue.INDEX_DELTA, {(name,): one.delta_changes for name, one in stats.items()}),
            **_of(
                catalogue.INDEX_SEGMENTS,
                {(name,): len({part.segment for part in one.parts}) for name, one in stats.items()},
            ),
            **_of(catalogue.INDEX_BYTES, {(name,): one.size_bytes for name, one in stats.items()}),
            **_of(
                catalogue.INDEX_TROUBLE,
                {(name,): one.last_maintenance_error is not None for name, one in stats.items()},
            ),
        }

    def _decoding(self) -> dict[Series, float]:
        queues = {"picture": self._service.pictures, "video": self._service.videos}
        return {
            **_of(catalogue.DECODE_WAITING, {(kind,): queue.waiting for kind, queue in queues.items()}),
            **_of(catalogue.DECODE_RUNNING, {(kind,): queue.running for kind, queue in queues.items()}),
            **_of(catalogue.WALLS_MISSING, {(): len(self._service.sandbox.walls.lacking)}),
        }

    def _machine(self) -> dict[Series, float]:
        try:
            disk = shutil.disk_usage(self._service.settings.data)
        except OSError:
            return {}
        return {**_of(catalogue.DISK_FREE, {(): disk.free}), **_of(catalogue.DISK_SIZE, {(): disk.total})}


def _compared(record: Levels, levels: Sequence[Levels]) -> dict[Series, float]:
    """Say how many processes there are, and how far the last of them is behind the record."""
    applied = across_processes(levels)
    behind: dict[tuple[str, ...], float] = {}
    for (name, labels), newest in record.items():
        if name == catalogue.INDEX_NEWEST_VERSION.name:
            behind[labels] = max(0.0, newest - applied.get((catalogue.INDEX_VERSION.name, labels), newest))
    return {**_of(catalogue.INDEX_LAG, behind), **_of(catalogue.PROCESSES, {(): len(levels)})}


def _record_of(service: Service) -> dict[Series, float]:
    try:
        with service.reading() as uow:
            figures, now = uow.figures, uow.now
            waiting = figures.waiting_cases(now, soon=DUE_SOON)
            erasures, oldest_erasure_s = figures.pending_erasures(now)
            return {
                **_of(catalogue.DATABASE_UP, {(): 1}),
                **_of(catalogue.CASES, _one_label(figures.cases_by_state())),
                **_of(catalogue.OPEN_CASES, {(queue,): one.count for queue, one in waiting.items()}),
                **_of(catalogue.DUE_SOON_CASES, {(queue,): one.due_soon for queue, one in waiting.items()}),
                **_of(catalogue.OVERDUE_CASES, {(queue,): one.overdue for queue, one in waiting.items()}),
                **_of(catalogue.OLDEST_CASE, {(queue,): one.oldest_s for queue, one in waiting.items()}),
                **_of(catalogue.TAKEDOWNS, _one_label(figures.takedowns_by_state())),
                **_of(catalogue.QUARANTINED, {(): figures.quarantined()}),
                **_of(catalogue.DELIVERIES, figures.undelivered()),
                **_of(catalogue.OLDEST_DELIVERY, _one_label(figures.oldest_deliveries(now))),
                **_of(catalogue.JOBS, _one_label(figures.jobs_by_state())),
                **_of(catalogue.ERASURES, _one_label(erasures)),
                **_of(catalogue.OLDEST_ERASURE, {(): oldest_erasure_s}),
                **_of(catalogue.SWEEPS, {(): figures.pending_sweeps()}),
                **_of(catalogue.UNFINISHED_SEARCHES, {(): figures.unfinished_searches()}),
                **_of(catalogue.INDEX_NEWEST_VERSION, _one_label(figures.newest_changes())),
            }
    except DatabaseFailedError:
        return _of(catalogue.DATABASE_UP, {(): 0})


def _one_label(values: Mapping[str, float]) -> dict[tuple[str, ...], float]:
    return {(label,): value for label, value in values.items()}


def _of(gauge: Gauge, values: Mapping[LabelsT, float]) -> dict[Series, float]:
    found: dict[Series, float] = {(gauge.name, tuple(labels)): 0.0 for labels in gauge.known}
    for labels, value in values.items():
        found[gauge.name, labels] = float(value)
    return found
