"""
Servers that hashes are exchanged with, what their records became, what they are told.

Invariant: everything here is read and written in the transaction of one `UnitOfWork`.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Protocol

from casework.domain.exchanges.exchange import Exchange
from casework.domain.exchanges.records import KeptRecord
from casework.domain.exchanges.sending import Sending, SendingKind
from casework.domain.ids import DecisionId, ExchangeId, TakedownId


class Exchanges(Protocol):
    """Servers, and how far each was read."""

    def add(self, exchange: Exchange) -> None:
        """Store a new one; its name is free."""

    def get(self, exchange_id: str, *, lock: bool = False) -> Exchange:
        """
        Read one.

        Raises:
            NotFoundError: If there is none.
        """

    def update(self, exchange: Exchange) -> None:
        """Store its new state."""

    def named(self, name: str) -> Exchange | None:
        """Return the one of a name that was not removed, or None."""

    def all(self) -> list[Exchange]:
        """List those that were not removed, by age."""

    def next_due(self, now: datetime) -> Exchange | None:
        """Lock and return the active one that has waited longest for its pull and that nobody has, or None."""


class ExchangeRecords(Protocol):
    """What became of what servers sent."""

    def of(self, exchange_id: ExchangeId, record_ids: Iterable[str]) -> dict[str, KeptRecord]:
        """Return what is kept of these records, by their ids."""

    def put(self, records: Sequence[KeptRecord]) -> None:
        """Store these, in place of what was kept of the same; each id once."""

    def held_by(self, entry_ids: Iterable[int]) -> list[KeptRecord]:
        """List the records by which these entries of lists are held, of any exchange."""

    def left_behind(self, exchange_id: ExchangeId, round_number: int, *, limit: int) -> list[KeptRecord]:
        """List records that are held and did not come in this round."""

    def aside(self, exchange_id: ExchangeId, *, limit: int) -> list[KeptRecord]:
        """List records that were set aside, by id."""


class Sendings(Protocol):
    """What servers are told."""

    def add_new(self, sendings: Sequence[Sending]) -> int:
        """Store those about whose subject nothing of that kind is there yet; return how many that were."""

    def get(self, sending_id: str, *, lock: bool = False) -> Sending:
        """
        Read one.

        Raises:
            NotFoundError: If there is none.
        """

    def update(self, sending: Sending) -> None:
        """Store its new state."""

    def next_due(self, now: datetime, exchange_id: ExchangeId | None = None) -> Sending | None:
        """Lock and return the pending one that is due first and that nobody has, of an active exchange, or None."""

    def about(self, exchange_id: ExchangeId, kind: SendingKind, subject: str) -> Sending | None:
        """Return the one of a kind about a subject, or None."""

    def of_decision(self, decision_id: DecisionId) -> list[Sending]:
        """List what a decision said, or has yet to say, by age."""

    def unsay(self, decision_id: DecisionId) -> None:
        """Forget what a decision would have said and has not yet."""

    def forget(self, takedown_ids: Iterable[TakedownId]) -> None:
        """Forget what was to be passed on of takedowns that are erased, and was not yet."""

    def counts(self, exchange_id: ExchangeId) -> dict[str, int]:
        """Count an exchange's, by state."""
