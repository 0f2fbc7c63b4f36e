"""
A message between who reported and who decides; both read it, nobody else does.

Invariant: it is written once and never changed, until an erasure takes its words. What a reviewer writes for the
history (a decision's note) is no message, and never reaches the reporter.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from casework.domain.cases.decision import Decision, DecisionOutcome
from casework.domain.ids import CaseId, MessageId

MOST_ANSWERS = 100
"""Messages of a reporter in one case. A receipt needs no account, and each message is kept for years."""


class Sender(StrEnum):
    """Which side wrote it."""

    REPORTER = "reporter"
    MODERATOR = "moderator"


@dataclass(frozen=True, slots=True)
class Message:
    """
    One message.

    Args:
        author_id: Actor who wrote it; the receipt's holder is one, too.

        text: What it says; None where only something was added, or its words were erased.

        asks: Whether it asks the reporter for information.

        added: What a reporter added with it: ``media``, ``signature``, ``fact:nudity`` …
    """

    id: MessageId
    case_id: CaseId
    sender: Sender
    author_id: str
    at: datetime
    text: str | None
    asks: bool = False
    added: tuple[str, ...] = ()


def waits_for_reporter(decisions: Sequence[Decision], messages: Sequence[Message]) -> bool:
    """Tell whether the reporter was asked something and has said nothing since; each is in the order it was made."""
    asked = [one.at for one in messages if one.asks]
    asked += [one.decided_at for one in decisions if one.outcome is DecisionOutcome.REQUEST_INFORMATION]
    answered = [one.at for one in messages if one.sender is Sender.REPORTER]
    return bool(asked) and (not answered or max(answered) < max(asked))
