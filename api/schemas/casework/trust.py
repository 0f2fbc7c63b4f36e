"""What keeps copies from being blocked without a person, and how it is lifted."""

from collections.abc import Iterable

from pydantic import BaseModel, Field

from casework.domain.takedowns.trust import Lack
from casework.policy.automation.trust import Automation, trust_rule


class LackOut(BaseModel):
    """One thing that keeps copies from being blocked without a person, and how it is lifted."""

    what: Lack = Field(description="Its name.", examples=["look"])
    rule: str = Field(description="The row of the trust ladder.", examples=["T04"])
    reason: str = Field(examples=["Nobody has seen this media who decides on it."])
    remedy: str

    @classmethod
    def all_of(cls, lacks: Iterable[Lack]) -> "list[LackOut]":
        """Show what is lacking, in the order of the table."""
        rules = [trust_rule(one) for one in lacks]
        return [cls(what=rule.lack, rule=rule.id, reason=rule.reason, remedy=rule.remedy) for rule in rules]


class TrustOut(BaseModel):
    """What the policy may do by itself with copies of a case's media, as far as it depends on what is known of it."""

    automation: Automation = Field(
        description="`hold` where anything is lacking. `block` alone blocks nothing: `recommendation.hash_action` says "
        "whether copies may be acted on at all."
    )
    reasons: list[str] = Field(
        description="What is lacking, in sentences.", examples=[["The notice lacks a signature."]]
    )
    lacks: list[LackOut] = Field(description="The same by name, with what lifts it.")
