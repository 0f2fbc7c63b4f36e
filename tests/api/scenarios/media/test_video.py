"""Videos go through the same decisions as pictures, and evidence says when."""

import io
import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from casework.domain.actor import Role
from tests.api.conftest import Staydown
from tests.helpers.media.pictures import jpeg
from tests.helpers.media.videos import scene, write_video

FPS = 10
INTIMATE = {"nudity": True}

Frames = Sequence[np.ndarray]


def shot(seed: int, seconds: float) -> list[np.ndarray]:
    """Make a shot that pans, in which no two seconds look alike."""
    return scene(7000 + seed, frames=round(seconds * FPS), pan_px=8)


def film(folder: Path, frames: Frames, *, name: str = "a.mp4") -> bytes:
    """Encode frames and return the file, with a keyframe each second as streaming sites have."""
    return write_video(folder / name, frames, fps=FPS, every=FPS).read_bytes()


def moving(answer: dict) -> dict:
    """Return the evidence in time of the first match of an answer."""
    return next(one for one in answer["matches"][0]["evidence"] if one["signal"] == "video/1")


def test_removed_clip_is_found_inside_a_longer_upload(staydown: Staydown, tmp_path: Path) -> None:
    """The oldest trick: a removed clip in the middle of something harmless."""
    clip = shot(1, 5)
    staydown.take_down(film(tmp_path, clip), **INTIMATE)
    padded = film(tmp_path, [*shot(2, 12), *clip, *shot(3, 6)])
    answer = staydown.upload("padded", padded, uploader_id="u1")
    assert answer["verdict"] == "block"
    seconds = pytest.approx(23, abs=0.2)
    size = {"kind": "video", "width": 320, "height": 240}
    assert answer["media"] == {**size, "duration_s": seconds, "seen_s": seconds}
    evidence = moving(answer)
    assert evidence["query_span_s"] == pytest.approx([12, 17], abs=1)
    assert evidence["reference_span_s"] == pytest.approx([0, 5], abs=1)
    assert evidence["reference_share"] > 0.8
    assert evidence["query_share"] == pytest.approx(5 / 23, abs=0.1)
    assert "of this upload is 0:0" in answer["matches"][0]["explanation"]
    assert {one["type"] for one in answer["signals"]} == {"sha256/1", "video/1"}


def test_frame_of_a_removed_video_is_found_as_a_photo(staydown: Staydown, tmp_path: Path) -> None:
    """Whoever cannot post the film posts a still of it; the evidence names the moment."""
    clip = shot(10, 6)
    staydown.take_down(film(tmp_path, clip), **INTIMATE)
    answer = staydown.upload("still", jpeg(clip[40]))
    begin, end = moving(answer)["reference_span_s"]
    assert begin <= 4.0 <= end
    assert end - begin < 2
    assert answer["matches"][0]["explanation"].startswith("the picture is at 0:04")


def test_removed_photo_is_found_inside_a_video(staydown: Staydown, tmp_path: Path) -> None:
    """And the other way round: a photo shown for some seconds."""
    picture = shot(20, 0.1)[0]
    staydown.take_down(jpeg(picture), **INTIMATE)
    shown = [picture] * (3 * FPS)
    answer = staydown.upload("slide show", film(tmp_path, [*shot(21, 5), *shown, *shot(22, 5)]))
    assert moving(answer)["query_span_s"] == pytest.approx([5, 8], abs=1)
    assert answer["matches"][0]["explanation"].endswith("of this upload shows the removed picture")


def test_mirrored_video_is_found_and_said_to_be(staydown: Staydown, tmp_path: Path) -> None:
    """Mirroring is what every guide to escaping filters begins with."""
    clip = shot(30, 5)
    staydown.take_down(film(tmp_path, clip), **INTIMATE)
    answer = staydown.upload("mirrored", film(tmp_path, [frame[:, ::-1] for frame in clip]))
    assert answer["verdict"] == "block"
    assert moving(answer)["transformation"] == "mirrored"
    assert answer["matches"][0]["explanation"].endswith(", mirrored")


@pytest.mark.parametrize("mirrored", [False, True], ids=["as it is", "mirrored"])
def test_earlier_upload_is_found_by_a_later_takedown(staydown: Staydown, tmp_path: Path, mirrored: bool) -> None:
    """Looking back finds the copies that were there first, turned ones too."""
    clip = shot(40 + mirrored, 5)
    posted = [frame[:, ::-1] for frame in clip] if mirrored else clip
    padded = film(tmp_path, [*shot(42, 4), *posted, *shot(43, 4)])
    upload = staydown.upload(f"earlier {mirrored}", padded, uploader_id="u")
    assert upload["verdict"] == "allow"
    made = staydown.take_down(film(tmp_path, clip), **INTIMATE)
    (hit,) = staydown.looked_back(made["takedown_id"])["items"]
    assert hit["upload"] == upload["upload"]
    assert staydown.get(f"/v1/uploads/{upload['upload']}")["verdict"] != "allow"
    assert hit["explanation"].startswith("0:04–0:09 of this upload is 0:00–0:05 of the removed video")
    assert hit["explanation"].endswith(", mirrored") is mirrored


def test_reversal_unindexes_every_frame(staydown: Staydown, tmp_path: Path) -> None:
    """After a withdrawal neither the film nor a still of it matches anything."""
    clip = shot(50, 4)
    film_of_it, still = film(tmp_path, clip), jpeg(clip[20])
    made = staydown.take_down(film_of_it, **INTIMATE)
    blocked = staydown.upload("before", film_of_it)
    assert blocked["verdict"] == "block"
    response = staydown.http.post(
        f"/v1/takedowns/{made['takedown_id']}/withdraw",
        headers=staydown.headers(Role.SENIOR),
        json={"reason": "the person depicted asked for it"},
    )
    assert response.status_code == 200, response.text
    for name, data in (("film after", film_of_it), ("still after", still)):
        assert staydown.upload(name, data)["matches"] == []
    assert staydown.get(f"/v1/uploads/{blocked['upload']}")["verdict"] == "allow"


def test_moderator_sees_a_preview_of_a_video(staydown: Staydown, tmp_path: Path) -> None:
    """A sheet of a few frames, none of them the black one a film begins with."""
    black = [np.zeros((240, 320, 3), np.uint8)] * FPS
    case_id = staydown.report(film(tmp_path, [*black, *shot(60, 3)]))["case_id"]
    response = staydown.http.get(f"/v1/cases/{case_id}/media/0", headers=staydown.headers(Role.MODERATOR))
    preview = np.asarray(Image.open(io.BytesIO(response.content)).convert("L"))
    assert preview[: preview.shape[0] // 3, : preview.shape[1] // 3].std() > 10
    (media,) = staydown.get(f"/v1/cases/{case_id}")["media"]
    assert (media["kind"], media["duration_s"]) == ("video", pytest.approx(4, abs=0.2))


@pytest.mark.parametrize("name", ["a.mp4", "a.mov", "a.mkv", "a.webm", "a.avi"])
def test_every_container_is_taken_whatever_its_name_says(staydown: Staydown, tmp_path: Path, name: str) -> None:
    """The content decides, as with pictures."""
    codec = "libvpx" if name == "a.webm" else "libx264"
    data = write_video(tmp_path / name, shot(70, 1), codec=codec).read_bytes()
    response = staydown.http.post(
        "/v1/hash", headers=staydown.headers(Role.PIPELINE), files={"media": ("holiday.jpg", data, "image/jpeg")}
    )
    assert response.status_code == 200, response.text
    assert response.json()["media"]["kind"] == "video"
    asked = staydown.http.post(
        "/v1/match", headers=staydown.headers(Role.PIPELINE), json={"signals": response.json()["signals"]}
    )
    assert (asked.status_code, asked.json()["verdict"]) == (200, "allow")


def test_repeat_under_the_same_key_answers_as_before(staydown: Staydown, tmp_path: Path) -> None:
    """A pipeline that lost the answer to a large file asks again; the file is told by its digest."""
    films = [film(tmp_path, shot(80 + n, 1)) for n in range(2)]
    headers = {**staydown.headers(Role.PIPELINE), "Idempotency-Key": "large"}
    fields = {"upload": json.dumps({"upload_id": "large"})}
    first, again, other = (
        staydown.http.post("/v1/uploads", headers=headers, data=fields, files={"media": ("a.mp4", data)})
        for data in (films[0], films[0], films[1])
    )
    assert (first.status_code, again.json(), other.status_code) == (200, first.json(), 409)
    assert again.headers["Idempotent-Replayed"] == "true"


def test_nothing_is_left_of_a_file_after_its_request(staydown: Staydown, tmp_path: Path) -> None:
    """As little media as possible: whether it was hashed or refused."""
    data = film(tmp_path, shot(90, 1))
    staydown.upload("kept by nobody", data)
    headers = staydown.headers(Role.PIPELINE)
    assert staydown.http.post("/v1/hash", headers=headers, files={"media": ("a.mp4", data[:3000])}).status_code == 422
    assert staydown.http.post("/v1/uploads", headers=headers, files={"media": ("a.mp4", data)}).status_code == 422
    assert [path.name for path in staydown.service.spool.folder.iterdir()] == ["id"]


def test_title_that_many_removed_videos_share_blocks_nobody(staydown: Staydown, tmp_path: Path) -> None:
    """An app puts the same card at the end of every film; having it makes nobody's film a copy."""
    card = shot(100, 2)
    removed = [film(tmp_path, [*shot(101 + n, 5), *card]) for n in range(3)]
    for n, data in enumerate(removed[:2]):
        staydown.take_down(data, **INTIMATE)
        assert staydown.upload(f"card {n}", film(tmp_path, [*shot(110 + n, 4), *card]))["verdict"] == "block"
    earlier = staydown.upload("earlier, with a card", film(tmp_path, [*shot(112, 4), *card[:15]]))
    made = staydown.take_down(removed[2], **INTIMATE)
    hits = staydown.looked_back(made["takedown_id"])["items"]
    assert {hit["strength"] for hit in hits} == {"weak"}
    assert earlier["upload"] in {hit["upload"] for hit in hits}
    answer = staydown.upload("card", film(tmp_path, [*shot(115, 4), *card]))
    assert (answer["verdict"], {one["strength"] for one in answer["matches"]}) == ("allow", {"weak"})
    assert "3 different removed videos have these frames in common" in answer["matches"][0]["explanation"]
    copy = staydown.upload("a copy all the same", film(tmp_path, [*shot(116, 3), *shot(101, 5), *card]))
    assert (copy["verdict"], copy["matches"][0]["strength"]) == ("block", "near")


def test_film_reported_three_times_is_still_found_by_a_short_piece(staydown: Staydown, tmp_path: Path) -> None:
    """Copies of one film are one film: reporting it often must not protect it."""
    whole = shot(120, 12)
    for n in range(3):
        staydown.take_down(film(tmp_path, whole[n : 100 + n]), **INTIMATE)
    answer = staydown.upload("piece", film(tmp_path, [*shot(121, 3), *whole[40:60], *shot(122, 3)]))
    assert answer["verdict"] == "block"
    assert len(answer["matches"]) == 3
