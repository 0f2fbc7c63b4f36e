"""The picture a moderator or engineer looks at is drawn for every kind of copy, and for none."""

import numpy as np
import pytest

from matcher.local.evidence import compare_local
from matcher.local.showing.drawing import PANEL_PX, Pixels, draw_comparison
from matcher.signals.local import extract_query, extract_reference
from tests.helpers.media.textures import texture


def drawn(query: Pixels, reference: Pixels) -> Pixels:
    features = extract_query(query), extract_reference(reference)
    return draw_comparison(query, reference, features, compare_local(*features))


@pytest.mark.parametrize("edit", ["as is", "mirrored", "inverted", "cropped"])
def test_a_copy_laid_back_leaves_a_dark_difference(edit: str) -> None:
    """What is drawn uses the same transform as what was judged."""
    picture = texture(1, width=600, height=420)
    edits = {"as is": picture, "mirrored": picture[:, ::-1], "inverted": 255 - picture, "cropped": picture[50:, 80:]}
    out = drawn(np.ascontiguousarray(edits[edit]), picture)
    assert out.shape == (2 * PANEL_PX, 2 * PANEL_PX, 3)
    difference = out[PANEL_PX + 150 : PANEL_PX + 350, PANEL_PX + 200 : PANEL_PX + 500]
    assert difference.mean() < 12


def test_strangers_are_drawn_side_by_side() -> None:
    """Nothing to show is no error."""
    plain = np.full((300, 400, 3), 120, np.uint8)
    assert drawn(texture(2), plain).shape == (PANEL_PX, 2 * PANEL_PX, 3)
