"""Every page of the console: what axe finds, what keys reach, what headers say; light and dark, large and small."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from playwright.sync_api import Browser, Page

from api.console.administration.parts import PARTS
from api.pages.headers import HEADERS
from casework.domain.actor import Role
from casework.handlers.deciding.blind_looks import ask_about_known_pair
from casework.handlers.deciding.known_pairs import plant_case
from tests.api.conftest import TESTER
from tests.api.console.pictures import scene
from tests.api.console.scenarios.desk import Desk
from tests.api.console.scenarios.people import signed_in
from tests.helpers.media.clips import panning
from tests.helpers.media.pictures import jpeg, photo_bytes
from tests.helpers.media.videos import write_video
from tests.helpers.running.accessibility import BY_LOOKS, EVERYTHING, found_by_axe

DESK = {"width": 1280, "height": 800}
TABLET = {"width": 768, "height": 1024}
SHOWN = ((DESK, "light", EVERYTHING), (TABLET, "dark", BY_LOOKS))
"""How each page is seen, in one browser, by emulation; and the rules that are asked then."""

WATCH = """() => {
  document.activeElement.blur();
  window.scrollTo(0, 0);
  window.walked = { unseen: [], over: false };
  document.addEventListener("focusin", ({ target }) => {
    const style = getComputedStyle(target);
    target.dataset.reached = "yes";
    const seen = style.outlineStyle !== "none" || style.boxShadow !== "none";
    if (!seen) window.walked.unseen.push(target.outerHTML.slice(0, 120));
  });
  document.addEventListener("focusout", ({ relatedTarget }) => { window.walked.over ||= relatedTarget === null; });
}"""
"""Has a page note which controls are given the focus, which of them are not seen to have it, and when none has it."""

MISSED = """() => [...document.querySelectorAll("a[href], button, input:not([type=hidden]), select, textarea, summary")]
  .filter((one) => !one.matches(":disabled") && one.tabIndex >= 0 && one.checkVisibility({ visibilityProperty: true }))
  .filter((one) => one.type !== "radio" || one.checked)
  .filter((one) => !one.dataset.reached)
  .map((one) => one.outerHTML.slice(0, 120))"""
"""Names the controls that no key came to."""

MOST_STEPS = 400
STEPS_AT_ONCE = 8
"""Between two looks whether the walk is over; those too many begin it again."""


@dataclass(frozen=True)
class Walk:
    """
    Addresses of a desk on which a bit of everything was done.

    Args:
        pages: By a name.
    """

    pages: dict[str, str]


@pytest.fixture(scope="module")
def walk(desk: Desk) -> Walk:
    """Do a bit of everything."""
    return a_bit_of_everything(desk)


def a_bit_of_everything(desk: Desk) -> Walk:
    """Do so much at a desk that no page of it is empty; return its pages."""
    staydown = desk.staydown
    case_id, decided, *_ = desk.copies(41, 4)
    report = staydown.report(jpeg(scene(42)))["case_id"]
    admin, moderator = staydown.headers(Role.ADMIN), staydown.headers(Role.MODERATOR)
    body = {"outcome": "uphold", "override_reason": "the same house"}
    decision = staydown.http.post(f"/v1/cases/{decided}/decision", headers=moderator, json=body).json()
    appeal = {"decision_id": decision["decision_id"], "by": "poster", "grounds": "It is my own picture."}
    appealed = staydown.http.post("/v1/appeals", headers=admin, json=appeal).json()
    for name in ("protected", "never-bank"):
        part = {name.replace("-", "_"): json.dumps({"reason": "in all newspapers"})}
        files = {"media": ("x.jpg", photo_bytes(411))}
        added = staydown.http.post(f"/v1/{name}", headers=admin, data=part, files=files)
        assert added.status_code == 201, added.text
    place = {"name": "archive", "kind": "file", "path": "events.ndjson"}
    staydown.http.post("/v1/destinations", headers=admin, json=place)
    takedown = staydown.get("/v1/takedowns")["items"][0]["id"]
    pages = {
        "queue": "/console",
        "mine": "/console?mine=true",
        "groups": "/console/groups",
        "approvals": "/console/approvals",
        "a copy": f"/console/cases/{case_id}",
        "a report": f"/console/cases/{report}",
        "a decided case": f"/console/cases/{decided}",
        "a second look": "/console/second-looks",
        "a look in between": f"/console/looks/{look_in_between(desk, decided)}",
        "a video": f"/console/cases/{case_of_videos(desk)}",
        "a group": f"/console/group?group={takedown}",
        "takedowns": "/console/takedowns",
        "none reversed": "/console/takedowns?part=reversed",
        "a takedown": f"/console/takedowns/{takedown}",
        "appeals": "/console/appeals",
        "an appeal": f"/console/appeals/{appealed['id']}",
        "would it match": "/console/match",
        "statistics": "/console/statistics",
        "another threshold": "/console/statistics/thresholds?signal=pdq%2F1&value=20",
        "a threshold that is none": "/console/statistics/thresholds?signal=pdq%2F1&value=x",
        **{part.name: part.address for part in PARTS},
        "audit": "/console/audit",
        "you": "/console/you",
        "an error": "/console/nowhere",
    }
    return Walk(pages)


def look_in_between(desk: Desk, case_id: str) -> str:
    """Plant a decided case, and ask the admin about it; return the look."""
    name = desk.person("the admin", Role.ADMIN)
    with desk.staydown.service.writing() as uow:
        plant_case(case_id, TESTER, uow)
        person = uow.people.named(name)
        assert person is not None
        look = ask_about_known_pair(person.actor, uow)
    assert look is not None
    return look.id


def case_of_videos(desk: Desk) -> str:
    """Take a short film down, and register its end; return its case."""
    film = panning(43, seconds=3)
    with TemporaryDirectory() as folder:
        desk.staydown.take_down(write_video(Path(folder) / "film.mp4", film).read_bytes(), nudity=False)
        clip = write_video(Path(folder) / "clip.mp4", film[10:]).read_bytes()
    return desk.staydown.upload("the end of it", clip)["case_id"]


def opened(page: Page, desk: Desk, address: str) -> None:
    """Open a page with all that is folded unfolded; its headers are those of every page."""
    answered = page.goto(f"{desk.url}{address}")
    assert answered is not None
    sent = answered.headers
    for name, value in HEADERS.items():
        assert sent[name.lower()] == value, (address, name)
    page.evaluate("() => document.querySelectorAll('details').forEach((one) => { one.open = true; })")


@dataclass
class Seen:
    """
    What was seen of all pages.

    Args:
        wrong: What axe found, and what runs off the side, a line each.

        astray: By the name of a page: controls that are not seen to have the focus, and those no key came to.
    """

    wrong: list[str] = field(default_factory=list)
    astray: dict[str, tuple[list[str], list[str]]] = field(default_factory=dict)


@pytest.fixture(scope="module")
def seen(desk: Desk, browser: Browser, walk: Walk) -> Seen:
    """Open each page once, look at it in every way, and walk through it by keys."""
    found = Seen()
    with signed_in(browser, desk, "the admin", role=Role.ADMIN, refused=True, reduced_motion="reduce") as page:
        for name, address in walk.pages.items():
            opened(page, desk, address)
            found.wrong += [f"{name}, {one}" for one in wrong_with(page)]
            unseen, missed = walked_through(page)
            if unseen or missed:
                found.astray[name] = (unseen, missed)
    return found


def wrong_with(page: Page) -> Iterator[str]:
    """Yield what is wrong with a page, in each way it is shown; leave it as in the first."""
    for size, scheme, rules in (*SHOWN[1:], SHOWN[0]):
        page.set_viewport_size(size)
        page.emulate_media(color_scheme=scheme)
        wide = page.evaluate("() => document.documentElement.scrollWidth")
        wrong = [*found_by_axe(page, rules), *([f"{wide} px wide"] if wide > size["width"] else [])]
        yield from (f"{size['width']}, {scheme}: {one}" for one in wrong)


def walked_through(page: Page) -> tuple[list[str], list[str]]:
    """Press the key until nothing has the focus; return the controls not seen to have had it, and those passed by."""
    page.evaluate(WATCH)
    for step in range(MOST_STEPS):
        page.keyboard.press("Tab")
        if step % STEPS_AT_ONCE == 0 and page.evaluate("() => window.walked.over"):
            break
    return page.evaluate("() => window.walked.unseen"), page.evaluate(MISSED)


def test_axe_finds_nothing_on_any_page(seen: Seen) -> None:
    """Labels, contrast and structure, at a desk by day and on a tablet by night; nothing runs off the side."""
    assert seen.wrong == []


def test_every_control_of_every_page_is_reached_by_keys_and_seen(seen: Seen) -> None:
    """In the order of the page, from its first link to its last button."""
    assert seen.astray == {}
