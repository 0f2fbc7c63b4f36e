"""
Who may sign in, and who is.

Invariant: everything here is read and written in the transaction of one `UnitOfWork`.
"""

from datetime import datetime, timedelta
from typing import Protocol

from casework.domain.ids import PersonId
from casework.domain.people import Person, Session


class People(Protocol):
    """People, by id and by name."""

    def add(self, entity: Person) -> None:
        """
        Insert.

        Raises:
            WrongStateError: If somebody has the name, whatever its case.
        """

    def get(self, entity_id: str, *, lock: bool = False) -> Person:
        """
        Read one, disabled or not.

        Raises:
            NotFoundError: If there is none.
        """

    def update(self, entity: Person) -> None:
        """Write every field of an existing one."""

    def named(self, name: str) -> Person | None:
        """Return who has a name, whatever its case, or None."""

    def known_as(self, subject: str) -> Person | None:
        """Return whom an identity provider knows by a subject, disabled or not, or None."""

    def listed(self) -> list[Person]:
        """List everybody, by when they were added."""


class Sessions(Protocol):
    """Who is signed in."""

    def add(self, entity: Session) -> None:
        """Insert."""

    def find(self, token_hash: bytes) -> Session | None:
        """Return the session with this hash, over or not, or None."""

    def people_since(self, moment: datetime) -> list[PersonId]:
        """List who asked for something since a moment."""

    def note_seen(self, session: Session, at: datetime) -> None:
        """Write when a person last asked for something."""

    def end(self, session: Session) -> None:
        """Erase one."""

    def end_all(self, person_id: PersonId) -> int:
        """Erase those of a person; return how many."""

    def forget_over(self, *, idle: timedelta) -> int:
        """Erase those that are over; return how many."""
