"""
What a copy inherits from the case its original was decided in.

Who reports, what they state and whom the media shows belong to the media, and travel with it. Context, purpose, public
interest, coverage and permission belong to the post, and start again from their defaults. Invariant: every fact is one
or the other.
"""

from dataclasses import replace

from casework.domain.facts import Conduct, Facts, PermissionEvidence, SafetyRisk

MEDIA_FACTS = frozenset(
    {"reporter", "authority", "reporter_depicted", "non_consent_stated", "nudity", "subject_status"}
)
"""Facts a copy inherits."""

POST_FACTS = frozenset(
    {
        "conduct",
        "permission_evidence",
        "context_assessed",
        "harass_purpose",
        "media_public_interest",
        "text_public_interest",
        "crisis_help",
        "newsworthy_event",
        "publicly_available",
        "mainstream_news",
        "safety_risk",
    }
)
"""Facts of each post by itself: what a platform may add about an upload without touching what its media inherits."""


FACTS_OF_A_REVIEWER = frozenset({"context_assessed"})
"""Facts of a post that nobody can state about their own: a reviewer establishes them."""


def inherit(origin: Facts, *, uploader_is_subject: bool = False) -> Facts:
    """
    Return the facts of a post that shares a copy.

    Args:
        origin: Facts of the case in which the original was taken down.

        uploader_is_subject: Whether the person depicted posts the copy: their own post is no violation.

    Returns:
        Facts of the copy, its context not yet assessed. A poster's claim of permission in the original case says
        nothing about another post, so it is not inherited.
    """
    own_post = PermissionEvidence.CONFIRMED_BY_SUBJECT
    return replace(
        origin,
        conduct=Conduct.SHARED_MEDIA,
        permission_evidence=own_post if uploader_is_subject else PermissionEvidence.NONE,
        context_assessed=False,
        harass_purpose=False,
        media_public_interest=False,
        text_public_interest=False,
        crisis_help=False,
        newsworthy_event=False,
        publicly_available=False,
        mainstream_news=False,
        safety_risk=SafetyRisk.LOW,
    )
