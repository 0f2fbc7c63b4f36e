"""
What casework keeps: the record of reports, cases, media, uploads and decisions.

Invariant: everything here is read and written in the transaction of one `UnitOfWork`.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Protocol

from casework.domain.cases.appeal import Appeal, AppealState
from casework.domain.cases.case import Case, CaseState, Queue
from casework.domain.cases.decision import Decision
from casework.domain.cases.report import Report, ReporterHistory, ReportPattern
from casework.domain.events import AuditEntry
from casework.domain.ids import CaseId, DecisionId, LookbackId, MediaId, TakedownId, UploadId
from casework.domain.lease import Lease
from casework.domain.media import Media, SubmittedMedia
from casework.domain.takedowns.protected import Protected
from casework.domain.takedowns.takedown import Takedown, TakedownState
from casework.domain.takedowns.upload import Match, UnfinishedSearch, Upload
from matcher.hashing.query import Query


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


class AuditLog(Protocol):
    """What was done, by whom; append-only."""

    def add(self, entry: AuditEntry) -> None:
        """Write one row."""

    def of(self, subject_ids: Iterable[str]) -> list[AuditEntry]:
        """List what was done to these, oldest first."""


class UnfinishedSearches(Protocol):
    """Deep searches that are finished in the background."""

    def add(self, upload_id: UploadId, encrypted_features: bytes) -> None:
        """Store what is left to do."""

    def has(self, upload_id: UploadId) -> bool:
        """Tell whether an upload's search is unfinished."""

    def next_due(self, now: datetime) -> UnfinishedSearch | None:
        """Read, and hold, the oldest that no worker has."""

    def claim(self, search: UnfinishedSearch, lease: Lease) -> UnfinishedSearch:
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
