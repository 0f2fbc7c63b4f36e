"""Servers that hashes are exchanged with (`casework/ports/records/exchanges.py`)."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime

from casework.domain.exchanges.exchange import Exchange, ExchangeState
from casework.domain.exchanges.records import KeptRecord, RecordState
from casework.domain.exchanges.sending import Sending, SendingKind, SendingState
from tests.fakes.base import FakeRows, is_free


class FakeExchanges(FakeRows[Exchange]):
    """Of `ports.Exchanges`."""

    def __init__(self) -> None:
        super().__init__("exchange")

    def named(self, name: str) -> Exchange | None:
        return next((one for one in self.all() if one.name == name), None)

    def all(self) -> list[Exchange]:
        return [one for one in self.where() if one.state is not ExchangeState.REMOVED]

    def next_due(self, now: datetime) -> Exchange | None:
        due = [
            one for one in self.where(state=ExchangeState.ACTIVE) if one.next_pull_at <= now and is_free(one.lease, now)
        ]
        return min(due, key=lambda one: (one.next_pull_at, one.id), default=None)


class FakeExchangeRecords:
    """Of `ports.ExchangeRecords`."""

    def __init__(self) -> None:
        self.rows: dict[tuple[str, str], KeptRecord] = {}

    def of(self, exchange_id: str, record_ids: Iterable[str]) -> dict[str, KeptRecord]:
        return {one: self.rows[exchange_id, one] for one in record_ids if (exchange_id, one) in self.rows}

    def put(self, records: Sequence[KeptRecord]) -> None:
        self.rows |= {(one.exchange_id, one.record_id): one for one in records}

    def held_by(self, entry_ids: Iterable[int]) -> list[KeptRecord]:
        wanted = set(entry_ids)
        return [one for one in self._sorted() if one.state is RecordState.HELD and one.entry_id in wanted]

    def left_behind(self, exchange_id: str, round_number: int, *, limit: int) -> list[KeptRecord]:
        held = [one for one in self._sorted() if one.exchange_id == exchange_id and one.state is RecordState.HELD]
        return [one for one in held if one.round < round_number][:limit]

    def aside(self, exchange_id: str, *, limit: int) -> list[KeptRecord]:
        theirs = [one for one in self._sorted() if one.exchange_id == exchange_id]
        return [one for one in theirs if one.state is RecordState.ASIDE][:limit]

    def _sorted(self) -> list[KeptRecord]:
        return [self.rows[place] for place in sorted(self.rows)]


class FakeSendings(FakeRows[Sending]):
    """Of `ports.Sendings`."""

    def __init__(self, exchanges: FakeExchanges) -> None:
        super().__init__("exchange_sending")
        self._exchanges = exchanges

    def add_new(self, sendings: Sequence[Sending]) -> int:
        before = len(self.rows)
        for one in sendings:
            if self.about(one.exchange_id, one.kind, one.subject) is None:
                self.add(one)
        return len(self.rows) - before

    def next_due(self, now: datetime, exchange_id: str | None = None) -> Sending | None:
        due = [
            one
            for one in self.where(state=SendingState.PENDING)
            if one.next_attempt_at <= now
            and is_free(one.lease, now)
            and exchange_id in (None, one.exchange_id)
            and self._exchanges.get(one.exchange_id).state is ExchangeState.ACTIVE
        ]
        return min(due, key=lambda one: (one.next_attempt_at, one.id), default=None)

    def about(self, exchange_id: str, kind: SendingKind, subject: str) -> Sending | None:
        return next(iter(self.where(exchange_id=exchange_id, kind=kind, subject=subject)), None)

    def of_decision(self, decision_id: str) -> list[Sending]:
        return self.where(decision_id=decision_id)

    def unsay(self, decision_id: str) -> None:
        for one in self.where(decision_id=decision_id, state=SendingState.PENDING, attempts=0, lease=None):
            del self.rows[one.id]

    def forget(self, takedown_ids: Iterable[str]) -> None:
        gone = set(takedown_ids)
        for one in self.where(kind=SendingKind.SHARE):
            if one.takedown_id in gone and one.state is not SendingState.SENT:
                del self.rows[one.id]

    def counts(self, exchange_id: str) -> dict[str, int]:
        return dict(Counter(one.state.value for one in self.where(exchange_id=exchange_id)))
