"""Lists in addresses: what is read from one is what is written into the next."""

import re

from api.console.waiting.asked import Asked
from casework.domain.actor import Role
from casework.domain.cases.case import Queue
from casework.domain.cases.listing import Order
from matcher.strength import Strength
from tests.api.conftest import Staydown
from tests.api.console.browsers import Browser, Console
from tests.helpers.media.pictures import photo_bytes


def test_list_is_written_into_addresses_as_it_is_read_from_them() -> None:
    """So that the next case is the next of the same list."""
    assert Asked().query == ""
    assert Asked(Queue.MATCHES, mine=True).query == "?queue=matches&mine=true"
    assert Asked(Queue.MATCHES).with_query({"done": "dec_1"}) == "?queue=matches&done=dec_1"
    every = Asked(
        Queue.MATCHES, state="any", strength=Strength.NEAR, takedown_id="tkd_1", text="a b", order=Order.NEWEST
    )
    assert every.query == "?queue=matches&state=any&strength=near&takedown_id=tkd_1&text=a+b&order=newest"


def listed(browser: Browser, query: str) -> list[str]:
    """Return the cases that a list shows, in its order."""
    return re.findall(r'href="/console/cases/(case_\w+)[^"]*" class="case-link"', browser.get(f"/console?{query}"))


def copies(staydown: Staydown, seed: int) -> tuple[str, str, str]:
    """Take a picture down and register two copies; return the takedown and their cases, the older first."""
    takedown = staydown.take_down(photo_bytes(seed), nudity=False)["takedown_id"]
    cases = [
        staydown.upload(f"a-{seed}-{number}", photo_bytes(seed, quality=quality), uploader_id=f"poster {seed} {number}")
        for number, quality in enumerate((35, 55))
    ]
    return takedown, cases[0]["case_id"], cases[1]["case_id"]


def test_list_is_filtered_by_what_stands_in_its_address(console: Console) -> None:
    """Each filter by itself; fields that were left empty, as a form sends them, ask for nothing."""
    takedown, first, second = copies(console.staydown, 61)
    report = console.staydown.report(photo_bytes(62))["case_id"]
    browser = console.browser(Role.MODERATOR)
    of_takedown = f"takedown_id={takedown}"
    assert listed(browser, of_takedown) == [first, second]
    assert listed(browser, f"{of_takedown}&order=newest") == [second, first]
    assert listed(browser, f"{of_takedown}&strength=exact") == []
    assert listed(browser, f"{of_takedown}&strength=near") == [first, second]
    assert listed(browser, "uploader_id=poster+61+1") == [second]
    assert listed(browser, f"text={report}") == [report]
    assert report not in listed(browser, "queue=matches")
    assert listed(browser, f"{of_takedown}&queue=&state=&strength=&text=&order=&mine=false") == [first, second]
    assert listed(browser, f"{of_takedown}&state=decided") == []


def test_decided_case_is_found_and_the_next_of_its_list_is_never_a_decided_one(console: Console) -> None:
    """A list of cases in any state leads on to work, not to what is done."""
    takedown, first, second = copies(console.staydown, 63)
    browser = console.browser(Role.MODERATOR, "finder")
    asked = f"takedown_id={takedown}&state=any"
    browser.send(f"/console/cases/{first}/decision", outcome="reject")
    assert listed(browser, asked) == [first, second]
    assert listed(browser, f"takedown_id={takedown}&mine=true&state=decided") == [first]
    assert f'data-case="{second}"' in browser.send(f"/console/next?{asked}").text
    assert browser.send(f"/console/cases/{second}/decision?{asked}", outcome="reject").url.path == "/console"


def test_list_that_finds_nothing_says_whether_it_was_narrowed(console: Console) -> None:
    """Nothing that waits, and nothing that was asked for, are two things."""
    browser = console.browser(Role.MODERATOR)
    assert "No case is like this." in browser.get("/console?text=SD-none")
    assert "Nothing waits here." in browser.get("/console?queue=campaigns")


def test_address_that_asks_for_what_there_is_not_is_refused(console: Console) -> None:
    """A misspelt filter shows no longer list than was asked for."""
    for query in ("state=closed", "strength=sure", "order=random", "queue=mine"):
        console.browser(Role.MODERATOR).get(f"/console?{query}", 422)
