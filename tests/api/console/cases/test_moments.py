"""Frames of the seconds in which two videos agree, on the page of a case: drawings, never the frames themselves."""

import io
import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from casework.domain.actor import Role
from tests.api.console.browsers import Console
from tests.api.console.pictures import edited, scene
from tests.helpers.media.clips import panning
from tests.helpers.media.pictures import jpeg
from tests.helpers.media.videos import write_video


@pytest.fixture(scope="module")
def case_id(console: Console, tmp_path_factory: pytest.TempPathFactory) -> str:
    """Take a film of six seconds down, and register seconds 2 to 6 of it, which a person decides on."""
    folder: Path = tmp_path_factory.mktemp("films")
    film = panning(7, seconds=6)
    console.staydown.take_down(write_video(folder / "film.mp4", film).read_bytes(), nudity=False)
    clip = write_video(folder / "clip.mp4", [np.ascontiguousarray(one) for one in film[20:]])
    held = console.staydown.upload("clip-of-film", clip.read_bytes())
    assert held["verdict"] == "hold", held
    return held["case_id"]


def test_frames_of_the_seconds_that_agree_are_drawn_in_pairs(console: Console, case_id: str) -> None:
    """By a script as a part of the page, without one by a link; nothing plays."""
    browser = console.browser(Role.MODERATOR)
    page = browser.get(f"/console/cases/{case_id}")
    link = re.findall(r'href="([^"]*moments=true)#moments"', page)[0]
    assert f'data-address="/console/cases/{case_id}/moments"' in page
    part = browser.get(f"/console/cases/{case_id}/moments")
    drawings = re.findall(r'src="([^"]+/drawings/moment-\d+-(?:removed|uploaded)\.png)"', part)
    assert len(drawings) >= 4
    assert len(drawings) % 2 == 0
    assert drawings == re.findall(r'src="([^"]+/drawings/moment-[^"]+)"', browser.get(link.replace("&amp;", "&")))
    assert re.search(r"Removed 0:0\d", part)
    assert not re.search(r"<video|autoplay", page + part)
    for one in drawings:
        drawing = Image.open(io.BytesIO(browser.http.get(one).content))
        assert drawing.mode == "L"
    assert browser.http.get(f"/console/cases/{case_id}/drawings/moment-99-removed.png").status_code == 404
    looked = [one["action"] for one in console.staydown.get(f"/v1/cases/{case_id}")["history"]]
    assert looked.count("case:drawing:viewed") == 1
    assert "case:media:viewed" not in looked


def test_case_of_pictures_has_no_moments(console: Console) -> None:
    """It has no seconds."""
    console.staydown.take_down(jpeg(scene(111)), nudity=False)
    still = console.staydown.upload("still", jpeg(edited(scene(111))))["case_id"]
    browser = console.browser(Role.MODERATOR)
    assert 'id="moments"' not in browser.get(f"/console/cases/{still}")
    assert "Of these seconds no frame is kept." in browser.get(f"/console/cases/{still}/moments")
    assert console.browser(Role.AUDITOR).http.get(f"/console/cases/{still}/moments").status_code == 200
