"""A cluster in this process: holders without Ray, a gateway in a thread, and what goes wrong with them on demand."""

import asyncio
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from index.cluster.asking import Slots
from index.cluster.client import GatewayClient
from index.cluster.gateway import Gateway
from index.cluster.holder import Holder
from index.cluster.home import Home
from index.cluster.wire import ReplicaStatus, Status
from index.errors import HolderLostError, IndexStoreError


class Holders:
    """
    Machines as threads see them.

    Args:
        record: What they are built from.

        nodes: Their names.
    """

    def __init__(self, record: Home, nodes: Sequence[str]) -> None:
        self.record = record
        self.holders = {node: Holder(record, node) for node in nodes}
        self.lost: set[str] = set()
        """They fail at once."""
        self.silent: set[str] = set()
        """They never answer."""
        self.lost_at: dict[str, str] = {}
        """By machine, the method at which it is lost for good."""
        self.asked: list[tuple[str, str]] = []

    async def ask(self, node: str, method: str, *arguments: Any) -> Any:
        """Call a method of the holder of a machine, unless that is lost."""
        self.asked.append((node, method))
        if self.lost_at.get(node) == method:
            self.lost.add(node)
        if node in self.lost or node not in self.holders:
            raise HolderLostError(f"{node} is lost")
        if node in self.silent:
            await asyncio.Event().wait()
        try:
            return await asyncio.to_thread(getattr(self.holders[node], method), *arguments)
        except IndexStoreError as error:
            raise HolderLostError(f"{node} refuses: {error}") from error

    def replicas(self) -> list[ReplicaStatus]:
        """Say how each replica is, as a gateway does."""
        versions = {
            (node, one.slot): one.version
            for node, holder in self.holders.items()
            if node not in self.lost
            for one in holder.states()
        }
        rows = self.record.placement()
        return [ReplicaStatus(row.slot, row.node, row.stage.value, versions.get((row.node, row.slot))) for row in rows]

    def look(self) -> None:
        """Let every machine look at the placement."""
        for holder in self.holders.values():
            holder.look()

    def close(self) -> None:
        """Stop them."""
        for holder in self.holders.values():
            holder.close()


@contextmanager
def served(holders: Holders, at: Path | None = None) -> Iterator[GatewayClient]:
    """Run a gateway over these holders in a thread, at a socket of its own or where it is to be, and connect to it."""
    loop, ready, slots = asyncio.new_event_loop(), threading.Event(), Slots(holders, holders.record.placement)

    async def status() -> Status:
        return Status(sorted(set(holders.holders) - holders.lost), holders.replicas(), slots.hedged)

    with TemporaryDirectory(prefix="sd-", dir="/tmp") as folder:
        path = at or Path(folder) / "gateway.sock"
        task = loop.create_task(Gateway(slots, status).serve(path, ready=ready.set))

        def run() -> None:
            asyncio.set_event_loop(loop)
            try:
                loop.run_until_complete(task)
            except asyncio.CancelledError:
                loop.run_until_complete(asyncio.sleep(0.05))
            finally:
                rest = asyncio.all_tasks(loop)
                for one in rest:
                    one.cancel()
                loop.run_until_complete(asyncio.gather(*rest, return_exceptions=True))
                loop.run_until_complete(loop.shutdown_default_executor())
                loop.close()

        thread = threading.Thread(target=run)
        thread.start()
        client = GatewayClient(path)
        try:
            assert ready.wait(10)
            yield client
        finally:
            client.close()
            loop.call_soon_threadsafe(task.cancel)
            thread.join()
