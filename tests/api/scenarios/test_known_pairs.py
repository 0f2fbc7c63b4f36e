"""`/v1/known-pairs`, as a senior's program keeps them."""

from typing import Any

import pytest
from PIL import ImageOps

from casework.domain.actor import Role
from tests.api.conftest import Staydown
from tests.api.console.pictures import edited
from tests.api.console.pictures import scene as drawn
from tests.helpers.media.pictures import jpeg, photo, photo_bytes
from tests.helpers.media.videos import scene, write_video

PAIRS = "/v1/known-pairs"


def two(first: bytes, second: bytes) -> list[tuple[str, tuple[str, bytes]]]:
    """Return two files as a form has them."""
    return [("media", ("a.jpg", first)), ("media", ("b.jpg", second))]


def test_a_program_plants_two_pictures_once_lists_them_and_takes_them_off(staydown: Staydown) -> None:
    """Of the pictures the drawings alone are kept, and nothing that matches."""
    senior = staydown.headers(Role.SENIOR) | {"Idempotency-Key": "pair-1"}
    first, second = photo_bytes(8300), jpeg(ImageOps.mirror(photo(8300)))
    asked = {"headers": senior, "files": two(first, second), "data": {"known_pair": '{"is_copy": true}'}}
    made, again = staydown.http.post(PAIRS, **asked), staydown.http.post(PAIRS, **asked)
    assert (made.status_code, again.status_code) == (201, 201), made.text
    pair = made.json()
    assert again.json() == pair
    assert (pair["is_copy"], pair["case_id"], pair["shown"]) == (True, None, True)
    assert pair["agreed"] == {"answers": 0, "right": 0}
    assert [one for one in staydown.get(PAIRS)["items"] if one["id"] == pair["id"]] == [pair]
    with staydown.service.reading() as uow:
        assert uow.known_pairs.drawing(pair["id"], "copy") is not None
    asked_of = staydown.http.post("/v1/match", headers=staydown.headers(Role.PIPELINE), files={"media": first})
    assert asked_of.json()["matches"] == []
    off = staydown.http.delete(f"{PAIRS}/{pair['id']}", headers=staydown.headers(Role.SENIOR))
    assert (off.status_code, off.json()["shown"]) == (200, False)
    assert off.json()["removed_at"] is not None
    assert pair["id"] not in [one["id"] for one in staydown.get(PAIRS)["items"]]
    assert staydown.http.delete(f"{PAIRS}/{pair['id']}", headers=staydown.headers(Role.SENIOR)).status_code == 409


def test_a_program_plants_a_decided_case_and_nothing_else(staydown: Staydown) -> None:
    """What stands decided is what is known; asked again it is the same pair."""
    staydown.take_down(jpeg(drawn(97)))
    case = staydown.upload("known-97", jpeg(edited(drawn(97), caption="look")))["case_id"]
    senior = staydown.headers(Role.SENIOR)
    open_case = staydown.http.post(PAIRS, headers=senior, json={"case_id": case})
    assert open_case.status_code == 409
    assert "no decision of people stands" in open_case.json()["detail"]
    staydown.uphold(case, override_reason="the same house")
    planted = [staydown.http.post(PAIRS, headers=senior, json={"case_id": case}) for _ in range(2)]
    assert [one.status_code for one in planted] == [201, 201], planted[0].text
    assert planted[0].json() == planted[1].json()
    assert (planted[0].json()["is_copy"], planted[0].json()["case_id"]) == (True, case)
    assert staydown.http.post(PAIRS, headers=senior, json={"case_id": "case_none"}).status_code == 404


@pytest.mark.parametrize("role", [Role.PIPELINE, Role.INTAKE, Role.MODERATOR, Role.AUDITOR])
def test_who_is_asked_does_not_see_what_is_known(staydown: Staydown, role: Role) -> None:
    """Nor may they plant: it would be an answer they know."""
    headers = staydown.headers(role)
    assert staydown.http.get(PAIRS, headers=headers).status_code == 403
    assert staydown.http.post(PAIRS, headers=headers, json={"case_id": "case_1"}).status_code == 403
    assert staydown.http.delete(f"{PAIRS}/pair_1", headers=headers).status_code == 403


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"json": {}}, "case_id"),
        ({"json": {"case_id": "case_1", "is_copy": True}}, "is_copy"),
        ({"files": two(photo_bytes(1), photo_bytes(2))}, "known_pair"),
        ({"files": two(photo_bytes(1), photo_bytes(2)), "data": {"known_pair": "{}"}}, "known_pair.is_copy"),
        ({"files": two(photo_bytes(1), photo_bytes(2))[:1], "data": {"known_pair": '{"is_copy": true}'}}, "media"),
    ],
)
def test_what_is_no_pair_is_refused_by_its_field(staydown: Staydown, more: dict[str, Any], field: str) -> None:
    """Before anything is decoded."""
    answer = staydown.http.post(PAIRS, headers=staydown.headers(Role.SENIOR), **more)
    assert answer.status_code == 422, answer.text
    assert field in [one["field"] for one in answer.json()["errors"]]


def test_a_file_that_cannot_be_drawn_is_refused(staydown: Staydown, tmp_path: Any) -> None:
    """No picture, or a video."""
    write_video(tmp_path / "clip.mp4", scene(951, frames=10))
    for second in (b"no picture", (tmp_path / "clip.mp4").read_bytes()):
        form = {"files": two(photo_bytes(8320), second), "data": {"known_pair": '{"is_copy": false}'}}
        answer = staydown.http.post(PAIRS, headers=staydown.headers(Role.SENIOR), **form)
        assert answer.status_code in (415, 422), answer.text
