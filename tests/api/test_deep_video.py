"""Clips that were cropped, captioned or set into another are found by their scenes; through HTTP alone."""

from pathlib import Path

import cv2
import numpy as np

from tests.api.conftest import Staydown
from tests.api.test_deep import jpeg, looked_back
from tests.textures import texture
from tests.videos import write_video

WIDTH, HEIGHT, PAN_PX = 400, 300, 12


def panning(seed: int, *, seconds: int) -> list[np.ndarray]:
    """A camera that moves over a larger picture, ten frames a second."""
    wide = texture(seed, width=WIDTH + PAN_PX * 10 * seconds, height=HEIGHT)
    return [np.ascontiguousarray(wide[:, PAN_PX * n : PAN_PX * n + WIDTH]) for n in range(10 * seconds)]


def cropped(frames: list[np.ndarray]) -> list[np.ndarray]:
    """Two thirds of each side, shown as large as before, with a band of text."""
    copies = []
    for frame in frames:
        part = frame[50 : 50 + 2 * HEIGHT // 3, 70 : 70 + 2 * WIDTH // 3]
        copy = cv2.resize(part, (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC)
        copy[-HEIGHT // 8 :] = 255
        copies.append(copy)
    return copies


def film(folder: Path, frames: list[np.ndarray]) -> bytes:
    return write_video(folder / "film.mp4", frames, every=10).read_bytes()


def sentence_of(answer: dict) -> str:
    return answer["matches"][0]["explanation"]


def test_cropped_clip_inside_another_is_held_with_its_times(staydown: Staydown, tmp_path: Path) -> None:
    """Whole-frame hashes see none of it; scenes in order do, and say when."""
    clip = panning(700, seconds=6)
    takedown = staydown.take_down(film(tmp_path, clip), nudity=True)["takedown_id"]
    padded = [*panning(701, seconds=4), *cropped(clip), *panning(702, seconds=3)]
    answer = staydown.upload("padded crop", film(tmp_path, padded))
    assert answer["verdict"] == "hold"
    match = answer["matches"][0]
    assert (match["takedown_id"], match["strength"]) == (takedown, "partial")
    evidence = next(one for one in match["evidence"] if one["signal"] == "local/1")
    begin, end = evidence["query_span_s"]
    assert abs(begin - 4) <= 1.5
    assert abs(end - 10) <= 1.5
    assert "of the removed video" in match["explanation"]
    assert staydown.upload("same without it", film(tmp_path, panning(703, seconds=5)))["verdict"] == "allow"


def test_part_of_a_frame_posted_as_a_photo_names_the_time(staydown: Staydown, tmp_path: Path) -> None:
    """A removed video's frame comes back as a cropped photo."""
    clip = panning(710, seconds=6)
    staydown.take_down(film(tmp_path, clip), nudity=True)
    answer = staydown.upload("frame", jpeg(clip[35][40:260, 60:340]))
    assert answer["verdict"] == "hold"
    assert sentence_of(answer).startswith("the picture is at 0:0")


def test_removed_photo_inside_a_video_names_the_time(staydown: Staydown, tmp_path: Path) -> None:
    """A removed photo comes back in a corner of a slideshow."""
    photo = texture(720, width=480, height=360)
    staydown.take_down(jpeg(photo), nudity=True)
    slide = texture(721, width=640, height=480)
    slide[200:440, 280:600] = cv2.resize(photo, (320, 240), interpolation=cv2.INTER_AREA)
    frames = [*[texture(722, width=640, height=480)] * 20, *[slide] * 20]
    answer = staydown.upload("slideshow", film(tmp_path, frames))
    assert answer["verdict"] == "hold"
    assert sentence_of(answer).startswith("0:02")
    assert "shows the removed picture" in sentence_of(answer)


def test_lookback_finds_a_part_of_a_frame_that_was_posted_before(staydown: Staydown, tmp_path: Path) -> None:
    """A photo cut out of a video is found when the video is taken down, with its time."""
    clip = panning(730, seconds=5)
    earlier = staydown.upload("earlier frame", jpeg(clip[25][40:260, 60:340]))
    assert earlier["verdict"] == "allow"
    takedown = staydown.take_down(film(tmp_path, clip), nudity=True)["takedown_id"]
    found = looked_back(staydown, takedown)
    assert [one["upload"] for one in found["items"]] == [earlier["upload"]]
    assert found["items"][0]["explanation"].startswith("the picture is at 0:0")


def test_confirmed_longer_video_does_not_hold_what_else_is_in_it(staydown: Staydown, tmp_path: Path) -> None:
    """Frames of the rest are other people's."""
    clip, rest = panning(740, seconds=3), panning(741, seconds=6)
    staydown.take_down(film(tmp_path, clip), nudity=True)
    longer = film(tmp_path, [*rest, *cropped(clip)])
    held = staydown.upload("longer", longer)
    assert held["verdict"] == "hold"
    staydown.uphold(held["case_id"])
    assert staydown.upload("the rest alone", film(tmp_path, rest))["verdict"] == "allow"
    assert staydown.upload("the same file once more", longer)["verdict"] == "block"
