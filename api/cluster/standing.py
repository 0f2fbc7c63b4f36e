"""How a cluster is: what the record says of it, beside what its gateway sees."""

import itertools
from collections import Counter
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass

from api.clock import SystemClock
from api.cluster.placed import placement_in
from api.replica.indexes import layout_in
from api.settings import Settings
from api.stores.places import place_at
from casework.domain.media import Collection
from casework.persistence.connection.database import Database
from casework.persistence.index_log.placement import SqlPlacement
from casework.persistence.index_log.slots import seqs_of
from casework.persistence.index_log.stored import SqlStored
from index.cluster.client import GatewayClient
from index.cluster.home import Placed, Stage
from index.cluster.wire import Status
from index.errors import IndexStoreError, StoreUnreachableError


@dataclass(frozen=True, slots=True)
class ReplicaStanding:
    """
    One replica.

    Args:
        slot: Name of the slot's log.

        node: Its machine.

        stage: ``"serving"`` or ``"coming"``.

        version: The last `seq` it has; None where its machine does not answer, or nobody could ask.

        behind: How many changes it lacks.
    """

    slot: str
    node: str
    stage: str
    version: int | None
    behind: int | None


@dataclass(frozen=True, slots=True)
class StoredStanding:
    """
    What lies in the store of one replica.

    Args:
        slot: Name of the slot's log.

        node: The machine that put it there.

        store: Address of the store.

        version: The `seq` that it contains.

        behind: How many changes of the log it lacks.

        generation: Of the replica's files.

        size_bytes: Of all of them.

        age_s: How long ago it was put there.

        placed: Whether the machine still holds the slot.
    """

    slot: str
    node: str
    store: str
    version: int
    behind: int
    generation: int
    size_bytes: int
    age_s: float
    placed: bool


@dataclass(frozen=True, slots=True)
class ClusterStanding:
    """
    A cluster.

    Args:
        slots: Names of the logs that there are, in their order.

        replicas: All of them, as placed.

        alive: Machines that Ray knows to be alive.

        trouble: Why the gateway of this machine does not answer; None if it does.

        stored: What lies in the store, as the record has it.
    """

    slots: tuple[str, ...]
    replicas: tuple[ReplicaStanding, ...]
    alive: tuple[str, ...]
    trouble: str | None
    stored: tuple[StoredStanding, ...]

    @property
    def silent(self) -> list[str]:
        """Slots about which no machine answers."""
        answering = self.answering
        return [slot for slot in self.slots if not answering[slot]]

    @property
    def answering(self) -> Counter[str]:
        """By slot, how many machines answer about it."""
        return Counter(one.slot for one in self.replicas if one.version is not None and one.stage == Stage.SERVING)


def cluster_standing(settings: Settings, reader: Database) -> ClusterStanding:
    """
    Look at the record, and ask the gateway of this machine.

    Args:
        settings: Where the gateway is.

        reader: The record.

    Raises:
        DatabaseFailedError: If that cannot be read.
    """
    rows = placement_in(reader)
    slots = tuple(slot.log for slot in layout_in(reader, Collection.UPLOADS).slots)
    with reader.connect() as connection, connection.begin():
        committed = seqs_of(connection, Collection.UPLOADS)
    stored = stored_standing(reader)
    try:
        with closing(GatewayClient(settings.gateway_socket)) as gateway:
            status = gateway.status()
    except IndexStoreError as error:
        return ClusterStanding(slots, tuple(_standing(row, committed, {}) for row in rows), (), str(error), stored)
    versions = _versions(status)
    return ClusterStanding(
        slots, tuple(_standing(row, committed, versions) for row in rows), tuple(status.nodes), None, stored
    )


def stored_standing(reader: Database) -> tuple[StoredStanding, ...]:
    """
    Say what lies in the store, as the record has it.

    Raises:
        DatabaseFailedError: If that cannot be read.
    """
    now = SystemClock().now()
    with reader.connect() as connection, connection.begin():
        rows, committed = SqlStored(connection).rows(), seqs_of(connection, Collection.UPLOADS)
        placed = {(row.slot, row.node) for row in SqlPlacement(connection).rows()}
    return tuple(
        StoredStanding(
            slot=row.slot,
            node=row.node,
            store=row.store,
            version=row.version,
            behind=max(0, committed.get(row.slot, 0) - row.version),
            generation=row.generation,
            size_bytes=row.size_bytes,
            age_s=(now - row.stored_at).total_seconds(),
            placed=(row.slot, row.node) in placed,
        )
        for row in rows
    )


def store_trouble(address: str) -> str | None:
    """Ask the store at an address; return why it does not answer, or None."""
    try:
        list(itertools.islice(place_at(address).names(""), 1))
    except StoreUnreachableError as error:
        return str(error)
    return None


def _versions(status: Status) -> dict[tuple[str, str], int]:
    return {(one.slot, one.node): one.version for one in status.replicas if one.version is not None}


def _standing(row: Placed, committed: Mapping[str, int], versions: Mapping[tuple[str, str], int]) -> ReplicaStanding:
    version = versions.get((row.slot, row.node))
    behind = None if version is None else max(0, committed.get(row.slot, 0) - version)
    return ReplicaStanding(row.slot, row.node, row.stage.value, version, behind)
