"""
What a kind of server of hashes is: which requests read it, what its answers say, how something is sent back.

Invariant: nothing here sends or stores anything. What a server answers is a stranger's: a record that cannot be read is
returned as one with a problem, and only an answer that is no page at all is an error. A server never says where the
next request goes: its links are read for their parameters alone.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Final

from casework.domain.errors import ExchangeFailedError
from casework.domain.exchanges.exchange import Checkpoint, Exchange
from casework.domain.exchanges.records import KeptRecord, Page
from casework.domain.exchanges.sending import Feedback, SharedHash
from casework.domain.facts import Facts
from casework.exchange.base import signal_read
from casework.exchange.errors import UnreadableRecordError
from casework.ports.asking import Ask
from casework.steps.exchanging.listed_hashes import LISTED_FACTS
from matcher.signals.base import Signal

MOST_RECORDS: Final = 5_000
"""Of one page; all of them are one transaction."""

MOST_ID_CHARACTERS: Final = 200


@dataclass(frozen=True, slots=True)
class Field:
    """
    Something that has to be known of a server.

    Args:
        name: As it is given.

        description: What it is, and where it comes from.

        needed: Whether nothing works without it.
    """

    name: str
    description: str
    needed: bool = True


class ExchangeServer(ABC):
    """
    One row of `EXCHANGES`.

    Attributes:
        name: As in ``staydown exchange add``.

        label: What it is, for people.

        address: Where it usually is.

        options: What is no secret.

        secrets: What is.

        facts: What is known of all its hashes are of, as the policy's facts.

        off_because: Why the operator has to allow it first; None for one that needs no leave.

        shares: Signal types that can be sent there; empty where nothing can.
    """

    name: ClassVar[str]
    label: ClassVar[str]
    address: ClassVar[str]
    options: ClassVar[tuple[Field, ...]] = ()
    secrets: ClassVar[tuple[Field, ...]] = ()
    facts: ClassVar[Facts] = LISTED_FACTS
    off_because: ClassVar[str | None] = None
    shares: ClassVar[tuple[str, ...]] = ()

    @abstractmethod
    def begin(self, exchange: Exchange, now: datetime) -> tuple[Checkpoint, bool]:
        """
        Say from where to read on, and whether that is from the very beginning, so that what does not come is gone.

        Args:
            exchange: With the checkpoint of its last page.

            now: When.
        """

    @abstractmethod
    def page(self, exchange: Exchange, checkpoint: Checkpoint) -> Ask:
        """Return the request for the page behind a checkpoint."""

    @abstractmethod
    def read(self, body: bytes, checkpoint: Checkpoint) -> Page:
        """
        Read a page.

        Raises:
            ExchangeFailedError: If it is none.
        """

    def rewind(self, checkpoint: Checkpoint) -> Checkpoint | None:
        """Return where to begin again if a server no longer knows a page; None if the checkpoint names none."""
        return None

    def share(self, exchange: Exchange, signals: Sequence[Signal], now: datetime) -> list[Ask]:
        """Return the requests that pass on hashes of what was taken down here."""
        raise NotImplementedError

    def shared(self, signals: Sequence[Signal], answers: Sequence[bytes]) -> list[SharedHash]:
        """Say what was passed on, for taking it back."""
        return [SharedHash(one.type, one.value.hex()) for one in signals]

    def retract(self, exchange: Exchange, shared: Sequence[SharedHash], now: datetime) -> list[Ask]:
        """Return the requests that take back what was passed on."""
        raise NotImplementedError

    @abstractmethod
    def feedback(
        self, exchange: Exchange, record: KeptRecord, feedback: Feedback, *, in_place_of: Feedback | None = None
    ) -> list[Ask]:
        """
        Return the requests that say what became of one of its hashes; none if it has no word for that.

        Args:
            exchange: To whom.

            record: About which of its records.

            feedback: What became of it.

            in_place_of: What was said before and is corrected by this; None for the first word about it.
        """


def secret(exchange: Exchange, name: str) -> str:
    """
    Return a secret of an exchange.

    Raises:
        ExchangeFailedError: If it has none, or what is stored cannot be read.
    """
    found = (exchange.secrets or {}).get(name)
    if found is None:
        message = f"exchange {exchange.name} has no {name}; remove it and add it again"
        raise ExchangeFailedError(message, for_good=True)
    return found


def read_signal(name: str, value: object) -> tuple[Signal | None, str | None]:
    """Read a hash that a stranger sent: the signal, or what is wrong with it."""
    if not isinstance(value, str):
        return None, "its hash is no text"
    try:
        return signal_read(name, value), None
    except UnreadableRecordError as error:
        return None, str(error)


def whole_number(value: object) -> int:
    """Read a moment in seconds; 0 for what is none."""
    if isinstance(value, str) and value.isascii() and value.isdecimal() and len(value) < 16:
        return int(value)
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 10**15:
        return 0
    return value


def require_few(records: Sequence[object], where: str) -> None:
    """
    Refuse a page that is too long for one transaction.

    Raises:
        ExchangeFailedError: If it is.
    """
    if len(records) > MOST_RECORDS:
        message = f"{where} answered {len(records):,} records at once; {MOST_RECORDS:,} are read at most"
        raise ExchangeFailedError(message)


def text_of(given: Mapping[str, object], name: str) -> str | None:
    """Return a text of a stranger's object; None if it has none of that name."""
    found = given.get(name)
    return found if isinstance(found, str) and found else None
