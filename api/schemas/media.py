"""Media, signals and evidence, as they are sent."""

from collections.abc import Iterable
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from api.schemas.evidence import EVIDENCE_DESCRIBED
from api.schemas.words import MediaKindWord, SignalTypeWord, StrengthWord, VerdictWord
from casework.domain.media import Media, SubmittedMedia
from casework.domain.takedowns.upload import Match
from matcher.hashing.pictures import first_of_each_type
from matcher.signals import shows_parts, signal_type
from matcher.signals.base import Signal
from matcher.signals.given import given_signal

Depth = Literal["fast", "deep"]
"""``fast``: hash signals only; ``deep``: parts of the picture, too."""

_PDQ_EXAMPLE = "d8f8f0cce0f4a84f0e370a22028f67f0b36e2ed596623e1d33e6b39c4e9c9b22"


class SignalIn(BaseModel):
    """One fingerprint, as a client sends it."""

    model_config = ConfigDict(extra="forbid")

    type: SignalTypeWord = Field(description="What kind of fingerprint it is.", examples=["pdq/1"])
    value: str = Field(description="Hex, most significant bit first.", examples=[_PDQ_EXAMPLE])
    quality: int | None = Field(
        None,
        ge=0,
        le=100,
        description="0..100, where the type has one. Believed only where it is too poor to act on; null otherwise.",
    )

    def to_signal(self) -> Signal:
        """
        Read the value.

        Raises:
            UnknownSignalTypeError, SignalValueError: If type or value is not valid.
        """
        return given_signal(self.type, self.value, self.quality)


class SignalOut(BaseModel):
    """One fingerprint, as it is answered."""

    type: SignalTypeWord = Field(examples=["pdq/1"])
    value: str = Field(description="Hex.", examples=[_PDQ_EXAMPLE])
    quality: int | None = Field(description="0..100; null where the type has none.", examples=[100])

    @classmethod
    def of(cls, signal: Signal) -> "SignalOut":
        """Write a signal."""
        return cls(type=signal.type, value=signal_type(signal.type).format(signal.value), quality=signal.quality)


def exchanged(signals: Iterable[Signal], *, with_features: bool = True) -> list[SignalOut]:
    """
    Write one value of each type: what is exchanged with others, and asked with.

    Args:
        signals: Of one piece of media.

        with_features: Whether local features are among them: 24,000 digits that show what the picture shows.
    """
    chosen = first_of_each_type(signals)
    return [SignalOut.of(signal) for signal in chosen if with_features or not shows_parts(signal.type)]


class SignalKind(BaseModel):
    """A fingerprint without its value, which is sensitive."""

    type: SignalTypeWord = Field(examples=["pdq/1"])
    quality: int | None = Field(description="0..100; null where the type has none.", examples=[100])


class MediaInfo(BaseModel):
    """What a file is."""

    kind: MediaKindWord = Field(description="`unknown` where signals came without a file.", examples=["image"])
    width: int | None = Field(description="Pixels of the upright original.", examples=[1600])
    height: int | None = Field(description="Pixels.", examples=[1200])
    duration_s: float | None = Field(None, description="Seconds, for videos and animations.")
    seen_s: float | None = Field(
        None,
        description="Seconds of a video or an animation that could be read; less than it lasts where it is damaged or "
        "cut short.",
    )

    @classmethod
    def of(cls, media: Media | SubmittedMedia) -> "MediaInfo":
        """Write what is known of it."""
        return cls(
            kind=media.kind,
            width=media.width,
            height=media.height,
            duration_s=media.duration_s,
            seen_s=media.seen_s,
        )


class MatchOptions(BaseModel):
    """What may stand beside a file that is looked for."""

    model_config = ConfigDict(extra="forbid")

    depth: Depth = "deep"


class HashOptions(BaseModel):
    """What may stand beside a file that is hashed."""

    model_config = ConfigDict(extra="forbid")

    depth: Depth = "fast"


class HashAnswer(BaseModel):
    """What `POST /v1/hash` answers; nothing of it was stored."""

    media: MediaInfo
    signals: list[SignalOut]


class MatchOut(BaseModel):
    """
    One takedown the media is a copy of.

    Keys of pipelines that are not marked trusted get `verdict`, `takedown_id` and `strength` only: distances help an
    attacker to find the edit that just escapes.
    """

    takedown_id: str = Field(examples=["tkd_1KZ6Q0W7T4M8X2N5B9C3D7F1G"])
    strength: StrengthWord = Field(description="How sure it is.", examples=["near"])
    verdict: VerdictWord = Field(description="What this match alone means.", examples=["block"])
    case_id: str | None = Field(None, description="The case the takedown was decided in.")
    collection: str | None = Field(None, examples=["takedowns"])
    explanation: str | None = Field(None, examples=["mirrored, re-encoded"])
    agreeing: int | None = Field(None, description="How many independent signals agree.", examples=[2])
    rule: str | None = Field(None, description="The policy rule behind the verdict.", examples=["R07"])
    reason: str | None = Field(None, description="Why, in a sentence.")
    source: str | None = Field(
        None,
        description="The list of others that the reference is from; null where it was decided here.",
        examples=["PARTNER"],
    )
    evidence: list[dict[str, Any]] | None = Field(
        None,
        description="What agrees, how far, where.",
        json_schema_extra=EVIDENCE_DESCRIBED,
        examples=[[{"signal": "pdq/1", "distance": 12, "threshold": 31, "quality": 100, "transformation": "mirrored"}]],
    )

    @classmethod
    def of(cls, match: Match, *, trusted: bool) -> "MatchOut":
        """Write a match; an untrusted reader gets three fields."""
        if not trusted:
            return cls(takedown_id=match.takedown_id, strength=match.strength.value, verdict=match.verdict.value)
        return cls(
            takedown_id=match.takedown_id,
            strength=match.strength.value,
            verdict=match.verdict.value,
            case_id=match.case_id,
            collection="takedowns",
            explanation=match.explanation,
            agreeing=match.agreeing,
            rule=match.rule,
            reason=match.reason,
            source=match.source,
            evidence=[one.as_record() for one in match.evidence],
        )
