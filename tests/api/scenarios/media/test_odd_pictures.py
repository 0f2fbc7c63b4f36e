"""Pictures that show next to nothing, and animations that are damaged, through every address that takes a file."""

import numpy as np
import pytest
from PIL import Image

from casework.domain.actor import Role
from tests.api.conftest import Staydown
from tests.helpers.media.animations import ANIMATED, animation, damaged, gif_code_sizes
from tests.helpers.media.pictures import encoded
from tests.helpers.media.textures import texture


def halves(width: int, height: int) -> Image.Image:
    """Make a picture that is black on the left and white on the right."""
    pixels = np.zeros((height, width, 3), np.uint8)
    pixels[:, width // 2 :] = 255
    return Image.fromarray(pixels)


@pytest.mark.parametrize("size", [(1, 1), (2, 2), (9, 1), (9760, 32)])
@pytest.mark.parametrize("depth", ["fast", "deep"])
def test_picture_that_shows_nothing_is_an_upload(staydown: Staydown, size: tuple[int, int], depth: str) -> None:
    """Whatever decodes has an answer: the platform would otherwise hold it until somebody looked."""
    answer = staydown.upload(f"{size} {depth}", encoded(halves(*size), "PNG"), depth=depth)
    assert answer["verdict"] == "allow"


def test_picture_that_shows_nothing_is_reported_and_comes_back(staydown: Staydown) -> None:
    """The very file is removed by its bytes, and no other plain picture is taken for it."""
    data = encoded(halves(4, 2), "PNG")
    takedown = staydown.take_down(data, nudity=True)["takedown_id"]
    again = staydown.upload("plain again", data, depth="deep")
    assert (again["verdict"], again["matches"][0]["takedown_id"]) == ("block", takedown)
    assert again["matches"][0]["strength"] == "exact"
    assert staydown.upload("plain too", encoded(halves(2, 4), "PNG"), depth="deep")["verdict"] == "allow"


SEEN_S = {"GIF": 2.0, "PNG": 1.5, "WEBP": 1.0, "AVIF": 1.0}
"""Of four frames of 0.5 s, the third overwritten with zeros: FFmpeg shows such a GIF, and goes on after such a PNG."""


@pytest.mark.parametrize("kind", ANIMATED)
def test_damaged_animation_is_found_by_what_can_be_read(staydown: Staydown, kind: str) -> None:
    """One bad sector must not let a removed animation through, nor one that holds a removed photo."""
    seed = 4000 + 10 * ANIMATED.index(kind)
    frames = [Image.fromarray(texture(seed + n, width=320, height=240)) for n in range(4)]
    takedown = staydown.take_down(encoded(frames[1], "PNG"), nudity=True)["takedown_id"]
    broken = damaged(animation(frames, kind), kind, frame=2)
    for depth in ("fast", "deep"):
        found = staydown.upload(f"damaged {kind} {depth}", broken, depth=depth)
        assert takedown in [one["takedown_id"] for one in found["matches"]]
    response = staydown.http.post("/v1/hash", headers=staydown.headers(Role.ADMIN), files={"media": ("a", broken)})
    media = response.json()["media"]
    assert (media["kind"], media["duration_s"], media["seen_s"]) == ("image", 2.0, SEEN_S[kind])


def test_damaged_animation_is_reported(staydown: Staydown) -> None:
    """What is left of it is banked, and the moderator reads how much that is."""
    frames = [Image.fromarray(texture(4100 + n, width=320, height=240)) for n in range(4)]
    case = staydown.report(damaged(animation(frames, "WEBP"), "WEBP", frame=3))["case_id"]
    (media,) = staydown.get(f"/v1/cases/{case}", Role.MODERATOR)["media"]
    assert (media["duration_s"], media["seen_s"]) == (2.0, 1.5)


@pytest.mark.parametrize("kind", ANIMATED)
def test_animation_without_a_first_frame_is_refused(staydown: Staydown, kind: str) -> None:
    """Its signals are those of that frame; the answer says what to do."""
    frames = [Image.fromarray(texture(4200 + n, width=64, height=48)) for n in range(2)]
    broken = damaged(animation(frames, kind), kind, frame=0)
    response = staydown.http.post("/v1/hash", headers=staydown.headers(Role.ADMIN), files={"media": ("a", broken)})
    assert (response.status_code, response.json()["type"]) == (422, "urn:staydown:problem:undecodable")
    assert "Send the whole file" in response.json()["detail"]


def test_photo_after_a_damaged_frame_is_found(staydown: Staydown) -> None:
    """One changed byte must not get a removed photo past us that browsers and converters go on to show."""
    frames = [Image.fromarray(texture(4300 + n, width=320, height=240)) for n in range(3)]
    takedown = staydown.take_down(encoded(frames[2], "PNG"), nudity=True)["takedown_id"]
    hidden = bytearray(animation(frames, "GIF"))
    hidden[gif_code_sizes(bytes(hidden))[1]] = 13
    for depth in ("fast", "deep"):
        found = staydown.upload(f"hidden {depth}", bytes(hidden), depth=depth)
        assert takedown in [one["takedown_id"] for one in found["matches"]]
