"""
What goes to a server: a takedown's hashes, that they are taken back, what became of one of the server's own, and that
this was wrong.

    pending -> sent
            -> dead     refused for good, or tried too often

Invariant: about one subject there is one sending of a kind, made in the transaction of what it is about; so nothing is
said twice, and nothing that was undone before it was sent is said at all.
"""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from casework.domain.ids import DecisionId, ExchangeId, SendingId, TakedownId
from casework.domain.work.lease import Lease

MOST_ATTEMPTS: Final = 40
_FIRST_PAUSE: Final = timedelta(seconds=30)
_LONGEST_PAUSE: Final = timedelta(hours=6)


class SendingKind(StrEnum):
    """
    What is said.

    Attributes:
        CORRECTION: In place of feedback about the same subject, whose decision was overturned on appeal.
    """

    SHARE = "share"
    RETRACT = "retract"
    FEEDBACK = "feedback"
    CORRECTION = "correction"


class Feedback(StrEnum):
    """
    What became of a server's hash.

    Attributes:
        CONFIRMED: A person saw what it matched and took it down.

        NOT_A_COPY: A person saw that what it matched is something else, or may stay.

        NOT_OUR_POLICY: It matched what it is of, and the policy here keeps that.
    """

    CONFIRMED = "confirmed"
    NOT_A_COPY = "not_a_copy"
    NOT_OUR_POLICY = "not_our_policy"


class SendingState(StrEnum):
    """How far it is."""

    PENDING = "pending"
    SENT = "sent"
    DEAD = "dead"


@dataclass(frozen=True, slots=True)
class SharedHash:
    """
    One hash that was sent.

    Args:
        signal_type: Of the hash.

        value: In hexadecimal.

        handle: What the server calls it; None where it gave no name.
    """

    signal_type: str
    value: str
    handle: str | None = None


@dataclass(frozen=True, slots=True)
class Sending:
    """
    One thing to say to a server.

    Args:
        subject: What it is about: a takedown, or a decision and a record.

        takedown_id: Of a share and what takes it back.

        decision_id: Of feedback: by which it was found out.

        record_id: Of feedback: which of the server's records.

        feedback: Of feedback: what became of it; of a correction: what is right.

        shared: Of a share, once sent: what was; forgotten when it was taken back.
    """

    id: SendingId
    exchange_id: ExchangeId
    kind: SendingKind
    subject: str
    created_at: datetime
    next_attempt_at: datetime
    takedown_id: TakedownId | None = None
    decision_id: DecisionId | None = None
    record_id: str | None = None
    feedback: Feedback | None = None
    shared: list[SharedHash] = field(default_factory=list)
    state: SendingState = SendingState.PENDING
    attempts: int = 0
    sent_at: datetime | None = None
    error: str | None = None
    lease: Lease | None = None

    def sent(self, now: datetime) -> "Sending":
        """Note that the server took it."""
        attempts = self.attempts + 1
        return replace(self, state=SendingState.SENT, attempts=attempts, sent_at=now, error=None, lease=None)

    def failed(self, error: str, now: datetime, *, retry_after_s: float | None, for_good: bool) -> "Sending":
        """
        Note that the server did not take it.

        Args:
            error: Why, without secrets.

            now: When.

            retry_after_s: How long it asked to be left alone; that is no failed attempt.

            for_good: Whether trying again is of no use.
        """
        attempts = self.attempts + (retry_after_s is None)
        pause = min(_FIRST_PAUSE * 2 ** min(self.attempts, 20), _LONGEST_PAUSE)
        if retry_after_s is not None:
            pause = min(timedelta(seconds=max(1.0, retry_after_s)), timedelta(days=1))
        state = SendingState.DEAD if for_good or attempts >= MOST_ATTEMPTS else SendingState.PENDING
        after = replace(self, state=state, attempts=attempts, error=error, lease=None)
        return replace(after, next_attempt_at=now + pause)
