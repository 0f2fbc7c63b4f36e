"""
How often people see what is there: pairs whose answer is known, and looks in between.

Invariant: everything here is read and written in the transaction of one `UnitOfWork`.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Protocol

from casework.domain.cases.known_pair import BlindLook, KnownAnswer, KnownPair
from casework.domain.ids import CaseId, PairId


class KnownPairs(Protocol):
    """Pairs whose answer is known."""

    def add(self, entity: KnownPair) -> None:
        """Store a new one."""

    def get(self, entity_id: str, *, lock: bool = False) -> KnownPair:
        """
        Read one, taken off or not.

        Raises:
            NotFoundError: If there is none.
        """

    def update(self, entity: KnownPair) -> None:
        """Write every field of an existing one."""

    def listed(self, *, after: str | None, limit: int) -> tuple[list[KnownPair], str | None]:
        """List those that somebody may be asked about, by age."""

    def of_case(self, case_id: CaseId) -> KnownPair | None:
        """Return the one that shows the pictures of a case, and that somebody may be asked about; or None."""

    def not_asked_of(self, person_id: str, *, limit: int) -> list[KnownPair]:
        """List those that somebody may be asked about and this person never was, by age."""

    def keep_drawings(self, pair_id: PairId, drawings: Mapping[str, bytes]) -> None:
        """Keep the drawings of a pair that an operator gave, PNG files by name, encrypted."""

    def drawing(self, pair_id: PairId, name: str) -> bytes | None:
        """Return one of them, or None."""

    def erase_drawings(self, pair_id: PairId) -> None:
        """Erase them."""


class BlindLooks(Protocol):
    """Looks in between."""

    def add(self, entity: BlindLook) -> None:
        """Store a new one."""

    def get(self, entity_id: str, *, lock: bool = False) -> BlindLook:
        """
        Read one.

        Raises:
            NotFoundError: If there is none.
        """

    def update(self, entity: BlindLook) -> None:
        """Write every field of an existing one."""

    def known_answers(
        self,
        since: datetime,
        *,
        limit: int,
        person_id: str | None = None,
        pair_ids: Iterable[PairId] | None = None,
    ) -> list[KnownAnswer]:
        """
        List what people said of known pairs since a moment: the latest, the earliest of them first.

        Left out is what was said of a pair of which nothing was known any more.

        Args:
            since: When they answered, at the earliest.

            limit: How many at most.

            person_id: Of this person alone.

            pair_ids: Of these pairs alone.
        """
