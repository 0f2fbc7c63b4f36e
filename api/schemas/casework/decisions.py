"""Deciding a case, or many at once, and what became of it."""

from datetime import datetime
from typing import Annotated, Literal, Self, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, model_validator

from api.schemas.casework.people import PersonOut
from api.schemas.casework.trust import LackOut
from api.schemas.described import WrittenProblem
from api.schemas.words import FACTS_DESCRIBED, KnownFacts, OutcomeWord
from casework.domain.cases.decision import DecisionOutcome, DecisionState
from casework.policy.together import MOST_TOGETHER

Facts: TypeAlias = KnownFacts
"""Facts of the policy, by name."""

_Id = Annotated[str, Field(min_length=1, max_length=80)]


class BlastRadiusOut(BaseModel):
    """What a takedown hits among the registered uploads."""

    uploads: int
    uploaders: int
    complete: bool = Field(
        description="Whether each was compared; if not, the rest is counted by what the index alone calls likely."
    )
    known: bool = Field(
        description="Whether uploads could be searched at all. If not, the numbers are 0 and say nothing: the other "
        "machines that hold uploads (`STAYDOWN_UPLOAD_INDEX=clustered`) did not answer."
    )


class NotBankedOut(BaseModel):
    """Media that was removed without being banked: copies of it are not looked for."""

    media_id: str
    never_bank_id: str = Field(examples=["nvb_1KZ6Q0W7T4M8X2N5B9C3D7F1G"])
    reason: str = Field(description="Why it is on the never-bank list.", examples=["our own logo"])


class DecisionOut(BaseModel):
    """A decision."""

    decision_id: str
    case_id: str
    outcome: DecisionOutcome
    state: DecisionState
    rule: str = Field(description="The rule that recommended; see `override_reason` where the reviewer differed.")
    recommendation: OutcomeWord = Field(description="The outcome that was recommended.", examples=["REMOVE"])
    policy_version: str
    decided_by: PersonOut
    decided_at: datetime
    approved_by: PersonOut | None
    note: str | None
    override_reason: str | None
    facts: Facts = Field(description="The facts the decision saw.")
    takedown_id: str | None
    index_version: int = Field(description="The index version from which its effect is matched.")
    approvals_needed: int
    approval_reasons: list[str]
    not_banked: list[NotBankedOut] = Field(description="Media of the case that is on the never-bank list.")
    blast_radius: BlastRadiusOut
    lacks: list[LackOut] = Field(
        description="What its takedown lacks now before copies are blocked; until then they wait for a person."
    )


class DecisionIn(BaseModel):
    """What a reviewer decides."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"outcome": "uphold", "note": "intimate, no consent"}]}
    )

    outcome: Literal["uphold", "reject", "request_information", "refer"] = Field(
        description="`refer`: the steps for minors are taken; in the queue `minors` alone, where neither uphold nor "
        "reject is possible."
    )
    note: str | None = Field(None, max_length=5_000, description="For the history; the reporter never sees it.")
    override_reason: str | None = Field(
        None, max_length=5_000, description="Needed when the outcome differs from the recommendation."
    )
    question: str | None = Field(
        None,
        min_length=1,
        max_length=5_000,
        description="What the reporter is asked; with `request_information` alone.",
    )

    @model_validator(mode="after")
    def _question_asks(self) -> Self:
        if self.question is not None and self.outcome != "request_information":
            message = "a `question` is asked by the outcome request_information; write to the reporter in a message"
            raise ValueError(message)
        return self


class RefusalIn(BaseModel):
    """Why a second person does not agree."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"reason": "the face is another"}]})

    reason: str = Field(min_length=1, max_length=5_000, description="The case shows it to whoever decides it next.")


class DecisionsIn(BaseModel):
    """What a reviewer decides about many cases at once."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "group": "tkd_1KZ6Q0W7T4M8X2N5B9C3D7F1G near pdq/1+phash/1 mirrored",
                    "outcome": "uphold",
                    "facts": {"context_assessed": True},
                }
            ]
        },
    )

    case_ids: list[_Id] | None = Field(None, description="Up to 500; one that is given twice counts once.")
    group: str | None = Field(
        None, max_length=300, description="A group of `/v1/case-groups`; up to 500 of it, the first due."
    )
    outcome: Literal["uphold", "reject", "request_information"]
    note: str | None = Field(None, max_length=5_000, description="For the history of each; the reporter never sees it.")
    facts: dict[str, object] | None = Field(
        None,
        description="What is said of all. Where something else is known of a post, that stays; and where that leads to "
        "another recommendation than the others', the case is not decided but named with the reason.",
        json_schema_extra={"anyOf": [{"type": "object", **FACTS_DESCRIBED}, {"type": "null"}]},
        examples=[{"context_assessed": True}],
    )
    override_reason: str | None = Field(
        None, max_length=5_000, description="Needed for each whose recommendation the outcome differs from."
    )

    @model_validator(mode="after")
    def _names_cases_once(self) -> Self:
        if (self.case_ids is None) == (self.group is None):
            given = "neither" if self.group is None else "both"
            message = f"give either `case_ids` or `group`; there are {given}"
            raise ValueError(message)
        if self.case_ids is not None and not 1 <= len(self.case_ids) <= MOST_TOGETHER:
            message = f"`case_ids` names {len(self.case_ids)} cases; give 1 to {MOST_TOGETHER} at once"
            raise ValueError(message)
        return self


class DecidedOut(BaseModel):
    """What became of one of many cases."""

    case_id: str
    decision_id: str | None = Field(description="Null where it was not decided.")
    state: DecisionState | None = Field(
        None, description="Of the decision: `awaiting_approval` where a second person must agree."
    )
    takedown_id: str | None = None
    problem: WrittenProblem = Field(
        description="Why it was not decided: the problem document that deciding it alone is answered with."
    )


class DecisionsOut(BaseModel):
    """What became of many cases, in the order in which they were decided."""

    results: list[DecidedOut]
    left: int = Field(description="How many more the group has than are decided at once.")
