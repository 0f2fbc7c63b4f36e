"""What a decision needs beside itself: a reason where it departs from the policy, a colleague where it weighs much."""

import pytest

from casework.domain.actor import Role
from casework.domain.cases.decision import BlastRadius, DecisionOutcome
from casework.domain.facts import Facts, Reporter, SubjectStatus
from casework.policy.automation.safeguards import SafeguardLimits, approvals_needed
from casework.policy.engine import recommend
from casework.policy.override import DECISIONS_IN_LINE, differs
from casework.policy.recommendation import Outcome

UPHOLD, REJECT, ASK = DecisionOutcome.UPHOLD, DecisionOutcome.REJECT, DecisionOutcome.REQUEST_INFORMATION
LIMITS = SafeguardLimits(uploads=10, uploaders=5)
PLAIN = recommend(Facts())
AMBIGUOUS = recommend(Facts(subject_status=SubjectStatus.PUBLIC_FIGURE))


def test_every_outcome_says_which_decisions_follow_it() -> None:
    """An outcome left out would let a decision pass without its reason, or stop the case altogether."""
    assert set(DECISIONS_IN_LINE) == set(Outcome)
    assert all(DECISIONS_IN_LINE.values())


@pytest.mark.parametrize(
    ("facts", "in_line"),
    [
        (Facts(), {UPHOLD}),
        (Facts(publicly_available=True), {REJECT}),
        (Facts(crisis_help=True), {REJECT}),
        (Facts(reporter_depicted=False), {REJECT}),
        (Facts(reporter=Reporter.THIRD_PARTY), {ASK}),
        (Facts(reporter=Reporter.AUTHORISED_REPRESENTATIVE), {ASK}),
        (Facts(non_consent_stated=False), {ASK}),
        (Facts(context_assessed=False), {ASK}),
        (Facts(nudity=True, reporter=Reporter.NONE), {UPHOLD, REJECT, ASK}),
        (Facts(harass_purpose=True, subject_status=SubjectStatus.PUBLIC_FIGURE), {UPHOLD, REJECT, ASK}),
    ],
)
def test_decision_against_the_recommendation_needs_a_reason(facts: Facts, in_line: set[DecisionOutcome]) -> None:
    """Overrides are allowed and explained; where the policy asks a person, any answer is theirs to give."""
    recommendation = recommend(facts)

    assert {outcome for outcome in DecisionOutcome if not differs(recommendation, outcome)} == in_line


@pytest.mark.parametrize(
    ("radius", "reasons"),
    [
        (BlastRadius(uploads=0, uploaders=0), 0),
        (BlastRadius(uploads=10, uploaders=5), 0),
        (BlastRadius(uploads=11, uploaders=5), 1),
        (BlastRadius(uploads=10, uploaders=6), 1),
        (BlastRadius(uploads=11, uploaders=6), 2),
    ],
)
def test_wide_takedown_needs_a_second_person(radius: BlastRadius, reasons: int) -> None:
    """One mistaken takedown of a picture everybody posts would silence many people at once; the limit is inclusive."""
    found = approvals_needed(PLAIN, UPHOLD, decider=Role.SENIOR, blast_radius=radius, limits=LIMITS)

    assert len(found) == reasons
    assert all(str(LIMITS.uploads) in reason or str(LIMITS.uploaders) in reason for reason in found)


@pytest.mark.parametrize("outcome", [REJECT, ASK])
def test_decision_that_takes_nothing_down_has_no_blast_radius(outcome: DecisionOutcome) -> None:
    """Keeping a post, or asking, hits nobody, however many copies there are."""
    everything = BlastRadius(uploads=10_000, uploaders=10_000)

    assert not approvals_needed(
        PLAIN, outcome, decider=Role.MODERATOR, blast_radius=everything, limits=LIMITS, protected=True
    )


@pytest.mark.parametrize("outcome", [UPHOLD, REJECT])
@pytest.mark.parametrize(
    ("decider", "reasons"), [(Role.MODERATOR, 1), (Role.INTAKE, 1), (Role.SENIOR, 0), (Role.ADMIN, 0)]
)
def test_ambiguous_policy_needs_a_senior(outcome: DecisionOutcome, decider: Role, reasons: int) -> None:
    """Where the sources disagree, keeping is as much a choice as removing."""
    found = approvals_needed(AMBIGUOUS, outcome, decider=decider, blast_radius=BlastRadius(), limits=LIMITS)

    assert len(found) == reasons


def test_asking_for_information_needs_nobody_else() -> None:
    """A question delays nothing and removes nothing."""
    assert not approvals_needed(AMBIGUOUS, ASK, decider=Role.MODERATOR, blast_radius=BlastRadius(), limits=LIMITS)


def test_protected_media_needs_a_second_person() -> None:
    """What was found newsworthy once must not fall to one pair of eyes."""
    found = approvals_needed(
        PLAIN, UPHOLD, decider=Role.ADMIN, blast_radius=BlastRadius(), limits=LIMITS, protected=True
    )

    assert len(found) == 1
