"""Known pairs and looks in between (`casework/ports/records/quality.py`)."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from casework.domain.cases.known_pair import BlindLook, KnownAnswer, KnownPair
from casework.domain.errors import NotFoundError
from tests.fakes.base import FakeRows


class FakeBlindLooks(FakeRows[BlindLook]):
    """Of `ports.BlindLooks`."""

    def known_answers(
        self,
        since: datetime,
        *,
        limit: int,
        person_id: str | None = None,
        pair_ids: Iterable[str] | None = None,
    ) -> list[KnownAnswer]:
        wanted = None if pair_ids is None else set(pair_ids)
        found = [
            KnownAnswer(one.person_id, one.pair_id, one.answered_at, one.is_copy, one.known)
            for one in sorted(self.rows.values(), key=lambda one: one.id)
            if one.pair_id is not None and one.known is not None
            if one.answered_at is not None and one.answered_at >= since
            if person_id is None or one.person_id == person_id
            if wanted is None or one.pair_id in wanted
        ]
        return sorted(found, key=lambda one: one.at)[-limit:]


class FakeKnownPairs(FakeRows[KnownPair]):
    """Of `ports.KnownPairs`."""

    def __init__(self, looks: FakeBlindLooks) -> None:
        super().__init__("known pair")
        self._looks = looks
        self._drawings: dict[tuple[str, str], bytes] = {}

    def listed(self, *, after: str | None, limit: int) -> tuple[list[KnownPair], str | None]:
        return self.page(self.where(removed_at=None), after=after, limit=limit)

    def of_case(self, case_id: str) -> KnownPair | None:
        return next(iter(self.where(case_id=case_id, removed_at=None)), None)

    def not_asked_of(self, person_id: str, *, limit: int) -> list[KnownPair]:
        asked = {one.pair_id for one in self._looks.where(person_id=person_id)}
        return [one for one in self.where(removed_at=None) if one.id not in asked][:limit]

    def keep_drawings(self, pair_id: str, drawings: Mapping[str, bytes]) -> None:
        if pair_id not in self.rows:
            raise NotFoundError(pair_id)
        self._drawings.update({(pair_id, name): drawing for name, drawing in drawings.items()})

    def drawing(self, pair_id: str, name: str) -> bytes | None:
        return self._drawings.get((pair_id, name))

    def erase_drawings(self, pair_id: str) -> None:
        self._drawings = {key: one for key, one in self._drawings.items() if key[0] != pair_id}
