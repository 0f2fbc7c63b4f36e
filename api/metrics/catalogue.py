"""
Every metric there is, in one place; `docs/METRICS.md` says what each is for, and a test that neither has one more.

Labels have few values: routes as templates, states, kinds. None is an id but `destination`, of which an operator has a
handful. `/metrics` is open to whoever the proxy lets through, so no name says anything about a person or a case.
"""

from types import MappingProxyType
from typing import Final

from api.metrics.counting import Counter, Gauge, Histogram
from casework.domain.cases.case import CaseState, Queue
from casework.domain.keeping.erasure import ErasureState
from casework.domain.takedowns.takedown import TakedownState
from casework.domain.work.job import JobState

_QUEUES: Final = tuple((queue.value,) for queue in Queue)
_KINDS: Final = (("picture",), ("video",))
_SECONDS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
_GENERATIONS: Final = (("0",), ("1",), ("2",))
_MINUTE, _HOUR = 60.0, 3600.0
_TO_A_DECISION: Final = (
    *(minutes * _MINUTE for minutes in (1, 5, 15, 30)),
    *(hours * _HOUR for hours in (1, 2, 4, 8, 12, 24, 36, 48, 72, 168)),
)
"""Around the 48 hours that the law gives: the share below that bound is what an operator has to show."""

REQUESTS = Counter("staydown_requests_total", "Requests answered.", ("method", "route", "status"))
REQUEST_SECONDS = Histogram(
    "staydown_request_seconds",
    "Time from the first byte of a request to the last of its answer.",
    _SECONDS,
    ("method", "route"),
)
VERDICTS = Counter(
    "staydown_verdicts_total",
    "What pipelines were answered, by the strongest match and the signal that said it; none where nothing matched.",
    ("asked", "verdict", "strength", "signal"),
)
DECISION_SECONDS = Histogram(
    "staydown_decision_seconds",
    "Time from a case's opening to the decision of a person.",
    _TO_A_DECISION,
    ("queue", "outcome"),
)
DECODE_SECONDS = Histogram(
    "staydown_decode_seconds", "Time to decode and hash one file.", (*_SECONDS, 120.0, 600.0), ("kind",)
)
DECODE_WAIT_SECONDS = Histogram(
    "staydown_decode_wait_seconds", "Time a file waited for a decoder.", (*_SECONDS, 60.0), ("kind",)
)
DECODE_FAILURES = Counter(
    "staydown_decode_failures_total", "Files that could not be decoded, by why.", ("kind", "reason")
)
DECODE_REFUSALS = Counter(
    "staydown_decode_refusals_total", "Files refused because too many waited for a decoder.", ("kind",), _KINDS
)
RATE_LIMIT_REFUSALS = Counter(
    "staydown_rate_limit_refusals_total",
    "Requests answered 429, by the limit they met.",
    ("limit",),
    (("public",), ("receipts",), ("key",), ("files",), ("wrong_secrets",)),
)
DELIVERY_ATTEMPTS = Counter(
    "staydown_delivery_attempts_total",
    "Attempts to deliver, by how they ended.",
    ("outcome",),
    (("delivered",), ("failed",), ("dead",)),
)
DESTINATION_ATTEMPTS = Counter(
    "staydown_destination_attempts_total",
    "The same attempts, by destination too.",
    ("destination", "outcome"),
)
PROBING_ALARMS = Counter(
    "staydown_probing_alarms_total",
    "Untrusted keys that asked around one reference, by whether they were answered or refused.",
    ("asked",),
    (("answers",), ("refused",)),
)
JOBS_ENDED = Counter(
    "staydown_jobs_ended_total",
    "Long videos done in the background, by how they ended.",
    ("outcome",),
    (("done",), ("failed",)),
)

BUILD_INFO = Gauge("staydown_build_info", "What runs: always 1.", ("version", "policy_version", "python"), across="max")
PROCESSES = Gauge("staydown_processes", "Processes that have this data folder open.", across="sum")
WORKERS = Gauge("staydown_workers", "Those of these processes that deliver and look back.", across="sum")
DATABASE_UP = Gauge("staydown_database_up", "Whether the database answered this scrape: 1 or 0.")
INDEX_VERSION = Gauge(
    "staydown_index_version", "The last change that every process has applied.", ("collection",), across="min"
)
INDEX_NEWEST_VERSION = Gauge("staydown_index_newest_version", "The last change on record.", ("collection",))
INDEX_LAG = Gauge(
    "staydown_index_lag_changes", "Changes on record that some process had yet to apply.", ("collection",)
)
INDEX_LAG_SECONDS = Gauge(
    "staydown_index_lag_seconds",
    "Longest time since a process last had all that was committed; 2 to 4 s is normal.",
    across="max",
)
INDEX_DELTA = Gauge(
    "staydown_index_delta_changes",
    "Changes held in memory until they are sealed; the largest of any process.",
    ("collection",),
    across="max",
)
INDEX_SEGMENTS = Gauge("staydown_index_segments", "Sealed segments.", ("collection",), across="max")
INDEX_BYTES = Gauge("staydown_index_bytes", "Bytes of all segment files.", ("collection",), across="max")
INDEX_TROUBLE = Gauge(
    "staydown_index_maintenance_failed",
    "Whether the last seal, merge or rebuild failed: 1 or 0.",
    ("collection",),
    across="max",
)
DECODE_WAITING = Gauge("staydown_decode_waiting", "Files that wait for a decoder.", ("kind",), across="sum")
DECODE_RUNNING = Gauge("staydown_decode_running", "Files being decoded.", ("kind",), across="sum")
WALLS_MISSING = Gauge(
    "staydown_sandbox_walls_missing",
    "Walls around decoding that this machine lacks and none stands in for.",
    across="max",
)
DISK_FREE = Gauge("staydown_disk_free_bytes", "Free bytes where the data folder lies.", across="min")
DISK_SIZE = Gauge("staydown_disk_size_bytes", "All bytes where the data folder lies.", across="min")

CASES = Gauge("staydown_cases", "Cases, by state.", ("state",), known=tuple((one.value,) for one in CaseState))
OPEN_CASES = Gauge("staydown_open_cases", "Cases that wait for a decision or an approval.", ("queue",), known=_QUEUES)
DUE_SOON_CASES = Gauge("staydown_due_soon_cases", "Those whose deadline is within 12 hours.", ("queue",), known=_QUEUES)
OVERDUE_CASES = Gauge("staydown_overdue_cases", "Those whose deadline is past.", ("queue",), known=_QUEUES)
OLDEST_CASE = Gauge(
    "staydown_oldest_open_case_seconds", "Age of the oldest of them; 0 without one.", ("queue",), known=_QUEUES
)
TAKEDOWNS = Gauge(
    "staydown_takedowns", "Takedowns, by state.", ("state",), known=tuple((one.value,) for one in TakedownState)
)
QUARANTINED = Gauge("staydown_quarantined_takedowns", "Active takedowns that do not act by themselves for now.")
DELIVERIES = Gauge(
    "staydown_deliveries",
    "Messages that are not delivered, by destination: pending, failed (tried again) or dead (given up).",
    ("destination", "state"),
)
OLDEST_DELIVERY = Gauge(
    "staydown_oldest_delivery_seconds", "Age of the oldest message still to be delivered.", ("destination",)
)
JOBS = Gauge(
    "staydown_jobs", "Jobs of the last days, by state.", ("state",), known=tuple((one.value,) for one in JobState)
)
ERASURES = Gauge(
    "staydown_pending_erasures",
    "Erasures that are not through, by how far they are.",
    ("state",),
    known=tuple((one.value,) for one in ErasureState if one is not ErasureState.COMPLETED),
)
OLDEST_ERASURE = Gauge("staydown_oldest_pending_erasure_seconds", "Age of the oldest of them; 0 without one.")
SWEEPS = Gauge("staydown_pending_sweeps", "Look-backs that are not done.")
UNFINISHED_SEARCHES = Gauge("staydown_unfinished_searches", "Deep searches that a worker has yet to finish.")

# Those of every Python program, of all processes of the data folder together.
PROCESS_CPU = Counter("process_cpu_seconds_total", "Processor time used, of this machine's processes together.")
PROCESS_MEMORY = Gauge("process_resident_memory_bytes", "Memory they hold.", across="sum")
PROCESS_ADDRESSES = Gauge("process_virtual_memory_bytes", "Addresses they hold.", across="sum")
PROCESS_FDS = Gauge("process_open_fds", "Descriptors they hold; the most that one of them does.", across="max")
PROCESS_MAX_FDS = Gauge("process_max_fds", "Descriptors that each may hold.", across="min")
PROCESS_START = Gauge("process_start_time_seconds", "When the newest of them started.", across="max")
PYTHON_INFO = Gauge(
    "python_info", "The interpreter.", ("implementation", "major", "minor", "patchlevel", "version"), across="max"
)
GC_COLLECTED = Counter(
    "python_gc_objects_collected_total", "Objects collected during gc.", ("generation",), _GENERATIONS
)
GC_STUCK = Counter(
    "python_gc_objects_uncollectable_total", "Objects found that could not be.", ("generation",), _GENERATIONS
)
GC_RUNS = Counter("python_gc_collections_total", "Times a generation was collected.", ("generation",), _GENERATIONS)

METRICS: Final = MappingProxyType(
    {one.name: one for one in list(globals().values()) if isinstance(one, Counter | Histogram | Gauge)}
)
"""By name, in the order in which they are shown."""
