"""
Everything one process of the service holds while it runs, handed to routes, commands and background work alike.

Invariant: nothing here is built or opened; `api/bootstrap.py` does that, once a process. A test may build a `Service`
of its own parts.
"""

from collections.abc import Set
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import timedelta

from anyio import CapacityLimiter

from api.arrivals.decoding_queue import DecodingQueue
from api.arrivals.registrations import Registrations
from api.arrivals.spool import Spool
from api.fetching.fetcher import Fetcher
from api.metrics.shared import SharedMetrics
from api.replica.loop_barrier import LoopBarrier
from api.replica.memory import Memory
from api.replica.replica import Replica
from api.replica.standby import Standby
from api.security.key_uses import KeyUses
from api.security.keyring import Keyring
from api.security.people.single_sign_on import IdentityProvider
from api.security.probing import ProbeWatch
from api.security.rate_limit import RateLimits
from api.settings import Settings
from casework.delivery.options import SendOptions
from casework.domain.media import Collection
from casework.domain.takedowns.propagation import RetryPolicy
from casework.persistence.connection.database import Database
from casework.persistence.connection.turns.group_commit import Writer
from casework.persistence.connection.wakeup import CommitWatch
from casework.persistence.lookout import Lookout
from casework.persistence.unit_of_work import EVERY_COLLECTION, SqlUnitOfWork, transaction, unit_of_work
from casework.policy.automation.flood import FloodLimits
from casework.policy.automation.interim import InterimTerms
from casework.policy.automation.safeguards import SafeguardLimits
from casework.policy.together import SampleTerms
from casework.ports.unit_of_work import Clock
from index.base import SearchableIndex
from matcher.sandbox.hasher import MediaHasher


@dataclass(frozen=True, slots=True, eq=False)
class Service:
    """
    Everything a request needs.

    Args:
        settings: The settings, read at start.

        clock: What time it is.

        writer: The record, for units of work that write.

        reader: The record, for transactions that only read.

        follower: The record, for following what is written to it: a connection for each collection's log.

        commits: Wakes what waits for something to be written to it.

        lookout: Looks after a commit what is due to be done, for all who do it.

        indexes: One for each collection.

        replica: Candidate search, as new as the record.

        memory: What this process remembers of the record.

        loop_barrier: The way to all that was committed, for questions that the event loop answers.

        standby: What goes on while the record cannot be reached.

        sandbox: Where media is decoded and hashed.

        spool: Where files lie until they are hashed.

        pictures: Whose picture is decoded next.

        videos: Whose video is decoded next.

        answering: How many answers about files may be made at once; what needs no decoding never waits for them.

        keyring: Encrypts what people wrote, who they are, previews, kept answers and secrets.

        limits: Above which a second person must agree.

        sample: How many cases are looked at before many are decided at once.

        flood: How many people a takedown may match before it stops acting by itself.

        interim: What is restricted before a person has decided, and for how long.

        probes: What such keys asked near the border of a match.

        send_options: What destinations may be reached, and how.

        fetcher: Fetches files that are named by their address.

        retry: How long to wait after a delivery failed.

        registrations: Uploads by their hashes that are registered together.

        key_uses: When keys were used, until it is written.

        identity_provider: Tells who somebody is that signs in; None where people have passwords alone.

        rate_limits: How often may be asked, counted by all processes of the data folder together.

        metrics: What this process counts, until it is with what the others count.
    """

    settings: Settings
    clock: Clock
    writer: Writer
    reader: Database
    follower: Database
    commits: CommitWatch
    lookout: Lookout
    indexes: dict[Collection, SearchableIndex]
    replica: Replica
    memory: Memory
    loop_barrier: LoopBarrier
    standby: Standby
    sandbox: MediaHasher
    spool: Spool
    pictures: DecodingQueue
    videos: DecodingQueue
    answering: CapacityLimiter
    keyring: Keyring
    limits: SafeguardLimits
    sample: SampleTerms
    flood: FloodLimits
    interim: InterimTerms
    probes: ProbeWatch
    send_options: SendOptions
    fetcher: Fetcher
    retry: RetryPolicy
    registrations: Registrations
    key_uses: KeyUses
    identity_provider: IdentityProvider | None
    rate_limits: RateLimits
    metrics: SharedMetrics

    def writing(
        self, *, searches: Set[Collection] = EVERY_COLLECTION, gives_way: bool = False
    ) -> AbstractContextManager[SqlUnitOfWork]:
        """
        Begin a unit of work that writes; after the block it is committed and on the disk.

        On SQLite several may share a commit: `casework/persistence/connection/turns/group_commit.py`.

        Args:
            searches: The collections that the block asks the index about; fewer may share a commit with more.

            gives_way: For work in the background: requests go first.
        """
        return unit_of_work(
            self.writer,
            clock=self.clock,
            preview_retention=self._retention,
            vault=self.keyring,
            searches=searches,
            gives_way=gives_way,
        )

    def reading(self) -> AbstractContextManager[SqlUnitOfWork]:
        """Begin a transaction that only reads."""
        return transaction(self.reader, clock=self.clock, preview_retention=self._retention, vault=self.keyring)

    @property
    def _retention(self) -> timedelta:
        return timedelta(days=self.settings.preview_retention_days)
