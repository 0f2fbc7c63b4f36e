"""
What casework needs from outside, and nothing about how it is done.

`api/bootstrap.py` hands in the real thing: an index for `CandidateSearch`, SQL for `UnitOfWork`. A handler takes these
and a command; it never imports SQLAlchemy, FAISS or HTTP.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

import numpy as np
import numpy.typing as npt

from casework.domain.appeal import Appeal, AppealState
from casework.domain.case import Case, CaseState, Queue
from casework.domain.decision import Decision
from casework.domain.events import AuditEntry, Event, EventType
from casework.domain.ids import CaseId, DecisionId, DestinationId, EventId, LookbackId, MediaId, TakedownId, UploadId
from casework.domain.lookback import Lookback
from casework.domain.media import Collection, Item, Media, SubmittedMedia
from casework.domain.propagation import Delivery, DeliveryState, Destination, Message, Receipt
from casework.domain.protected import Protected
from casework.domain.report import Report, ReporterHistory, ReportPattern
from casework.domain.takedown import Takedown, TakedownState
from casework.domain.upload import Match, UnfinishedSearch, Upload
from matcher.alignment import Pairs
from matcher.signals.local import QueryFeatures
from matcher.variants import Query
from matcher.views import Form

Codes = npt.NDArray[np.uint8]
"""Packed hashes: uint8, shape (n, 32), most significant bit first."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """One item near one of the question's values, inclusive of the search radius."""

    item_id: int
    signal_type: str
    distance: int


@dataclass(frozen=True, slots=True)
class Candidates:
    """
    What the index found.

    Args:
        version: The collection's version the answer is exact for.

        found: Each item once for each signal type, at its smallest distance.
    """

    version: int
    found: tuple[Candidate, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Suspect:
    """
    A reference whose picture may be seen in another, whole or in part.

    Args:
        item_id: Its `local/1` item.

        form: The form of the question in which keypoints match.

        score: How many votes agree; chance gives about 1.

        pairs: int32, shape (n, 2): rows of the question's keypoints and of the reference's that are near.
    """

    item_id: int
    form: Form
    score: float
    pairs: Pairs


@dataclass(frozen=True, slots=True, eq=False)
class Suspects:
    """
    What the local features' index found.

    Args:
        version: The collection's version it was asked at.

        found: Most suspicious first; one item may come in several forms.
    """

    version: int
    found: tuple[Suspect, ...]


class CandidateSearch(Protocol):
    """Which known items are near this? Never behind what was committed before the call; exact as far as hashes go."""

    def find(self, collection: Collection, questions: Sequence[Mapping[str, Codes]]) -> list[Candidates]:
        """
        Search several questions at once, all at one version.

        Args:
            collection: Where.

            questions: For each, by signal type, its values and their variants: uint8, shape (n, 32). The radius is the
                signal type's own threshold.

        Returns:
            One answer a question, in order.
        """

    def find_local(self, collection: Collection, features: QueryFeatures, *, limit: int) -> Suspects:
        """
        Rank the items whose picture may be seen in another; which of them is, is for the matcher to say.

        Args:
            collection: Where.

            features: Of the picture that is asked about.

            limit: How many at most.
        """


class Clock(Protocol):
    """What time it is."""

    def now(self) -> datetime:
        """Return the moment, in UTC, with its zone."""


class Reports(Protocol):
    """Reports, as received."""

    def add(self, report: Report) -> None:
        """Store a new one."""

    def of_case(self, case_id: CaseId) -> Report | None:
        """Return the report that opened a case, or None if a match did."""

    def by_receipt(self, number: str) -> Report | None:
        """Return the report with this receipt number."""

    def pattern(self, target: str, *, since: datetime) -> ReportPattern:
        """Measure the reports about a target since a moment."""

    def cases_about(self, target: str, *, since: datetime) -> list[CaseId]:
        """List the cases reports about a target opened since a moment."""

    def history(self, reporter_key: str) -> ReporterHistory:
        """Count what became of a reporter's reports."""


class Cases(Protocol):
    """Cases and the lists moderators work from."""

    def add(self, case: Case) -> None:
        """Store a new one."""

    def get(self, case_id: str, *, lock: bool = False) -> Case:
        """
        Read one; with `lock`, keep others from deciding it until this transaction ends.

        Raises:
            NotFoundError: If there is none.
        """

    def update(self, case: Case) -> None:
        """Store its new state."""

    def queue_page(
        self, *, states: Sequence[CaseState], queue: Queue | None, after: str | None, limit: int
    ) -> tuple[list[Case], str | None]:
        """
        List by deadline, then id.

        Returns:
            Up to `limit` cases, and the cursor of the next page or None.

        Raises:
            CursorError: If `after` is not a cursor this list gave.
        """

    def resting_on(self, takedown_id: TakedownId, upload_ids: Sequence[UploadId]) -> list[Case]:
        """List the cases that matches of these uploads with a takedown opened."""

    def uploads_resting_on(self, takedown_id: TakedownId) -> list[UploadId]:
        """List the uploads of all cases that matches of a takedown opened."""


class MediaRecords(Protocol):
    """Media as it was seen: signals and, for a while, an encrypted preview."""

    def add(self, submitted: SubmittedMedia, *, case_id: CaseId | None, position: int) -> Media:
        """Store and give it an id."""

    def add_many(self, submitted: Sequence[tuple[SubmittedMedia, CaseId | None, int]]) -> list[Media]:
        """Store several at once: each with its case and its position there."""

    def query_of(self, media: Media) -> Query:
        """Return what to search for: its variants where they were kept, else its signals as they are."""

    def get(self, media_id: MediaId) -> Media:
        """
        Read one.

        Raises:
            NotFoundError: If there is none.
        """

    def many(self, media_ids: Iterable[MediaId]) -> dict[MediaId, Media]:
        """Read several at once."""

    def of_case(self, case_id: CaseId) -> list[Media]:
        """List the media of a case, in order."""

    def show_in_case(self, media_id: MediaId, case_id: CaseId) -> None:
        """Make an upload's media the media of the case its match opened."""

    def keep_preview(self, media_id: MediaId, ciphertext: bytes) -> None:
        """Keep an encrypted preview until its retention date."""

    def preview(self, media_id: MediaId) -> bytes | None:
        """Return the encrypted preview, or None if there is none or its date has passed."""


class Uploads(Protocol):
    """Registered uploads."""

    def add(self, upload: Upload) -> None:
        """Store a new one."""

    def get(self, upload_id: str, *, lock: bool = False) -> Upload:
        """
        Read one.

        Raises:
            NotFoundError: If there is none.
        """

    def add_many(self, uploads: Sequence[Upload]) -> None:
        """Store several new ones."""

    def many(self, upload_ids: Iterable[str]) -> dict[str, Upload]:
        """Read several at once."""

    def by_platform_ids(self, platform_ids: Iterable[str]) -> dict[str, Upload]:
        """Return the uploads a platform registered under its own ids, by these."""

    def update(self, upload: Upload) -> None:
        """Store its new verdict, case or facts."""

    def uploaders_of(self, upload_ids: Iterable[str]) -> int:
        """Count the distinct people who posted these; each upload without a known one counts as another person."""


class Matches(Protocol):
    """Which upload matched which takedown."""

    def add(self, upload_id: UploadId, match: Match, *, lookback_id: LookbackId | None = None) -> None:
        """Record one; `lookback_id` says which look-back found it."""

    def of_upload(self, upload_id: UploadId) -> list[Match]:
        """List what an upload matched."""

    def of_uploads(self, upload_ids: Iterable[UploadId]) -> dict[UploadId, list[Match]]:
        """List what each of several uploads matched."""

    def known(self, upload_ids: Iterable[str], takedown_id: TakedownId) -> set[UploadId]:
        """Return which of these uploads are known to match a takedown."""

    def of_takedown(self, takedown_id: TakedownId) -> list[UploadId]:
        """List the uploads that matched a takedown."""

    def resting_on_media(self, takedown_id: TakedownId, media_id: MediaId) -> list[UploadId]:
        """List the uploads that matched one reference of a takedown."""

    def update(self, upload_id: UploadId, match: Match) -> None:
        """Store its new state."""

    def remove(self, upload_id: UploadId, takedown_id: TakedownId) -> None:
        """Forget a match that turned out to be none."""

    def undismiss(self, decision_id: DecisionId) -> None:
        """Take back that a decision dismissed matches."""

    def found_by_lookback(
        self, takedown_id: TakedownId, *, after: int, limit: int
    ) -> list[tuple[int, UploadId, Match]]:
        """List the matches look-backs found for a takedown, each with its position."""


class Decisions(Protocol):
    """Everything that was ever decided."""

    def add(self, decision: Decision) -> None:
        """Store a new one."""

    def get(self, decision_id: str, *, lock: bool = False) -> Decision:
        """
        Read one.

        Raises:
            NotFoundError: If there is none.
        """

    def update(self, decision: Decision) -> None:
        """Store its new state."""

    def of_case(self, case_id: CaseId) -> list[Decision]:
        """List the decisions about a case, oldest first."""


class Takedowns(Protocol):
    """Standing effects."""

    def add(self, takedown: Takedown) -> None:
        """Store a new one."""

    def get(self, takedown_id: str, *, lock: bool = False) -> Takedown:
        """
        Read one.

        Raises:
            NotFoundError: If there is none.
        """

    def many(self, takedown_ids: Iterable[str]) -> dict[str, Takedown]:
        """Read several at once."""

    def update(self, takedown: Takedown) -> None:
        """Store its new state."""

    def state_page(
        self, *, states: Sequence[TakedownState], after: str | None, limit: int
    ) -> tuple[list[Takedown], str | None]:
        """List by id, which is by age."""

    def add_reference(self, takedown_id: TakedownId, media_id: MediaId, decision_id: DecisionId) -> None:
        """Let a piece of media be one of its references, by this decision."""

    def references(self, takedown_id: TakedownId) -> list[MediaId]:
        """List its references."""

    def reference_of_decision(self, decision_id: DecisionId) -> list[MediaId]:
        """List the references a decision added."""

    def drop_reference(self, takedown_id: TakedownId, media_id: MediaId) -> None:
        """Take a reference back."""


class IndexLog(Protocol):
    """
    The log the index follows.

    Invariant: within a collection, `seq` follows commit order, without gaps. Whoever appends holds the collection's
    counter row until the transaction ends.
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

    def items(self, item_ids: Iterable[int]) -> dict[int, Item]:
        """Read the live items behind search results."""

    def owners(self, item_ids: Iterable[int]) -> set[str]:
        """Return whose the live items behind search results are, without reading their values."""

    def of_owner(self, owner_id: str) -> list[Item]:
        """List an owner's live items."""


class Outbox(Protocol):
    """Messages that will be delivered because this transaction commits; also the feed of what happened."""

    def add(self, event: Event) -> None:
        """Write one, with a line in the ledger for each destination it is owed to."""

    def feed(self, *, types: Sequence[EventType], after: int, limit: int) -> list[tuple[int, Event]]:
        """Read events after a position in commit order, each with its own."""

    def many(self, event_ids: Iterable[EventId]) -> dict[EventId, Event]:
        """Read several by id."""


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

    def with_work(self, now: datetime) -> list[Destination]:
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

    def lease(self, deliveries: Iterable[Delivery], *, lease_id: str, until: datetime) -> None:
        """Keep others from claiming these."""

    def settle(self, delivery: Delivery, *, lease_id: str) -> bool:
        """Write how an attempt went and end the lease; return False if the lease was lost to another."""

    def release(self, deliveries: Iterable[Delivery], *, lease_id: str) -> None:
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

    def bury(self, destination_id: DestinationId, *, error: str) -> int:
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


class AuditLog(Protocol):
    """What was done, by whom; append-only."""

    def add(self, entry: AuditEntry) -> None:
        """Write one row."""

    def of(self, subject_ids: Iterable[str]) -> list[AuditEntry]:
        """List what was done to these, oldest first."""


class Lookbacks(Protocol):
    """Sweeps over earlier uploads: asked for by decisions, done by workers."""

    def add(self, lookback: Lookback) -> None:
        """Store a new one."""

    def get(self, lookback_id: str, *, lock: bool = False) -> Lookback:
        """
        Read one.

        Raises:
            NotFoundError: If there is none.
        """

    def update(self, lookback: Lookback) -> None:
        """Store its new state."""

    def next_due(self, now: datetime) -> Lookback | None:
        """Read, and hold, of the unfinished ones in nobody's hands, the one that came least far."""

    def of_takedown(self, takedown_id: TakedownId) -> list[Lookback]:
        """List a takedown's, oldest first."""


class UnfinishedSearches(Protocol):
    """Deep searches that are finished behind."""

    def add(self, upload_id: UploadId, encrypted_features: bytes) -> None:
        """Store what is left to do."""

    def has(self, upload_id: UploadId) -> bool:
        """Tell whether an upload's search is unfinished."""

    def next_due(self, now: datetime) -> UnfinishedSearch | None:
        """Read, and hold, the oldest that is in nobody's hands."""

    def claim(self, search: UnfinishedSearch, *, lease_id: str, until: datetime) -> UnfinishedSearch:
        """Keep others from it; return it as it is now."""

    def remove(self, search: UnfinishedSearch) -> bool:
        """Forget it, since it is done; return False if the lease was lost to another."""


class ProtectedMedia(Protocol):
    """Newsworthy media on which nothing acts by itself."""

    def add(self, protected: Protected) -> None:
        """Store a new one."""

    def get(self, protected_id: str, *, lock: bool = False) -> Protected:
        """
        Read one.

        Raises:
            NotFoundError: If there is none.
        """

    def update(self, protected: Protected) -> None:
        """Store its new state."""

    def listed(self, *, after: str | None, limit: int) -> tuple[list[Protected], str | None]:
        """List those that stand, by age."""


class Appeals(Protocol):
    """Appeals against decisions."""

    def add(self, appeal: Appeal) -> None:
        """Store a new one."""

    def get(self, appeal_id: str, *, lock: bool = False) -> Appeal:
        """
        Read one.

        Raises:
            NotFoundError: If there is none.
        """

    def update(self, appeal: Appeal) -> None:
        """Store its new state."""

    def of_decision(self, decision_id: DecisionId) -> list[Appeal]:
        """List the appeals against a decision."""

    def state_page(
        self, *, states: Sequence[AppealState], after: str | None, limit: int
    ) -> tuple[list[Appeal], str | None]:
        """List by id, which is by age."""


class UnitOfWork(Protocol):
    """One transaction over the record. What is done through it happens wholly or not at all."""

    @property
    def now(self) -> datetime:
        """The moment this transaction began; one moment for all it writes."""

    @property
    def reports(self) -> Reports: ...
    @property
    def cases(self) -> Cases: ...
    @property
    def media(self) -> MediaRecords: ...
    @property
    def uploads(self) -> Uploads: ...
    @property
    def matches(self) -> Matches: ...
    @property
    def decisions(self) -> Decisions: ...
    @property
    def takedowns(self) -> Takedowns: ...
    @property
    def index_log(self) -> IndexLog: ...
    @property
    def outbox(self) -> Outbox: ...
    @property
    def destinations(self) -> Destinations: ...
    @property
    def deliveries(self) -> Deliveries: ...
    @property
    def audit(self) -> AuditLog: ...
    @property
    def lookbacks(self) -> Lookbacks: ...
    @property
    def unfinished(self) -> UnfinishedSearches: ...
    @property
    def protected(self) -> ProtectedMedia: ...
    @property
    def appeals(self) -> Appeals: ...
