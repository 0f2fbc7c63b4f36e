"""Rules about context: what exempts a post. The exemption belongs to the post, not to the pixels."""

from casework.domain.banking import HashAction
from casework.domain.facts import Conduct, Facts, SafetyRisk, SubjectStatus
from casework.policy.recommendation import AppliedPolicy, Flag, Outcome
from casework.policy.rule import Caveat, rule


@rule(
    "R13",
    Outcome.NEEDS_CONTEXT,
    "Nobody has yet looked at the context in which this post shares the media.",
    "Private media that is not nude is never removed before that: the same picture may be exempt in another post.",
    policy=AppliedPolicy.NONE_YET,
    hash_action=HashAction.NONE_UNTIL_DECIDED,
    clauses=("A15", "A17", "B7"),
)
def context_is_assessed_first(facts: Facts) -> bool:
    """Media is shared, and its context has not been assessed."""
    return facts.conduct is Conduct.SHARED_MEDIA and not facts.context_assessed


@rule(
    "R14",
    Outcome.KEEP,
    "The media shows a public figure, to whom the private-media policy does not apply.",
    clauses=("A11", "A12", "B10"),
    caveat=Caveat(
        flag=Flag.POLICY_AMBIGUITY,
        applies=lambda facts: not facts.media_public_interest,
        reason="No public interest in the media was found, and the policy's sources disagree on whether it is needed: "
        "a senior moderator must sign this off.",
    ),
)
def media_of_public_figures_is_kept(facts: Facts) -> bool:
    """
    The person depicted is a public figure.

    Without public interest in the media the sources conflict (the heading A11 against the "if" of B10): it is kept,
    flagged `policy_ambiguity`, for senior sign-off.
    """
    return facts.subject_status is SubjectStatus.PUBLIC_FIGURE


@rule(
    "R16",
    Outcome.KEEP,
    "Both the media and the accompanying text are of public interest or add to public discourse.",
    clauses=("A12", "B8"),
)
def media_in_the_public_interest_is_kept(facts: Facts) -> bool:
    """The media and the accompanying text are both of public interest; one of them is not enough."""
    return facts.media_public_interest and facts.text_public_interest


@rule(
    "R17",
    Outcome.KEEP,
    "The media is publicly available, or covered by mainstream news.",
    clauses=("B9",),
)
def media_already_public_is_kept(facts: Facts) -> bool:
    """
    The media is publicly available or covered by mainstream news.

    Available means independently of the contested leak (inferred from A5, "not available elsewhere online"): media that
    is everywhere only because it was leaked is not publicly available.
    """
    return facts.publicly_available or facts.mainstream_news


@rule(
    "R18",
    Outcome.KEEP_DISCRETIONARY,
    "The post tries to help in a crisis or is part of a newsworthy event, and the risk to the person depicted is low.",
    "It may stay; the reason is recorded and can be reviewed.",
    clauses=("A16", "A17"),
)
def help_and_news_at_low_risk_may_stay(facts: Facts) -> bool:
    """The post helps in a crisis or belongs to a newsworthy event, and the safety risk is low."""
    return _helps_or_reports(facts) and facts.safety_risk is SafetyRisk.LOW


@rule(
    "R19",
    Outcome.BALANCE_REVIEW,
    "The post tries to help in a crisis or is part of a newsworthy event, but it puts the person depicted at risk.",
    "A person must weigh the public interest against that risk.",
    policy=AppliedPolicy.PRIVATE_MEDIA,
    hash_action=HashAction.NONE_UNTIL_DECIDED,
    clauses=("A16", "A17"),
)
def help_and_news_at_higher_risk_are_weighed(facts: Facts) -> bool:
    """The post helps in a crisis or belongs to a newsworthy event, and the safety risk is medium or high."""
    return _helps_or_reports(facts) and facts.safety_risk is not SafetyRisk.LOW


def _helps_or_reports(facts: Facts) -> bool:
    return facts.crisis_help or facts.newsworthy_event
