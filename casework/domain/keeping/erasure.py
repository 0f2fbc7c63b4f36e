"""
An erasure: what is known of people and pictures leaves the service, and what proves the decision stays.

    requested       it was asked for; nothing is gone yet
    record_erased   the record holds nothing of it any more; the signals left the index with that
    index_erased    and no index file of this data folder
    completed       and neither the write-ahead log nor freed pages of the database

Invariant: it only ever moves on, and each step may be done twice: whoever is killed in one is followed by another that
does it again. What stays: ids, times, outcomes, rules, policy versions, actors, and how far what agreed.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from casework.domain.ids import CaseId, ErasureId, TakedownId, UploadId
from casework.domain.takedowns.upload import Upload
from casework.domain.work.lease import Lease


class ErasureState(StrEnum):
    """How far an erasure is."""

    REQUESTED = "requested"
    RECORD_ERASED = "record_erased"
    INDEX_ERASED = "index_erased"
    COMPLETED = "completed"


@dataclass(frozen=True, slots=True)
class Removed:
    """
    What is gone.

    Args:
        previews: Reduced pictures.

        identities: Records that no longer say who somebody is: reporters and uploaders.

        texts: Post texts, addresses, notes, grounds and reasons that people wrote.

        signals: Fingerprints, each counted once however often it was stored.

        index_files: Files of the index in which one of them lay, and that were written again without it.

        stored_files: Objects deleted from the store in which machines of a cluster keep such files.
    """

    previews: int = 0
    identities: int = 0
    texts: int = 0
    signals: int = 0
    index_files: int = 0
    stored_files: int = 0

    def __add__(self, other: "Removed") -> "Removed":
        """Count both."""
        return Removed(
            previews=self.previews + other.previews,
            identities=self.identities + other.identities,
            texts=self.texts + other.texts,
            signals=self.signals + other.signals,
            index_files=self.index_files + other.index_files,
            stored_files=self.stored_files + other.stored_files,
        )


@dataclass(frozen=True, slots=True)
class Erasure:
    """
    One erasure: of everything about a case's report and takedown, or of one upload.

    Args:
        scope_id: The case whose report and takedown are erased, or the upload.

        requested_by: Actor's id.

        reason: Why, in words that name nobody: this stays.

        kept_for: Takedowns that stand, or wait for a second person, and rest on or match some of it: its signals stay.

        record_erased_at: From when no other process of any machine needs the values.

        lease: Of the worker that goes on with it.
    """

    id: ErasureId
    scope_id: str
    state: ErasureState
    requested_by: str
    reason: str
    requested_at: datetime
    removed: Removed = Removed()
    kept_for: tuple[TakedownId, ...] = ()
    record_erased_at: datetime | None = None
    completed_at: datetime | None = None
    lease: Lease | None = None

    @property
    def upload_id(self) -> UploadId | None:
        """The upload that is erased by itself, or None."""
        return UploadId(self.scope_id) if self.scope_id.startswith("upl_") else None

    @property
    def case_id(self) -> CaseId | None:
        """The case whose report and takedown are erased, or None."""
        return None if self.upload_id else CaseId(self.scope_id)

    def claimed(self, lease: Lease | None) -> "Erasure":
        """Return it as a worker has it that has just claimed it, or given it back."""
        return replace(self, lease=lease)

    def with_more(self, removed: Removed, kept_for: frozenset[TakedownId] = frozenset()) -> "Erasure":
        """Return it with more that is gone."""
        return replace(self, removed=self.removed + removed, kept_for=tuple(sorted({*self.kept_for, *kept_for})))

    def moved_to(self, state: ErasureState, now: datetime) -> "Erasure":
        """Return it one step further."""
        moved = replace(self, state=state)
        if state is ErasureState.RECORD_ERASED:
            return replace(moved, record_erased_at=now)
        return replace(moved, completed_at=now, lease=None) if state is ErasureState.COMPLETED else moved


def without_signals(upload: Upload) -> Upload:
    """Return an upload of which no value and no word is left; who posted it, and where, stays."""
    return replace(upload, sha256=b"", post_text=None)


def without_poster(upload: Upload) -> Upload:
    """Return an upload that does not say either who posted it, and where."""
    return replace(without_signals(upload), uploader_id=None, url=None)


def is_erased(upload: Upload) -> bool:
    """Tell whether an upload's values were erased."""
    return upload.sha256 == b""
