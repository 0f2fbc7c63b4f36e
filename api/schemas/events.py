"""
What each event says, by name, as the API's reference lists it: receivers of webhooks are generated from it.

Invariant: every field that an event is written with is here, and no other; a test reads where they are written.
"""

from datetime import datetime
from typing import Final

from pydantic import BaseModel, ConfigDict, Field

from api.schemas.uploads import StatementOut
from api.schemas.words import StrengthWord, VerdictWord
from casework.domain.banking import HashAction
from casework.domain.cases.appeal import AppealBy, AppealOutcome
from casework.domain.cases.case import Queue
from casework.domain.cases.minor import MinorBy
from casework.domain.events import EventType
from casework.domain.takedowns.takedown import TakedownState


class _Data(BaseModel):
    """What an event says."""

    model_config = ConfigDict(extra="forbid")


class _OfTakedown(_Data):
    takedown_id: str = Field(examples=["tkd_1KZ6Q0W7T4M8X2N5B9C3D7F1G"])
    case_id: str | None = Field(description="The case it rests on, or that is about it.")


class _OfPost(_OfTakedown):
    upload_id: str | None = Field(description="The platform's id of the reported post, if the report names it.")
    url: str | None = Field(description="The address of the reported post, if the report names it.")


class _OfUpload(_Data):
    takedown_id: str | None = Field(description="What it matched, or what let it go.")
    upload: str = Field(examples=["upl_1KZ6Q0W7T4M8X2N5B9C3D7F1G"])
    upload_id: str = Field(description="The platform's own id.", examples=["post-8731"])
    case_id: str | None


class _OfReport(_Data):
    takedown_id: None
    case_id: str
    report_id: str


class ReportReceivedData(_OfReport):
    """A report was taken in."""


class CaseOpenedData(_Data):
    """Somebody has to decide something."""

    takedown_id: str | None = Field(description="What a copy matched; null for a report.")
    case_id: str
    queue: Queue


class _Decided(_OfPost):
    decision_id: str
    rule: str = Field(description="Of the policy; it recommended.", examples=["R07"])
    policy: str = Field(examples=["non_consensual_nudity"])
    policy_version: str = Field(examples=["private-media/1"])


class TakedownCreatedData(_Decided):
    """A report was upheld: its media is kept down from here on."""

    hash_action: HashAction = Field(description="What becomes of copies.")


class TakedownInterimData(TakedownCreatedData):
    """Media is held until a person has decided."""

    ends_at: datetime | None = Field(description="When it ends by itself, should nobody decide.")


class PostRemovedData(_Decided):
    """The words of a post, or a post whose media is not banked, were the wrong: hide it."""

    upload: str | None = Field(description="Of a registered upload.")


class TakedownEndedData(_OfPost):
    """A takedown, or an interim one, stands no more."""

    state: TakedownState


class TakedownReferredData(_OfPost):
    """Somebody in it may be under 18: delete what you keep of its hashes, restore nothing."""


class TakedownQuarantinedData(_OfTakedown):
    """It matches far more people than its like, and does nothing by itself until a senior has looked."""

    uploaders: int


class QuarantineLiftedData(_OfTakedown):
    """It acts by itself again."""


class UploadMatchedData(_OfUpload):
    """An upload is a copy, or is judged otherwise than before."""

    verdict: VerdictWord
    strength: StrengthWord | None = Field(None, description="Left out where a person confirmed it.")
    looking_back: bool | None = Field(None, description="Whether it was there before the takedown.")
    confirmed: bool | None = Field(None, description="Whether a person confirmed that it is a copy.")
    decision_id: str | None = Field(description="What it rests on, for appeals.")
    statement_of_reasons: StatementOut | None = Field(description="For whoever posted it.")


class UploadReinstatedData(_OfUpload):
    """Nothing restricts an upload any more."""

    reason: str


class AppealDecidedData(_Data):
    """Somebody looked at a decision again."""

    takedown_id: str | None
    appeal_id: str
    decision_id: str | None
    case_id: str | None
    by: AppealBy
    outcome: AppealOutcome
    upload: str | None
    upload_id: str | None
    report_id: str | None


class CaseQuestionData(_OfReport):
    """Whoever reported is written to."""

    message_id: str | None
    asks: bool = Field(description="Whether information is asked for.")


class CaseAnswerData(_OfReport):
    """Whoever reported has written, or added something."""

    message_id: str
    added: str | None = Field(description="Names of what was added, never its content.")


class CaseMinorsData(_Data):
    """The person depicted may be under 18, or it was a mistake: secure and report the post by your own procedure."""

    takedown_id: str | None
    case_id: str
    report_id: str | None
    minor: bool = Field(description="False where it was a mistake.")
    known_by: MinorBy | None
    upload: str | None
    upload_id: str | None
    url: str | None


EVENT_DATA: Final[dict[EventType, type[BaseModel]]] = {
    EventType.REPORT_RECEIVED: ReportReceivedData,
    EventType.CASE_OPENED: CaseOpenedData,
    EventType.TAKEDOWN_CREATED: TakedownCreatedData,
    EventType.UPLOAD_MATCHED: UploadMatchedData,
    EventType.TAKEDOWN_REVERSED: TakedownEndedData,
    EventType.UPLOAD_REINSTATED: UploadReinstatedData,
    EventType.APPEAL_DECIDED: AppealDecidedData,
    EventType.TAKEDOWN_QUARANTINED: TakedownQuarantinedData,
    EventType.QUARANTINE_LIFTED: QuarantineLiftedData,
    EventType.POST_REMOVED: PostRemovedData,
    EventType.CASE_QUESTION: CaseQuestionData,
    EventType.CASE_ANSWER: CaseAnswerData,
    EventType.TAKEDOWN_INTERIM: TakedownInterimData,
    EventType.TAKEDOWN_INTERIM_ENDED: TakedownEndedData,
    EventType.CASE_MINORS: CaseMinorsData,
    EventType.TAKEDOWN_REFERRED: TakedownReferredData,
}
"""Of every event."""
