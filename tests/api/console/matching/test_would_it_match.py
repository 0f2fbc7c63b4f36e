"""A person asks whether something would match, and is told how near it came."""

import re

import pytest
from httpx2 import Response

from casework.domain.actor import Role
from tests.api.console.browsers import Browser, Console
from tests.api.console.pictures import edited, scene
from tests.helpers.media.pictures import jpeg


def ask(browser: Browser, data: bytes = b"", *, form_token: str | None = None, **fields: str) -> Response:
    """Send the form as a browser does: a field without a file is sent empty."""
    sent = {"form_token": browser.form_token if form_token is None else form_token, "type": "pdq/1", "value": ""}
    return browser.http.post("/console/match", data=sent | fields, files={"media": ("a.jpg", data, "image/jpeg")})


def test_file_that_matches_is_answered_with_evidence_and_kept_nowhere(console: Console) -> None:
    """And leads to the takedown."""
    staydown = console.staydown
    takedown = staydown.take_down(jpeg(scene(61)), nudity=True)["takedown_id"]
    before = staydown.get("/v1/stats")["uploads"]
    page = ask(console.browser(Role.MODERATOR), jpeg(edited(scene(61)))).text
    assert "Yes: it would be" in page
    assert "Mirrored, cropped to" in page
    assert f"/console/takedowns/{takedown}" in page
    assert "places agree" in page
    assert staydown.get("/v1/stats")["uploads"] == before


def test_file_that_matches_nothing_is_told_how_near_the_nearest_was(console: Console) -> None:
    """A stranger is as far as strangers are."""
    console.staydown.take_down(jpeg(scene(62)))
    page = ask(console.browser(Role.MODERATOR), jpeg(scene(6200).rotate(3))).text
    assert "No: it matches nothing." in page
    assert re.search(r"The nearest differs in \d+ of 256 bits|nearer than two unrelated pictures", page)


@pytest.mark.parametrize(("flipped", "said"), [(31, "Yes: it would be"), (40, "The nearest differs in 40 of 256 bits")])
def test_pasted_hash_is_measured_to_the_bit(console: Console, flipped: int, said: str) -> None:
    """The threshold counts; a step beyond it is named, with what came nearest."""
    staydown = console.staydown
    picture = jpeg(scene(63))
    staydown.take_down(picture)
    [value] = [one["value"] for one in staydown.hashed(picture) if one["type"] == "pdq/1"]
    asked = f"{int(value, 16) ^ ((1 << flipped) - 1):064x}"
    page = ask(console.browser(Role.MODERATOR), value=f" {asked.upper()}\n").text
    assert said in page
    assert "/console/takedowns/tkd_" in page


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"value": "no hash"}, "hex"),
        ({"value": "00", "type": "pdq/1"}, "64"),
        ({"value": "00" * 32, "type": "<script>"}, "&lt;script&gt;"),
        ({}, "Choose a file, or paste a hash."),
    ],
)
def test_what_is_no_hash_is_said_where_it_was_typed(console: Console, fields: dict[str, str], said: str) -> None:
    """The form keeps what was typed."""
    answered = ask(console.browser(Role.MODERATOR), **fields)
    assert answered.status_code == 422
    assert 'role="alert"' in answered.text
    assert said in answered.text
    assert "<script>" not in answered.text.replace("<script src", "")


def test_file_that_is_no_picture_is_refused_on_the_page(console: Console) -> None:
    """With the API's words."""
    answered = ask(console.browser(Role.MODERATOR), b"no picture at all")
    assert answered.status_code == 415
    assert 'role="alert"' in answered.text


def test_form_with_a_file_is_refused_without_the_token_of_its_session(console: Console) -> None:
    """It is read by other code than forms without files."""
    browser = console.browser(Role.MODERATOR)
    answered = ask(browser, jpeg(scene(64)), form_token="0" * 64)
    assert answered.status_code == 403
    assert "This form did not come from here" in answered.text
    assert console.browser(Role.AUDITOR).http.get("/console/match").status_code == 403
