"""Bent copies are found and said to be bent; what is flat is not bent, and strangers are not made to fit."""

from dataclasses import replace
from functools import partial

import numpy as np
import numpy.typing as npt
import pytest

from benchmarks.copies.edits import Surroundings, bending, blends, geometry, then
from matcher.local.alignment import Alignment, align, near_pairs
from matcher.local.evidence import LocalEvidence, compare_local, evidence_of
from matcher.local.score import score
from matcher.local.transforms import transformed
from matcher.local.views import Form, view
from matcher.local.warps.bending import follow_bend
from matcher.local.warps.mesh import Bend
from matcher.signals.local import LocalFeatures, QueryFeatures, extract_query, extract_reference
from matcher.strength import Strength
from matcher.thresholds import LOCAL_PARTIAL
from tests.helpers.media.textures import texture

Pixels = npt.NDArray[np.uint8]
PICTURE = texture(31)
BARREL = partial(bending.lens, strength=0.2)


def edited(edit: partial[Pixels]) -> QueryFeatures:
    return extract_query(edit(PICTURE, Surroundings(np.random.default_rng(2), [texture(32)])))


def known(pixels: Pixels = PICTURE) -> LocalFeatures:
    return LocalFeatures.from_bytes(extract_reference(pixels).to_bytes())


def compared(query: QueryFeatures, reference: LocalFeatures) -> LocalEvidence | None:
    found = compare_local(query, reference)
    return None if found is None else found.evidence


def flat(query: QueryFeatures, reference: LocalFeatures) -> Alignment | None:
    seen = view(query, Form.AS_IS)
    return align(seen, reference, near_pairs(seen, reference))


@pytest.mark.parametrize(
    "edit",
    [
        BARREL,
        partial(bending.lens, strength=-0.1),
        partial(bending.wave, share=0.015, waves=2),
        partial(bending.pulled, share=0.012),
        then(partial(geometry.mirror), BARREL),
    ],
    ids=["barrel", "cushion", "wave", "pulled", "mirrored and barrel"],
)
def test_a_bent_copy_is_shown_and_said_to_be_bent(edit: partial[Pixels]) -> None:
    """The pixels of one flat map do not agree; however well a mesh fits, a person looks."""
    found = compared(edited(edit), known())
    assert found is not None
    assert found.strength is Strength.PARTIAL
    assert found.transformation.endswith("bent, as by a lens")


STRONG_BARREL = partial(bending.lens, strength=0.3)


@pytest.mark.parametrize(
    ("seed", "edit"),
    [
        (31, then(STRONG_BARREL, partial(geometry.crop, area=0.5))),
        (41, then(STRONG_BARREL, partial(geometry.crop, area=0.5))),
        (41, then(partial(bending.lens, strength=0.15), partial(blends.blend, share=0.3))),
    ],
    ids=["cut", "another cut", "another picture laid over it"],
)
def test_a_bent_copy_with_a_second_edit_gets_a_second_look(seed: int, edit: partial[Pixels]) -> None:
    """Too few of its blocks agree to be sure by these; but they agree where the mesh lies exactly."""
    picture = texture(seed)
    around = Surroundings(np.random.default_rng(2), [texture(seed + 1)])
    found = compare_local(extract_query(edit(picture, around)), known(picture))
    assert found is not None
    assert score(found.alignment, found.overlap) < LOCAL_PARTIAL
    assert found.evidence.strength is Strength.PARTIAL
    assert found.evidence.transformation.endswith("bent, as by a lens")


def test_a_mesh_that_moves_nothing_is_not_said_to_bend() -> None:
    """A mesh also takes up what recompression moves: nobody would see that."""
    query, reference = edited(BARREL), known()
    found = compare_local(query, reference)
    assert found is not None
    still = replace(found.alignment, bend=Bend.none(reference.width, reference.height))
    assert "bent" in evidence_of(query, reference, found.alignment, found.overlap).transformation
    assert "bent" not in evidence_of(query, reference, still, found.overlap).transformation


def test_a_mesh_finds_more_of_a_bent_copy_at_more_exact_places() -> None:
    """Both say that it is a copy: strangers gain little."""
    query, reference = edited(BARREL), known()
    before = flat(query, reference)
    assert before is not None
    after = follow_bend(view(query, Form.AS_IS), reference, before)
    assert after is not None
    assert after.bend is not None
    assert after.inliers > before.inliers
    assert after.miss < before.miss / 2
    middle = np.array([[240.0, 180.0]])
    assert np.hypot(*(transformed(after.matrix, after.bend.applied(middle)) - middle)[0]) < 3


def test_a_flat_copy_is_not_said_to_be_bent() -> None:
    """It needs no mesh, so none is laid."""
    found = compared(edited(partial(geometry.crop, area=0.5)), known())
    assert found is not None
    assert "bent" not in found.transformation


def test_no_mesh_is_laid_over_strangers() -> None:
    """A few keypoints agree on some map by chance, and a mesh is followed from many only."""
    reference = known()
    for number in range(40, 46):
        query = extract_query(texture(number))
        found = flat(query, reference)
        assert found is None or follow_bend(view(query, Form.AS_IS), reference, found) is None
