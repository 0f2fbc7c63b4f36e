"""The trust ladder, row by row: what is lacking before anything acts by itself."""

import itertools
from dataclasses import fields, replace

import pytest

from casework.domain.banking import HashAction
from casework.domain.facts import Facts, PermissionEvidence
from casework.domain.takedowns.trust import OF_THE_NOTICE, Lack
from casework.domain.verdict import Verdict
from casework.policy.automation.trust import (
    TRUST_RULES,
    Automation,
    TrustFacts,
    automation,
    reasons,
    trust_rule,
    what_lacks,
)
from casework.policy.automation.verdict import judge
from casework.policy.engine import recommend
from matcher.strength import Strength

COMPLETE = TrustFacts()
NAMES = [field.name for field in fields(TrustFacts)]


@pytest.mark.parametrize(
    ("known", "rule", "lack"),
    [
        ({"signed": False}, "T01", Lack.SIGNATURE),
        ({"good_faith": False}, "T02", Lack.STATEMENTS),
        ({"non_consent": False}, "T02", Lack.STATEMENTS),
        ({"reporter_known": False}, "T03", Lack.KNOWN_REPORTER),
        ({"unseen": True}, "T04", Lack.LOOK),
        ({"unseeable": True}, "T05", Lack.CONFIRMED_COPY),
    ],
)
def test_each_row_holds_by_itself_and_a_confirmed_copy_lifts_it(known: dict, rule: str, lack: Lack) -> None:
    """One thing is enough to wait for a person, and one person who has seen a copy is enough to go on."""
    told = replace(COMPLETE, **known)
    assert what_lacks(told) == (lack,)
    assert trust_rule(lack).id == rule
    assert automation(what_lacks(told)) is Automation.HOLD
    assert what_lacks(replace(told, copy_confirmed=True)) == ()


def test_what_lacks_nothing_may_be_blocked() -> None:
    """A complete notice by somebody who can be reached, of media that who decides has seen."""
    assert what_lacks(COMPLETE) == ()
    assert automation(()) is Automation.BLOCK


def test_an_anonymous_report_of_bare_hashes_lacks_nearly_everything() -> None:
    """Anyone can send it, of any picture; in the order in which a person reads it."""
    told = TrustFacts(signed=False, good_faith=False, non_consent=False, reporter_known=False, unseeable=True)
    assert what_lacks(told) == (Lack.SIGNATURE, Lack.STATEMENTS, Lack.KNOWN_REPORTER, Lack.CONFIRMED_COPY)


def test_every_combination_is_what_its_rows_say_one_by_one() -> None:
    """Rows do not weigh against each other: all that apply are named, and none but these."""
    for values in itertools.product((False, True), repeat=len(NAMES)):
        known = TrustFacts(**dict(zip(NAMES, values, strict=True)))
        by_rows = [rule.lack for rule in TRUST_RULES if rule.applies(known)]
        assert list(what_lacks(known)) == ([] if known.copy_confirmed else by_rows)


def test_each_lack_has_one_row_with_words_of_its_own() -> None:
    """What is stored is found in the table again, and who reads it learns what to do."""
    assert [rule.lack for rule in TRUST_RULES] == list(Lack)
    assert [rule.id for rule in TRUST_RULES] == [f"T{number:02}" for number in range(1, len(Lack) + 1)]
    assert len({rule.reason for rule in TRUST_RULES}) == len({rule.remedy for rule in TRUST_RULES}) == len(Lack)
    assert all(sentence.endswith(".") for rule in TRUST_RULES for sentence in (rule.reason, rule.remedy))
    assert reasons([Lack.SIGNATURE]) == ["The notice lacks a signature."]
    assert {trust_rule(one).lack for one in Lack if trust_rule(one).id < "T04"} == OF_THE_NOTICE


@pytest.mark.parametrize("lack", Lack)
@pytest.mark.parametrize("strength", [Strength.EXACT, Strength.NEAR])
def test_whatever_lacks_holds_what_would_be_blocked_and_says_why(lack: Lack, strength: Strength) -> None:
    """The surest copy of intimate media waits for a person, who reads what is lacking."""
    recommendation = recommend(Facts(nudity=True))
    asked = {"strength": strength, "agreeing": 3, "hash_action": HashAction.BANK_CONTEXT_FREE}
    assert judge(recommendation, **asked).verdict is Verdict.BLOCK
    held = judge(recommendation, **asked, lacks=(lack,))
    assert (held.verdict, held.opens_case, held.recorded) == (Verdict.HOLD, True, True)
    assert trust_rule(lack).reason in held.reason


def test_what_the_policy_keeps_is_not_held_for_a_lack_of_trust() -> None:
    """The person depicted may post their own picture, whoever reported it and however."""
    recommendation = recommend(Facts(nudity=True, permission_evidence=PermissionEvidence.CONFIRMED_BY_SUBJECT))
    told = judge(
        recommendation,
        strength=Strength.EXACT,
        agreeing=3,
        hash_action=HashAction.BANK_CONTEXT_FREE,
        lacks=tuple(Lack),
    )
    assert told.verdict is Verdict.ALLOW
