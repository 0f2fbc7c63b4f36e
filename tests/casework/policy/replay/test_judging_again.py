"""One past thing, before and after: only what the change brings about counts."""

from dataclasses import replace

import pytest

from casework.domain.banking import HashAction
from casework.domain.cases.decision import DecisionOutcome
from casework.domain.cases.past import OpenCase, PastDecision, PastMatch, PastTakedown
from casework.domain.facts import Facts, Reporter
from casework.domain.takedowns.trust import Lack
from casework.domain.verdict import Verdict
from casework.policy import POLICY_RULES
from casework.policy.replay.change import PolicyChange, read_change
from casework.policy.replay.judging_again import NO_MATCH, replay_decision, replay_match, replay_open_case
from matcher.comparing.hashes import HashEvidence
from matcher.strength import Strength

INTIMATE = Facts(nudity=True)

DECISION = PastDecision(
    position="dec_1",
    decision_id="dec_1",
    case_id="case_1",
    takedown_id="tkd_1",
    outcome=DecisionOutcome.UPHOLD,
    by_policy=False,
    rule="R07",
    recommended="REMOVE",
    hash_action="bank_context_free",
    facts=INTIMATE,
)

TAKEDOWN = PastTakedown(
    takedown_id="tkd_1",
    origin=INTIMATE,
    decided=INTIMATE,
    hash_action=HashAction.BANK_CONTEXT_FREE,
    interim=False,
    quarantined=False,
)


def hashed(name: str, distance: int) -> HashEvidence:
    """Return how far a hash was."""
    return HashEvidence(
        signal=name, distance=distance, threshold=31, query_quality=90, reference_quality=90, transformation="as is"
    )


MATCH = PastMatch(
    position="1",
    upload_id="upl_1",
    case_id="case_2",
    case_state=None,
    takedown=TAKEDOWN,
    by_subject=False,
    claimed=False,
    strength=Strength.NEAR,
    agreeing=2,
    evidence=(hashed("pdq/1", 20), hashed("phash/1", 10)),
    named=False,
    verdict=Verdict.BLOCK,
    rule="R07",
    settled=None,
)


def otherwise(rule_id: str, **row: object) -> PolicyChange:
    """Change one rule of the table that runs."""
    return read_change(table=[{"id": rule.id, **(row if rule.id == rule_id else {})} for rule in POLICY_RULES])


def outcome_of(match: PastMatch, change: PolicyChange) -> str:
    """Return what a match would come to."""
    return replay_match(match, change).after.outcome


def test_open_case_is_recommended_by_both_tables() -> None:
    """What waits is decided under the new policy if it is put in force."""
    replayed = replay_open_case(OpenCase("case_1", "case_1", INTIMATE), otherwise("R07", outcome="NUDITY_REVIEW"))
    assert (replayed.before.rule, replayed.before.outcome) == ("R07", "REMOVE")
    assert (replayed.after.rule, replayed.after.outcome) == ("R07", "NUDITY_REVIEW")


def test_decision_is_compared_with_what_was_recommended_then() -> None:
    """On the facts it saw, whatever the case knows by now; and it says whether the decision would need a reason."""
    kept = replay_decision(DECISION, otherwise("R07", outcome="KEEP", hash_action="none"))
    assert (kept.before.outcome, kept.after.outcome, kept.in_line) == ("REMOVE", "KEEP", False)
    reviewed = replay_decision(DECISION, otherwise("R07", outcome="NUDITY_REVIEW"))
    assert (reviewed.after.outcome, reviewed.in_line) == ("NUDITY_REVIEW", True)


def test_what_was_restricted_at_once_follows_no_recommendation() -> None:
    """The policy did that by itself; nobody could have departed from it."""
    restricted = replace(DECISION, outcome=DecisionOutcome.RESTRICT, by_policy=True)
    assert replay_decision(restricted, otherwise("R07", outcome="KEEP")).in_line is None


def test_threshold_changes_no_recommendation() -> None:
    """Pixels do not decide."""
    replayed = replay_decision(DECISION, read_change(thresholds={"pdq/1": 0}))
    assert replayed.before == replayed.after


@pytest.mark.parametrize(
    ("thresholds", "outcome"),
    [
        ({"pdq/1": 20}, "block"),
        ({"pdq/1": 19}, "hold"),
        ({"phash/1": 9}, "hold"),
        ({"pdq/1": 19, "phash/1": 9}, NO_MATCH),
    ],
)
def test_stricter_threshold_takes_signals_away(thresholds: dict[str, float], outcome: str) -> None:
    """Two signals that agree block, one holds, none is no match."""
    assert outcome_of(MATCH, read_change(thresholds=thresholds)) == outcome


def test_looser_threshold_lets_a_second_signal_on_record_agree() -> None:
    """Of a looser one, so much is known."""
    one = replace(MATCH, agreeing=1, verdict=Verdict.HOLD, evidence=(hashed("pdq/1", 20), hashed("phash/1", 40)))
    assert outcome_of(one, read_change(thresholds={"phash/1": 40})) == "block"


def test_table_that_no_longer_removes_holds_what_was_blocked() -> None:
    """The takedown would have been banked otherwise, too."""
    assert outcome_of(MATCH, otherwise("R07", outcome="NUDITY_REVIEW", hash_action="hold_match_only")) == "hold"


def test_table_that_keeps_lets_copies_through() -> None:
    """Nothing that is kept is held."""
    assert outcome_of(MATCH, otherwise("R07", outcome="KEEP", hash_action="none")) == "allow"


def test_takedown_that_would_not_be_banked_matches_nothing() -> None:
    """A rule that removes and banks nothing leaves no signals to find copies by."""
    assert outcome_of(MATCH, otherwise("R07", hash_action="none")) == NO_MATCH


def test_table_that_blocks_more_blocks_what_was_held() -> None:
    """R21's media waits for its context now; banked as free of it, and no longer asked for it, copies are blocked."""
    origin = Facts()
    private = replace(TAKEDOWN, origin=origin, decided=origin, hash_action=HashAction.BANK_CONTEXT_DEPENDENT)
    held = replace(MATCH, takedown=private, verdict=Verdict.HOLD, rule="R13")
    table = [
        {"id": rule.id, **({"hash_action": "bank_context_free"} if rule.id == "R21" else {})}
        for rule in POLICY_RULES
        if rule.id != "R13"
    ]
    assert outcome_of(held, read_change(table=table)) == "block"


@pytest.mark.parametrize(
    "changes", [{"quarantined": True}, {"interim": True, "hash_action": HashAction.HOLD_MATCH_ONLY}]
)
def test_takedown_that_only_holds_goes_on_holding(changes: dict[str, object]) -> None:
    """A quarantine, or that nobody has decided yet, is not of the table."""
    held = replace(MATCH, takedown=replace(TAKEDOWN, **changes), verdict=Verdict.HOLD)
    assert outcome_of(held, otherwise("R07", policy="private_media")) == "hold"


def test_interim_takedown_ends_where_the_table_would_restrict_nothing() -> None:
    """R05 holds from the report on; without that there would have been nothing to match."""
    stranger = Facts(nudity=True, reporter=Reporter.THIRD_PARTY)
    interim = replace(TAKEDOWN, origin=stranger, decided=stranger, interim=True, hash_action=HashAction.HOLD_MATCH_ONLY)
    held = replace(MATCH, takedown=interim, verdict=Verdict.HOLD, rule="R05")
    assert outcome_of(held, otherwise("R05", hash_action="none")) == NO_MATCH
    assert outcome_of(held, otherwise("R07", hash_action="none")) == "hold"


def test_takedown_that_lacks_trust_blocks_where_what_it_lacks_would_not_count() -> None:
    """One thing that is lacking is enough to hold; so all that is lacking must be left out."""
    anonymous = replace(TAKEDOWN, lacks=(Lack.SIGNATURE, Lack.KNOWN_REPORTER))
    held = replace(MATCH, takedown=anonymous, verdict=Verdict.HOLD)
    assert outcome_of(held, read_change(trust={"T01": False})) == "hold"
    assert outcome_of(held, read_change(trust={"T01": False, "known_reporter": False})) == "block"
    assert outcome_of(MATCH, read_change(trust={"T01": False})) == "block"
    assert outcome_of(held, read_change(thresholds={"pdq/1": 31})) == "hold"


def test_what_held_a_match_for_another_reason_holds_it_still() -> None:
    """Protected media is not on record with the match: it was held although everything said block."""
    protected = replace(MATCH, verdict=Verdict.HOLD)
    banked_otherwise = otherwise("R07", hash_action="bank_context_dependent")
    assert replay_match(protected, banked_otherwise).after.outcome == "hold"
    assert outcome_of(protected, otherwise("R07", outcome="KEEP", hash_action="none")) == "allow"


def test_campaign_goes_on_holding_under_a_table_that_banks_otherwise() -> None:
    """What a campaign asked for acts on nothing by itself, whatever the table."""
    campaign = replace(TAKEDOWN, hash_action=HashAction.HOLD_MATCH_ONLY)
    held = replace(MATCH, takedown=campaign, verdict=Verdict.HOLD)
    assert outcome_of(held, otherwise("R21", hash_action="bank_context_free")) == "hold"


def test_weaker_than_its_evidence_stays_weaker() -> None:
    """Frames that many videos share are worth no more under another threshold."""
    shared = replace(
        MATCH, strength=Strength.WEAK, verdict=Verdict.ALLOW, evidence=(hashed("pdq/1", 20), hashed("phash/1", 40))
    )
    assert outcome_of(shared, read_change(thresholds={"phash/1": 40})) == "allow"


def test_own_post_of_the_person_depicted_stays_allowed() -> None:
    """R03 comes before all that removes."""
    own = replace(MATCH, by_subject=True, verdict=Verdict.ALLOW, rule="R03")
    assert outcome_of(own, otherwise("R07", outcome="ABUSE_REVIEW")) == "allow"


def test_match_that_a_report_named_is_left_as_it_is() -> None:
    """Neither evidence nor the table has said so."""
    named = replace(MATCH, named=True, evidence=(), verdict=Verdict.HOLD)
    replayed = replay_match(named, otherwise("R07", outcome="KEEP"))
    assert replayed.before == replayed.after


def test_facts_changed_since_are_not_laid_at_the_change_s_door() -> None:
    """Recorded as a block; by what is known now it would be held, under either table."""
    moved_on = replace(MATCH, takedown=replace(TAKEDOWN, origin=Facts(nudity=True, reporter=Reporter.THIRD_PARTY)))
    replayed = replay_match(moved_on, otherwise("R21", outcome="KEEP"))
    assert replayed.before == replayed.after
