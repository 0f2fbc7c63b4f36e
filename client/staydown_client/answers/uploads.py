"""Registered uploads, and long videos that are being looked at."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from staydown_client.answers.matches import Match, Verdict
from staydown_client.answers.reading import Raw


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
