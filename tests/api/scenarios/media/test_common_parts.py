"""What strangers have in common with a removed picture holds none of them; through HTTP alone."""

from pathlib import Path

import cv2
import numpy as np

from benchmarks.copies.poison_scenes import Window, app_frame
from casework.domain.actor import Role
from tests.api.conftest import Staydown, running, settings_in
from tests.helpers.media.pictures import jpeg
from tests.helpers.media.textures import texture


def frame(seed: int) -> Window:
    """An app's screen that no other test uses, at half its size."""
    whole = app_frame(np.random.default_rng(seed))
    half = cv2.resize(whole.around, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    return Window(half, whole.left // 2, whole.top // 2, whole.width // 2, whole.height // 2)


def content(seed: int) -> np.ndarray:
    return texture(seed, width=540, height=450)


def shown(app: Window, seed: int) -> bytes:
    return jpeg(app.showing(content(seed)))


def posted(staydown: Staydown, app: Window, seeds: range, *, people: int = 100) -> list[dict]:
    """Upload screenshots of one app, each by another person while there are so many."""
    return [
        staydown.upload(f"screen {seed}", shown(app, seed), uploader_id=f"user {number % people}")
        for number, seed in enumerate(seeds)
    ]


def held(uploads: list[dict]) -> list[str]:
    return [one["upload"] for one in uploads if one["verdict"] != "allow"]


def test_frame_that_many_use_holds_no_other_screenshot(staydown: Staydown) -> None:
    """Fifteen of fifteen innocent screenshots were held; those before the takedown and those after it are let be."""
    app = frame(1)
    earlier = posted(staydown, app, range(8_100, 8_106))
    decision = staydown.take_down(shown(app, 8_199), nudity=True)
    assert decision["blast_radius"]["uploads"] == 0
    assert held(posted(staydown, app, range(8_110, 8_114))) == []
    assert staydown.looked_back(decision["takedown_id"])["items"] == []
    assert [staydown.verdict_of(one) for one in earlier] == ["allow"] * len(earlier)


def test_copies_of_the_screenshot_are_found_all_the_same(staydown: Staydown) -> None:
    """Whole, cropped, or what it shows by itself or in another frame: the removed part is what counts."""
    app, other = frame(2), frame(3)
    posted(staydown, app, range(8_200, 8_206))
    takedown = staydown.take_down(shown(app, 8_299), nudity=True)["takedown_id"]
    screen = app.showing(content(8_299))
    for number, copy in enumerate(
        (screen, screen[:, ::-1], screen[125:650], content(8_299), other.showing(content(8_299)))
    ):
        answer = staydown.upload(f"copy {number}", jpeg(np.ascontiguousarray(copy)))
        assert answer["verdict"] in ("hold", "block"), number
        assert answer["matches"][0]["takedown_id"] == takedown


def test_few_people_make_no_part_common(tmp_path: Path) -> None:
    """Who wants a picture to stay cannot post its parts until they are common: it takes five different people."""
    app = frame(10)
    with running(settings_in(tmp_path)) as staydown:
        posted(staydown, app, range(8_300, 8_308), people=4)
        staydown.take_down(shown(app, 8_399), nudity=True)
        assert held(posted(staydown, app, range(8_310, 8_311)))


def test_copies_of_many_people_make_no_part_common(staydown: Staydown) -> None:
    """A picture that was passed on before it was reported, cut and written on, is not common: nothing else is shown."""
    picture = texture(8_500, width=640, height=480)
    for number in range(8):
        copy = picture.copy()
        copy[: 60 + 10 * number] = 255
        staydown.upload(f"written on {number}", jpeg(copy[:, : 640 - 8 * number]), uploader_id=f"passes on {number}")
    takedown = staydown.take_down(jpeg(picture), nudity=True)["takedown_id"]
    assert len(staydown.looked_back(takedown)["items"]) == 8
    assert staydown.upload("one more", jpeg(picture[100:]))["verdict"] == "hold"


def test_two_dismissals_make_a_part_common(tmp_path: Path) -> None:
    """Where nobody had posted the frame before, reviewers say twice that it is no copy, and are asked no more."""
    app = frame(4)
    with running(settings_in(tmp_path)) as staydown:
        staydown.take_down(shown(app, 8_699), nudity=True)
        for one in posted(staydown, app, range(8_600, 8_602)):
            assert one["verdict"] == "hold"
            rejected = {"outcome": "reject", "note": "not a copy"}
            address = f"/v1/cases/{one['case_id']}/decision"
            response = staydown.http.post(address, headers=staydown.headers(Role.MODERATOR), json=rejected)
            assert response.status_code == 200, response.text
        assert held(posted(staydown, app, range(8_602, 8_605))) == []
        assert staydown.upload("a copy", jpeg(app.showing(content(8_699))[50:]))["verdict"] == "hold"
