"""What to do, and why: verdicts, matches and their evidence."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum

from staydown_client.answers.reading import Raw


class Verdict(str, Enum):
    """What an upload pipeline does."""

    ALLOW = "allow"
    HOLD = "hold"
    BLOCK = "block"

    def __str__(self) -> str:
        """Return the word."""
        return self.value


class Strength(str, Enum):
    """How sure a match is; a word that this version does not know is read as the weakest, `Match.raw` has it."""

    EXACT = "exact"
    NEAR = "near"
    PARTIAL = "partial"
    WEAK = "weak"

    @classmethod
    def _missing_(cls, value: object) -> "Strength | None":
        return cls.WEAK if isinstance(value, str) else None

    def __str__(self) -> str:
        """Return the word."""
        return self.value


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

        strength: How sure it is.

        verdict: What this match alone means.

        case_id: The case the takedown was decided in; None for keys that are not marked trusted.

        explanation: What was done to the picture, in words; None for keys that are not marked trusted.

        evidence: Empty for keys that are not marked trusted.

        source: The list of others that the reference is from; None where it was decided by the service's own people,
            and for keys that are not marked trusted.

        raw: All that was said.
    """

    takedown_id: str
    strength: Strength
    verdict: Verdict
    case_id: str | None
    explanation: str | None
    evidence: Sequence[Evidence]
    source: str | None
    raw: Raw = field(repr=False)

    @classmethod
    def of(cls, raw: Raw) -> "Match":
        """Read one."""
        return cls(
            takedown_id=raw["takedown_id"],
            strength=Strength(raw["strength"]),
            verdict=Verdict(raw["verdict"]),
            case_id=raw.get("case_id"),
            explanation=raw.get("explanation"),
            evidence=[Evidence.of(one) for one in raw.get("evidence") or ()],
            source=raw.get("source"),
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
