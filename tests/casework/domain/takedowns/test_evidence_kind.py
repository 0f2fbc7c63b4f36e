"""Copies that rest on the same kind of evidence are one group, whatever the amounts."""

import pytest

from casework.domain.ids import CaseId, MediaId, TakedownId
from casework.domain.takedowns.evidence_kind import KEY_LENGTH, EvidenceKind, kind_of, without_amounts
from casework.domain.takedowns.upload import Match
from casework.domain.verdict import Verdict
from matcher.comparing.hashes import HashEvidence
from matcher.strength import Strength


def hashes(signal: str, distance: int, transformation: str = "mirrored") -> HashEvidence:
    """Return what one hash says."""
    return HashEvidence(
        signal=signal,
        distance=distance,
        threshold=31,
        query_quality=100,
        reference_quality=100,
        transformation=transformation,
    )


def match(*evidence: HashEvidence) -> Match:
    """Return a match by this evidence."""
    return Match(
        takedown_id=TakedownId("tkd_1"),
        case_id=CaseId("case_1"),
        media_id=MediaId("med_1"),
        strength=Strength.NEAR,
        agreeing=len(evidence),
        evidence=evidence,
        explanation="",
        verdict=Verdict.HOLD,
        rule="R13",
        reason="",
    )


def test_distances_make_no_other_kind() -> None:
    """Two mirrored copies are looked at together, though one was compressed more."""
    one, other = (match(hashes("pdq/1", bits), hashes("phash/1", 2 * bits)) for bits in (2, 14))
    assert kind_of(one) == kind_of(other)
    assert kind_of(one).key == "near pdq/1+phash/1 mirrored"


def test_signals_that_disagree_are_no_evidence() -> None:
    """What only one signal says is another kind than what two say."""
    assert kind_of(match(hashes("pdq/1", 2), hashes("phash/1", 99))).signals == ("pdq/1",)


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("mirrored, rotated by 20°, cropped to 31 %, caption added", "mirrored, rotated, cropped, caption added"),
        ("stretched to 130 % of its width", "stretched"),
        ("12 % of it covered or changed", "covered or changed"),
        ("cropped to 8 %, inset covering 30 % of a larger picture", "cropped, inset of a larger picture"),
        ("in a screenshot, covering 44 %", "in a screenshot"),
        ("rotated 90° clockwise", "rotated 90° clockwise"),
    ],
)
def test_amounts_are_left_out_of_what_was_done(said: str, kept: str) -> None:
    """A hundred crops are one group, not a hundred."""
    assert without_amounts(said) == kept


def test_a_key_says_its_kind() -> None:
    """A group's address is all that is needed to find its cases again."""
    for kind in (kind_of(match(hashes("pdq/1", 2, "as is"))), kind_of(match())):
        assert EvidenceKind.from_key(kind.key) == kind
        assert len(kind.key) <= KEY_LENGTH
