"""Starting the processes of clients, side by side, and putting together what they tell."""

import pickle
import secrets
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from benchmarks.serving.load.deciding import DecidingPlan, DecidingResult
from benchmarks.serving.load.plan import LoadPlan, LoadResult, Request

_ROOT = Path(__file__).parents[3]
_PROCESS = "benchmarks.serving.load.process"
_DECIDING = "benchmarks.serving.load.deciding"


@dataclass(frozen=True, slots=True)
class Load:
    """
    How a server is loaded.

    Args:
        connections: In all processes of clients together.

        settle_s: How long before anything counts.

        measure_s: How long what is answered counts.

        rate_per_s: Of an open loop, together; None for a closed one.

        processes: Of clients; never more than connections.
    """

    connections: int
    settle_s: float = 1.0
    measure_s: float = 5.0
    rate_per_s: float | None = None
    processes: int = 1


def run_load(address: str, requests: Sequence[Request], load: Load) -> LoadResult:
    """
    Load a server from processes of their own.

    Args:
        address: ``"http://127.0.0.1:8080"``.

        requests: Shared out among the processes in turns.

        load: How.

    Raises:
        RuntimeError: If a process of clients failed; its own lines say why.
    """
    with _started(_PROCESS, _plans(address, requests, load)) as results:
        return _together(results())


@contextmanager
def deciding(plan: DecidingPlan) -> Iterator[Callable[[], DecidingResult]]:
    """
    Have clients report and decide, in a process of their own, while the block runs.

    Args:
        plan: What they do.

    Yields:
        What waits for them to end, and returns what came of it.
    """
    with _started(_DECIDING, [plan]) as results:

        def result() -> DecidingResult:
            (only,) = results()
            assert isinstance(only, DecidingResult)
            return only

        yield result


@contextmanager
def _started(module: str, plans: Sequence[object]) -> Iterator[Callable[[], list[Any]]]:
    """Start a process a plan; yields what waits for their results. None of them outlives the block."""
    started = [
        subprocess.Popen(
            [sys.executable, "-c", f"from {module} import main; main()"],
            cwd=_ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,  # Ctrl-C is for the parent, who ends them
        )
        for _ in plans
    ]
    try:
        for process, plan in zip(started, plans, strict=True):
            assert process.stdin is not None
            process.stdin.write(pickle.dumps(plan))
            process.stdin.close()
        yield lambda: [_result_of(process) for process in started]
    finally:
        for process in started:
            process.kill()
            process.wait()
            if process.stdout is not None:
                process.stdout.close()


def _result_of(process: subprocess.Popen[bytes]) -> object:
    assert process.stdout is not None
    said = process.stdout.read()
    if process.wait() != 0:
        message = f"a process of clients ended with status {process.returncode}; the lines above say why"
        raise RuntimeError(message)
    result: object = pickle.loads(said)  # noqa: S301 – from the process this one started
    return result


def _plans(address: str, requests: Sequence[Request], load: Load) -> list[LoadPlan]:
    where = urlsplit(address)
    assert where.hostname is not None
    assert where.port is not None
    processes = max(1, min(load.processes, load.connections))
    return [
        LoadPlan(
            host=where.hostname,
            port=where.port,
            requests=tuple(requests[number::processes]) or tuple(requests),
            connections=load.connections // processes + (number < load.connections % processes),
            settle_s=load.settle_s,
            measure_s=load.measure_s,
            rate_per_s=None if load.rate_per_s is None else load.rate_per_s / processes,
            first_number=secrets.randbits(62),
        )
        for number in range(processes)
    ]


def _together(results: Sequence[LoadResult]) -> LoadResult:
    together = LoadResult(measured_s=results[0].measured_s)
    for result in results:
        together.latencies_ms.extend(result.latencies_ms)
        together.errors += result.errors
        together.processor_s += result.processor_s
    return together
