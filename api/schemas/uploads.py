"""Uploads and questions, as pipelines send them and are answered."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, field_validator

from api.schemas.media import Depth, MatchOut, MediaInfo, SignalIn, SignalOut
from api.schemas.words import KnownFacts
from casework.domain.cases.appeal import AppealState
from casework.domain.takedowns.statement import Restriction
from matcher.signals.local import NAME as LOCAL
from matcher.signals.scenes import NAME as SCENES
from matcher.signals.video import NAME as VIDEO

_EARLIEST_YEAR = 1969
_LATEST_YEAR = 3000

VerdictName = Literal["allow", "hold", "block"]

STALE = (
    "Whether the database is away and this is as of what was followed before it went "
    "(`STAYDOWN_WHEN_DATABASE_DOWN=available`). What is near something newer than that copy is held, without a match."
)


def _storable(moment: datetime) -> datetime:
    if not _EARLIEST_YEAR < moment.year < _LATEST_YEAR:
        message = f"a moment between {_EARLIEST_YEAR + 1} and {_LATEST_YEAR - 1} is expected, not in {moment.year}"
        raise ValueError(message)
    return moment


Moment = Annotated[AwareDatetime, AfterValidator(_storable)]
"""With its zone, and far enough from the ends of the calendar to be written in any other zone."""


class UploadIn(BaseModel):
    """What a platform says about an upload."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [{"upload_id": "post-8731", "uploader_id": "user-19", "post_text": "look at this"}]
        },
    )

    upload_id: str = Field(
        min_length=1, max_length=255, description="The platform's own id; names these bytes for ever."
    )
    uploader_id: str | None = Field(None, max_length=255)
    post_text: str | None = Field(None, max_length=20_000)
    url: str | None = Field(None, max_length=2_000)
    created_at: Moment | None = Field(None, description="Between 1970 and 2999.")
    depth: Depth = Field("deep", description="`fast`: by hashes alone; `deep`: parts of the picture, too.")


class HashUpload(BaseModel):
    """An upload of which only the signals are sent."""

    model_config = ConfigDict(extra="forbid")

    upload: UploadIn
    signals: list[SignalIn] = Field(min_length=1, max_length=100, description="One value of each type.")


class StatementOut(BaseModel):
    """
    Why an upload is restricted, for the person who posted it: pass it on to them.

    Standard sentences alone; it says nothing of who reported, nor of what exactly agreed.
    """

    facts: str = Field(description="What was found, by whom, and how long the restriction lasts.")
    rule: str | None = Field(
        description="The rule of the policy; null where a person decided against what it recommends.", examples=["R07"]
    )
    policy: str = Field(examples=["non_consensual_nudity"])
    automated: bool = Field(description="Whether no person has decided that this upload is restricted.")
    how_to_appeal: str
    ends_at: datetime | None = Field(description="When it ends by itself; null where it ends with a decision alone.")

    @classmethod
    def of(cls, restriction: Restriction | None) -> "StatementOut | None":
        """Write why something is restricted; None where it is not."""
        if restriction is None:
            return None
        said = restriction.statement
        return cls(
            facts=said.facts,
            rule=said.rule,
            policy=said.policy,
            automated=said.automated,
            how_to_appeal=said.how_to_appeal,
            ends_at=said.ends_at,
        )


_DECISION = "The decision by which it is restricted; null where it is not. `POST /v1/appeals` with `upload` appeals."
_STATEMENT = "Why, for the person who posted it; null where it is not restricted."


class UploadAnswer(BaseModel):
    """The answer to a registered upload."""

    upload: str = Field(examples=["upl_1KZ6Q0W7T4M8X2N5B9C3D7F1G"])
    verdict: VerdictName
    case_id: str | None
    decision_id: str | None = Field(None, description=_DECISION)
    statement_of_reasons: StatementOut | None = Field(None, description=_STATEMENT)
    matches: list[MatchOut]
    complete: bool = Field(
        True,
        description="False: time ran out; the rest is compared in the background; `upload.matched` tells the result.",
    )
    index_version: int = Field(description="The `takedowns` version the answer is exact for.", examples=[812])
    media: MediaInfo
    signals: list[SignalOut]


class UploadAppeal(BaseModel):
    """An appeal for the person who posted an upload."""

    id: str = Field(examples=["app_1KZ6Q0W7T4M8X2N5B9C3D7F1G"])
    state: AppealState
    filed_at: datetime
    decided_at: datetime | None


class UploadView(BaseModel):
    """A registered upload, as it stands now."""

    upload: str
    upload_id: str
    uploader_id: str | None
    url: str | None
    verdict: VerdictName
    case_id: str | None
    decision_id: str | None = Field(description=_DECISION)
    statement_of_reasons: StatementOut | None = Field(description=_STATEMENT)
    appeals: list[UploadAppeal] = Field(description="Filed for the person who posted it, oldest first.")
    registered_at: datetime
    facts: KnownFacts = Field(description="Of the post, as the platform gave them.")


class MatchAnswer(BaseModel):
    """The answer to a question; nothing was stored."""

    verdict: VerdictName
    matches: list[MatchOut]
    complete: bool = Field(True, description="False: time ran out before every suspect was compared.")
    index_version: int = Field(examples=[812])
    media: MediaInfo | None = None
    signals: list[SignalOut]
    stale: bool = Field(False, description=STALE)


def one_of_each_composite(given: list[SignalIn]) -> list[SignalIn]:
    """
    Accept hashes as often as they come, and one value of each type that stands for a whole picture or video.

    Raises:
        ValueError: Naming the type that comes twice.
    """
    for name in (LOCAL, SCENES, VIDEO):
        if sum(one.type == name for one in given) > 1:
            message = f"one value of {name} is expected, for one piece of media; ask for each by itself"
            raise ValueError(message)
    return given


class SignalsQuestion(BaseModel):
    """A question by signals alone."""

    model_config = ConfigDict(extra="forbid")

    signals: list[SignalIn] = Field(min_length=1, max_length=100)
    depth: Depth = Field("deep", description="`fast`: by hashes alone; `deep`: by `local/1` or `scenes/1`, too.")

    @field_validator("signals")
    @classmethod
    def _is_one_piece_of_media(cls, given: list[SignalIn]) -> list[SignalIn]:
        return one_of_each_composite(given)


class BatchItem(BaseModel):
    """One question of a batch."""

    model_config = ConfigDict(extra="forbid")

    id: str = Field(max_length=255, examples=["a"])
    signals: list[SignalIn] = Field(
        min_length=1, max_length=100, description="Hashes; ask by local features at `/v1/match`."
    )

    @field_validator("signals")
    @classmethod
    def _is_asked_by_hashes(cls, given: list[SignalIn]) -> list[SignalIn]:
        if any(one.type in (LOCAL, SCENES) for one in given):
            message = f"a batch is asked by hashes alone; ask by {LOCAL} or {SCENES} at /v1/match"
            raise ValueError(message)
        return one_of_each_composite(given)


class BatchQuestion(BaseModel):
    """Up to 1,000 questions, answered in order at one version."""

    model_config = ConfigDict(extra="forbid")

    items: list[BatchItem] = Field(max_length=1000)


class BatchItemAnswer(BaseModel):
    """One answer of a batch."""

    id: str
    verdict: VerdictName
    matches: list[MatchOut]


class BatchAnswer(BaseModel):
    """The answers, in the order of the questions."""

    items: list[BatchItemAnswer]
    index_version: int
    stale: bool = Field(False, description=STALE)
