"""What a process of clients is told to send, and what it tells of the answers; no more than the standard library."""

from array import array
from collections import Counter
from dataclasses import dataclass, field

NUMBER_BYTES = 16
"""Of the number in a numbered request, in hexadecimal digits."""


@dataclass(frozen=True, slots=True)
class Request:
    """
    One request, ready to be sent.

    Args:
        before: All its bytes, or those before the number.

        after: The bytes behind the number; None where the request has none.

        expected: Bytes that a right answer contains; empty where any will do.

    The number is 16 hexadecimal digits, another one for each request ever sent: bytes that nobody has seen before.
    """

    before: bytes
    after: bytes | None = None
    expected: bytes = b""


@dataclass(frozen=True, slots=True)
class LoadPlan:
    """
    What one process of clients does.

    Args:
        host: Where the server listens.

        port: Where the server listens.

        requests: Sent one after the other, from the start again where there are more to send.

        connections: How many, each with one request under way at most.

        settle_s: How long to go on before anything counts.

        measure_s: How long what is finished counts.

        rate_per_s: How many to send a second, whatever the server does (an open loop); None to send the next one on a
            connection once the last was answered (a closed loop).

        first_number: Of the numbered requests.
    """

    host: str
    port: int
    requests: tuple[Request, ...]
    connections: int
    settle_s: float
    measure_s: float
    rate_per_s: float | None = None
    first_number: int = 0


@dataclass(slots=True)
class LoadResult:
    """
    What became of it.

    Args:
        latencies_ms: Of each request that was answered in time, from when it was to be sent until its last byte came.

        errors: Requests that were not answered well, by what came instead: a status, ``"unexpected answer"``,
            ``"disconnected"``, ``"unanswered"``.

        measured_s: How long was measured.

        processor_s: Processor time of this process meanwhile, user and system.
    """

    latencies_ms: "array[float]" = field(default_factory=lambda: array("d"))
    errors: Counter[str] = field(default_factory=Counter)
    measured_s: float = 0.0
    processor_s: float = 0.0

    @property
    def answered_per_s(self) -> float:
        """How many were answered well a second."""
        return len(self.latencies_ms) / self.measured_s
