"""
What the policy answers: an outcome, the rule that gave it, and the reasons a person reads.

Invariant: a recommendation removes nothing. It suggests; a Decision, by a named actor, acts. The words are those of
`docs/POLICY.md`, and they are stored and sent as they are.
"""

from dataclasses import dataclass
from enum import StrEnum

from casework.domain.banking import HashAction
from casework.domain.cases.decision import RecordedRecommendation


class Outcome(StrEnum):
    """What a rule recommends."""

    REMOVE = "REMOVE"
    ABUSE_REVIEW = "ABUSE_REVIEW"
    NUDITY_REVIEW = "NUDITY_REVIEW"
    DISPUTE_REVIEW = "DISPUTE_REVIEW"
    BALANCE_REVIEW = "BALANCE_REVIEW"
    NEEDS_CONTEXT = "NEEDS_CONTEXT"
    KEEP = "KEEP"
    KEEP_DISCRETIONARY = "KEEP_DISCRETIONARY"
    REQUEST_VALID_REPORT = "REQUEST_VALID_REPORT"
    REQUEST_AUTHORITY = "REQUEST_AUTHORITY"
    REQUEST_NON_CONSENT = "REQUEST_NON_CONSENT"
    REJECT_NOT_DEPICTED = "REJECT_NOT_DEPICTED"
    LEAVE_ADULT_ROUTE = "LEAVE_ADULT_ROUTE"


class AppliedPolicy(StrEnum):
    """Under which of the platform's policies; ``none_yet`` until more is known, ``none`` where none applies."""

    PRIVATE_MEDIA = "private_media"
    PRIVATE_INFORMATION = "private_information"
    NON_CONSENSUAL_NUDITY = "non_consensual_nudity"
    ABUSIVE_BEHAVIOUR = "abusive_behaviour"
    CHILD_SAFETY = "child_safety"
    NONE_YET = "none_yet"
    NONE = "none"


class AccountConsequence(StrEnum):
    """What the outcome means for the account that posted."""

    RANGE_OF_ENFORCEMENT_OPTIONS = "range_of_enforcement_options"
    RANGE_AFTER_HUMAN_DECISION = "range_after_human_decision"
    NONE = "none"


class Flag(StrEnum):
    """What a person must know before following the recommendation."""

    POLICY_AMBIGUITY = "policy_ambiguity"


OUTCOME_MEANINGS: dict[Outcome, str] = {
    Outcome.REMOVE: "remove: mandatory",
    Outcome.ABUSE_REVIEW: "may remove: a person decides under the abuse policy",
    Outcome.NUDITY_REVIEW: "restrict now; a person decides",
    Outcome.DISPUTE_REVIEW: "restrict if nude; a person decides whether there was consent",
    Outcome.BALANCE_REVIEW: "a person weighs public interest against the safety risk",
    Outcome.NEEDS_CONTEXT: "no final decision until the context has been assessed",
    Outcome.KEEP: "the policy does not apply; the post remains",
    Outcome.KEEP_DISCRETIONARY: "may allow: keep, record the reason, open to review",
    Outcome.REQUEST_VALID_REPORT: "ask for a report by the person depicted or a representative",
    Outcome.REQUEST_AUTHORITY: "ask for proof of the mandate",
    Outcome.REQUEST_NON_CONSENT: "ask for a statement of non-consent",
    Outcome.REJECT_NOT_DEPICTED: "the reporter neither is nor acts for a person depicted",
    Outcome.LEAVE_ADULT_ROUTE: "the person depicted may be under 18: the steps the law asks for, by a person",
}

HASH_ACTION_MEANINGS: dict[HashAction, str] = {
    HashAction.BANK_CONTEXT_FREE: "copies may be restricted automatically",
    HashAction.BANK_CONTEXT_DEPENDENT: "copies wait for a person who assesses their context",
    HashAction.HOLD_MATCH_ONLY: "copies are held and queued; nothing is automatic",
    HashAction.NONE_UNTIL_DECIDED: "not banked until a person decides",
    HashAction.NONE: "not banked",
}


@dataclass(frozen=True, slots=True)
class Recommendation:
    """
    What one rule says about one case.

    Args:
        outcome: What is recommended.

        rule: The rule's id: ``"R07"``.

        policy: The policy it rests on.

        hash_action: What the rule does with the media's signals; for what a person's decision banks, see `banking`.

        account: What it means for the account that posted.

        reasons: Sentences for the moderator and the reporter, in order.

        clauses: The sentences of the two articles it rests on: ``"A14"``; see `CLAUSES`.

        flags: What a person must know before following it.
    """

    outcome: Outcome
    rule: str
    policy: AppliedPolicy
    hash_action: HashAction
    account: AccountConsequence
    reasons: tuple[str, ...]
    clauses: tuple[str, ...]
    flags: tuple[Flag, ...] = ()

    def as_recorded(self) -> RecordedRecommendation:
        """Return what a decision keeps of it for ever, in words that a later policy version may not know."""
        return RecordedRecommendation(
            outcome=self.outcome.value,
            rule=self.rule,
            policy=self.policy.value,
            hash_action=self.hash_action.value,
            reasons=self.reasons,
        )


def account_consequence(outcome: Outcome) -> AccountConsequence:
    """Return what an outcome means for the account: sanctions follow a removal, or a person's finding of abuse."""
    if outcome is Outcome.REMOVE:
        return AccountConsequence.RANGE_OF_ENFORCEMENT_OPTIONS
    if outcome is Outcome.ABUSE_REVIEW:
        return AccountConsequence.RANGE_AFTER_HUMAN_DECISION
    return AccountConsequence.NONE
