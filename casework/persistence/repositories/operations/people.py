"""People and their sessions as rows. The hash of a password is sealed besides: nobody tries passwords on a backup."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, bindparam, delete, or_, select, update

from casework.domain.errors import NotFoundError, WrongStateError
from casework.domain.ids import PersonId
from casework.domain.people import Person, Session, folded
from casework.persistence import tables
from casework.persistence.encryption.sealed import SealedRows
from casework.persistence.rows import Rows
from casework.ports.vault import Vault

_NAMED = select(tables.people).where(tables.people.c.folded_name == bindparam("name"))
_KNOWN_AS = select(tables.people).where(tables.people.c.subject == bindparam("known_as"))
_BY_TOKEN = select(tables.sessions).where(tables.sessions.c.token_hash == bindparam("presented"))


class SqlPeople(SealedRows[Person]):
    """People, by id and by name."""

    def __init__(self, connection: Connection, vault: Vault) -> None:
        super().__init__(connection, tables.people, Person, vault)

    def get(self, entity_id: str, *, lock: bool = False) -> Person:
        """
        Read one, disabled or not.

        Raises:
            NotFoundError: If there is none.
        """
        try:
            return super().get(entity_id, lock=lock)
        except NotFoundError as error:
            message = f"there is no person {entity_id!r}"
            raise NotFoundError(message) from error

    def add(self, entity: Person) -> None:
        """
        Insert.

        Raises:
            WrongStateError: If somebody has the name, whatever its case.
        """
        if self.named(entity.name) is not None:
            message = f"somebody is called {entity.name!r} already; choose another name"
            raise WrongStateError(message)
        super().add(entity)

    def named(self, name: str) -> Person | None:
        """Return who has a name, whatever its case, or None."""
        row = self.connection.execute(_NAMED, {"name": folded(name)}).mappings().first()
        return None if row is None else self.load(row)

    def known_as(self, subject: str) -> Person | None:
        """Return whom an identity provider knows by a subject, disabled or not, or None."""
        row = self.connection.execute(_KNOWN_AS, {"known_as": subject}).mappings().first()
        return None if row is None else self.load(row)

    def listed(self) -> list[Person]:
        """List everybody, by when they were added."""
        rows = self.connection.execute(select(self.table).order_by(self.table.c.id)).mappings()
        return [self.load(row) for row in rows]

    def dump(self, entity: Person) -> dict[str, Any]:
        """Turn an object into column values, with what its name is compared by."""
        return {**super().dump(entity), "folded_name": folded(entity.name)}

    def load(self, row: Mapping[Any, Any]) -> Person:
        """Turn a row into its object."""
        return super().load({name: value for name, value in row.items() if name != "folded_name"})


class SqlSessions(Rows[Session]):
    """Who is signed in."""

    def __init__(self, connection: Connection, *, now: datetime) -> None:
        super().__init__(connection, tables.sessions, Session)
        self._now = now

    def find(self, token_hash: bytes) -> Session | None:
        """Return the session with this hash, over or not, or None."""
        row = self.connection.execute(_BY_TOKEN, {"presented": token_hash}).mappings().first()
        return None if row is None else self.load(row)

    def people_since(self, moment: datetime) -> list[PersonId]:
        """List who asked for something since a moment."""
        columns = self.table.c
        query = select(columns.person_id).where(columns.seen_at >= moment, columns.ends_at > self._now)
        return [
            PersonId(one) for one in self.connection.execute(query.distinct().order_by(columns.person_id)).scalars()
        ]

    def note_seen(self, session: Session, at: datetime) -> None:
        """Write when a person last asked for something."""
        self.connection.execute(update(self.table).where(self.table.c.id == session.id).values(seen_at=at))

    def end(self, session: Session) -> None:
        """Erase one."""
        self.connection.execute(delete(self.table).where(self.table.c.id == session.id))

    def end_all(self, person_id: PersonId) -> int:
        """Erase those of a person; return how many."""
        return self.connection.execute(delete(self.table).where(self.table.c.person_id == person_id)).rowcount

    def forget_over(self, *, idle: timedelta) -> int:
        """Erase those that are over; return how many."""
        columns = self.table.c
        over = or_(columns.ends_at <= self._now, columns.seen_at <= self._now - idle)
        return self.connection.execute(delete(self.table).where(over)).rowcount
