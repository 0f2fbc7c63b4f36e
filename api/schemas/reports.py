"""Reports and receipts."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from api.schemas.casework.messages import Address, MessageOut
from api.schemas.media import SignalIn
from api.schemas.words import FACTS_DESCRIBED
from casework.domain.actor import Actor
from casework.domain.cases.appeal import AppealBy, AppealState
from casework.domain.cases.hint import HintKind
from casework.domain.cases.report import MOST_OTHER_URLS, Relation, ReportedContent, ReporterDetails, Statement
from casework.domain.facts import Conduct
from casework.domain.ids import TakedownId
from casework.domain.keeping.erasure import ErasureState
from casework.domain.media import SubmittedMedia
from casework.domain.takedowns.propagation import DeliveryState
from casework.handlers.reports.intake import FileReport


class ReporterIn(BaseModel):
    """Who reports."""

    model_config = ConfigDict(extra="forbid")

    relation: Relation = Field(description="To the person depicted.")
    name: str | None = Field(None, max_length=500)
    contact: str | None = Field(None, max_length=500, description="Where the answer goes.")
    authority_evidence: str | None = Field(None, max_length=5_000, description="A representative's proof of mandate.")
    uploader_id: str | None = Field(None, max_length=255, description="The reporter's own account on the platform.")

    def to_domain(self) -> ReporterDetails:
        """Hand it inwards."""
        return ReporterDetails(**self.model_dump())


class StatementIn(BaseModel):
    """What the reporter declares."""

    model_config = ConfigDict(extra="forbid")

    non_consent: bool = Field(False, strict=True, description="I did not consent to this being shared.")
    good_faith: bool = Field(False, strict=True, description="This report is made in good faith.")
    signature: str | None = Field(None, max_length=500, description="Typed name or electronic signature.")
    explanation: str | None = Field(None, max_length=10_000, description="Why it should not be there.")
    share_hashes: bool = Field(
        False,
        strict=True,
        description="I agree that hashes of it, never the media, are passed on to others who keep such media down.",
    )

    def to_domain(self) -> Statement:
        """Hand it inwards."""
        return Statement(**self.model_dump())


class ContentIn(BaseModel):
    """The post: where the media, or the words, were seen."""

    model_config = ConfigDict(extra="forbid")

    url: str | None = Field(None, max_length=2_000)
    upload_id: str | None = Field(
        None,
        max_length=255,
        description="The platform's own id of the post. Registered, its media is the report's where none is sent.",
    )
    uploader_id: str | None = Field(None, max_length=255, description="Who posted it.")
    post_text: str | None = Field(None, max_length=20_000)
    other_urls: list[Address] = Field([], max_length=MOST_OTHER_URLS, description="Further addresses of the same.")
    no_copy: bool = Field(
        False,
        strict=True,
        description="There is no copy to send, only `url`: then nothing is looked for until media is added.",
    )

    def to_domain(self) -> ReportedContent:
        """Hand it inwards."""
        return ReportedContent(**{**self.model_dump(), "other_urls": tuple(self.other_urls)})


class ReportIn(BaseModel):
    """A report of private media shared without consent."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "reporter": {"relation": "subject", "name": "A. Person", "contact": "a.person@example.org"},
                    "statement": {"non_consent": True, "good_faith": True, "signature": "A. Person"},
                    "content": {"url": "https://example.org/post/8731", "upload_id": "post-8731"},
                    "facts": {"nudity": True},
                    "conduct": "shared_media",
                }
            ]
        },
    )

    reporter: ReporterIn
    statement: StatementIn = StatementIn()
    content: ContentIn = ContentIn()
    facts: dict[str, object] = Field(
        {},
        description="Any facts of the policy; they win over what the form implies, but for `reporter`, which the form "
        "asks. `context_assessed` is a reviewer's to say.",
        json_schema_extra=FACTS_DESCRIBED,
    )
    conduct: Conduct = Conduct.SHARED_MEDIA

    def to_command(
        self, *, actor: Actor, media: tuple[SubmittedMedia, ...], linked: TakedownId | None = None
    ) -> FileReport:
        """Hand it inwards, with who sends it and what was hashed."""
        return FileReport(
            actor=actor,
            reporter=self.reporter.to_domain(),
            statement=self.statement.to_domain(),
            content=self.content.to_domain(),
            conduct=self.conduct,
            facts=self.facts,
            media=media,
            linked_takedown_id=linked,
        )


class HashReport(BaseModel):
    """A report without files: the media never leaves the person's device, is registered, or the words are the wrong."""

    model_config = ConfigDict(extra="forbid")

    report: ReportIn
    signals: list[SignalIn] = Field(
        [],
        max_length=100,
        description="Left out where `conduct` is not `shared_media`, or `content.upload_id` names a registered upload.",
    )


class HintOut(BaseModel):
    """A place in the words that a person should look at. Hints decide nothing."""

    kind: HintKind
    field: str = Field(description="Which text, by its path in the report.", examples=["content.post_text"])
    start: int = Field(description="Its first character, from 0, in Unicode code points.")
    end: int = Field(description="The character after its last.")


class Receipt(BaseModel):
    """What a reporter keeps; the secret is shown this once."""

    number: str = Field(examples=["SD-7K2M-9QX4-B1TD"])
    secret: str


class InterimOut(BaseModel):
    """What holds copies of what was reported until a person has decided."""

    takedown_id: str = Field(examples=["tkd_1KZ6Q0W7T4M8X2N5B9C3D7F1G"])
    ends_at: datetime | None = Field(description="When it ends by itself, should nobody decide.")


class ReportAnswer(BaseModel):
    """A report was taken in."""

    report_id: str
    case_id: str
    receipt: Receipt
    deadline: datetime = Field(description="48 hours after receipt.")
    missing: list[str] = Field(description="What a complete notice still needs.", examples=[["signature"]])
    linked_takedown_id: str | None = Field(description="The takedown that keeps this media down already, if one does.")
    hints: list[HintOut] = Field(description="What the report's words look like, for people; they decide nothing.")
    interim: InterimOut | None = Field(
        description="Where the policy restricts at once; null where a person decides first."
    )


class ReceiptAppeal(BaseModel):
    """An appeal, as its reporter sees it."""

    by: AppealBy
    state: AppealState
    decided_at: datetime | None


class SearchedOut(BaseModel):
    """What was looked for among registered uploads, and what became of it."""

    uploads: int = Field(description="Registered uploads that were searched; 0 where nothing was looked for.")
    found: int = Field(description="Copies among them, and the reported post itself.")
    held: int
    blocked: int


class ToldOut(BaseModel):
    """A system downstream that was told."""

    destination: str
    state: DeliveryState = Field(description="Of what is furthest from being confirmed.")


class ReceiptView(BaseModel):
    """How a report stands, for the one who filed it."""

    number: str
    state: Literal["open", "information_requested", "decided"]
    outcome: Literal["removed", "kept", "withdrawn", "reinstated", "referred"] | None
    reasons: list[str]
    received_at: datetime
    deadline: datetime
    decided_at: datetime | None
    decision_id: str | None
    missing: list[str]
    messages: list[MessageOut] = Field(description="Between you and those who decide, oldest first.")
    linked_takedown_id: str | None = Field(description="The takedown that kept this media down already, if one did.")
    happened: list[str] = Field(description="What became of the report so far, in plain words.")
    searched: SearchedOut
    told: list[ToldOut] = Field(description="Systems that were sent the takedown, or its reversal.")
    how_to_appeal: str | None
    appeals: list[ReceiptAppeal] = Field(description="By either side, and how each was decided.")
    erasure: ErasureState | None = Field(description="How far it is, where one was asked for; at the end `completed`.")
    next: list[Literal["withdraw", "erase", "appeal", "answer"]] = Field(
        description="What the receipt opens now: POST /v1/receipts/{number}/…"
    )


class ReceiptWithdrawIn(BaseModel):
    """Why the holder of a receipt takes their report back; they owe nobody a reason."""

    model_config = ConfigDict(extra="forbid")

    reason: str | None = Field(None, min_length=1, max_length=5_000)
