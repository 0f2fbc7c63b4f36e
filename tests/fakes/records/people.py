"""People and sessions (`casework/ports/records/people.py`)."""

from dataclasses import replace
from datetime import datetime, timedelta

from casework.domain.errors import WrongStateError
from casework.domain.people import Person, Session, folded
from tests.fakes.base import FakeClock, FakeRows


class FakePeople(FakeRows[Person]):
    """Of `ports.People`."""

    def __init__(self) -> None:
        super().__init__("person")

    def add(self, entity: Person) -> None:
        if self.named(entity.name) is not None:
            message = f"somebody is called {entity.name!r} already"
            raise WrongStateError(message)
        super().add(entity)

    def named(self, name: str) -> Person | None:
        return next((one for one in self.rows.values() if folded(one.name) == folded(name)), None)

    def known_as(self, subject: str) -> Person | None:
        return next(iter(self.where(subject=subject)), None)

    def listed(self) -> list[Person]:
        return self.where()


class FakeSessions(FakeRows[Session]):
    """Of `ports.Sessions`."""

    def __init__(self, clock: FakeClock) -> None:
        super().__init__("session")
        self._clock = clock

    def find(self, token_hash: bytes) -> Session | None:
        return next(iter(self.where(token_hash=token_hash)), None)

    def people_since(self, moment: datetime) -> list[str]:
        now = self._clock.now()
        here = (one.person_id for one in self.rows.values() if one.seen_at >= moment and one.ends_at > now)
        return sorted(set(here))

    def note_seen(self, session: Session, at: datetime) -> None:
        self.update(replace(self.rows[session.id], seen_at=at))

    def end(self, session: Session) -> None:
        del self.rows[session.id]

    def end_all(self, person_id: str) -> int:
        return self._forget(self.where(person_id=person_id))

    def forget_over(self, *, idle: timedelta) -> int:
        now = self._clock.now()
        return self._forget([one for one in self.rows.values() if one.is_over(now, idle=idle)])

    def _forget(self, sessions: list[Session]) -> int:
        for one in sessions:
            self.end(one)
        return len(sessions)
