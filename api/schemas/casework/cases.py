"""Cases, decisions, takedowns and appeals, as moderators see and decide them."""

from collections.abc import Iterable
from datetime import datetime
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from api.schemas.casework.messages import MessageOut
from api.schemas.casework.people import PersonOut
from api.schemas.media import MatchOut, MediaInfo, SignalKind, SignalOut
from api.schemas.reports import HintOut
from casework.domain.cases.appeal import AppealBy, AppealOutcome
from casework.domain.cases.case import CaseState, Queue
from casework.domain.cases.decision import DecisionOutcome, DecisionState
from casework.domain.cases.minor import MinorBy
from casework.domain.cases.report import Relation
from casework.domain.takedowns.takedown import TakedownState
from casework.domain.takedowns.trust import Lack
from casework.policy.automation.trust import Automation, trust_rule

Facts = dict[str, str | bool]


class RecommendationOut(BaseModel):
    """What the policy recommends on the facts, in the policy's own names."""

    outcome: str = Field(examples=["REMOVE"])
    rule: str = Field(examples=["R07"])
    policy: str = Field(examples=["non_consensual_nudity"])
    hash_action: str = Field(examples=["bank_context_free"])
    reasons: list[str] = Field(description="The policy's, then what is lacking before copies are blocked.")
    account: str = Field(examples=["range_of_enforcement_options"])
    clauses: list[str] = Field(examples=[["A14", "A10"]])
    flags: list[str] = Field(examples=[[]])
    policy_version: str = Field(examples=["private-media/1"])


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


class CaseMedia(MediaInfo):
    """One piece of media of a case; the preview is fetched apart, and that is audited."""

    n: int
    upload: str | None = Field(None, description="In a quarantine's case: whose upload it is; null for removed media.")
    signals: list[SignalKind]
    preview: str | None = Field(description="Address of the reduced preview, while it is kept.")


class CaseReport(BaseModel):
    """The report behind a case."""

    report_id: str
    received_at: datetime
    relation: Relation
    name: str | None
    contact: str | None
    authority_evidence: str | None
    url: str | None
    upload_id: str | None
    uploader_id: str | None
    post_text: str | None
    explanation: str | None = Field(description="Why it should not be there, in the reporter's words.")
    other_urls: list[str] = Field(description="Further addresses of the same.")
    no_copy: bool = Field(description="The reporter had nothing to send: the addresses alone say what it is.")
    missing: list[str]


class CaseUpload(BaseModel):
    """The upload behind a case that a match opened."""

    upload: str
    upload_id: str
    uploader_id: str | None
    url: str | None
    post_text: str | None
    verdict: str


class HistoryEntry(BaseModel):
    """One thing that was done."""

    at: datetime
    actor: PersonOut
    actor_id: str
    action: str = Field(examples=["case:decision:made"])
    detail: dict[str, str | int | float | bool | None]


class BlastRadiusOut(BaseModel):
    """What a takedown hits among the registered uploads."""

    uploads: int
    uploaders: int
    complete: bool = Field(
        description="Whether each was compared; if not, the rest is counted by what the index alone calls likely."
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
    recommendation: str = Field(description="The outcome that was recommended.", examples=["REMOVE"])
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


class Lineage(BaseModel):
    """Where a match's case comes from: the takedown, and the case that was decided first."""

    takedown_id: str
    takedown_state: TakedownState
    origin_case_id: str
    origin_decision_id: str


class CaseSummary(BaseModel):
    """A case in a list."""

    id: str
    queue: Queue
    state: CaseState
    opened_at: datetime
    deadline: datetime
    outcome: str = Field(description="What the policy recommends.", examples=["REMOVE"])
    rule: str
    note: str | None
    claimed_by: PersonOut | None
    claimed_until: datetime | None


class MinorOut(BaseModel):
    """That the person depicted may be under 18, and what the law asks for then."""

    known_by: MinorBy = Field(
        description="`words`: somebody's words look like it; `stated`: whoever reports says so; `established`: "
        "somebody who works on cases found it."
    )
    said_by: PersonOut
    steps: list[str] = Field(description="What to do, in order; the operator's duty, and done outside this service.")


class CaseView(CaseSummary):
    """A case, whole."""

    facts: Facts
    minor: MinorOut | None = Field(
        description="Null unless the person depicted may be under 18: nothing of the media is kept then, nothing is "
        "taken down here, and `refer` closes the case."
    )
    recommendation: RecommendationOut
    seen_by_person: bool = Field(description="Whether somebody has looked at all of its media that can be looked at.")
    trust: TrustOut
    report: CaseReport | None
    upload: CaseUpload | None
    messages: list[MessageOut] = Field(description="Between reporter and moderators, oldest first.")
    linked_takedown_id: str | None = Field(description="The takedown that held the media when it was reported.")
    named_upload: CaseUpload | None = Field(description="The registered upload that the report names, if it does.")
    hints: list[HintOut] = Field(description="Places in the words to look at; they decide nothing.")
    notices: list[str] = Field(
        description="What does not fit together, in sentences; they decide nothing.",
        examples=[["The text looks like a threat; conduct says shared media."]],
    )
    media: list[CaseMedia]
    matches: list[MatchOut]
    grouped: list[CaseUpload] = Field(
        description="In a quarantine's case: the uploads its takedown matched, the oldest 100."
    )
    lineage: Lineage | None
    decisions: list[DecisionOut]
    history: list[HistoryEntry]


class FactsIn(BaseModel):
    """Facts that became known: under `facts`, or as the object itself."""

    model_config = ConfigDict(extra="forbid")

    facts: dict[str, object] = Field(examples=[{"context_assessed": True, "safety_risk": "medium"}])

    @model_validator(mode="before")
    @classmethod
    def _bare_facts(cls, given: object) -> object:
        return {"facts": given} if isinstance(given, dict) and "facts" not in given else given


class MinorIn(BaseModel):
    """Whether the person depicted may be under 18."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"minor": True}]})

    minor: bool
    why: str | None = Field(
        None, min_length=1, max_length=5_000, description="How you know; needed to take it back.", examples=["a cat"]
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


class ReferenceOut(BaseModel):
    """Signals of a takedown, for auditors."""

    media_id: str
    signals: list[SignalOut]


class TakedownOut(BaseModel):
    """A takedown."""

    id: str
    case_id: str
    decision_id: str
    state: TakedownState
    hash_action: str
    low_quality: bool = Field(description="Banked as exact copy and review only: a reference is of quality below 50.")
    created_at: datetime
    effective_at: datetime | None
    reversed_at: datetime | None
    reversed_by: str | None
    reversal_reason: str | None
    interim_since: datetime | None = Field(
        description="Of one that began before a person had decided: since when; null for all others."
    )
    ends_at: datetime | None = Field(description="Of an interim one: when it ends by itself, should nobody decide.")
    source: str | None = Field(
        None, description="Of hashes that came from others: the list they are on. Such ones hold, and block nothing."
    )
    automation: Literal["block", "hold"] = Field(
        description="Whether the policy may block copies by itself, or a person decides on each."
    )
    lacks: list[LackOut] = Field(
        description="What is lacking before copies are blocked without a person; empty where they may be, or where "
        "this media is held in any case."
    )
    quarantined_at: datetime | None = Field(description="Since when it is in quarantine; null outside one.")
    reason: str | None = Field(description="Why it is in quarantine, in a sentence.")
    quarantine_case_id: str | None = Field(description="The case that asks a person about it; the last one.")
    linked_reports: int = Field(description="Reports of the same media that came while it stood.")
    references: int
    signals: dict[str, int] = Field(description="Live signals by type.", examples=[{"pdq/1": 1, "sha256/1": 1}])
    values: list[ReferenceOut] | None = Field(None, description="Signal values; for auditors and admins only.")


class TakedownPage(BaseModel):
    """A page of takedowns."""

    items: list[TakedownOut]
    next: str | None


class WithdrawIn(BaseModel):
    """Why a takedown is taken back."""

    model_config = ConfigDict(extra="forbid")

    reason: str = Field(min_length=1, max_length=5_000, examples=["the person depicted withdrew the report"])


class ReceiptWithdrawIn(BaseModel):
    """Why the holder of a receipt takes their report back; they owe nobody a reason."""

    model_config = ConfigDict(extra="forbid")

    reason: str | None = Field(None, min_length=1, max_length=5_000)


class ReceiptAppealIn(BaseModel):
    """Why the decision about a report should be looked at again."""

    model_config = ConfigDict(extra="forbid")

    grounds: str = Field(min_length=1, max_length=10_000)


class QuarantineIn(BaseModel):
    """Somebody looked at what a takedown in quarantine matches, and lets it act by itself again."""

    model_config = ConfigDict(extra="forbid")

    lift: Literal[True]
    reason: str | None = Field(None, max_length=5_000, examples=["all of them are copies: it spreads"])


class ReceiptIn(BaseModel):
    """A receipt, as proof of who filed a report."""

    model_config = ConfigDict(extra="forbid")

    number: str
    secret: str


class AppealIn(BaseModel):
    """Somebody asks for a decision to be looked at again."""

    model_config = ConfigDict(extra="forbid")

    decision_id: str | None = None
    receipt: ReceiptIn | None = Field(None, description="Instead of `decision_id`, for reporters.")
    upload: str | None = Field(
        None,
        description="Instead of `decision_id`, for who posted it: our id of the upload, `upl_…`. A pipeline appeals "
        "for its user by this alone, about uploads of its own key and of the operator.",
        examples=["upl_1KZ6Q0W7T4M8X2N5B9C3D7F1G"],
    )
    by: AppealBy
    grounds: str = Field(min_length=1, max_length=10_000)


class AppealOut(BaseModel):
    """An appeal."""

    id: str
    decision_id: str = Field(description="That it is against; what restricts an upload may be another one by now.")
    case_id: str
    upload: str | None = Field(description="The upload it is about, where it was filed for who posted it.")
    by: AppealBy
    grounds: str
    state: Literal["open", "overturned", "stands"]
    filed_at: datetime
    decided_by: str | None = Field(description="Null for pipelines.")
    decided_at: datetime | None
    note: str | None = Field(description="For colleagues; null for pipelines.")


class AppealPage(BaseModel):
    """A page of appeals."""

    items: list[AppealOut]
    next: str | None


class AppealDecisionIn(BaseModel):
    """What the reviewer of an appeal decides."""

    model_config = ConfigDict(extra="forbid")

    outcome: AppealOutcome
    note: str | None = Field(None, max_length=5_000)
