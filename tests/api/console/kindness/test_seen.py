"""A photo that was seen once is shown again only to who says why, where the drawing suffices."""

import re

from casework.domain.actor import Role
from tests.api.console.browsers import Console
from tests.api.console.pictures import edited, scene
from tests.helpers.media.pictures import jpeg

ASKS = "You have seen this photo before."
SEEN_BY_OTHERS = "Somebody here has seen the removed photo before."


def taken_down(console: Console, seed: int) -> str:
    """Report a scene and uphold it without a look; return its case."""
    case_id = console.staydown.report(jpeg(scene(seed)))["case_id"]
    console.staydown.uphold(case_id)
    return case_id


def copy_of(console: Console, seed: int, number: int = 1) -> str:
    """Register a copy of a scene; return its case."""
    copy = jpeg(edited(scene(seed), caption=f"again {number}"))
    return console.staydown.upload(f"seen-{seed}-{number}", copy)["case_id"]


def why_of_looks(console: Console, case_id: str) -> list[tuple[object, object]]:
    """Return why photos of a case were shown, and whether once more."""
    with console.staydown.service.reading() as uow:
        rows = uow.audit.of([case_id])
    return [(one.detail["why"], one.detail.get("again")) for one in rows if one.action == "case:media:viewed"]


def test_next_case_of_a_takedown_says_that_its_photo_was_seen_and_asks_who_saw_it(console: Console) -> None:
    """Nobody is named; whoever has not seen it is told, and not asked."""
    alex, kim = console.browser(Role.MODERATOR, "alex"), console.browser(Role.MODERATOR, "kim")
    origin, copy = taken_down(console, 101), copy_of(console, 101)
    for browser in (alex, kim):
        page = browser.get(f"/console/cases/{copy}")
        assert ASKS not in page
        assert SEEN_BY_OTHERS not in page
    assert alex.http.get(f"/console/cases/{origin}/media/0").status_code == 200
    assert ASKS in alex.get(f"/console/cases/{copy}")
    page = kim.get(f"/console/cases/{copy}")
    assert SEEN_BY_OTHERS in page
    assert ASKS not in page
    assert "alex" not in re.sub(r"Also here: [^<]*", "", page)
    assert ASKS not in alex.get(f"/console/cases/{origin}")


def test_photo_is_shown_again_with_a_reason_and_counts_as_once_more(console: Console) -> None:
    """By a form alone; a reason that is none shows nothing."""
    browser = console.browser(Role.MODERATOR, "again")
    origin, copy = taken_down(console, 102), copy_of(console, 102)
    browser.http.get(f"/console/cases/{origin}/media/0")
    address = f"/console/cases/{copy}/media/0"
    page = browser.get(f"/console/cases/{copy}")
    assert f'action="{address}"' in page
    assert f'href="{address}"' not in page
    assert browser.send(address, why="for fun").status_code == 422
    assert browser.http.post(address, data={"why": "context"}).status_code == 403
    shown = browser.send(address, why="context")
    assert shown.headers["content-type"] == "image/jpeg"
    assert "no-store" in shown.headers["cache-control"]
    assert why_of_looks(console, copy) == [("the context has to be judged", True)]
    assert why_of_looks(console, origin) == [(None, None)]
    assert "1 of these photos you had seen before" in browser.get("/console/you")
    assert console.browser(Role.AUDITOR).send(address, why="context").status_code == 200


def test_pause_holds_for_what_is_shown_again_too(console: Console) -> None:
    """It is a photo like any other."""
    browser = console.browser(Role.MODERATOR, "tired")
    origin, copy = taken_down(console, 103), copy_of(console, 103)
    browser.send("/console/you", theme="dark", veil="grey", photos="10", pause_minutes="20")
    for _ in range(10):
        browser.http.get(f"/console/cases/{origin}/media/0")
    assert browser.send(f"/console/cases/{copy}/media/0", why="unclear").status_code == 429
