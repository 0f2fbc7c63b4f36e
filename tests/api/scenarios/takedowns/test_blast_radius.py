"""What a decision would hit is counted before it is made, by the means of the look-back that follows."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from tests.api.conftest import Staydown, running, settings_in
from tests.helpers.media.pictures import jpeg
from tests.helpers.media.textures import texture


def picture(seed: int) -> np.ndarray:
    return texture(seed, width=640, height=480)


def mirrored(pixels: np.ndarray) -> Image.Image:
    return Image.fromarray(np.ascontiguousarray(pixels[:, ::-1]))


def cropped(pixels: np.ndarray) -> Image.Image:
    return Image.fromarray(pixels).crop((130, 80, 560, 400))


def captioned(pixels: np.ndarray) -> Image.Image:
    out = mirrored(pixels)
    ImageDraw.Draw(out).rectangle((0, 0, out.width, out.height // 4), fill="white")
    return out


def inset(pixels: np.ndarray) -> Image.Image:
    ground = Image.fromarray(texture(8_888, width=900, height=700))
    ground.paste(Image.fromarray(pixels).resize((540, 405)), (200, 150))
    return ground


EDITS: tuple[Callable[[np.ndarray], Image.Image], ...] = (Image.fromarray, mirrored, cropped, captioned, inset)


def spread(staydown: Staydown, seed: int) -> None:
    """Register a copy by every edit, each by another person, and some strangers."""
    for number, edit in enumerate(EDITS):
        staydown.upload(f"copy {seed} {number}", jpeg(edit(picture(seed))), uploader_id=f"user {number}")
    for number in range(4):
        staydown.upload(f"stranger {seed} {number}", jpeg(picture(seed + 1 + number)), uploader_id="other")


def test_radius_is_what_the_look_back_then_hits(staydown: Staydown) -> None:
    """Two counted where eleven were hit: nobody was asked to look twice."""
    spread(staydown, 7_100)
    decision = staydown.take_down(jpeg(picture(7_100)), nudity=True)
    found = staydown.looked_back(decision["takedown_id"])
    assert len(found["items"]) == len(EDITS)
    assert decision["blast_radius"] == {"uploads": len(EDITS), "uploaders": len(EDITS), "complete": True, "known": True}


def test_radius_without_time_is_estimated_and_says_so(tmp_path: Path) -> None:
    """An answer that is waited for ends in time, and what was not looked at is not taken for nothing."""
    with running(settings_in(tmp_path, blast_radius_budget_ms=0)) as staydown:
        spread(staydown, 7_200)
        decision = staydown.take_down(jpeg(picture(7_200)), nudity=True)
        hits = len(staydown.looked_back(decision["takedown_id"])["items"])
        assert decision["blast_radius"] == {"uploads": hits, "uploaders": hits, "complete": False, "known": True}


def test_limit_works_on_what_only_parts_find(tmp_path: Path) -> None:
    """A wide effect needs a second person however its copies were changed."""
    with running(settings_in(tmp_path, blast_radius_limit=2)) as staydown:
        spread(staydown, 7_300)
        decision = staydown.take_down(jpeg(picture(7_300)), nudity=True)
        assert decision["approvals_needed"] == 1
        assert f"It would hit {len(EDITS)} registered uploads" in decision["approval_reasons"][0]
