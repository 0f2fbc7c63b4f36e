"""
`python -m benchmarks propagation`: from a decision to the last destination's receipt; throughput; after an outage.

Destinations are webhooks on this machine, in a process of their own, that answer at once. What is timed ends when the
receipt is in the record, not when the message arrives.
"""

import argparse
import asyncio
import multiprocessing
import random
import time
from collections.abc import Sequence
from multiprocessing.connection import Connection

import numpy as np
from rich.console import Console
from rich.table import Table

from api.background.worker import Worker
from api.service import Service
from benchmarks.environment import environment
from benchmarks.report import progress_line, publish
from benchmarks.service.deciding import ACTOR, temporary_service, uphold_signal
from casework.domain.events import EventType
from casework.domain.ids import DestinationId
from casework.domain.takedowns.propagation import DeliveryState
from casework.handlers.destinations import (
    AddDestination,
    add_destination,
    delete_destination,
    pause_destination,
    resume_destination,
)

_SECRET = b"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
_LOOK_EVERY_S = 0.001


def main(argv: Sequence[str]) -> int:
    """Measure, print or write, and return the exit status."""
    options = _parser().parse_args(argv)
    processes = multiprocessing.get_context("spawn")
    mine, other = processes.Pipe()
    receiver = processes.Process(target=_receive, args=(other,), daemon=True)
    receiver.start()
    port: int = mine.recv()
    result: dict[str, object] = {
        "benchmark": "propagation",
        "environment": environment(),
        "database": "PostgreSQL" if options.database_url else "SQLite",
        "seed": options.seed,
    }
    with progress_line() as progress:
        result["last_receipt_ms"] = {
            str(count): _last_receipts(options, port, count, progress) for count in options.destinations
        }
        result["backlog"] = _backlog(options, port, progress)
    receiver.kill()
    publish(result, options.json, show=lambda: _print(result))
    return 0


def _last_receipts(options: argparse.Namespace, port: int, count: int, progress: object) -> list[float]:
    """Time several decisions, each to the receipt of the last of so many destinations."""
    rng = random.Random(options.seed)
    samples = []
    with temporary_service(options.database_url, allow_private_destinations=True) as service, Worker(service):
        added = [_add(service, port) for _ in range(count)]
        for number in range(options.rounds):
            if callable(progress):
                progress(f"{count} destinations, round {number}")
            value = rng.randbytes(32)
            uphold_signal(service, value)
            begun = time.perf_counter()
            _wait(service)
            samples.append((time.perf_counter() - begun) * 1000)
        _remove(service, added)
    return samples


def _backlog(options: argparse.Namespace, port: int, progress: object) -> dict[str, float]:
    """Let a destination be away while events gather, and time how fast it is told of them."""
    rng = random.Random(options.seed)
    with temporary_service(options.database_url, allow_private_destinations=True) as service, Worker(service):
        destination = _add(service, port)
        with service.writing() as uow:
            pause_destination(destination, ACTOR, uow)
        for number in range(options.events):
            if callable(progress):
                progress(f"event {number} of the backlog")
            uphold_signal(service, rng.randbytes(32))
        with service.writing() as uow:
            resume_destination(destination, ACTOR, uow)
        begun = time.perf_counter()
        _wait(service)
        seconds = time.perf_counter() - begun
        _remove(service, [destination])
    return {"events": options.events, "seconds": seconds, "events_per_s": options.events / seconds}


def _add(service: Service, port: int) -> DestinationId:
    command = AddDestination(
        actor=ACTOR,
        name="benchmark",
        kind="webhook",
        target=f"http://127.0.0.1:{port}/",
        secret=_SECRET,
        events=[EventType.TAKEDOWN_CREATED],
    )
    with service.writing() as uow:
        return add_destination(command, uow).id


def _remove(service: Service, destinations: Sequence[DestinationId]) -> None:
    """Delete them: on a database that is used again nothing may be owed to them."""
    for destination in destinations:
        with service.writing() as uow:
            delete_destination(destination, ACTOR, uow)


def _wait(service: Service) -> None:
    """Wait until every delivery has its receipt."""
    unfinished = [DeliveryState.PENDING, DeliveryState.FAILED]
    while True:
        with service.reading() as uow:
            if not uow.deliveries.state_page(states=unfinished, after=None, limit=1)[0]:
                return
        time.sleep(_LOOK_EVERY_S)


def _receive(told: Connection) -> None:
    """Answer every request with 200, as fast as it comes."""

    async def serve() -> None:
        server = await asyncio.start_server(_answer, "127.0.0.1", 0, backlog=1024)
        told.send(server.sockets[0].getsockname()[1])
        await server.serve_forever()

    asyncio.run(serve())


async def _answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while True:
            head = await reader.readuntil(b"\r\n\r\n")
            length = next(
                int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")
            )
            await reader.readexactly(length)
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")
            await writer.drain()
    except (asyncio.IncompleteReadError, ConnectionError):
        writer.close()


def _print(result: dict[str, object]) -> None:
    table = Table(title="from a decision to the last receipt in the record")
    for name in ("destinations", "p50 ms", "worst ms"):
        table.add_column(name, justify="right")
    samples = result["last_receipt_ms"]
    if isinstance(samples, dict):
        for count, found in samples.items():
            table.add_row(count, f"{np.median(found):.1f}", f"{max(found):.1f}")
    console = Console()
    console.print(table)
    backlog = result["backlog"]
    if isinstance(backlog, dict):
        console.print(
            f"after an outage: {backlog['events']:,} events in {backlog['seconds']:.1f} s, "
            f"{backlog['events_per_s']:,.0f} a second"
        )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks propagation", description=__doc__)
    parser.add_argument("--destinations", type=int, nargs="+", default=[1, 10, 100])
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--events", type=int, default=1000, help="that gather while a destination is away")
    parser.add_argument("--database-url", default="", metavar="URL", help="an empty database; SQLite if left out")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", metavar="PATH", help="write the result there; - for standard output")
    return parser
