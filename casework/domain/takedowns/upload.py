"""
An upload a platform registered, and what it matched.

Invariant: the platform's `upload_id` names one sequence of bytes for ever. The same id with the same bytes answers as
the first time; with other bytes it is refused.
"""

from dataclasses import dataclass, field
from datetime import datetime

from casework.domain.actor import Actor
from casework.domain.errors import NotFoundError
from casework.domain.ids import CaseId, DecisionId, MediaId, TakedownId, UploadId
from casework.domain.verdict import Verdict
from casework.domain.work.lease import Lease
from matcher.comparing.comparison import Evidence
from matcher.strength import Strength


@dataclass(frozen=True, slots=True)
class Match:
    """
    One reference that an upload (or a question) is a copy of.

    Args:
        takedown_id: Whose reference it is.

        case_id: The case that takedown was decided in.

        media_id: The reference.

        strength: How sure.

        agreeing: How many independent signals agree.

        evidence: What agrees, how far, where.

        explanation: The sentence a person reads.

        verdict: What this match alone means for the upload.

        rule: The policy rule that gave the verdict, on the inherited facts.

        reason: Why, in a sentence.

        confirmed_by: The decision by which a reviewer said that it is a copy to be removed; None without one.

        dismissed_by: The decision by which a reviewer said that it is none, or may stay; None without one.

        source: The list of others that the takedown's hashes came from; None for what was decided here.
    """

    takedown_id: TakedownId
    case_id: CaseId
    media_id: MediaId
    strength: Strength
    agreeing: int
    evidence: tuple[Evidence, ...]
    explanation: str
    verdict: Verdict
    rule: str
    reason: str
    confirmed_by: DecisionId | None = None
    dismissed_by: DecisionId | None = None
    source: str | None = None


@dataclass(frozen=True, slots=True)
class UnfinishedSearch:
    """
    The rest of an upload's deep search, which time did not suffice for at registration.

    Args:
        upload_id: The upload it is about.

        features: What is asked: it shows what the picture shows.

        created_at: When the upload was registered.

        lease: Of the worker that finishes it, or None.
    """

    upload_id: UploadId
    features: bytes
    created_at: datetime
    lease: Lease | None = None


@dataclass(frozen=True, slots=True)
class Upload:
    """
    One registered upload.

    Args:
        platform_id: The platform's own `upload_id`.

        sha256: 32 bytes of the bytes as uploaded.

        verdict: What the pipeline was answered at registration, or the stricter or milder one since.

        index_version: The `takedowns` version it was matched at.

        facts: Facts of the post given by the platform; they join those of a case opened by its match.

        registered_by: The actor whose upload it is; None for one of the operator's, which every pipeline may see.
    """

    id: UploadId
    platform_id: str
    uploader_id: str | None
    post_text: str | None
    url: str | None
    posted_at: datetime | None
    registered_at: datetime
    media_id: MediaId
    sha256: bytes
    verdict: Verdict
    case_id: CaseId | None
    index_version: int
    facts: dict[str, str | bool] = field(default_factory=dict)
    registered_by: str | None = None

    def require_seen_by(self, actor: Actor) -> None:
        """
        Keep one pipeline from another's uploads.

        Raises:
            NotFoundError: In the words for an upload that does not exist: not even that is theirs to know.
        """
        if not self.is_seen_by(actor):
            message = f"there is no upload {self.id!r}"
            raise NotFoundError(message)

    def is_seen_by(self, actor: Actor) -> bool:
        """Tell whether an actor may know of it: a pipeline, of its own and of the operator's; others, of all."""
        return not actor.sees_only_own or self.registered_by in (None, actor.id)
