"""
The gateway's process: joins Ray, follows the placement, and answers servers until it is told to end.

Ray ends a process that drives it when its head stays away: then whoever started this one has to start it again. Actors
and their replicas outlive it.
"""

import asyncio
import signal
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import structlog

from index.cluster.asking import Slots
from index.cluster.gateway import Gateway
from index.cluster.holder import ReplicaState
from index.cluster.home import Home, Placed
from index.cluster.ray_holders import RayHolders, nodes_alive
from index.cluster.wire import ReplicaStatus, Status
from index.errors import ClusterError

log = structlog.get_logger()

ROUND_S: Final = 0.25
_STATUS_S: Final = 1.0
_RETIRE_S: Final = 15.0


@dataclass(slots=True)
class _Known:
    """
    What the gateway knows.

    Args:
        rows: The placement.

        empty_since: Since when a machine with an actor has no row in it.

        asking: What asks Ray which machines are alive: at most one at a time, for without a head it hangs.
    """

    rows: Sequence[Placed] = ()
    empty_since: dict[str, float] = field(default_factory=dict)
    asking: "asyncio.Future[list[str]] | None" = None


async def drive(
    home: Home, *, address: str, socket: Path, own_ip: str | None = None, ready: Callable[[], None] = lambda: None
) -> None:
    """
    Answer servers until SIGTERM or SIGINT.

    Args:
        home: Placement, logs and folders.

        address: Of Ray's head, ``host:port``.

        socket: Where servers ask.

        own_ip: Of this machine, as the others see it; None lets Ray choose.

        ready: Called once it listens.
    """
    holders = RayHolders(home, address, own_ip=own_ip)
    known = _Known(await asyncio.to_thread(home.placement))
    holders.ensure({row.node for row in known.rows})
    slots = Slots(holders, lambda: known.rows)
    gateway = Gateway(slots, lambda: _status(slots, holders, known))
    ending = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, ending.set)
    work = [
        asyncio.ensure_future(gateway.serve(socket, ready=ready)),
        asyncio.ensure_future(_follow_placement(home, holders, known)),
        asyncio.ensure_future(ending.wait()),
    ]
    done, _ = await asyncio.wait(work, return_when=asyncio.FIRST_COMPLETED)
    for each in work:
        each.cancel()
    for each in done:
        each.result()


async def _follow_placement(home: Home, holders: RayHolders, known: _Known) -> None:
    complained = ""
    while True:
        await asyncio.sleep(ROUND_S)
        try:
            known.rows = await asyncio.to_thread(home.placement)
        except Exception as error:  # the record is away: what was placed still is
            if repr(error) != complained:
                complained = repr(error)
                log.error("the placement cannot be read; it will be tried again", exc_info=error)
            continue
        complained = ""
        nodes = {row.node for row in known.rows}
        holders.ensure(nodes)
        _retire(holders, known, nodes)


def _retire(holders: RayHolders, known: _Known, nodes: set[str]) -> None:
    """End the actor of a machine that holds nothing, once it had the time to delete what it held."""
    now, since = time.monotonic(), known.empty_since
    known.empty_since = {node: since.get(node, now) for node in holders.nodes if node not in nodes}
    gone = [node for node, first in known.empty_since.items() if now - first >= _RETIRE_S]
    holders.retire(gone)


async def _status(slots: Slots, holders: RayHolders, known: _Known) -> Status:
    rows = known.rows
    nodes = sorted({row.node for row in rows})
    alive = await _alive(known)
    asked = await asyncio.gather(*(_states(holders, node) for node in nodes))
    versions = {(node, one.slot): one.version for node, states in zip(nodes, asked, strict=True) for one in states}
    replicas = [ReplicaStatus(row.slot, row.node, row.stage.value, versions.get((row.node, row.slot))) for row in rows]
    return Status(alive, replicas, slots.hedged)


async def _alive(known: _Known) -> list[str]:
    """Return the machines Ray knows to be alive; none where it does not say so in time."""
    asking = known.asking
    if asking is None or asking.done():
        asking = known.asking = asyncio.ensure_future(asyncio.to_thread(nodes_alive))
    done, _ = await asyncio.wait({asking}, timeout=_STATUS_S)  # whoever comes meanwhile may ask anew
    return asking.result() if done and asking.exception() is None else []


async def _states(holders: RayHolders, node: str) -> Sequence[ReplicaState]:
    try:
        found: Sequence[ReplicaState] = await asyncio.wait_for(holders.ask(node, "states"), _STATUS_S)
    except (ClusterError, TimeoutError):
        return ()
    return found
