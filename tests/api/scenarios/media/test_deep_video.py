"""Clips that were cropped, captioned or set into another are found by their scenes; through HTTP alone."""

from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from casework.domain.actor import Role
from tests.api.conftest import Staydown
from tests.helpers.media.clips import cropped, panning
from tests.helpers.media.pictures import encoded, jpeg
from tests.helpers.media.textures import texture
from tests.helpers.media.videos import write_video


def film(folder: Path, frames: list[np.ndarray]) -> bytes:
    return write_video(folder / "film.mp4", frames, every=10).read_bytes()


def sentence_of(answer: dict) -> str:
    return answer["matches"][0]["explanation"]


def test_cropped_clip_inside_another_is_held_with_its_times(staydown: Staydown, tmp_path: Path) -> None:
    """Whole-frame hashes see none of it; scenes in order do, and say when."""
    clip = panning(700, seconds=4)
    takedown = staydown.take_down(film(tmp_path, clip), nudity=True)["takedown_id"]
    padded = [*panning(701, seconds=2), *cropped(clip), *panning(702, seconds=1)]
    answer = staydown.upload("padded crop", film(tmp_path, padded))
    assert answer["verdict"] == "hold"
    match = answer["matches"][0]
    assert (match["takedown_id"], match["strength"]) == (takedown, "partial")
    evidence = next(one for one in match["evidence"] if one["signal"] == "local/1")
    begin, end = evidence["query_span_s"]
    assert abs(begin - 2) <= 1
    assert abs(end - 6) <= 1
    assert "of the removed video" in match["explanation"]
    assert staydown.upload("same without it", film(tmp_path, panning(703, seconds=2)))["verdict"] == "allow"


def test_part_of_a_frame_posted_as_a_photo_names_the_time(staydown: Staydown, tmp_path: Path) -> None:
    """A removed video's frame comes back as a cropped photo."""
    clip = panning(710, seconds=3)
    staydown.take_down(film(tmp_path, clip), nudity=True)
    answer = staydown.upload("frame", jpeg(clip[15][40:260, 60:340]))
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
    clip = panning(730, seconds=3)
    earlier = staydown.upload("earlier frame", jpeg(clip[15][40:260, 60:340]))
    assert earlier["verdict"] == "allow"
    takedown = staydown.take_down(film(tmp_path, clip), nudity=True)["takedown_id"]
    found = staydown.looked_back(takedown)
    assert [one["upload"] for one in found["items"]] == [earlier["upload"]]
    assert found["items"][0]["explanation"].startswith("the picture is at 0:0")


def test_lookback_finds_an_edited_clip_posted_before(staydown: Staydown, tmp_path: Path) -> None:
    """A crop with a caption inside another clip is found from the scenes that were kept of it, and let go again."""
    clip = panning(750, seconds=3)
    earlier = staydown.upload("earlier clip", film(tmp_path, [*panning(751, seconds=1), *cropped(clip)]))
    stranger = staydown.upload("earlier stranger", film(tmp_path, panning(752, seconds=1)))
    assert earlier["verdict"] == "allow"
    takedown = staydown.take_down(film(tmp_path, clip), nudity=True)["takedown_id"]
    (hit,) = staydown.looked_back(takedown)["items"]
    assert (hit["upload"], hit["strength"]) == (earlier["upload"], "partial")
    upload = staydown.get(f"/v1/uploads/{earlier['upload']}")
    assert upload["verdict"] == "hold"
    (match,) = staydown.get(f"/v1/cases/{upload['case_id']}")["matches"]
    evidence = match["evidence"][-1]
    assert evidence["signal"] == "local/1"
    assert np.allclose(evidence["query_span_s"], [1, 4], atol=0.6)
    assert np.allclose(evidence["reference_span_s"], [0, 3], atol=0.6)
    assert hit["explanation"] == match["explanation"]
    assert "of the removed video, " in hit["explanation"]
    assert staydown.get(f"/v1/uploads/{stranger['upload']}")["verdict"] == "allow"
    withdraw(staydown, takedown)
    assert staydown.get(f"/v1/uploads/{earlier['upload']}")["verdict"] == "allow"


def test_lookback_finds_a_clip_that_showed_the_photo_before(staydown: Staydown, tmp_path: Path) -> None:
    """A photo in a corner of an earlier clip is found when the photo is taken down, with its time."""
    photo = texture(760, width=480, height=360)
    slide = texture(761, width=640, height=480)
    slide[200:440, 280:600] = cv2.resize(photo, (320, 240), interpolation=cv2.INTER_AREA)
    other = texture(762, width=640, height=480)
    earlier = staydown.upload("earlier slides", film(tmp_path, [*[other] * 15, *[slide] * 15]))
    assert earlier["verdict"] == "allow"
    takedown = staydown.take_down(jpeg(photo), nudity=True)["takedown_id"]
    (hit,) = staydown.looked_back(takedown)["items"]
    assert hit["upload"] == earlier["upload"]
    assert "of this upload shows the removed picture" in hit["explanation"]
    (match,) = staydown.get(f"/v1/cases/{hit['case_id']}")["matches"]
    assert match["evidence"][-1]["signal"] == "local/1"
    assert np.allclose(match["evidence"][-1]["query_span_s"][0], 1.5, atol=0.6)
    withdraw(staydown, takedown)
    assert staydown.get(f"/v1/uploads/{earlier['upload']}")["verdict"] == "allow"


def withdraw(staydown: Staydown, takedown: str) -> None:
    """Take a takedown back."""
    headers = staydown.headers(Role.SENIOR)
    answer = staydown.http.post(f"/v1/takedowns/{takedown}/withdraw", headers=headers, json={"reason": "withdrawn"})
    assert answer.status_code == 200, answer.text


def test_confirmed_longer_video_does_not_hold_what_else_is_in_it(staydown: Staydown, tmp_path: Path) -> None:
    """Frames of the rest are other people's."""
    clip, rest = panning(740, seconds=2), panning(741, seconds=3)
    staydown.take_down(film(tmp_path, clip), nudity=True)
    longer = film(tmp_path, [*rest, *cropped(clip)])
    held = staydown.upload("longer", longer)
    assert held["verdict"] == "hold"
    staydown.uphold(held["case_id"])
    assert staydown.upload("the rest alone", film(tmp_path, rest))["verdict"] == "allow"
    assert staydown.upload("the same file once more", longer)["verdict"] == "block"


def test_confirmed_inset_does_not_hold_the_film_around_it(staydown: Staydown, tmp_path: Path) -> None:
    """The inset is there from beginning to end, and still most of each frame is somebody else's."""
    clip, around = panning(742, seconds=3), panning(743, seconds=3)
    staydown.take_down(film(tmp_path, clip), nudity=True)
    inset = [frame.copy() for frame in around]
    for frame, small in zip(inset, clip, strict=True):
        frame[10:160, 10:210] = cv2.resize(small, (200, 150), interpolation=cv2.INTER_AREA)
    held = staydown.upload("inset", film(tmp_path, inset))
    assert held["verdict"] == "hold"
    staydown.uphold(held["case_id"])
    assert staydown.upload("the film around it", film(tmp_path, around))["verdict"] == "allow"


def test_scenes_alone_can_be_reported_registered_and_asked(staydown: Staydown, tmp_path: Path) -> None:
    """The video never leaves the device; its scenes do, as a picture's parts do."""
    clip = panning(780, seconds=2)
    copy = staydown.hashed(film(tmp_path, cropped(clip)), depth="deep")
    assert [one["type"] for one in copy] == ["sha256/1", "video/1", "scenes/1"]
    body = {"upload": {"upload_id": "by scenes"}, "signals": copy}
    earlier = staydown.http.post("/v1/uploads", headers=staydown.headers(Role.PIPELINE), json=body).json()
    assert earlier["verdict"] == "allow"
    banked = staydown.hashed(film(tmp_path, clip), depth="deep")
    takedown = staydown.uphold(staydown.report_signals(*banked, facts={"nudity": True})["case_id"])["takedown_id"]
    assert [one["upload"] for one in staydown.looked_back(takedown)["items"]] == [earlier["upload"]]
    assert asked_by(staydown, copy)["verdict"] == "hold"
    assert "scenes/1" not in {one["type"] for one in staydown.hashed(film(tmp_path, clip))}


def test_question_by_picture_and_scenes_asks_both(staydown: Staydown, tmp_path: Path) -> None:
    """What moves and what stands still: `allow` must mean that everything sent was looked for."""
    photo, clip = texture(790, width=480, height=360), panning(791, seconds=2)
    picture = staydown.take_down(jpeg(photo), nudity=True)["takedown_id"]
    video = staydown.take_down(film(tmp_path, clip), nudity=True)["takedown_id"]
    (still,) = [one for one in staydown.hashed(jpeg(photo[40:300, 60:400]), depth="deep") if one["type"] == "local/1"]
    signals = staydown.hashed(film(tmp_path, cropped(clip)), depth="deep")
    (scenes,) = [one for one in signals if one["type"] == "scenes/1"]
    answer = asked_by(staydown, [still, scenes])
    assert {one["takedown_id"] for one in answer["matches"]} == {picture, video}


def test_parts_of_any_frame_of_an_animation_are_found(staydown: Staydown) -> None:
    """An animation is a clip that pictures' codecs carry: not its first frame alone."""
    frames = [texture(2000 + n, width=320, height=240) for n in range(3)]
    takedown = staydown.take_down(animation(frames, "GIF"), nudity=True)["takedown_id"]
    others = [texture(2100 + n, width=320, height=240) for n in range(2)]
    copy = staydown.upload("cropped animation", animation([*others, *[one[30:210, 40:280] for one in frames]], "WEBP"))
    assert (copy["verdict"], copy["matches"][0]["takedown_id"]) == ("hold", takedown)
    assert sentence_of(copy).startswith("0:01–0:0")
    still = staydown.upload("part of the last frame", jpeg(frames[-1][30:210, 40:280]))
    assert sentence_of(still).startswith("the picture is at 0:01 of the removed video")


def test_lookback_finds_an_animation_by_a_later_frame(staydown: Staydown) -> None:
    """What moves is kept as a clip is."""
    frames = [texture(2200 + n, width=320, height=240) for n in range(3)]
    earlier = staydown.upload("earlier animation", animation([one[30:210, 40:280] for one in frames], "WEBP"))
    takedown = staydown.take_down(jpeg(frames[2]), nudity=True)["takedown_id"]
    (hit,) = staydown.looked_back(takedown)["items"]
    assert (hit["upload"], hit["explanation"][:4]) == (earlier["upload"], "0:01")


def test_animation_that_does_not_move_is_a_picture(staydown: Staydown) -> None:
    """A clip of one frame has no scenes beside it."""
    frames = [texture(2300, width=320, height=240) for _ in range(2)]
    frames[1][0, 0] ^= 255
    assert "scenes/1" not in {one["type"] for one in staydown.hashed(animation(frames, "GIF"), depth="deep")}


def animation(frames: list[np.ndarray], kind: str) -> bytes:
    """Show each picture for half a second."""
    size = frames[0].shape[1], frames[0].shape[0]
    pictures = [Image.fromarray(frame).resize(size) for frame in frames]
    return encoded(pictures[0], kind, save_all=True, append_images=pictures[1:], duration=500)


def asked_by(staydown: Staydown, signals: list[dict]) -> dict:
    """Ask about signals alone."""
    headers = staydown.headers(Role.PIPELINE)
    response = staydown.http.post("/v1/match", headers=headers, json={"signals": signals})
    assert response.status_code == 200, response.text
    return response.json()
