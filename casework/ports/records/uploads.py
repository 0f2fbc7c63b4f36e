"""
Registered uploads, and what they matched.

Invariant: everything here is read and written in the transaction of one `UnitOfWork`.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Protocol

from casework.domain.ids import DecisionId, LookbackId, MediaId, TakedownId, UploadId
from casework.domain.takedowns.upload import Match, UnfinishedSearch, Upload
from casework.domain.work.lease import Lease


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

    def media_id_of(self, upload_id: UploadId) -> MediaId:
        """
        Return which media an upload has.

        Raises:
            NotFoundError: If there is no such upload.
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

    def uploaders(self, takedown_id: TakedownId, *, since: datetime) -> int:
        """
        Count the distinct people whose uploads a takedown matched since a moment.

        An upload without a known uploader counts as another person; what the policy keeps does not count.
        """

    def of_upload(self, upload_id: UploadId) -> list[Match]:
        """List what an upload matched."""

    def of_uploads(self, upload_ids: Iterable[UploadId]) -> dict[UploadId, list[Match]]:
        """List what each of several uploads matched."""

    def explanations(self, upload_ids: Iterable[str]) -> dict[tuple[str, str], str]:
        """Return the sentence of each match of these uploads, by upload and takedown."""

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


class UnfinishedSearches(Protocol):
    """Deep searches that are finished in the background."""

    def add(self, upload_id: UploadId, features: bytes) -> None:
        """Store what is left to do."""

    def has(self, upload_id: UploadId) -> bool:
        """Tell whether an upload's search is unfinished."""

    def next_due(self, now: datetime) -> UnfinishedSearch | None:
        """Read, and hold, the oldest that no worker has."""

    def claim(self, search: UnfinishedSearch, lease: Lease) -> UnfinishedSearch:
        """Keep others from it; return it as it is now."""

    def erase(self, upload_ids: Iterable[UploadId]) -> None:
        """Forget what is left to do of these uploads, whoever has it: there is nothing left to look for."""

    def remove(self, search: UnfinishedSearch) -> bool:
        """Forget it, since it is done; return False if the lease was lost to another."""
