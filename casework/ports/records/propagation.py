"""
How a decision travels: into the index, back over earlier uploads, and to the systems downstream.

Invariant: all but `Sender` is read and written in the transaction of one `UnitOfWork`; what is sent is recorded first.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from casework.domain.events import Event, EventType
from casework.domain.ids import DestinationId, EventId, MediaId, TakedownId
from casework.domain.media import Collection, Item, Media
from casework.domain.takedowns.propagation import Delivery, DeliveryState, Destination, Message, Receipt
from casework.domain.takedowns.sweep import Sweep
from casework.domain.work.lease import Lease


class IndexLog(Protocol):
    """
    The log the index follows.

    Invariant: within a collection, `seq` follows commit order, without gaps. A transaction that appends holds the
    collection's counter row until it ends.
    """

    def version(self, collection: Collection) -> int:
        """
        Return the last `seq` and keep it so until the transaction ends.

        A search at this version, made now, misses nothing that is committed before this transaction.
        """

    def add(self, collection: Collection, owner_id: str, media: Media) -> int:
        """Make every signal of the media findable; return the version from which it is."""

    def add_many(self, collection: Collection, owned: Sequence[tuple[str, Media]]) -> int:
        """Do the same for several, each with its owner."""

    def remove(self, collection: Collection, owner_id: str, media_id: MediaId | None = None) -> int:
        """Take an owner's items (of one piece of media, or all) out; return the version from which they are gone."""

    def erase(self, owner_ids: Iterable[str], media_ids: Iterable[MediaId]) -> None:
        """
        Erase the values of items that were removed, of these owners or these media, wherever the log has them.

        The places in the log stay: who has yet to read them passes over an addition without a value.
        """

    def items(self, item_ids: Iterable[int]) -> dict[int, Item]:
        """Read the live items that a search found."""

    def owners(self, item_ids: Iterable[int]) -> set[str]:
        """Return the owners of the live items that a search found, without reading their values."""

    def owner_of(self, item_ids: Iterable[int]) -> dict[int, str]:
        """Return the owner of each live item that a search found, by item, without reading values."""

    def of_owner(self, owner_id: str) -> list[Item]:
        """List an owner's live items."""

    def newest(
        self, collection: Collection, signal_types: Sequence[str], *, before: int | None, limit: int
    ) -> list[int]:
        """List the ids of live items of some signal types, the newest first, from before an id."""

    def newest_of(self, owner_ids: Iterable[str], signal_types: Sequence[str], *, each: int) -> list[int]:
        """
        List the ids of live items of some signal types, of several owners.

        Args:
            owner_ids: Whose.

            signal_types: Of which types.

            each: So many an owner may be listed; where there are more, of each owner the newest ones are.
        """


class Outbox(Protocol):
    """Messages that will be delivered because this transaction commits; also the feed of what happened."""

    def add(self, event: Event) -> None:
        """Write one, with a line in the ledger for each destination it is owed to."""

    def newest(self) -> int:
        """Return the position of the newest event; 0 if there is none."""

    def feed(
        self, *, types: Sequence[EventType], after: int, limit: int, owner_id: str | None = None
    ) -> list[tuple[int, Event]]:
        """
        Read events after a position in commit order, each with its own.

        With an owner, only those about uploads of theirs and of the operator.
        """

    def many(self, event_ids: Iterable[EventId]) -> dict[EventId, Event]:
        """Read several by id."""

    def erase_addresses(self, takedown_ids: Iterable[TakedownId]) -> int:
        """Erase the address of the reported post from what is told of takedowns; return from how many messages."""


class Destinations(Protocol):
    """Systems downstream."""

    def add(self, destination: Destination) -> None:
        """Store a new one."""

    def get(self, destination_id: str, *, lock: bool = False) -> Destination:
        """
        Read one.

        Raises:
            NotFoundError: If there is none.
        """

    def many(self, destination_ids: Iterable[str]) -> dict[str, Destination]:
        """Read several at once."""

    def update(self, destination: Destination) -> None:
        """Store its new state."""

    def listed(self, *, after: str | None, limit: int) -> tuple[list[Destination], str | None]:
        """List by age, without those that were deleted."""

    def owed_something(self, now: datetime) -> list[Destination]:
        """List those that may be sent something now, and are owed something that is due."""


@dataclass(frozen=True, slots=True)
class DeliveryTally:
    """How many of a takedown's deliveries to a destination are in a state."""

    destination_id: DestinationId
    state: DeliveryState
    count: int


class Deliveries(Protocol):
    """The ledger: one line for each event and destination. Lines are added with their event."""

    def get(self, delivery_id: str, *, lock: bool = False) -> Delivery:
        """
        Read one.

        Raises:
            NotFoundError: If there is none.
        """

    def update(self, delivery: Delivery) -> None:
        """Store its new state."""

    def due(self, destination_id: DestinationId, now: datetime, *, limit: int) -> list[Delivery]:
        """Read, and hold, what may be sent to a destination now: for each takedown, its earliest unfinished event."""

    def following(self, first: Delivery, now: datetime, *, limit: int) -> list[Delivery]:
        """Read, and hold, what follows a delivery to the same destination about the same takedown, in order."""

    def lease(self, deliveries: Iterable[Delivery], lease: Lease) -> None:
        """Keep others from claiming these."""

    def settle(self, delivery: Delivery, lease: Lease) -> bool:
        """Write how an attempt went and end the lease; return False if the lease was lost to another."""

    def give_back(self, deliveries: Iterable[Delivery], lease: Lease) -> None:
        """End the lease of what was not tried; everything else stays as it is."""

    def state_page(
        self, *, states: Sequence[DeliveryState], after: str | None, limit: int
    ) -> tuple[list[Delivery], str | None]:
        """List by age."""

    def of_takedown(
        self, takedown_id: TakedownId, *, after: str | None, limit: int
    ) -> tuple[list[Delivery], str | None]:
        """List a takedown's, by age."""

    def announcing(self, takedown_id: TakedownId) -> list[Delivery]:
        """List the deliveries that tell of a takedown itself, one a destination."""

    def tally(self, takedown_id: TakedownId) -> list[DeliveryTally]:
        """Count a takedown's deliveries for each destination by state."""

    def reversal_of(self, delivery: Delivery) -> Delivery | None:
        """Return the line that tells the same destination of the takedown's reversal, or None."""

    def give_up_all(self, destination_id: DestinationId, *, error: str) -> int:
        """Give up everything unfinished of a destination; return how many."""


class Sender(Protocol):
    """A way to one destination; `delivery.DESTINATIONS` has one class a kind."""

    async def send(self, message: Message) -> Receipt:
        """
        Send a message and wait for the receipt.

        Raises:
            DeliveryFailedError: If no receipt came. The message may have arrived all the same.
        """

    async def close(self) -> None:
        """Give back what it holds."""


class Sweeps(Protocol):
    """Sweeps over registered uploads: asked for by decisions, done by workers."""

    def add(self, sweep: Sweep) -> None:
        """Store a new one."""

    def get(self, sweep_id: str, *, lock: bool = False) -> Sweep:
        """
        Read one.

        Raises:
            NotFoundError: If there is none.
        """

    def update(self, sweep: Sweep) -> None:
        """Store its new state."""

    def all_due(self, now: datetime, *, limit: int) -> list[Sweep]:
        """Lock and read those of the unfinished ones that no worker has, with the fewest uploads done first."""

    def next_due(self, now: datetime) -> Sweep | None:
        """Read, and hold, of the unfinished ones no worker has, the one with the fewest uploads done."""

    def of_takedown(self, takedown_id: TakedownId) -> list[Sweep]:
        """List a takedown's, oldest first."""

    def unfinished_searches(self) -> list[Sweep]:
        """List the look-backs that are not done, whoever has them, oldest first."""
