"""Keys, kept answers, erasures (`casework/ports/records/operations.py`)."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from casework.domain.actor import Role
from casework.domain.ids import KeyId
from casework.domain.keeping.erasure import Erasure, ErasureState
from casework.domain.keys import ApiKey
from casework.ports.records.operations import KeptAnswer
from tests.fakes.base import START, FakeClock, FakeRows, is_free


class FakeKeys(FakeRows[ApiKey]):
    """Of `ports.Keys`."""

    def __init__(self, clock: FakeClock) -> None:
        super().__init__("key")
        self._clock = clock
        self._hashes: dict[str, bytes] = {}

    def add(self, key: ApiKey, *, key_hash: bytes) -> None:
        self.rows[key.id] = key
        self._hashes[key.id] = key_hash

    def pause(self, principal: str) -> None:
        for key in [one for one in self.rows.values() if one.speaks_for == principal and one.paused_at is None]:
            self.update(replace(key, paused_at=self._clock.now()))

    def replace(self, key_id: str, *, by: str, expires_at: datetime) -> None:
        self.update(replace(self.rows[key_id], replaced_by=by, expires_at=expires_at))

    def revoke(self, key_id: str) -> bool:
        key = self.rows.get(key_id)
        if key is None or key.revoked_at is not None:
            return False
        self.update(replace(key, revoked_at=self._clock.now()))
        return True

    def revoke_all(self, principal: str) -> list[KeyId]:
        spoken = [one.id for one in self.rows.values() if principal in (one.id, one.principal)]
        return sorted(one for one in spoken if self.revoke(one))

    def find(self, key_hash: bytes) -> ApiKey | None:
        return next((one for one in self.rows.values() if self._hashes[one.id] == key_hash), None)

    def has_admin(self) -> bool:
        now = self._clock.now()
        return any(one.refused_because(now) is None for one in self.where(role=Role.ADMIN))

    def note_uses(self, uses: Mapping[str, datetime], *, apart: timedelta) -> None:
        for key_id, used_at in uses.items():
            before = self.rows[key_id].last_used_at
            if before is None or before <= used_at - apart:
                self.update(replace(self.rows[key_id], last_used_at=used_at))

    def listed(self, *, after: str | None, limit: int) -> tuple[list[ApiKey], str | None]:
        return self.page(self.rows.values(), after=after, limit=limit)


class FakeKeptAnswers:
    """Of `ports.KeptAnswers`."""

    def __init__(self, clock: FakeClock) -> None:
        self._clock = clock
        self._kept: dict[tuple[str, str], tuple[datetime, KeptAnswer]] = {}

    def take_turn(self, scope: str, key: str) -> None:
        """Wait for nobody: a fake has one transaction."""

    def find(self, scope: str, key: str) -> KeptAnswer | None:
        return self._kept.get((scope, key), (START, None))[1]

    def keep(self, answer: KeptAnswer) -> None:
        self._kept[answer.scope, answer.key] = self._clock.now(), answer

    def forget_before(self, moment: datetime) -> int:
        old = [key for key, (kept_at, _) in self._kept.items() if kept_at < moment]
        for key in old:
            del self._kept[key]
        return len(old)

    def page(self, after: tuple[str, str] | None, *, limit: int) -> list[KeptAnswer]:
        keys = sorted(key for key in self._kept if after is None or key > after)
        return [self._kept[key][1] for key in keys[:limit]]

    def forget(self, scope: str, key: str) -> None:
        del self._kept[scope, key]


class FakeErasures(FakeRows[Erasure]):
    """Of `ports.Erasures`."""

    def of_scope(self, scope_id: str) -> Erasure | None:
        return next(iter(self.where(scope_id=scope_id)), None)

    def next_due(self, now: datetime) -> Erasure | None:
        due = (self.rows[one] for one in sorted(self.rows) if is_free(self.rows[one].lease, now))
        return next((one for one in due if one.state is not ErasureState.COMPLETED), None)

    def last_from_index(self) -> datetime | None:
        from_index = (ErasureState.INDEX_ERASED, ErasureState.COMPLETED)
        erased = (one.record_erased_at for one in self.rows.values() if one.state in from_index)
        return max((at for at in erased if at is not None), default=None)
