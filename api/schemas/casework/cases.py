"""Cases, as moderators see them and work on them."""

from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field, model_validator

from api.schemas.casework.decisions import DecisionOut, Facts
from api.schemas.casework.messages import MessageOut
from api.schemas.casework.people import PersonOut
from api.schemas.casework.trust import TrustOut
from api.schemas.media import MatchOut, MediaInfo, SignalKind
from api.schemas.reports import HintOut
from api.schemas.words import FACTS_DESCRIBED, OutcomeWord, VerdictWord
from casework.domain.cases.case import CaseState, Queue
from casework.domain.cases.minor import MinorBy
from casework.domain.cases.report import Relation
from casework.domain.takedowns.takedown import TakedownState


class RecommendationOut(BaseModel):
    """What the policy recommends on the facts, in the policy's own names."""

    outcome: OutcomeWord = Field(description="What the rule recommends.", examples=["REMOVE"])
    rule: str = Field(examples=["R07"])
    policy: str = Field(examples=["non_consensual_nudity"])
    hash_action: str = Field(examples=["bank_context_free"])
    reasons: list[str] = Field(description="The policy's, then what is lacking before copies are blocked.")
    account: str = Field(examples=["range_of_enforcement_options"])
    clauses: list[str] = Field(examples=[["A14", "A10"]])
    flags: list[str] = Field(examples=[[]])
    policy_version: str = Field(examples=["private-media/1"])


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
    verdict: VerdictWord = Field(description="What it is answered now.")


class HistoryEntry(BaseModel):
    """One thing that was done."""

    at: datetime
    actor: PersonOut
    actor_id: str
    action: str = Field(examples=["case:decision:made"])
    detail: dict[str, str | int | float | bool | None]


class Lineage(BaseModel):
    """Where a match's case comes from: the takedown, and the case that was decided first."""

    takedown_id: str
    takedown_state: TakedownState
    origin_case_id: str
    origin_decision_id: str
    source: str | None = Field(description="The list of others that it came from; null where it was decided here.")


class CaseSummary(BaseModel):
    """A case in a list."""

    id: str
    queue: Queue
    state: CaseState
    opened_at: datetime
    deadline: datetime
    outcome: OutcomeWord = Field(description="What the policy recommends.", examples=["REMOVE"])
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

    facts: dict[str, object] = Field(
        json_schema_extra=FACTS_DESCRIBED, examples=[{"context_assessed": True, "safety_risk": "medium"}]
    )

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
