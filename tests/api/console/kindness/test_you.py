"""What somebody chose for themselves holds at their next page, and a pause is held by every way to a photo."""

import re

from casework.domain.actor import Role
from tests.api.console.browsers import Console
from tests.api.console.pictures import scene
from tests.helpers.media.pictures import jpeg

CHOICES = {"theme": "dark", "veil": "grey", "photos": "10", "pause_minutes": "20"}


def test_choices_hold_from_the_next_page_on_and_are_nobody_elses(console: Console) -> None:
    """The veil on the case page, the colours on every page."""
    alex, kim = console.browser(Role.MODERATOR, "alex"), console.browser(Role.MODERATOR, "kim")
    case_id = console.staydown.report(jpeg(scene(91)))["case_id"]
    page = alex.send("/console/you", **CHOICES).text
    assert '<option value="grey" selected>' in page
    assert '<option value="10" selected>' in page
    case = alex.get(f"/console/cases/{case_id}")
    assert 'data-theme="dark"' in case
    assert 'data-veil="grey"' in case
    assert "data-theme" not in kim.get("/console")
    assert alex.send("/console/you", **{**CHOICES, "photos": "9999"}).status_code == 422


def test_after_so_many_photos_a_pause_is_due_while_drawings_go_on(console: Console) -> None:
    """The ledger counts each photo; another choice ends the pause."""
    browser = console.browser(Role.MODERATOR, "looker")
    case_id = console.staydown.report(jpeg(scene(92)))["case_id"]
    browser.send("/console/you", **CHOICES)
    photo = f"/console/cases/{case_id}/media/0"
    for _ in range(10):
        assert browser.http.get(photo).status_code == 200
    refused = browser.http.get(photo)
    assert refused.status_code == 429
    assert 0 < int(refused.headers["retry-after"]) <= 20 * 60
    assert "Time for a pause" in refused.text
    assert "Sign out" in refused.text
    asked = browser.http.get(photo, headers={"Accept": "application/json, image/jpeg"})
    assert asked.json()["type"] == "urn:staydown:problem:rest"
    assert browser.http.get(f"/console/cases/{case_id}/drawings/copy.png").status_code == 200
    page = browser.get("/console/you")
    assert "A pause: the next photo is shown from" in page
    assert re.search(r">today</th><td[^>]*>10</td>", page)
    browser.send("/console/you", **{**CHOICES, "photos": "none"})
    assert browser.http.get(photo).status_code == 200
    assert console.browser(Role.MODERATOR, "another looker").http.get(photo).status_code == 200
