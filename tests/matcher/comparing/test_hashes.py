"""What agreement is worth, and what it rests on."""

import numpy as np
import pytest

from matcher.comparing.comparison import Comparison, compare
from matcher.comparing.hashes import HashEvidence, measure, strength_of
from matcher.distance import as_codes
from matcher.hashing.query import Query
from matcher.signals import SIGNAL_TYPES
from matcher.signals.base import Signal
from matcher.signals.turning.variants import Variants
from matcher.strength import Strength

PDQ = bytes(range(32))
PHASH = bytes(range(100, 132))
SHA = bytes(range(200, 232))


def flipped(value: bytes, bits: int) -> bytes:
    """Return a value that differs in this many bits."""
    return (int.from_bytes(value, "big") ^ ((1 << bits) - 1)).to_bytes(len(value), "big")


def signals(*, sha: bytes = SHA, pdq: int = 0, phash: int = 0, quality: int | None = 100) -> tuple[Signal, ...]:
    """Make an item's signals, so many bits away from PDQ and PHASH."""
    return (
        Signal("sha256/1", sha),
        Signal("pdq/1", flipped(PDQ, pdq), quality),
        Signal("phash/1", flipped(PHASH, phash)),
    )


def compared(reference: tuple[Signal, ...], *, query_quality: int | None = 100) -> Comparison:
    """Compare another file, with the values PDQ and PHASH, with a reference."""
    return compare(Query.of_signals(signals(sha=bytes(32), quality=query_quality)), reference)


def test_same_file_is_exact():
    """However plain it is, the same bytes are the same file."""
    found = compare(Query.of_signals(signals(quality=3)), signals(quality=3))
    assert found.strength is Strength.EXACT
    assert found.grounds[0].signal == "sha256/1"


def test_two_signals_agreeing_are_near():
    """The verdict table lets only this and the same file be acted on without a person."""
    found = compared(signals(pdq=31, phash=31))
    assert (found.strength, found.agreeing) == (Strength.NEAR, 2)
    assert [e.transformation for e in found.grounds] == ["as is", "as is"]
    assert [(e.signal, e.distance) for e in found.evidence] == [("pdq/1", 31), ("phash/1", 31)]


def test_distance_of_31_agrees_and_32_does_not():
    """The threshold is inclusive, as published; one bit more is another picture."""
    assert compared(signals(pdq=31, phash=90)).strength is Strength.NEAR
    assert compared(signals(pdq=32, phash=90)).strength is None
    assert compared(signals(pdq=90, phash=31)).agreeing == 1
    assert compared(signals(pdq=90, phash=32)).agreeing == 0


def test_one_colliding_signal_says_that_it_is_alone():
    """A single collision, found or made, must reach a person, and the person must see why."""
    found = compared(signals(phash=100))
    assert (found.strength, found.agreeing) == (Strength.NEAR, 1)
    assert [(e.signal, e.agrees) for e in found.grounds] == [("pdq/1", True), ("phash/1", False)]


def test_nothing_agreeing_is_no_match():
    """Evidence is still shown: how far apart two pictures are is what `compare` is asked."""
    found = compared(signals(pdq=100, phash=120))
    assert (found.strength, found.agreeing) == (None, 0)
    assert len(found.evidence) == 2


def test_plain_reference_is_weak():
    """A one-colour reference would match half the world; nothing may happen by itself."""
    assert compared(signals(quality=49)).strength is Strength.WEAK
    assert compared(signals(quality=50)).strength is Strength.NEAR


def test_plain_query_is_at_most_partial():
    """A query too plain to be sure of is looked at, not acted on."""
    assert compared(signals(), query_quality=49).strength is Strength.PARTIAL
    assert compared(signals(quality=49), query_quality=49).strength is Strength.WEAK


def test_unknown_quality_counts_as_good():
    """Hash lists often come without qualities; their senders have chosen what to list."""
    assert compared(signals(quality=None), query_quality=None).strength is Strength.NEAR


def test_signals_one_side_lacks_are_left_out():
    """A hash-only report may bring PDQ alone."""
    found = compared((Signal("pdq/1", PDQ, 100),))
    assert [e.signal for e in found.evidence] == ["pdq/1"]
    assert (found.strength, found.agreeing) == (Strength.NEAR, 1)
    assert compared(()).strength is None


def test_signals_agree_only_under_one_transformation():
    """PDQ of the mirrored and pHash of the turned picture agreeing is two accidents, not two witnesses."""
    names = ("as is", "mirrored", "upside down")
    far = flipped(PDQ, 128)
    query = Query(
        {
            "pdq/1": Variants(names, np.concatenate([as_codes(v) for v in (far, PDQ, far)]), (100,) * 3),
            "phash/1": Variants(names, np.concatenate([as_codes(v) for v in (far, far, PHASH)]), (None,) * 3),
        }
    )
    found = compare(query, signals())
    assert found.agreeing == 1
    assert {e.transformation for e in found.evidence} == {"mirrored"}
    assert found.grounds == found.evidence


def test_strengths_are_ordered():
    """Casework asks for `at least near`."""
    assert sorted(Strength, reverse=True) == [Strength.EXACT, Strength.NEAR, Strength.PARTIAL, Strength.WEAK]
    assert Strength.NEAR >= Strength.PARTIAL
    assert Strength.WEAK < Strength.PARTIAL <= Strength.PARTIAL
    assert max(Strength.WEAK, Strength.EXACT) is Strength.EXACT


def test_record_has_the_names_of_the_api():
    """Pipelines read these; a renamed field is a broken promise."""
    evidence = HashEvidence(
        signal="pdq/1",
        distance=12,
        threshold=31,
        query_quality=100,
        reference_quality=80,
        transformation="mirrored",
    )
    record = evidence.as_record()
    assert {name: record[name] for name in ("signal", "distance", "threshold", "quality", "transformation")} == {
        "signal": "pdq/1",
        "distance": 12,
        "threshold": 31,
        "quality": 80,
        "transformation": "mirrored",
    }
    assert HashEvidence.from_record(record) == evidence


@pytest.mark.parametrize("evidence", [(), []])
def test_no_evidence_is_no_match(evidence):
    """Nothing to go by is not a weak match."""
    assert strength_of(evidence) is None


def measured_slowly(
    sent: tuple[Signal, ...], reference: tuple[Signal, ...]
) -> list[tuple[str, int, int | None, int | None]]:
    """Count bits one by one; digests that differ say nothing."""
    stored = {one.type: one for one in reference}
    found = []
    for one in sorted(sent, key=lambda signal: list(SIGNAL_TYPES).index(signal.type)):
        if one.type in stored:
            pairs = zip(one.value, stored[one.type].value, strict=True)
            bits = sum((a ^ b) >> bit & 1 for a, b in pairs for bit in range(8))
            if bits == 0 or one.type != "sha256/1":
                found.append((one.type, bits, one.quality, stored[one.type].quality))
    return found


def test_values_sent_as_they_are_are_measured_as_by_counting_bits():
    """They are asked for thousands of times a second, so they are measured another way than a picture's variants."""
    rng = np.random.default_rng(7)
    for _ in range(300):
        bits = rng.integers(0, 60, 2).tolist()
        reference = signals(sha=SHA if rng.random() < 0.5 else bytes(32), pdq=bits[0], phash=bits[1])
        sent = tuple(one for one in signals(quality=rng.choice([None, 20, 90])) if rng.random() < 0.7)
        kept = tuple(one for one in reference if rng.random() < 0.8)
        found = measure(Query.of_signals(sent), kept)
        assert [(e.signal, e.distance, e.query_quality, e.reference_quality) for e in found] == measured_slowly(
            sent, kept
        )
        assert all(e.transformation == "as is" and e.threshold == SIGNAL_TYPES[e.signal].threshold for e in found)
        assert compare(Query.of_signals(sent), kept) == compare(Query.of_signals(sent[::-1]), kept[::-1])
