"""What stands around a case: other cases, what is lacking, what it would hit."""

import re
from pathlib import Path

from api.console.cases.around import REMEDIES
from casework.domain.actor import Role
from casework.domain.takedowns.trust import Lack
from tests.api.console.browsers import Console
from tests.helpers.media.clips import panning
from tests.helpers.media.pictures import photo_bytes
from tests.helpers.media.videos import write_video


def test_everything_that_can_be_lacking_has_a_remedy() -> None:
    """Without one the page of such a case would fail."""
    assert set(REMEDIES) == set(Lack)


def section(page: str, heading: str) -> str:
    """Return what stands below a heading."""
    return page.split(f">{heading}</h3>")[1].split("</div>")[0]


def test_case_leads_to_other_copies_and_to_other_cases_of_who_posted_it(console: Console) -> None:
    """Decided ones, too; many more are a list."""
    staydown = console.staydown
    takedown = staydown.take_down(photo_bytes(41), nudity=False)["takedown_id"]
    cases = [
        staydown.upload(f"41-{n}", photo_bytes(41, quality=30 + n), uploader_id=f"by {n % 2}")["case_id"]
        for n in range(8)
    ]
    browser = console.browser(Role.MODERATOR)
    browser.send(f"/console/cases/{cases[5]}/decision", outcome="reject")
    page = browser.get(f"/console/cases/{cases[7]}")
    copies, posted = section(page, "Other copies of the same"), section(page, "Other cases of who posted it")
    assert re.findall(r"case_\w+", copies) == [cases[n] for n in (6, 5, 4, 3, 2)]
    assert f"takedown_id={takedown}" in copies
    assert re.findall(r"case_\w+", posted) == [cases[n] for n in (5, 3, 1)]
    assert "All of them" not in posted
    assert ">decided<" in posted
    assert f'href="/console/takedowns/{takedown}"' in page


def test_what_upholding_would_hit_is_counted_when_it_is_asked_for(console: Console) -> None:
    """As a part for a script, and as the whole page without one."""
    staydown = console.staydown
    for n in range(3):
        staydown.upload(f"42-{n}", photo_bytes(42, quality=50 + n), uploader_id=f"by {n % 2}")
    case_id = staydown.report(photo_bytes(42))["case_id"]
    browser = console.browser(Role.MODERATOR)
    said = "Upheld, it would hit 3 earlier uploads by 2 people."
    assert "Count what it would hit" in browser.get(f"/console/cases/{case_id}")
    part = browser.get(f"/console/cases/{case_id}/radius")
    assert (said in part, "<html" in part) == (True, False)
    assert said in browser.get(f"/console/cases/{case_id}?radius=true")
    other = staydown.report(photo_bytes(43))["case_id"]
    assert "it would hit no earlier upload" in browser.get(f"/console/cases/{other}/radius")


def test_what_is_lacking_is_said_with_what_lifts_it(console: Console) -> None:
    """Until somebody has looked, copies would wait for a person."""
    case_id = console.staydown.report(photo_bytes(44))["case_id"]
    browser = console.browser(Role.MODERATOR, "looker")
    before = browser.get(f"/console/cases/{case_id}")
    assert "Nobody has seen this media who decides on it." in before
    assert REMEDIES[Lack.LOOK] in before
    browser.http.get(f"/console/cases/{case_id}/media/0")
    after = browser.get(f"/console/cases/{case_id}")
    assert "Nobody has seen this media" not in after
    assert "Nothing is lacking" in after


def test_two_videos_show_in_which_seconds_they_agree(console: Console, tmp_path: Path) -> None:
    """A clip of a film: both bars, and the sentence."""
    frames = panning(45, seconds=8)
    film = write_video(tmp_path / "film.mp4", frames).read_bytes()
    clip = write_video(tmp_path / "clip.mp4", frames[:40]).read_bytes()
    console.staydown.take_down(film, nudity=False)
    found = console.staydown.upload("clip", clip)
    page = console.browser(Role.MODERATOR).get(f"/console/cases/{found['case_id']}")
    assert re.search(r"0:00 to 0:0[34] of what was uploaded are 0:00 to 0:0[34] of what was removed", page)
    assert page.count('<rect class="part"') == 2
    assert "None of 256" not in page
    assert "drawings/difference.png" not in page
