"""What local features say beside hashes, and what is kept of it."""

import json
from dataclasses import replace

import cv2
import numpy as np
import pytest
from PIL import Image

from matcher.comparing.comparison import Comparison, compare, with_local
from matcher.hashing.features import Features
from matcher.hashing.pictures import hash_media
from matcher.local.evidence import LocalEvidence, compare_local
from matcher.reading.decode import Limits
from matcher.signals.local import LocalFeatures
from matcher.strength import Strength
from tests.helpers.media.pictures import encoded
from tests.helpers.media.textures import texture

PIXELS = texture(41, width=640, height=480)


def found_in(copy: np.ndarray) -> tuple[Comparison, LocalEvidence]:
    """Return what hashes say of a copy of `PIXELS`, and what local features do."""
    known, asked = (
        hash_media(encoded(Image.fromarray(pixels), quality=90), limits=Limits(), features=features)
        for pixels, features in ((PIXELS, Features.STORED), (copy, Features.ASKED))
    )
    stored = next(signal.value for signal in known.signals if signal.type == "local/1")
    assert asked.query.features is not None
    laid = compare_local(asked.query.features, LocalFeatures.from_bytes(stored))
    assert laid is not None
    return compare(asked.query, known.signals), laid.evidence


def covered(share: float) -> np.ndarray:
    """Put a grey patch with lines, as text has, into the middle."""
    copy = PIXELS.copy()
    side = int(np.sqrt(share) * 480)
    y, x = (480 - side) // 2, (640 - side) // 2
    copy[y : y + side, x : x + side] = 128
    for line in range(y + 6, y + side - 4, 12):
        cv2.line(copy, (x + 4, line), (x + side - 4, line), (30, 30, 30), 3)
    return copy


def test_near_by_both_is_one_more_signal_that_agrees() -> None:
    """Local features fail for other reasons than hashes do."""
    hashes, local = found_in(cv2.resize(PIXELS, (400, 300), interpolation=cv2.INTER_AREA))
    assert (hashes.strength, hashes.agreeing, local.strength) == (Strength.NEAR, 2, Strength.NEAR)
    both = with_local(hashes, local)
    assert (both.strength, both.agreeing) == (Strength.NEAR, 3)
    assert both.evidence == (*hashes.evidence, local)


def test_other_content_in_a_part_is_no_more_than_partial() -> None:
    """Hashes overlook another text in a template; nothing acts by itself where local features see one."""
    hashes, local = found_in(covered(0.1))
    assert local.changed >= 0.05
    sure = Comparison(hashes.evidence, Strength.NEAR, 2, hashes.evidence)
    lowered = with_local(sure, local)
    assert (lowered.strength, lowered.grounds) == (Strength.PARTIAL, (local,))


def test_identical_file_stays_exact_whatever_is_seen() -> None:
    """The same bytes need no second opinion."""
    _, local = found_in(covered(0.1))
    exact = Comparison((), Strength.EXACT, 3, ())
    assert with_local(exact, local).strength is Strength.EXACT


def test_what_local_features_see_counts_where_hashes_see_nothing() -> None:
    """A crop is a copy, by one signal."""
    hashes, local = found_in(np.ascontiguousarray(PIXELS[60:420, 80:520]))
    assert hashes.strength is None
    found = with_local(hashes, local)
    assert (found.strength, found.agreeing) == (local.strength, 1)
    assert found.grounds == (local,)
    assert local.transformation.startswith("cropped to 5")


def test_less_than_partial_is_no_match() -> None:
    """Too many pictures look a little alike in places."""
    hashes, local = found_in(PIXELS)
    for strength in (None, Strength.WEAK):
        nothing = Comparison((), None, 0, ())
        assert with_local(nothing, _at(local, strength)) == nothing
    assert with_local(hashes, None) == hashes


@pytest.mark.parametrize("strength", [None, *list(Strength)[:3]])
def test_evidence_survives_the_record(strength: Strength | None) -> None:
    """What a person is shown a year later is what was found."""
    _, local = found_in(np.ascontiguousarray(PIXELS[60:420, 80:520]))
    kept = LocalEvidence.from_record(json.loads(json.dumps(_at(local, strength).as_record())))
    assert kept.as_record() == _at(local, strength).as_record()
    assert (kept.strength, kept.region[0]) == (strength, pytest.approx(local.region[0], abs=1e-4))


def _at(local: LocalEvidence, strength: Strength | None) -> LocalEvidence:
    return replace(local, strength=strength)
