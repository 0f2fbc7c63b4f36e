"""What all fakes share: a clock that stands still, and objects by their ids."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Generic, TypeVar

from casework.domain.errors import NotFoundError
from casework.domain.work.lease import Lease

START = datetime(2026, 1, 1, 9, 0, tzinfo=UTC)

EntityT = TypeVar("EntityT")


class FakeClock:
    """A clock that stands still until a test moves it."""

    def __init__(self, moment: datetime = START) -> None:
        self.moment = moment

    def now(self) -> datetime:
        """Return the moment it shows."""
        return self.moment


class FakeRows(Generic[EntityT]):
    """Objects by their ids, as every repository keeps them."""

    def __init__(self, noun: str) -> None:
        self.noun = noun
        self.rows: dict[str, EntityT] = {}

    def add(self, entity: EntityT) -> None:
        self.rows[entity.id] = entity

    def add_many(self, entities: Sequence[EntityT]) -> None:
        for entity in entities:
            self.add(entity)

    def get(self, entity_id: str, *, lock: bool = False) -> EntityT:
        if entity_id not in self.rows:
            message = f"there is no {self.noun} {entity_id!r}"
            raise NotFoundError(message)
        return self.rows[entity_id]

    def many(self, entity_ids: Iterable[str]) -> dict[str, EntityT]:
        return {one: self.rows[one] for one in entity_ids if one in self.rows}

    def update(self, entity: EntityT) -> None:
        self.rows[entity.id] = entity

    def page(self, found: Iterable[EntityT], *, after: str | None, limit: int) -> tuple[list[EntityT], str | None]:
        later = sorted((one for one in found if after is None or one.id > after), key=lambda one: one.id)
        return later[:limit], later[limit - 1].id if len(later) > limit else None

    def where(self, **values: object) -> list[EntityT]:
        """List, by id, those whose fields have these values."""
        found = (row for row in self.rows.values() if all(getattr(row, name) == one for name, one in values.items()))
        return sorted(found, key=lambda row: row.id)


def is_free(lease: Lease | None, now: datetime) -> bool:
    return lease is None or lease.until <= now
