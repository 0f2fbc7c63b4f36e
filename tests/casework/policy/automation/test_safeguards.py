"""When one person's decision is not enough."""

import pytest

from casework.domain.actor import Role
from casework.domain.cases.decision import UNKNOWN_RADIUS, BlastRadius, DecisionOutcome
from casework.domain.facts import Facts
from casework.policy.automation.interim import why_not_at_once
from casework.policy.automation.safeguards import SafeguardLimits, approvals_needed
from casework.policy.engine import recommend

LIMITS = SafeguardLimits(uploads=50, uploaders=25)


@pytest.mark.parametrize(
    ("radius", "why"),
    [
        (BlastRadius(), None),
        (BlastRadius(50, 25), None),
        (BlastRadius(51, 1), "51 registered uploads"),
        (BlastRadius(26, 26), "by 26 people"),
        (BlastRadius(50, 25, complete=False), None),
        (UNKNOWN_RADIUS, "not known how many"),
    ],
)
def test_a_second_person_is_asked_where_much_would_be_hit_or_nobody_knows(radius: BlastRadius, why: str | None) -> None:
    """What cannot be counted may be anything."""

    def reasons(outcome: DecisionOutcome) -> tuple[str, ...]:
        return approvals_needed(recommend(Facts()), outcome, decider=Role.SENIOR, blast_radius=radius, limits=LIMITS)

    assert (why in reasons(DecisionOutcome.UPHOLD)[0]) if why else reasons(DecisionOutcome.UPHOLD) == ()
    assert reasons(DecisionOutcome.REJECT) == ()


def test_what_is_held_at_once_is_so_although_nobody_can_count_it() -> None:
    """It holds, blocks nothing and ends by itself; the person depicted does not wait for a machine."""
    reason = why_not_at_once(campaign=False, protected=False, listed=False, blast_radius=UNKNOWN_RADIUS, limits=LIMITS)
    assert reason is None
