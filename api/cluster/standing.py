"""How a cluster is: what the record says of it, beside what its gateway sees."""

from collections import Counter
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass

from api.cluster.placed import placement_in
from api.replica.indexes import layout_in
from api.settings import Settings
from casework.domain.media import Collection
from casework.persistence.connection.database import Database
from casework.persistence.index_log.slots import seqs_of
from index.cluster.client import GatewayClient
from index.cluster.home import Placed, Stage
from index.cluster.wire import Status
from index.errors import IndexStoreError


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
class ClusterStanding:
    """
    A cluster.

    Args:
        slots: Names of the logs that there are, in their order.

        replicas: All of them, as placed.

        alive: Machines that Ray knows to be alive.

        trouble: Why the gateway of this machine does not answer; None if it does.
    """

    slots: tuple[str, ...]
    replicas: tuple[ReplicaStanding, ...]
    alive: tuple[str, ...]
    trouble: str | None

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
    try:
        with closing(GatewayClient(settings.gateway_socket)) as gateway:
            status = gateway.status()
    except IndexStoreError as error:
        return ClusterStanding(slots, tuple(_standing(row, committed, {}) for row in rows), (), str(error))
    versions = _versions(status)
    return ClusterStanding(
        slots, tuple(_standing(row, committed, versions) for row in rows), tuple(status.nodes), trouble=None
    )


def _versions(status: Status) -> dict[tuple[str, str], int]:
    return {(one.slot, one.node): one.version for one in status.replicas if one.version is not None}


def _standing(row: Placed, committed: Mapping[str, int], versions: Mapping[tuple[str, str], int]) -> ReplicaStanding:
    version = versions.get((row.slot, row.node))
    behind = None if version is None else max(0, committed.get(row.slot, 0) - version)
    return ReplicaStanding(row.slot, row.node, row.stage.value, version, behind)
