"""
What has to be known before anything acts by itself: the trust ladder, as one table.

    T01  signature        nobody signed the notice
    T02  statements       it lacks good faith, or that the person depicted did not consent
    T03  known_reporter   nobody knows who reports, or whether they may speak for the person depicted
    T04  look             a picture is kept, and who decides has not looked at it
    T05  confirmed_copy   nothing that could be looked at is kept: only signals were sent, or its date has passed

Each row by itself makes copies wait for a person. A copy that somebody looked at and confirmed lifts all of them: then
a person has seen what the signals stand for, whoever claimed them. Anyone can send hashes of anything; one click on a
case that nobody has seen must not block strangers' posts.

Pure: a step gathers what is known (`casework/steps/judging_anew/trusting.py`), this says what is lacking. Invariant:
without a row of this table nothing is held for a lack of trust, and with one nothing is blocked.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum

from casework.domain.takedowns.trust import Lack


class Automation(StrEnum):
    """What the policy may do by itself with a copy."""

    BLOCK = "block"
    HOLD = "hold"


@dataclass(frozen=True, slots=True)
class TrustFacts:
    """
    What is known of a notice, and who has seen what it is about.

    Args:
        signed: Whether the notice has a signature.

        good_faith: Whether it says that it is made in good faith.

        non_consent: Whether it says that the person depicted did not consent; true where media is not the wrong.

        reporter_known: Whether the reporter can be reached and, as a representative, has a mandate that was verified.

        unseen: Whether a picture is kept at which nobody of those who decide has looked.

        unseeable: Whether there is media at which nobody of those who decide has looked, and of which nothing is kept.

        copy_confirmed: Whether somebody has looked at a copy and confirmed it.
    """

    signed: bool = True
    good_faith: bool = True
    non_consent: bool = True
    reporter_known: bool = True
    unseen: bool = False
    unseeable: bool = False
    copy_confirmed: bool = False


@dataclass(frozen=True, slots=True)
class TrustRule:
    """
    One thing that makes copies wait for a person.

    Args:
        id: ``"T01"``.

        lack: What is lacking.

        applies: Whether it is, on what is known.

        reason: What a person reads.

        remedy: How it is lifted, in a sentence.
    """

    id: str
    lack: Lack
    applies: Callable[[TrustFacts], bool]
    reason: str
    remedy: str


_ANSWER = "by an answer with the receipt (POST /v1/receipts/{number}/messages)"

TRUST_RULES: tuple[TrustRule, ...] = (
    TrustRule(
        "T01",
        Lack.SIGNATURE,
        lambda known: not known.signed,
        "The notice lacks a signature.",
        f"The reporter signs {_ANSWER}.",
    ),
    TrustRule(
        "T02",
        Lack.STATEMENTS,
        lambda known: not (known.good_faith and known.non_consent),
        "The notice lacks a statement: of good faith, or that the person depicted did not consent.",
        f"The reporter states it {_ANSWER}; non-consent only while the case is open.",
    ),
    TrustRule(
        "T03",
        Lack.KNOWN_REPORTER,
        lambda known: not known.reporter_known,
        "Nobody knows who reports: there is no contact, or a mandate that nobody has verified.",
        f"The reporter gives a contact {_ANSWER}; a reviewer verifies a mandate in the facts before deciding.",
    ),
    TrustRule(
        "T04",
        Lack.LOOK,
        lambda known: known.unseen,
        "Nobody has seen this media who decides on it.",
        "Who decided, or approved, looks at it: `staydown look CASE`, or GET /v1/cases/{id}/media/{n}.",
    ),
    TrustRule(
        "T05",
        Lack.CONFIRMED_COPY,
        lambda known: known.unseeable,
        "Nobody has seen this media, and nobody can: nothing of it is kept that could be looked at.",
        "A reviewer looks at the first copy that is held and upholds its case.",
    ),
)
"""All that can be lacking, in the order in which a person reads it."""

_RULES = {rule.lack: rule for rule in TRUST_RULES}


def what_lacks(known: TrustFacts) -> tuple[Lack, ...]:
    """Say what is lacking before copies are blocked without a person: nothing, once a copy was confirmed."""
    return () if known.copy_confirmed else tuple(rule.lack for rule in TRUST_RULES if rule.applies(known))


def automation(lacks: Iterable[Lack]) -> Automation:
    """Say what may be done with a copy by itself, as far as trust goes."""
    return Automation.HOLD if tuple(lacks) else Automation.BLOCK


def trust_rule(lack: Lack) -> TrustRule:
    """Return the row of what is lacking."""
    return _RULES[lack]


def reasons(lacks: Iterable[Lack]) -> list[str]:
    """Say, in sentences, why copies wait for a person."""
    return [trust_rule(one).reason for one in lacks]
