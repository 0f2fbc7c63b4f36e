"""What whole-picture hashes cannot see is found, held, explained and taken back; through HTTP alone."""

import io
import threading
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image, ImageDraw

from api.background.leased_work import LeasedWork
from casework.domain.actor import Role
from casework.domain.media import Collection
from matcher.signals.local import extract_reference
from tests.api.conftest import Staydown, running, settings_in
from tests.helpers.media.pictures import encoded, jpeg
from tests.helpers.media.textures import texture
from tests.helpers.running.waiting import eventually


def cropped(pixels: np.ndarray) -> Image.Image:
    """Two thirds of each side: 44 % of the picture."""
    height, width = pixels.shape[:2]
    return Image.fromarray(pixels).crop(
        (width // 5, height // 6, width // 5 + 2 * width // 3, height // 6 + 2 * height // 3)
    )


def inset(pixels: np.ndarray) -> Image.Image:
    """A third of another picture."""
    larger = Image.fromarray(texture(9_999, width=900, height=700))
    larger.paste(Image.fromarray(cv2.resize(pixels, None, fx=0.9, fy=0.9, interpolation=cv2.INTER_AREA)), (200, 150))
    return larger


def captioned(pixels: np.ndarray) -> Image.Image:
    """A band of text over the mirrored picture, turned a little."""
    picture = Image.fromarray(np.ascontiguousarray(pixels[:, ::-1])).rotate(8, Image.Resampling.BICUBIC)
    ImageDraw.Draw(picture).rectangle((0, 0, picture.width, picture.height // 5), fill="white")
    return picture


EDITS = {"cropped": cropped, "inset": inset, "mirrored, turned and captioned": captioned}


def picture(seed: int) -> np.ndarray:
    return texture(seed, width=640, height=480)


def asked(staydown: Staydown, data: bytes, **options: str) -> dict:
    """Ask about a file; nothing is stored."""
    headers = staydown.headers(Role.PIPELINE)
    response = staydown.http.post("/v1/match", headers=headers, files={"media": ("x", data)}, data=options)
    assert response.status_code == 200, response.text
    return response.json()


@pytest.mark.parametrize("name", EDITS)
def test_what_hashes_miss_is_held_and_explained(staydown: Staydown, name: str) -> None:
    """A moderator is shown the copy, where it lies and how it was made; one signal alone does not block."""
    seed = 500 + list(EDITS).index(name)
    takedown = staydown.take_down(jpeg(picture(seed)), nudity=True)["takedown_id"]
    answer = staydown.upload(f"deep {name}", jpeg(EDITS[name](picture(seed))))
    assert (answer["verdict"], answer["complete"]) == ("hold", True)
    match = answer["matches"][0]
    assert match["takedown_id"] == takedown
    evidence = next(one for one in match["evidence"] if one["signal"] == "local/1")
    assert evidence["inliers"] >= 8
    assert np.array(evidence["region"]).shape == (4, 2)
    assert np.array(evidence["transform"]).shape == (2, 3)
    assert match["explanation"] == evidence["transformation"] != "as is"
    case = staydown.get(f"/v1/cases/{answer['case_id']}")
    assert case["matches"][0]["evidence"][-1] == evidence


def test_depth_fast_asks_hashes_alone(staydown: Staydown) -> None:
    """A pipeline that must answer at once says so, and is told what hashes know."""
    staydown.take_down(jpeg(picture(510)), nudity=True)
    copy = jpeg(cropped(picture(510)))
    assert asked(staydown, copy, depth="deep")["verdict"] == "hold"
    assert asked(staydown, copy, depth="fast")["verdict"] == "allow"
    assert staydown.upload("fast", copy, depth="fast")["verdict"] == "allow"


def test_copy_near_by_hash_and_by_parts_has_three_signals(staydown: Staydown) -> None:
    """Local features are an independent opinion beside both hashes."""
    staydown.take_down(jpeg(picture(520)), nudity=True)
    small = Image.fromarray(picture(520)).resize((400, 300))
    match = staydown.upload("smaller", jpeg(small))["matches"][0]
    assert (match["strength"], match["agreeing"]) == ("near", 3)


def test_pixels_of_strangers_do_not_match(staydown: Staydown) -> None:
    """What is shown to a person is a copy."""
    staydown.take_down(jpeg(picture(530)), nudity=True)
    assert asked(staydown, jpeg(picture(531)))["matches"] == []


def test_reversal_makes_parts_unfindable_before_it_is_answered(staydown: Staydown) -> None:
    """Read your takedown, and your reversal, by any signal."""
    takedown = staydown.take_down(jpeg(picture(540)), nudity=True)["takedown_id"]
    copy = jpeg(cropped(picture(540)))
    held = staydown.upload("to be let go", copy)
    assert held["verdict"] == "hold"
    response = staydown.http.post(
        f"/v1/takedowns/{takedown}/withdraw", headers=staydown.headers(Role.SENIOR), json={"reason": "withdrawn"}
    )
    assert response.status_code == 200
    assert asked(staydown, copy)["matches"] == []
    assert staydown.get(f"/v1/uploads/{held['upload']}")["verdict"] == "allow"


@pytest.mark.parametrize("edit", [cropped, captioned])
def test_lookback_finds_earlier_posts_by_their_parts(staydown: Staydown, edit) -> None:
    """A crop that was posted before the takedown is found from what was kept of it."""
    seed = 550 + (edit is captioned)
    earlier = staydown.upload(f"earlier {seed}", jpeg(edit(picture(seed))))
    stranger = staydown.upload(f"stranger {seed}", jpeg(picture(seed + 1000)))
    assert earlier["verdict"] == "allow"
    takedown = staydown.take_down(jpeg(picture(seed)), nudity=True)["takedown_id"]
    found = staydown.looked_back(takedown)
    assert [one["upload"] for one in found["items"]] == [earlier["upload"]]
    assert found["items"][0]["explanation"] != "no signal agrees"
    assert staydown.get(f"/v1/uploads/{earlier['upload']}")["verdict"] == "hold"
    assert staydown.get(f"/v1/uploads/{stranger['upload']}")["verdict"] == "allow"


def test_local_features_alone_can_be_reported_and_asked(staydown: Staydown) -> None:
    """The media never leaves the person's device; its features do."""
    original, copy = (staydown.hashed(jpeg(one), depth="deep") for one in (picture(560), cropped(picture(560))))
    case = staydown.report_signals(*original, facts={"nudity": True})["case_id"]
    staydown.uphold(case)
    assert asked(staydown, jpeg(cropped(picture(560))))["verdict"] == "hold"
    question = {"signals": copy, "depth": "deep"}
    answer = staydown.http.post("/v1/match", headers=staydown.headers(Role.PIPELINE), json=question).json()
    assert answer["verdict"] == "hold"
    assert answer["matches"][0]["explanation"].startswith("cropped to 4")


@pytest.mark.parametrize("size", [(1, 1), (40, 30), (3000, 8), (63, 63)])
def test_odd_pictures_are_answered(staydown: Staydown, size: tuple[int, int]) -> None:
    """Too little to see is no error."""
    odd = encoded(Image.new("RGB", size, (90, 120, 30)), "PNG")
    assert asked(staydown, odd)["complete"] is True
    staydown.take_down(odd)


def test_out_of_time_the_rest_is_done_behind_and_told(tmp_path: Path) -> None:
    """The pipeline is answered with what is known; the event tells what the rest found."""
    with running(settings_in(tmp_path, deep_budget_ms=0)) as staydown:
        takedown = staydown.take_down(jpeg(picture(570)), nudity=True)["takedown_id"]
        staydown.looked_back(takedown)
        answer = staydown.upload("out of time", jpeg(cropped(picture(570))))
        assert (answer["verdict"], answer["complete"]) == ("allow", False)
        event = awaited_event(staydown, "upload.matched", answer["upload"])
        assert (event["verdict"], event["looking_back"]) == ("hold", False)
        upload = staydown.get(f"/v1/uploads/{answer['upload']}")
        case = staydown.get(f"/v1/cases/{upload['case_id']}")
        assert case["matches"][0]["takedown_id"] == takedown
        again = staydown.upload("out of time", jpeg(cropped(picture(570))))
        assert (again["verdict"], again["complete"]) == ("hold", True)


def test_case_says_that_a_search_is_unfinished(tmp_path: Path) -> None:
    """Who looks at a case must know that more may come; without a worker the rest waits, and is not lost."""
    settings = settings_in(tmp_path, deep_budget_ms=0, worker=False)
    with running(settings) as staydown:
        staydown.take_down(jpeg(picture(580)))
        answer = staydown.upload("both", jpeg(picture(580)))
        assert answer["verdict"] == "hold"
        assert "not finished" in staydown.get(f"/v1/cases/{answer['case_id']}")["note"]
    with running(settings_in(tmp_path, deep_budget_ms=0)) as staydown:
        eventually(lambda: "not finished" not in (staydown.get(f"/v1/cases/{answer['case_id']}")["note"] or ""))


def test_features_survive_a_restart_and_a_damaged_file(tmp_path: Path) -> None:
    """The index is derived: what is damaged is rebuilt from the record."""
    copy = jpeg(cropped(picture(590)))
    with running(settings_in(tmp_path)) as staydown:
        staydown.take_down(jpeg(picture(590)), nudity=True)
        assert asked(staydown, copy)["verdict"] == "hold"
        staydown.service.indexes[Collection.TAKEDOWNS].seal()
    with running(settings_in(tmp_path)) as staydown:
        assert asked(staydown, copy)["verdict"] == "hold"
    part = next((tmp_path / "data" / "index" / "takedowns" / "local" / "segments").glob("*/points*"))
    part.write_bytes(part.read_bytes()[:-7])
    with running(settings_in(tmp_path)) as staydown:
        assert asked(staydown, copy)["verdict"] == "hold"


def awaited_event(staydown: Staydown, name: str, upload: str) -> dict:
    """Wait for an event about an upload, and return its data."""

    def told() -> list[dict]:
        items = staydown.get(f"/v1/events?type={name}&limit=200")["items"]
        return [one["data"] for one in items if one["data"]["upload"] == upload]

    return eventually(told)[0]


def test_confirmed_collage_does_not_hold_the_pictures_beside_the_copy(staydown: Staydown) -> None:
    """What is banked of a copy is the removed media; the other pictures in it are other people's."""
    removed, other = picture(610), picture(611)
    takedown = staydown.take_down(jpeg(removed), nudity=True)["takedown_id"]
    collage = jpeg(np.concatenate([removed, other], axis=1))
    held = staydown.upload("collage", collage)
    assert held["matches"][0]["takedown_id"] == takedown
    staydown.uphold(held["case_id"])
    assert asked(staydown, jpeg(other))["matches"] == []
    assert asked(staydown, jpeg(cropped(other)))["matches"] == []
    assert asked(staydown, jpeg(Image.open(io.BytesIO(collage)).resize((960, 360))))["verdict"] == "block"


def test_confirmed_crop_is_found_by_its_own_parts(staydown: Staydown) -> None:
    """A copy that is all removed media joins the references with everything it can be found by."""
    staydown.take_down(jpeg(picture(620)), nudity=True)
    crop = cropped(picture(620))
    held = staydown.upload("a crop", jpeg(crop))
    staydown.uphold(held["case_id"])
    assert asked(staydown, jpeg(cropped(np.asarray(crop))))["matches"][0]["explanation"].startswith("cropped to 4")


def test_blast_radius_counts_what_only_parts_find(staydown: Staydown) -> None:
    """A takedown that would hit many crops waits for a second person, too."""
    for number in range(3):
        staydown.upload(f"crop {number}", jpeg(cropped(picture(630))), uploader_id=f"user-{number}")
    decision = staydown.take_down(jpeg(picture(630)))
    assert decision["blast_radius"] == {"uploads": 3, "uploaders": 3, "complete": True, "known": True}


def test_question_that_would_be_asked_in_part_is_refused(staydown: Staydown) -> None:
    """`allow` must mean that everything sent was looked for."""
    first, second = (local_of(picture(seed)) for seed in (640, 641))
    headers = staydown.headers(Role.PIPELINE)
    two = staydown.http.post("/v1/match", headers=headers, json={"signals": [first, second]})
    assert (two.status_code, "one value of local/1" in two.text) == (422, True)
    batch = {"items": [{"id": "a", "signals": [first]}]}
    answer = staydown.http.post("/v1/match/batch", headers=headers, json=batch)
    assert (answer.status_code, "by hashes alone" in answer.text) == (422, True)


def local_of(pixels: np.ndarray) -> dict[str, str]:
    return {"type": "local/1", "value": extract_reference(pixels).to_bytes().hex()}


def test_work_behind_goes_on_after_an_error_nobody_expected(tmp_path: Path) -> None:
    """One search that fails must not end all that come after it."""
    with running(settings_in(tmp_path, worker=False)) as staydown:
        stop, done = threading.Event(), []

        def work(item: int) -> None:
            done.append(item)
            if len(done) == 2:
                stop.set()
            raise MemoryError

        LeasedWork(
            name="test",
            service=staydown.service,
            stop=stop,
            poll_s=0.01,
            is_due=lambda _: True,
            claim=lambda _: len(done),
            work=work,
        ).run()
        assert done == [0, 1]
