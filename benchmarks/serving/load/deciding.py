"""
A process of clients that report, decide, and at once ask whether the takedown is seen.

Each client is a thread with a connection of its own that waits for its answers: report by hash, uphold as somebody
else, ask for the same value. A decision that the very next question does not see is an error.
"""

import json
import pickle
import random
import sys
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from benchmarks.serving.load.connection import Connection, ask


@dataclass(frozen=True, slots=True)
class DecidingPlan:
    """
    What they do.

    Args:
        host: Where the server listens.

        port: Where the server listens.

        reporter: The key of who reports.

        decider: The key of who decides and asks.

        clients: At once.

        measure_s: For how long; what ends later still counts.

        rate_per_s: Decisions a second, all together; None for as many as they can.
    """

    host: str
    port: int
    reporter: str
    decider: str
    clients: int
    measure_s: float
    rate_per_s: float | None = None


@dataclass(slots=True)
class DecidingResult:
    """
    What came of it.

    Args:
        report_ms: Of each report.

        decide_ms: Of each decision.

        seen_ms: Of each question that followed a decision.

        errors: By what went wrong.

        measured_s: From the first report to the last answer.
    """

    report_ms: list[float] = field(default_factory=list)
    decide_ms: list[float] = field(default_factory=list)
    seen_ms: list[float] = field(default_factory=list)
    errors: Counter[str] = field(default_factory=Counter)
    measured_s: float = 0.0


_REPORT = {
    "reporter": {"relation": "subject"},
    "statement": {"non_consent": True, "good_faith": True, "signature": "A"},
    "facts": {"nudity": True},
}


class _Client(threading.Thread):
    def __init__(self, plan: DecidingPlan, result: DecidingResult, until: float) -> None:
        super().__init__(daemon=True)
        self._plan = plan
        self._result = result
        self._until = until
        self._random = random.SystemRandom()

    def run(self) -> None:
        plan = self._plan
        pause_s = 0.0 if plan.rate_per_s is None else plan.clients / plan.rate_per_s
        due = time.perf_counter() + self._random.random() * pause_s
        connection = Connection(plan.host, plan.port)
        while due < self._until:
            time.sleep(max(0.0, due - time.perf_counter()))
            try:
                self._decide_one(connection)
            except (OSError, KeyError) as error:
                self._result.errors[type(error).__name__] += 1
                connection.close()
                connection = Connection(plan.host, plan.port)
            due = time.perf_counter() if plan.rate_per_s is None else due + pause_s
        connection.close()

    def _decide_one(self, connection: Connection) -> None:
        plan, noted = self._plan, self._result
        signals = [{"type": "pdq/1", "value": self._random.randbytes(32).hex(), "quality": 100}]
        report = {"report": _REPORT, "signals": signals}
        filed = self._timed(connection, plan.reporter, "/v1/reports", report, noted.report_ms)
        if filed is None:
            return
        address = f"/v1/cases/{filed['case_id']}/decision"
        decided = self._timed(connection, plan.decider, address, {"outcome": "uphold"}, noted.decide_ms)
        if decided is None:
            return
        seen = self._timed(connection, plan.decider, "/v1/match", {"signals": signals}, noted.seen_ms)
        if seen is not None and not any(one["takedown_id"] == decided["takedown_id"] for one in seen["matches"]):
            noted.errors["takedown not seen"] += 1

    def _timed(
        self, connection: Connection, key: str, path: str, body: object, noted: list[float]
    ) -> dict[str, Any] | None:
        data = json.dumps(body, separators=(",", ":")).encode()
        head = (
            f"POST {path} HTTP/1.1\r\nHost: benchmark\r\nAuthorization: Bearer {key}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(data)}\r\n\r\n"
        )
        begun = time.perf_counter()
        status, answer = ask(connection, [head.encode() + data])
        took_ms = (time.perf_counter() - begun) * 1000
        if status not in (200, 201):
            self._result.errors[f"{path.rsplit('/', 1)[-1]} {status}"] += 1
            return None
        noted.append(took_ms)
        said: dict[str, Any] = json.loads(answer)
        return said


def decide(plan: DecidingPlan) -> DecidingResult:
    """Carry a plan out."""
    result = DecidingResult()
    begun = time.perf_counter()
    clients = [_Client(plan, result, begun + plan.measure_s) for _ in range(plan.clients)]
    for client in clients:
        client.start()
    for client in clients:
        client.join()
    result.measured_s = time.perf_counter() - begun
    return result


def main() -> None:
    """Read a plan from standard input, carry it out, and write what came of it to standard output."""
    plan: DecidingPlan = pickle.load(sys.stdin.buffer)  # noqa: S301 – from the process that started this one
    pickle.dump(decide(plan), sys.stdout.buffer)
