"""What is decided about copies: inherited facts, how media is banked, and the verdict for the pipeline."""

import itertools
from dataclasses import fields

import pytest

from casework.domain.banking import HashAction
from casework.domain.facts import FACT_FIELDS, Authority, Conduct, Facts, Reporter, SafetyRisk, SubjectStatus
from casework.domain.facts import PermissionEvidence as Permission
from casework.domain.verdict import Verdict
from casework.policy import POLICY_RULES
from casework.policy.automation.banking import banked_on_uphold
from casework.policy.automation.verdict import NO_MATCH, VerdictResult, judge, strictest
from casework.policy.engine import recommend
from casework.policy.inheritance import MEDIA_FACTS, POST_FACTS, inherit
from casework.policy.recommendation import Outcome, Recommendation, account_consequence
from matcher.strength import Strength

EVERY_POST_FACT_SET = Facts(
    conduct=Conduct.PRIVATE_INFO,
    permission_evidence=Permission.CLAIMED_BY_POSTER,
    context_assessed=True,
    harass_purpose=True,
    media_public_interest=True,
    text_public_interest=True,
    crisis_help=True,
    newsworthy_event=True,
    publicly_available=True,
    mainstream_news=True,
    safety_risk=SafetyRisk.HIGH,
)
EVERY_MEDIA_FACT_SET = Facts(
    reporter=Reporter.AUTHORISED_REPRESENTATIVE,
    authority=Authority.VERIFIED,
    reporter_depicted=False,
    non_consent_stated=False,
    nudity=True,
    subject_status=SubjectStatus.PUBLIC_FIGURE,
)
INTIMATE = recommend(inherit(Facts(nudity=True)))
NEEDS_CONTEXT = recommend(inherit(Facts()))
OWN_POST = recommend(inherit(Facts(nudity=True), uploader_is_subject=True))
SURE = [(Strength.EXACT, 1), (Strength.EXACT, 3), (Strength.NEAR, 2), (Strength.NEAR, 3)]
UNSURE = [(Strength.NEAR, 1), (Strength.PARTIAL, 1), (Strength.PARTIAL, 3)]
WEAK = [(Strength.WEAK, 1), (Strength.WEAK, 3)]


def shown(result: VerdictResult) -> tuple[Verdict, bool, bool]:
    """Return all but the sentence."""
    return result.verdict, result.opens_case, result.recorded


def judged(
    recommendation: Recommendation,
    evidence: tuple[Strength, int],
    hash_action: HashAction = HashAction.BANK_CONTEXT_FREE,
    *,
    protected: bool = False,
) -> tuple[Verdict, bool, bool]:
    """Judge, and return all but the sentence."""
    strength, agreeing = evidence
    result = judge(recommendation, strength=strength, agreeing=agreeing, hash_action=hash_action, protected=protected)
    assert result.reason.endswith(".")
    return shown(result)


def test_every_fact_belongs_to_the_media_or_to_the_post() -> None:
    """A fact that belonged to neither would be inherited, or not, by accident."""
    assert set(FACT_FIELDS) == MEDIA_FACTS | POST_FACTS
    assert not MEDIA_FACTS & POST_FACTS


def test_copy_inherits_the_facts_of_the_media() -> None:
    """Who objects, and whom the picture shows, is the same in every copy."""
    copy = inherit(EVERY_MEDIA_FACT_SET)

    for name in MEDIA_FACTS:
        assert getattr(copy, name) == getattr(EVERY_MEDIA_FACT_SET, name) != FACT_FIELDS[name].default, name


def test_copy_does_not_inherit_the_facts_of_the_post() -> None:
    """The exemption, the purpose and the permission of one post say nothing about another."""
    assert inherit(EVERY_POST_FACT_SET) == Facts(context_assessed=False)
    for field in fields(Facts):
        changed = getattr(EVERY_POST_FACT_SET, field.name) != field.default
        assert changed == (field.name in POST_FACTS - {"context_assessed"}), field.name


@pytest.mark.parametrize("origin", [Facts(), Facts(nudity=True), EVERY_POST_FACT_SET, EVERY_MEDIA_FACT_SET])
def test_person_depicted_may_post_their_own_media(origin: Facts) -> None:
    """A takedown protects a person from others, not from themselves."""
    assert recommend(inherit(origin, uploader_is_subject=True)).rule == "R03"


def test_copy_of_media_that_is_not_nude_waits_for_its_context() -> None:
    """A banked private photo inside a newspaper's post must not vanish by itself."""
    for origin in (Facts(), Facts(harass_purpose=True), Facts(permission_evidence=Permission.CLAIMED_BY_POSTER)):
        assert recommend(inherit(origin)).outcome is Outcome.NEEDS_CONTEXT


def test_copy_of_disputed_nude_media_is_removed_once_the_dispute_was_upheld() -> None:
    """The first poster's claim of permission does not cover those who copy the post."""
    origin = Facts(nudity=True, permission_evidence=Permission.CLAIMED_BY_POSTER)

    assert recommend(origin).rule == "R06"
    assert recommend(inherit(origin)).rule == "R07"
    assert banked_on_uphold(recommend(origin), origin) is HashAction.BANK_CONTEXT_FREE


@pytest.mark.parametrize("evidence", SURE)
def test_sure_copy_of_intimate_media_is_blocked(evidence: tuple[Strength, int]) -> None:
    """Known identical copies must stay down without anybody being asked again."""
    assert judged(INTIMATE, evidence) == (Verdict.BLOCK, False, True)


@pytest.mark.parametrize("evidence", UNSURE)
def test_unsure_copy_of_intimate_media_is_held_for_a_person(evidence: tuple[Strength, int]) -> None:
    """A single value may collide or be made to; a part may be shared with an innocent picture."""
    assert judged(INTIMATE, evidence) == (Verdict.HOLD, True, True)


@pytest.mark.parametrize("evidence", SURE + UNSURE)
def test_copy_whose_context_matters_is_held_and_never_blocked(evidence: tuple[Strength, int]) -> None:
    """Pixels do not decide: the exemption belongs to the post."""
    assert judged(NEEDS_CONTEXT, evidence, HashAction.BANK_CONTEXT_DEPENDENT) == (Verdict.HOLD, True, True)


@pytest.mark.parametrize("recommendation", [INTIMATE, NEEDS_CONTEXT])
@pytest.mark.parametrize("evidence", WEAK)
def test_weak_resemblance_lets_the_post_through_and_asks_a_person(
    recommendation: Recommendation, evidence: tuple[Strength, int]
) -> None:
    """Holding every plain picture that looks alike would stop innocent people."""
    assert judged(recommendation, evidence) == (Verdict.ALLOW, True, True)


def test_copy_the_policy_keeps_is_allowed_and_recorded_unless_weak() -> None:
    """The person depicted posts their own picture: no case, but the match can be explained later."""
    for evidence in SURE + UNSURE:
        assert judged(OWN_POST, evidence) == (Verdict.ALLOW, False, True)
    for evidence in WEAK:
        assert judged(OWN_POST, evidence) == (Verdict.ALLOW, False, False)


@pytest.mark.parametrize("hash_action", [action for action in HashAction if action is not HashAction.BANK_CONTEXT_FREE])
def test_only_media_banked_as_context_free_blocks(hash_action: HashAction) -> None:
    """Signals held for matching only, above all, have no automatic effect."""
    for evidence in SURE + UNSURE:
        assert judged(INTIMATE, evidence, hash_action) == (Verdict.HOLD, True, True)


def test_protected_media_is_held_where_it_would_be_blocked() -> None:
    """A poisoned or mistaken takedown must not silence the news by itself."""
    for evidence in SURE:
        assert judged(INTIMATE, evidence, protected=True) == (Verdict.HOLD, True, True)
    for evidence in WEAK:
        assert judged(INTIMATE, evidence, protected=True) == (Verdict.ALLOW, True, True)


def test_only_a_rule_that_removes_ever_blocks() -> None:
    """Reviews and requests are questions to a person; no strength of evidence answers them."""
    for rule, evidence in itertools.product(POLICY_RULES, SURE):
        recommendation = Recommendation(
            outcome=rule.outcome,
            rule=rule.id,
            policy=rule.policy,
            hash_action=rule.hash_action,
            account=account_consequence(rule.outcome),
            reasons=rule.reasons,
            clauses=rule.clauses,
        )
        blocked = judged(recommendation, evidence)[0] is Verdict.BLOCK
        assert blocked == (rule.outcome is Outcome.REMOVE), rule.id


def test_strictest_of_several_matches_counts() -> None:
    """A picture of two people, of whom one posts it, is still a removed picture of the other."""
    allow = VerdictResult(Verdict.ALLOW, opens_case=False, recorded=True, reason="Own post.")
    look = VerdictResult(Verdict.ALLOW, opens_case=True, recorded=True, reason="Weak.")
    hold = VerdictResult(Verdict.HOLD, opens_case=True, recorded=True, reason="One signal.")
    block = VerdictResult(Verdict.BLOCK, opens_case=False, recorded=True, reason="Copy.")
    ordered = [NO_MATCH, allow, look, hold, block]

    for results in itertools.permutations(ordered, 2):
        assert strictest(results) == max(results, key=ordered.index)
    assert strictest(ordered) == block
    assert strictest([]) == NO_MATCH


@pytest.mark.parametrize(
    ("facts", "banked"),
    [
        (Facts(), HashAction.BANK_CONTEXT_DEPENDENT),
        (Facts(nudity=True), HashAction.BANK_CONTEXT_FREE),
        (Facts(conduct=Conduct.PRIVATE_INFO), HashAction.NONE),
        (Facts(conduct=Conduct.DEMAND_MONEY, nudity=True), HashAction.NONE),
        (Facts(conduct=Conduct.PRIVATE_INFO, harass_purpose=True, reporter=Reporter.NONE), HashAction.NONE),
        (Facts(permission_evidence=Permission.CLAIMED_BY_POSTER), HashAction.BANK_CONTEXT_DEPENDENT),
        (Facts(newsworthy_event=True, safety_risk=SafetyRisk.HIGH), HashAction.BANK_CONTEXT_DEPENDENT),
        (Facts(nudity=True, permission_evidence=Permission.CLAIMED_BY_POSTER), HashAction.BANK_CONTEXT_FREE),
        (Facts(nudity=True, reporter=Reporter.THIRD_PARTY), HashAction.HOLD_MATCH_ONLY),
        (Facts(nudity=True, non_consent_stated=False), HashAction.HOLD_MATCH_ONLY),
        (Facts(nudity=True, reporter_depicted=False), HashAction.HOLD_MATCH_ONLY),
        (Facts(publicly_available=True), HashAction.BANK_CONTEXT_DEPENDENT),
    ],
)
def test_upheld_media_is_banked_by_its_facts(facts: Facts, banked: HashAction) -> None:
    """After a review or an override the rule's own action no longer says what becomes of the copies."""
    assert banked_on_uphold(recommend(facts), facts) is banked


def test_signals_act_by_themselves_only_when_banked_as_context_free() -> None:
    """The index holds what may be matched; what a match does is another question."""
    searched = {action for action in HashAction if action.is_banked}

    assert searched == {
        HashAction.BANK_CONTEXT_FREE,
        HashAction.BANK_CONTEXT_DEPENDENT,
        HashAction.HOLD_MATCH_ONLY,
    }
    assert {action for action in HashAction if action.acts_by_itself} == {HashAction.BANK_CONTEXT_FREE}
