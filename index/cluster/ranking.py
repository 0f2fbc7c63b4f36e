"""
Ranking references of a whole cluster: the same ballot as on one machine, over rows that came from many.

Votes are counted here, in the server's process: of the servers there are several, of the gateway one.
"""

from typing import Final, Protocol

from index.base import LocalCandidate
from index.cluster.holder import AsOf
from index.errors import ClusterUnreachableError
from index.local.nearest import NearRows
from index.local.votes import Ballot
from matcher.signals.local import QueryFeatures
from matcher.signals.points.descriptors import Descriptors

_TRIES: Final = 5


class FindsNear(Protocol):
    """The one question that ranking asks: `GatewayClient` answers it."""

    def near(self, at_least: AsOf, descriptors: Descriptors, count: int) -> tuple[dict[str, int], int, NearRows]:
        """Return versions, live rows of the cluster, and the `count` nearest rows of each descriptor."""


def ranked(gateway: FindsNear, at_least: AsOf, query: QueryFeatures, *, limit: int) -> list[LocalCandidate]:
    """
    Name the references of a cluster that may be in a picture, most suspicious first; see `FeatureSearcher.candidates`.

    Args:
        gateway: Who is asked.

        at_least: By slot, the `seq` that the answer has to contain.

        query: What is asked.

        limit: How many at most.

    Raises:
        ClusterUnreachableError: If a slot does not answer.
    """
    ballot = Ballot.of(query, bank_rows=0, limit=limit)
    if not len(ballot.descriptors):
        return []
    for _ in range(_TRIES):
        _, rows, near = gateway.near(at_least, ballot.descriptors, ballot.count)
        suited = Ballot.of(query, bank_rows=rows, limit=limit)
        if len(suited.descriptors) == len(ballot.descriptors):
            return ballot.counted(near)
        ballot = suited  # in a large bank fewer keypoints vote
    raise ClusterUnreachableError("the cluster grows faster than it is asked; ask again")
