"""
What the service answers, typed.

Every answer keeps what was sent as `raw`: a newer service may say more than this version knows. Words this version does
not know (a new strength, a new state) stay strings; a new verdict is an error, for nobody could act on it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import Any

Raw = Mapping[str, Any]


class Verdict(str, Enum):
    """What an upload pipeline does."""

    ALLOW = "allow"
    HOLD = "hold"
    BLOCK = "block"

    def __str__(self) -> str:
        """Return the word."""
        return self.value


class Strength(str, Enum):
    """How sure a match is; the words of `Match.strength`."""

    EXACT = "exact"
    NEAR = "near"
    PARTIAL = "partial"
    WEAK = "weak"

    def __str__(self) -> str:
        """Return the word."""
        return self.value


@dataclass(frozen=True)
class Signal:
    """
    A fingerprint.

    Args:
        type: ``"pdq/1"``.

        value: Hex.

        quality: 0..100, where the type has one.
    """

    type: str
    value: str
    quality: int | None = None

    @classmethod
    def of(cls, raw: Raw) -> "Signal":
        """Read one."""
        return cls(raw["type"], raw["value"], raw.get("quality"))

    def sent(self) -> dict[str, Any]:
        """Write it as the service takes it."""
        return {"type": self.type, "value": self.value, "quality": self.quality}


@dataclass(frozen=True)
class MediaInfo:
    """
    What a file is.

    Args:
        kind: ``"image"`` or ``"video"``.

        width: Pixels of the upright original; None where only signals were sent.

        height: The same.

        duration_s: Seconds, of videos and animations.
    """

    kind: str
    width: int | None
    height: int | None
    duration_s: float | None

    @classmethod
    def of(cls, raw: Raw) -> "MediaInfo":
        """Read one."""
        return cls(raw["kind"], raw.get("width"), raw.get("height"), raw.get("duration_s"))


@dataclass(frozen=True)
class Evidence:
    """
    What one signal says of a match.

    Args:
        signal: Its type.

        distance: Bits between the two values, of hashes.

        threshold: Up to how many count as the same.

        transformation: What was done to the picture, of hashes.

        inliers: Keypoints that agree, of local features.

        coverage: Share of the removed media that is seen, 0..1.

        region: Its outline in the upload, corners in shares of width and height.

        raw: All that was said.
    """

    signal: str
    distance: int | None
    threshold: int | None
    transformation: str | None
    inliers: int | None
    coverage: float | None
    region: Sequence[tuple[float, float]]
    raw: Raw = field(repr=False)

    @classmethod
    def of(cls, raw: Raw) -> "Evidence":
        """Read one."""
        return cls(
            signal=raw["signal"],
            distance=raw.get("distance"),
            threshold=raw.get("threshold"),
            transformation=raw.get("transformation"),
            inliers=raw.get("inliers"),
            coverage=raw.get("coverage"),
            region=[(float(x), float(y)) for x, y in raw.get("region") or ()],
            raw=raw,
        )


@dataclass(frozen=True)
class Match:
    """
    A takedown the media is a copy of.

    Args:
        takedown_id: Which.

        strength: A word of `Strength`.

        verdict: What this match alone means.

        case_id: The case the takedown was decided in; None for keys that are not marked trusted.

        explanation: What was done to the picture, in words; None for keys that are not marked trusted.

        evidence: Empty for keys that are not marked trusted.

        raw: All that was said.
    """

    takedown_id: str
    strength: str
    verdict: Verdict
    case_id: str | None
    explanation: str | None
    evidence: Sequence[Evidence]
    raw: Raw = field(repr=False)

    @classmethod
    def of(cls, raw: Raw) -> "Match":
        """Read one."""
        return cls(
            takedown_id=raw["takedown_id"],
            strength=raw["strength"],
            verdict=Verdict(raw["verdict"]),
            case_id=raw.get("case_id"),
            explanation=raw.get("explanation"),
            evidence=[Evidence.of(one) for one in raw.get("evidence") or ()],
            raw=raw,
        )


@dataclass(frozen=True)
class MatchAnswer:
    """
    The answer to a question; nothing was stored.

    Args:
        verdict: What to do.

        matches: Why.

        complete: False where time ran out before every suspect was compared.

        index_version: The version of the takedowns the answer is exact for.

        stale: Whether the service's database is away, and this is as of what it knew before.

        raw: All that was said.
    """

    verdict: Verdict
    matches: Sequence[Match]
    complete: bool
    index_version: int
    stale: bool
    raw: Raw = field(repr=False)

    @classmethod
    def of(cls, raw: Raw) -> "MatchAnswer":
        """Read one."""
        return cls(
            verdict=Verdict(raw["verdict"]),
            matches=[Match.of(one) for one in raw["matches"]],
            complete=raw.get("complete", True),
            index_version=raw["index_version"],
            stale=raw.get("stale", False),
            raw=raw,
        )


@dataclass(frozen=True)
class UploadAnswer:
    """
    The answer to a registered upload.

    Args:
        upload: The service's id of it.

        verdict: What to do.

        matches: Why.

        case_id: The case a person decides, where one was opened.

        decision_id: The decision that restricts it, for appeals; None where nothing was restricted.

        statement_of_reasons: What to tell whoever posted it; None where nothing was restricted.

        complete: False where the rest is compared in the background; the event `upload.matched` tells the result.

        index_version: The version of the takedowns the answer is exact for.

        raw: All that was said.
    """

    upload: str
    verdict: Verdict
    matches: Sequence[Match]
    case_id: str | None
    decision_id: str | None
    statement_of_reasons: Raw | None
    complete: bool
    index_version: int
    raw: Raw = field(repr=False)

    @classmethod
    def of(cls, raw: Raw) -> "UploadAnswer":
        """Read one."""
        return cls(
            upload=raw["upload"],
            verdict=Verdict(raw["verdict"]),
            matches=[Match.of(one) for one in raw["matches"]],
            case_id=raw.get("case_id"),
            decision_id=raw.get("decision_id"),
            statement_of_reasons=raw.get("statement_of_reasons"),
            complete=raw.get("complete", True),
            index_version=raw["index_version"],
            raw=raw,
        )


@dataclass(frozen=True)
class UploadState:
    """
    A registered upload, as it stands now.

    Args:
        upload: The service's id of it.

        upload_id: The platform's.

        verdict: What to do with it now.

        case_id: The case about it, if there is one.

        decision_id: The decision that restricts it, if one does.

        statement_of_reasons: What to tell whoever posted it.

        raw: All that was said.
    """

    upload: str
    upload_id: str
    verdict: Verdict
    case_id: str | None
    decision_id: str | None
    statement_of_reasons: Raw | None
    raw: Raw = field(repr=False)

    @classmethod
    def of(cls, raw: Raw) -> "UploadState":
        """Read one."""
        return cls(
            upload=raw["upload"],
            upload_id=raw["upload_id"],
            verdict=Verdict(raw["verdict"]),
            case_id=raw.get("case_id"),
            decision_id=raw.get("decision_id"),
            statement_of_reasons=raw.get("statement_of_reasons"),
            raw=raw,
        )


@dataclass(frozen=True)
class BatchItem:
    """
    One answer of a batch.

    Args:
        id: That of the question.

        verdict: What to do.

        matches: Why.
    """

    id: str
    verdict: Verdict
    matches: Sequence[Match]

    @classmethod
    def of(cls, raw: Raw) -> "BatchItem":
        """Read one."""
        return cls(raw["id"], Verdict(raw["verdict"]), [Match.of(one) for one in raw["matches"]])


@dataclass(frozen=True)
class Hashes:
    """
    What a file is, and its signals.

    Args:
        media: What it is.

        signals: One value of each type.
    """

    media: MediaInfo
    signals: Sequence[Signal]

    @classmethod
    def of(cls, raw: Raw) -> "Hashes":
        """Read one."""
        return cls(MediaInfo.of(raw["media"]), [Signal.of(one) for one in raw["signals"]])


@dataclass(frozen=True)
class Job:
    """
    A long video that is being looked at.

    Args:
        job: Its id; `Client.wait` takes it.

        state: ``"waiting"``, ``"running"``, ``"done"`` or ``"failed"``.

        progress: Share of the video that was read, 0..1.

        answer: Once it is done, what a smaller video would have been answered.

        problem: Once it failed, why.
    """

    job: str
    state: str
    progress: float
    answer: Raw | None = field(repr=False)
    problem: Raw | None

    @classmethod
    def of(cls, raw: Raw) -> "Job":
        """Read one."""
        return cls(raw["job"], raw["state"], raw["progress"], raw.get("answer"), raw.get("problem"))


@dataclass(frozen=True)
class Receipt:
    """
    What a reporter keeps. The secret is shown this once.

    Args:
        number: ``"SD-…"``.

        secret: Whoever has both follows, withdraws and erases the report.
    """

    number: str
    secret: str = field(repr=False)


@dataclass(frozen=True)
class Report:
    """
    A report that was taken in.

    Args:
        report_id: Of the report.

        case_id: Of its case.

        receipt: For the reporter.

        deadline: When a decision is due.

        missing: What a complete notice still needs.

        raw: All that was said.
    """

    report_id: str
    case_id: str
    receipt: Receipt
    deadline: datetime
    missing: Sequence[str]
    raw: Raw = field(repr=False)

    @classmethod
    def of(cls, raw: Raw) -> "Report":
        """Read one."""
        return cls(
            report_id=raw["report_id"],
            case_id=raw["case_id"],
            receipt=Receipt(raw["receipt"]["number"], raw["receipt"]["secret"]),
            deadline=moment(raw["deadline"]),
            missing=raw["missing"],
            raw=raw,
        )


@dataclass(frozen=True)
class CaseRow:
    """
    A case in a list.

    Args:
        id: Of the case.

        queue: ``"reports"``, ``"matches"``, …

        state: ``"open"`` or ``"decided"``.

        opened_at: When.

        deadline: When a decision is due.

        outcome: What the policy recommends.

        raw: All that was said.
    """

    id: str
    queue: str
    state: str
    opened_at: datetime
    deadline: datetime
    outcome: str
    raw: Raw = field(repr=False)

    @classmethod
    def of(cls, raw: Raw) -> "CaseRow":
        """Read one."""
        return cls(
            id=raw["id"],
            queue=raw["queue"],
            state=raw["state"],
            opened_at=moment(raw["opened_at"]),
            deadline=moment(raw["deadline"]),
            outcome=raw["outcome"],
            raw=raw,
        )


@dataclass(frozen=True)
class Decision:
    """
    A decision.

    Args:
        decision_id: Of the decision.

        outcome: ``"uphold"``, ``"reject"`` or ``"request_information"``.

        rule: The rule of the policy that recommended.

        takedown_id: What it took down, if anything.

        index_version: The version of the takedowns from which its effect is matched.

        approvals_needed: 1 where another person has to approve it first.

        raw: All that was said.
    """

    decision_id: str
    outcome: str
    rule: str
    takedown_id: str | None
    index_version: int
    approvals_needed: int
    raw: Raw = field(repr=False)

    @classmethod
    def of(cls, raw: Raw) -> "Decision":
        """Read one."""
        return cls(
            decision_id=raw["decision_id"],
            outcome=raw["outcome"],
            rule=raw["rule"],
            takedown_id=raw.get("takedown_id"),
            index_version=raw["index_version"],
            approvals_needed=raw["approvals_needed"],
            raw=raw,
        )


@dataclass(frozen=True)
class Event:
    """
    Something that happened: of the feed, or of a webhook.

    Args:
        id: The same at every delivery; act on each once.

        type: ``"takedown.created"``, …

        timestamp: When it happened.

        data: What it says.
    """

    id: str
    type: str
    timestamp: datetime
    data: Raw

    @classmethod
    def of(cls, raw: Raw) -> "Event":
        """Read one."""
        return cls(raw["id"], raw["type"], moment(raw["timestamp"]), raw["data"])


def moment(text: str) -> datetime:
    """Read a time; Python 3.10 knows no ``Z``."""
    return datetime.fromisoformat(text[:-1] + "+00:00" if text.endswith("Z") else text)
