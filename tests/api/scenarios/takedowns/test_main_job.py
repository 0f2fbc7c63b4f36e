"""The main job through HTTP alone: report, decision, copies found, withdrawal."""

import pytest
from PIL import Image, ImageOps

from casework.domain.actor import Role
from tests.api.conftest import SUBJECT, Staydown
from tests.helpers.media.pictures import encoded, photo, photo_bytes, plain_bytes

EDITS = {
    "the same file": lambda picture: encoded(picture, quality=90),
    "recompressed": lambda picture: encoded(picture, quality=30),
    "half the size": lambda picture: encoded(picture.resize((240, 160))),
    "mirrored": lambda picture: encoded(ImageOps.mirror(picture)),
    "rotated": lambda picture: encoded(picture.transpose(Image.Transpose.ROTATE_90), "PNG"),
    "inverted": lambda picture: encoded(ImageOps.invert(picture), "WEBP"),
    "grey": lambda picture: encoded(ImageOps.grayscale(picture)),
    "with a border": lambda picture: encoded(ImageOps.expand(picture, 60, "black"), "PNG"),
}


@pytest.fixture(scope="module")
def intimate(staydown: Staydown) -> dict:
    """Take down one intimate picture."""
    return staydown.take_down(photo_bytes(1), nudity=True)


@pytest.mark.parametrize("edit", EDITS)
def test_copy_of_intimate_media_is_blocked(staydown: Staydown, intimate: dict, edit: str) -> None:
    """The promise to the person depicted: an edited copy does not come back."""
    answer = staydown.upload(f"copy {edit}", EDITS[edit](photo(1)))
    assert answer["verdict"] == "block"
    assert answer["matches"][0]["takedown_id"] == intimate["takedown_id"]
    assert answer["matches"][0]["strength"] == ("exact" if edit == "the same file" else "near")
    assert answer["index_version"] >= intimate["index_version"]


def test_stranger_is_allowed(staydown: Staydown, intimate: dict) -> None:
    """Nothing innocent is held."""
    answer = staydown.upload("stranger", photo_bytes(2))
    assert (answer["verdict"], answer["matches"], answer["case_id"]) == ("allow", [], None)


def test_copy_of_context_dependent_media_is_held_for_a_person(staydown: Staydown) -> None:
    """The exemption belongs to the post, not the pixels: a newspaper may show what a stalker may not."""
    staydown.take_down(photo_bytes(3))
    answer = staydown.upload("newspaper", photo_bytes(3))
    assert answer["verdict"] == "hold"
    case = staydown.http.get(f"/v1/cases/{answer['case_id']}", headers=staydown.headers(Role.MODERATOR)).json()
    assert case["recommendation"]["outcome"] == "NEEDS_CONTEXT"
    assert case["facts"]["context_assessed"] is False


def test_person_depicted_may_post_their_own_picture(staydown: Staydown) -> None:
    """An uploader who is the person depicted is not a violation."""
    reporter = {**SUBJECT["reporter"], "uploader_id": "user-of-her-own"}
    report = staydown.report(photo_bytes(4), reporter=reporter, facts={"nudity": True})
    staydown.look(report["case_id"])
    staydown.uphold(report["case_id"])
    assert staydown.upload("own", photo_bytes(4), uploader_id="user-of-her-own")["verdict"] == "allow"
    assert staydown.upload("others", photo_bytes(4), uploader_id="somebody")["verdict"] == "block"


def test_withdrawn_takedown_matches_nothing(staydown: Staydown) -> None:
    """Reversal equals takedown: at once, and the blocked upload is released."""
    decision = staydown.take_down(photo_bytes(5), nudity=True)
    blocked = staydown.upload("before withdrawal", photo_bytes(5))
    assert blocked["verdict"] == "block"
    withdrawn = staydown.http.post(
        f"/v1/takedowns/{decision['takedown_id']}/withdraw",
        headers=staydown.headers(Role.SENIOR),
        json={"reason": "withdrawn by the person depicted"},
    )
    assert withdrawn.status_code == 200, withdrawn.text
    assert withdrawn.json()["signals"] == {}
    assert staydown.upload("after withdrawal", photo_bytes(5))["verdict"] == "allow"
    again = staydown.http.get(f"/v1/uploads/{blocked['upload']}", headers=staydown.headers(Role.PIPELINE))
    assert again.json()["verdict"] == "allow"


def test_low_quality_media_is_banked_as_exact_and_review(staydown: Staydown) -> None:
    """A plain picture looks like a thousand others: only its exact copy is acted on by itself."""
    decision = staydown.take_down(plain_bytes(), nudity=True)
    takedown = staydown.http.get(
        f"/v1/takedowns/{decision['takedown_id']}", headers=staydown.headers(Role.MODERATOR)
    ).json()
    assert takedown["low_quality"] is True
    assert staydown.upload("plain, same bytes", plain_bytes())["verdict"] == "block"
    lookalike = staydown.upload("plain, other bytes", encoded(Image.new("RGB", (301, 200), (40, 40, 40)), "PNG"))
    assert lookalike["verdict"] == "allow"
    assert lookalike["matches"][0]["strength"] == "weak"
    assert lookalike["case_id"] is not None
