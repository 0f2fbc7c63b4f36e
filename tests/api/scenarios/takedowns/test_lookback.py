"""Takedowns find what was posted before them; through HTTP alone."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from PIL import Image, ImageOps

from api.background.sweep import Sweeper
from casework.domain.actor import Role
from tests.api.conftest import Staydown, running, settings_in
from tests.helpers.media.pictures import encoded, photo, photo_bytes

EDITS = {
    "the same file": lambda picture: encoded(picture, quality=90),
    "recompressed": lambda picture: encoded(picture, quality=30),
    "mirrored": lambda picture: encoded(ImageOps.mirror(picture)),
    "rotated": lambda picture: encoded(picture.transpose(Image.Transpose.ROTATE_270), "PNG"),
    "inverted": lambda picture: encoded(ImageOps.invert(picture), "WEBP"),
}


def test_earlier_copies_of_intimate_media_are_blocked(staydown: Staydown) -> None:
    """A takedown is worth what reaches every copy, also those that were there before it."""
    earlier = {name: staydown.upload(f"earlier {name}", edit(photo(300))) for name, edit in EDITS.items()}
    stranger = staydown.upload("earlier stranger", photo_bytes(301))
    assert {one["verdict"] for one in earlier.values()} == {"allow"}
    takedown = staydown.take_down(photo_bytes(300), nudity=True)["takedown_id"]
    found = staydown.looked_back(takedown)
    assert (found["hits"], found["cases"], found["checked"]) == (5, 5, 5)
    assert {one["upload"] for one in found["items"]} == {one["upload"] for one in earlier.values()}
    assert {staydown.verdict_of(one) for one in earlier.values()} == {"block"}
    assert staydown.verdict_of(stranger) == "allow"
    explained = {one["upload_id"]: one["explanation"] for one in found["items"]}
    assert explained["earlier mirrored"].startswith("mirrored")
    assert explained["earlier rotated"].startswith("rotated 90° clockwise")


def test_batch_that_takes_long_keeps_what_it_did(tmp_path: Path) -> None:
    """One that outlasts its lease is begun again by another worker, and again, and the look-back never ends."""
    with running(settings_in(tmp_path, worker=False)) as staydown:
        earlier = [staydown.upload(f"slow {n}", photo_bytes(305), uploader_id=f"u{n}")["upload"] for n in range(3)]
        takedown = staydown.take_down(photo_bytes(305), nudity=True)["takedown_id"]
        with sweeping(staydown, comparing_s=-1.0):  # out of time after the first of each batch
            found = staydown.looked_back(takedown)
    assert (found["state"], found["checked"], found["hits"]) == ("done", 3, 3)
    assert {one["upload"] for one in found["items"]} == set(earlier)


def test_earlier_copy_where_context_matters_waits_for_a_person(staydown: Staydown) -> None:
    """Looking back removes no more by itself than looking forward does."""
    earlier = staydown.upload("earlier newspaper", photo_bytes(310))
    takedown = staydown.take_down(photo_bytes(310))["takedown_id"]
    hit = staydown.looked_back(takedown)["items"][0]
    assert (hit["verdict"], staydown.verdict_of(earlier)) == ("hold", "hold")
    case = staydown.get(f"/v1/cases/{hit['case_id']}")
    assert (case["queue"], case["state"], case["upload"]["upload_id"]) == ("matches", "open", "earlier newspaper")
    assert case["matches"][0]["evidence"]


def test_second_takedown_joins_the_case_that_is_open(staydown: Staydown) -> None:
    """A moderator looks at a post once, with all its matches."""
    earlier = staydown.upload("earlier, of two", photo_bytes(320))
    first = staydown.take_down(photo_bytes(320))["takedown_id"]
    case = staydown.looked_back(first)["items"][0]["case_id"]
    second = staydown.take_down(photo_bytes(320))["takedown_id"]
    found = staydown.looked_back(second)
    assert (found["hits"], found["cases"]) == (1, 0)
    assert found["items"][0]["case_id"] == case
    assert {one["takedown_id"] for one in staydown.get(f"/v1/cases/{case}")["matches"]} == {first, second}
    assert staydown.verdict_of(earlier) == "hold"


def test_upload_that_was_matched_when_it_came_is_not_found_again(staydown: Staydown) -> None:
    """One upload and one takedown make one match, one case, one message."""
    takedown = staydown.take_down(photo_bytes(330))["takedown_id"]
    staydown.looked_back(takedown)
    held = staydown.upload("held at once", photo_bytes(330))
    confirmed = staydown.uphold(held["case_id"], override_reason="assessed: the same private context")
    assert confirmed["takedown_id"] == takedown
    found = staydown.looked_back(takedown, sweeps=2)
    assert (found["hits"], found["items"]) == (0, [])


def test_confirmed_copy_finds_earlier_uploads_of_its_own_kind(staydown: Staydown) -> None:
    """Copies of a copy: what is too far from the original is near the variant a moderator confirmed."""
    original = photo(340)
    variant = Image.blend(original, photo(341), 0.22)
    far = Image.blend(original, photo(341), 0.36)
    earlier = staydown.upload("copy of a copy", encoded(far, "PNG"))
    takedown = staydown.take_down(encoded(original, "PNG"))["takedown_id"]
    assert staydown.looked_back(takedown)["hits"] == 0
    held = staydown.upload("the variant", encoded(variant, "PNG"))
    assert held["verdict"] == "hold"
    staydown.uphold(held["case_id"], override_reason="assessed: the same picture, blended")
    found = staydown.looked_back(takedown, sweeps=2)
    assert [one["upload_id"] for one in found["items"]] == ["copy of a copy"]
    assert staydown.verdict_of(earlier) == "hold"


def test_persons_own_earlier_post_stays(staydown: Staydown) -> None:
    """An uploader who is the person depicted is not a violation."""
    own = staydown.upload("her own, earlier", photo_bytes(350), uploader_id="user-350")
    reporter = {"relation": "subject", "uploader_id": "user-350"}
    report = staydown.report(photo_bytes(350), reporter=reporter, facts={"nudity": True})
    takedown = staydown.uphold(report["case_id"])["takedown_id"]
    staydown.looked_back(takedown)
    assert staydown.verdict_of(own) == "allow"


def test_withdrawal_reinstates_what_looking_back_blocked(staydown: Staydown) -> None:
    """Reversal equals takedown, for earlier posts too."""
    earlier = staydown.upload("earlier, withdrawn", photo_bytes(360))
    takedown = staydown.take_down(photo_bytes(360), nudity=True)["takedown_id"]
    staydown.looked_back(takedown)
    assert staydown.verdict_of(earlier) == "block"
    response = staydown.http.post(
        f"/v1/takedowns/{takedown}/withdraw", headers=staydown.headers(Role.SENIOR), json={"reason": "a mistake"}
    )
    assert response.status_code == 200
    assert staydown.verdict_of(earlier) == "allow"
    events = staydown.get("/v1/events?type=upload.reinstated&limit=200")["items"]
    assert earlier["upload"] in [event["data"]["upload"] for event in events]


def test_hits_are_paged(staydown: Staydown) -> None:
    """Ten thousand hits are read page by page."""
    for number in range(5):
        staydown.upload(f"paged {number}", photo_bytes(370))
    takedown = staydown.take_down(photo_bytes(370), nudity=True)["takedown_id"]
    staydown.looked_back(takedown)
    seen, after = [], "0"
    while after is not None:
        page = staydown.get(f"/v1/takedowns/{takedown}/lookback?limit=2&after={after}")
        seen += [one["upload_id"] for one in page["items"]]
        after = page["next"]
    assert seen == [f"paged {number}" for number in range(5)]


@pytest.mark.parametrize("cursor", ["x", "-1", "1" * 30, "²"])
def test_cursor_nobody_gave_is_refused(staydown: Staydown, cursor: str) -> None:
    """A client that mixes up lists learns it at once."""
    response = staydown.http.get("/v1/events", params={"after": cursor}, headers=staydown.headers(Role.ADMIN))
    assert response.status_code == 422
    assert response.json()["type"] == "urn:staydown:problem:invalid-cursor"


@contextmanager
def sweeping(staydown: Staydown, *, comparing_s: float) -> Iterator[None]:
    """Look back in a thread beside the test's."""
    stop = threading.Event()
    thread = threading.Thread(target=Sweeper(staydown.service, stop, comparing_s=comparing_s).run)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
