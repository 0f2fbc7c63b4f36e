"""What is not like the others of its group stands first, and says why."""

from dataclasses import replace
from datetime import UTC, datetime

from casework.domain.cases.case import Case, CaseState, Queue
from casework.domain.facts import Facts
from casework.domain.ids import CaseId, MediaId, TakedownId
from casework.domain.takedowns.upload import Match
from casework.domain.verdict import Verdict
from casework.policy.inheritance import inherit
from casework.policy.odd_ones import agreement_of, odd_ones_first
from matcher.comparing.hashes import HashEvidence
from matcher.strength import Strength
from tests.helpers.media.evidence import VIDEO

AT = datetime(2026, 1, 1, tzinfo=UTC)
NEAR = "near pdq/1 as is"


def match(distance: int) -> Match:
    """A match by one hash."""
    evidence = HashEvidence(
        signal="pdq/1",
        distance=distance,
        threshold=31,
        query_quality=100,
        reference_quality=100,
        transformation="as is",
    )
    of_takedown = (TakedownId("tkd_1"), CaseId("case_0"), MediaId("med_1"))
    return Match(*of_takedown, Strength.NEAR, 1, (evidence,), "same picture", Verdict.HOLD, "R13", "held")


def group(*distances: int, **facts: object) -> list[tuple[Case, Match | None]]:
    """A group of cases about copies at these distances."""
    known = inherit(Facts()).with_changes(facts)
    return [
        (Case(CaseId(f"case_{n}"), Queue.MATCHES, CaseState.OPEN, AT, AT, known, evidence=NEAR), match(distance))
        for n, distance in enumerate(distances)
    ]


def test_post_with_facts_of_its_own_stands_first_and_says_which() -> None:
    """It would be refused among the others; whoever decides sees it before."""
    cases = group(4, 4, 4)
    case, found = cases[2]
    cases[2] = (case.with_facts(case.facts.with_changes({"newsworthy_event": True})), found)
    placed = odd_ones_first(cases)
    assert placed[0].case_id == "case_2"
    assert "newsworthy_event is true" in placed[0].odd[0]
    assert [one.odd for one in placed[1:]] == [(), ()]


def test_rare_kind_of_evidence_and_poor_agreement_are_odd() -> None:
    """Of twenty mirrored copies, one that is inverted, and one that hardly agrees."""
    cases = group(*[4, 5, 6, 5] * 5, 30)
    case, found = cases[3]
    cases[3] = (replace(case, evidence="near pdq/1 inverted"), found)
    placed = odd_ones_first(cases)
    assert {one.case_id: one.odd for one in placed[:2]} == {
        "case_20": ("agrees less than the others",),
        "case_3": ("rests on another kind of evidence than the others",),
    }
    assert not any(one.odd for one in placed[2:])
    assert [one.agreement for one in placed[2:]] == sorted(one.agreement for one in placed[2:])


def test_small_group_has_no_odd_one_by_numbers_alone() -> None:
    """Three copies are no measure of each other."""
    assert not any(one.odd for one in odd_ones_first(group(0, 3, 31)))
    assert len(odd_ones_first([])) == 0


def test_agreement_is_that_of_the_signal_that_says_it_best() -> None:
    """Between nothing and the same."""
    assert agreement_of(None) == 0.0
    assert agreement_of(match(0)) == 1.0
    assert 0.0 < agreement_of(match(31)) < agreement_of(match(4)) < 1.0
    assert agreement_of(replace(match(31), evidence=(*match(31).evidence, VIDEO))) == 1 - 6 / 32
    assert agreement_of(match(40)) == 0.0
