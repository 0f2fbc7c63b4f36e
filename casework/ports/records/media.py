"""
Media as it was seen, the takedowns whose references it is, and what is protected.

Invariant: everything here is read and written in the transaction of one `UnitOfWork`.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Protocol

from casework.domain.banking import HashAction
from casework.domain.ids import CaseId, DecisionId, MediaId, TakedownId
from casework.domain.media import Media, SubmittedMedia
from casework.domain.takedowns.common import CommonPart
from casework.domain.takedowns.protected import Kept, Protected
from casework.domain.takedowns.takedown import Takedown, TakedownState
from matcher.hashing.query import Query


class MediaRecords(Protocol):
    """Media as it was seen: signals and, for a while, an encrypted preview."""

    def add(self, submitted: SubmittedMedia, *, case_id: CaseId | None, position: int) -> Media:
        """Store and give it an id."""

    def add_many(self, submitted: Sequence[tuple[SubmittedMedia, CaseId | None, int]]) -> list[Media]:
        """Store several at once: each with its case and its position there."""

    def query_of(self, media: Media) -> Query:
        """Return what to search for: its variants where they were kept, else its signals as they are."""

    def queries_of(self, media: Iterable[Media]) -> dict[MediaId, Query]:
        """Return what to search for, for several at once."""

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

    def show_in_case(self, media_id: MediaId, case_id: CaseId | None) -> None:
        """Make an upload's media the media of the case its match opened, or of none."""

    def erase(self, media_ids: Iterable[MediaId]) -> tuple[int, int]:
        """Erase previews, signals and variants; return how many previews and how many signals there were."""

    def erase_previews(self, media_ids: Iterable[MediaId]) -> int:
        """Erase previews alone; return how many there were."""

    def keep_preview(self, media_id: MediaId, preview: bytes) -> None:
        """Keep a preview until its retention date."""

    def preview(self, media_id: MediaId) -> bytes | None:
        """Return the preview, or None if there is none or its date has passed."""


class MediaViews(Protocol):
    """Who has looked at which media, in which case."""

    def add(self, media_id: MediaId, person_id: str, case_id: CaseId) -> None:
        """Note a look; only the first of a person in a case is kept."""

    def people(self, media_ids: Iterable[MediaId]) -> dict[MediaId, set[str]]:
        """Return who has looked at each of these, in whatever case; those nobody looked at are left out."""

    def confirmed_copy_of(self, takedown_id: TakedownId) -> bool:
        """
        Tell whether somebody confirmed a copy of a takedown whose picture they, or who approved it, looked at.

        A copy is an upload in a case that a match with it opened; the post that a report names is none.
        """


class Takedowns(Protocol):
    """Takedowns, and the media that copies are compared with."""

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

    def newest_ids(self, *, before: str | None, limit: int) -> list[TakedownId]:
        """List ids, standing or not, the newest first, from before an id."""

    def of_case(self, case_id: CaseId) -> list[Takedown]:
        """List the takedowns that a case's decisions made."""

    def standing_on(self, media_ids: Iterable[MediaId]) -> dict[MediaId, TakedownId]:
        """Return which of these media are references of takedowns that stand, and of which."""

    def of_reference(self, media_id: MediaId) -> list[TakedownId]:
        """List the takedowns, standing or not, whose reference a piece of media is."""

    def next_interim_due(self, now: datetime) -> TakedownId | None:
        """Return the interim takedown whose limit passed first, or None."""

    def usual_uploaders(self, hash_action: HashAction, *, but: TakedownId, share: float) -> int:
        """
        Return how many people takedowns banked alike match at most, leaving out those that match the most.

        Args:
            hash_action: How they are banked.

            but: The one that is compared with them.

            share: Of those that stand and matched anybody, what share (0..1) matched as many or fewer.

        Returns:
            By `most_uploaders`; 0 if there are none.
        """

    def add_reference(self, takedown_id: TakedownId, media_id: MediaId, decision_id: DecisionId) -> None:
        """Let a piece of media be one of its references, by this decision."""

    def add_references(self, takedown_id: TakedownId, media_ids: Sequence[MediaId], decision_id: DecisionId) -> None:
        """Do the same for several at once."""

    def of_source(self, source: str) -> list[TakedownId]:
        """List those that stand, or are paused, of hashes that came from a list, by age."""

    def match_source(self, source: str, *, matched: bool) -> None:
        """Let all that was imported from a list match, or not, for now."""

    def rename_source(self, source: str, name: str) -> None:
        """Name a list otherwise, in all that was imported from it."""

    def references(self, takedown_id: TakedownId, *, among: Sequence[MediaId] | None = None) -> list[MediaId]:
        """List its references, or those of these media that are."""

    def decision_of_reference(self, takedown_id: TakedownId, media_id: MediaId) -> DecisionId | None:
        """Return the decision that added a reference; None where it is none (any more)."""

    def references_of_decisions(self, decision_ids: Iterable[DecisionId]) -> dict[DecisionId, list[MediaId]]:
        """List the references that each of several decisions added."""

    def reference_of_decision(self, decision_id: DecisionId) -> list[MediaId]:
        """List the references a decision added."""

    def take_over_references(self, takedown_id: TakedownId, decision_id: DecisionId) -> None:
        """Let all its references be those of another decision: of the one that upheld it."""

    def drop_reference(self, takedown_id: TakedownId, media_id: MediaId) -> None:
        """Take a reference back."""


class CommonParts(Protocol):
    """Which parts of references strangers' pictures have too."""

    def add(self, parts: Sequence[CommonPart]) -> None:
        """Store what strangers share; of a stranger and a reference the last counts."""

    def of(self, media_ids: Iterable[MediaId]) -> dict[MediaId, list[CommonPart]]:
        """List what is known of references, by reference; those of which nothing is known are left out."""

    def erase(self, media_ids: Iterable[MediaId]) -> None:
        """Forget what is known of references that are erased."""

    def forget(self, seen_in: str) -> None:
        """Forget what was learned from an upload, or from another takedown: it is no stranger."""


class ProtectedMedia(Protocol):
    """Media on a list: newsworthy media on which nothing acts by itself, and what is never banked."""

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

    def listed(self, kept_as: Kept, *, after: str | None, limit: int) -> tuple[list[Protected], str | None]:
        """List what is on a list, by age."""
