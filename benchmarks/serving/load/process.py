"""
A process of clients, at the least cost: one thread, epoll, requests that were built before.

The clients share the machine with the server, so what they cost is taken from what is measured. A closed loop sends
the next request once the last was answered. An open loop sends at fixed moments: what has to wait for a free connection
counts from the moment it was to be sent, so a server that stalls is not asked less by it (no coordinated omission).

Invariant: every request that was to be answered while it was measured is in the result, as a latency or as an error.
"""

import gc
import pickle
import select
import sys
import time
from collections import deque
from collections.abc import Callable
from typing import TypeAlias

from benchmarks.serving.load.connection import Connection
from benchmarks.serving.load.plan import LoadPlan, LoadResult

_OK = frozenset({200, 201, 202, 451})
"""451 is `/v1/check` saying "block"."""

_Step: TypeAlias = Callable[[float], float]
"""Sends what is to be sent now; returns for how long there is nothing more to send."""

_LONGEST_WAIT_S = 0.05
_LAST_ANSWERS_S = 5.0
_IN = select.EPOLLIN
_IN_AND_OUT = select.EPOLLIN | select.EPOLLOUT


class Clients:
    """
    The connections of one process and what is under way on them.

    Args:
        plan: What to send.
    """

    def __init__(self, plan: LoadPlan) -> None:
        self._plan = plan
        self._poll = select.epoll()
        self._by_socket: dict[int, Connection] = {}
        self._number = plan.first_number
        self._place = 0
        self._result = LoadResult()
        self._begin = self._end = 0.0
        self._next_due = 0.0
        self._waiting: deque[float] = deque()
        self._idle: deque[Connection] = deque()

    def run(self) -> LoadResult:
        """Send and measure."""
        plan = self._plan
        for _ in range(plan.connections):
            self._idle.append(self._connected())
        start = time.perf_counter()
        self._begin, self._end = start + plan.settle_s, start + plan.settle_s + plan.measure_s
        self._next_due = start
        processor_s = time.process_time()
        step = self._send_when_free if plan.rate_per_s is None else self._send_when_due
        self._until(self._begin, step)
        processor_s = time.process_time()
        self._until(self._end, step)
        self._result.measured_s = plan.measure_s
        self._result.processor_s = time.process_time() - processor_s
        self._finish()
        return self._result

    def _until(self, moment: float, step: _Step) -> None:
        while (now := time.perf_counter()) < moment:
            wait_s = step(now)
            self._take_answers(min(wait_s, moment - now))

    def _send_when_free(self, now: float) -> float:
        while self._idle:
            self._send(self._idle.popleft(), now)
        return _LONGEST_WAIT_S

    def _send_when_due(self, now: float) -> float:
        self._note_due(now)
        while self._idle and self._waiting:
            self._send(self._idle.popleft(), self._waiting.popleft())
        return max(0.0, self._next_due - time.perf_counter())

    def _note_due(self, moment: float) -> None:
        """Put down what an open loop was to send until then."""
        assert self._plan.rate_per_s is not None
        while self._next_due <= moment:
            self._waiting.append(self._next_due)
            self._next_due += 1 / self._plan.rate_per_s

    def _take_answers(self, wait_s: float) -> None:
        # select() waits to the microsecond, epoll to the millisecond, which is longer than many an answer takes.
        select.select([self._poll], [], [], wait_s)
        for number, event in self._poll.poll(0):
            connection = self._by_socket[number]
            try:
                if event & select.EPOLLOUT and connection.send_rest():
                    self._poll.modify(number, _IN)
                if event & ~select.EPOLLOUT and (answer := connection.receive()) is not None:
                    self._answered(connection, *answer)
            except OSError:
                self._lost(number, connection)

    def _answered(self, connection: Connection, status: int, body: bytes) -> None:
        now = time.perf_counter()
        due, expected, connection.due = connection.due, connection.expected, None
        self._idle.append(connection)
        if self._plan.rate_per_s is None and now < self._end:
            self._send_when_free(now)
        if due is None or not self._counts(due, now):
            return
        if status not in _OK:
            self._result.errors[str(status)] += 1
        elif expected not in body:
            self._result.errors["unexpected answer"] += 1
        else:
            self._result.latencies_ms.append((now - due) * 1000)

    def _counts(self, due: float, now: float) -> bool:
        """Tell whether a request counts: of a closed loop by when it ends, of an open one by when it was due."""
        return self._begin <= (now if self._plan.rate_per_s is None else due) < self._end

    def _send(self, connection: Connection, due: float) -> None:
        request = self._plan.requests[self._place]
        self._place = (self._place + 1) % len(self._plan.requests)
        connection.due, connection.expected = due, request.expected
        pieces = [request.before]
        if request.after is not None:
            pieces += [b"%016x" % self._number, request.after]
            self._number += 1
        try:
            if not connection.send(pieces):
                self._poll.modify(connection.socket.fileno(), _IN_AND_OUT)
        except OSError:
            self._lost(connection.socket.fileno(), connection)

    def _connected(self) -> Connection:
        connection = Connection(self._plan.host, self._plan.port)
        number = connection.socket.fileno()
        self._by_socket[number] = connection
        self._poll.register(number, _IN)
        return connection

    def _lost(self, number: int, connection: Connection) -> None:
        self._poll.unregister(number)
        del self._by_socket[number]
        connection.close()
        if connection.due is not None and connection.due < self._end:
            self._result.errors["disconnected"] += 1
        self._idle.append(self._connected())

    def _finish(self) -> None:
        """Send what an open loop still owes, and nothing new; wait for its answers, and count what never came."""
        if self._plan.rate_per_s is not None:
            self._note_due(self._end)  # on a busy machine this process itself may have had no turn at the end
            patience = time.perf_counter() + _LAST_ANSWERS_S
            while self._outstanding() and time.perf_counter() < patience:
                while self._idle and self._waiting:
                    self._send(self._idle.popleft(), self._waiting.popleft())
                self._take_answers(_LONGEST_WAIT_S)
            self._result.errors["unanswered"] += self._outstanding()
        for connection in self._by_socket.values():
            connection.close()
        self._poll.close()

    def _outstanding(self) -> int:
        under_way = [one.due for one in self._by_socket.values() if one.due is not None]
        return sum(self._begin <= due < self._end for due in (*under_way, *self._waiting))


def main() -> None:
    """Read a plan from standard input, carry it out, and write what came of it to standard output."""
    plan: LoadPlan = pickle.load(sys.stdin.buffer)  # noqa: S301 – from the process that started this one
    gc.disable()
    pickle.dump(Clients(plan).run(), sys.stdout.buffer)
