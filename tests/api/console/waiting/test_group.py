"""Groups without JavaScript: listed, seen as a contact sheet, decided at once, each answered."""

import io
import re

import pytest
from PIL import Image

from casework.domain.actor import Role
from tests.api.conftest import Staydown, running, settings_in
from tests.api.console.browsers import Console
from tests.helpers.media.pictures import photo_bytes

HOSTILE = """<script>alert(1)</script>"'><img src=x onerror=alert(1)>{{7*7}}"""


def copies(staydown: Staydown, seed: int, count: int, **upload: object) -> tuple[str, list[str]]:
    """Take a picture down and register copies of it, on which a person decides; return takedown and cases."""
    takedown = staydown.take_down(photo_bytes(seed), nudity=False)["takedown_id"]
    cases = []
    for number in range(count):
        held = staydown.upload(f"{seed}-{number}", photo_bytes(seed, quality=30 + number), **upload)
        assert held["verdict"] == "hold", held
        cases.append(held["case_id"])
    return takedown, cases


def group_page(browser, takedown: str) -> str:
    """Open the page of a takedown's group."""
    return browser.get(f"/console/group?group={takedown}")


def chosen(page: str) -> list[str]:
    """Return which cases are chosen on a page."""
    return re.findall(r'name="case" value="(case_\w+)"[^>]* checked', page)


def fields(page: str) -> dict[str, str]:
    """Return what a page's form sends by itself."""
    return dict(re.findall(r'type="hidden" name="(group|once)" value="([^"]*)"', page))


def decide(browser, page: str, cases: list[str], **sent: str):
    """Send a sheet's form."""
    data = {"form_token": browser.form_token, **fields(page), "case": cases, **sent}
    return browser.http.post("/console/group/decision", data=data)


def without_clock(page: str) -> str:
    """Leave out for how many seconds more something can be undone."""
    return re.sub(r'data-left-s="[\d.]+"', "", page)


def undo(browser, page: str, **changes):
    """Send the form by which all that was decided is undone."""
    decisions = re.findall(r'name="decision" value="(dec_\w+)"', page)
    data = {"form_token": browser.form_token, **fields(page), "decision": decisions, **changes}
    return browser.http.post("/console/group/undo", data=data)


def states(staydown: Staydown, cases: list[str]) -> set[str]:
    """Return where cases stand."""
    return {staydown.get(f"/v1/cases/{one}")["state"] for one in cases}


def test_groups_are_listed_with_counts_and_clock_and_lead_to_their_cases(console: Console) -> None:
    """By takedown, and by what the copies rest on."""
    takedown, cases = copies(console.staydown, 81, 3)
    browser = console.browser(Role.MODERATOR)
    listed = browser.get("/console/groups")
    row = next(one for one in listed.split("<tr>") if takedown in one)
    assert re.search(r'class="numbers strong">3<', row)
    assert "0 of 3" in row
    by_evidence = browser.get("/console/groups?by=evidence")
    address = next(
        one for one in re.findall(r'href="(/console/group\?[^"]+)"', by_evidence) if takedown in one and "near" in one
    )
    assert set(chosen(browser.get(address.replace("&amp;", "&")))) <= set(cases)
    assert set(chosen(group_page(browser, takedown))) == set(cases)


def test_all_that_are_chosen_are_decided_by_one_form_and_each_is_answered(console: Console) -> None:
    """What is known of one post alone leaves it out, and the page says why."""
    staydown = console.staydown
    takedown, cases = copies(staydown, 82, 4)
    staydown.find_out(cases[1], newsworthy_event=True)
    browser = console.browser(Role.MODERATOR, "decider")
    page = group_page(browser, takedown)
    tiles = re.findall(r'name="case" value="(case_\w+)"', page)
    assert tiles[0] == cases[1]
    assert "Is decided by itself: of this post newsworthy_event is true" in page
    assert set(chosen(page)) == set(cases) - {cases[1]}
    answered = decide(browser, page, cases, outcome="uphold", **{"fact.context_assessed": "on"})
    assert "3 cases decided: a copy" in answered.text
    assert "1 was not decided" in answered.text
    assert "is decided by itself" in answered.text
    assert [one for one in cases if f"/console/cases/{one}" in answered.text] == cases
    assert states(staydown, [one for one in cases if one != cases[1]]) == {"decided"}
    assert states(staydown, [cases[1]]) == {"open"}


def test_form_that_is_sent_again_is_answered_as_before(console: Console) -> None:
    """A page that is loaded anew decides nothing twice."""
    takedown, cases = copies(console.staydown, 83, 2)
    browser = console.browser(Role.MODERATOR, "repeater")
    page = group_page(browser, takedown)
    first = decide(browser, page, cases, outcome="reject")
    assert "2 cases decided: not a copy" in first.text
    again = decide(browser, page, cases, outcome="reject")
    assert without_clock(again.text) == without_clock(first.text)
    assert browser.http.get(f"/console/group?group={takedown}").url.path == "/console/groups"


def test_decision_of_a_group_is_undone_whole_within_its_time(console: Console) -> None:
    """The page says so; all cases are open again, and the group is shown."""
    takedown, cases = copies(console.staydown, 88, 3)
    browser = console.browser(Role.MODERATOR, "slipped")
    decided = decide(browser, group_page(browser, takedown), cases, outcome="reject")
    assert "all of them are reversed whole; where one cannot be, none is" in decided.text
    back = undo(browser, decided.text)
    assert back.url.path == "/console/group"
    assert set(chosen(back.text)) == set(cases)
    assert states(console.staydown, cases) == {"open"}
    again = undo(browser, decided.text)
    assert again.status_code == 409
    assert "none of these 3 decisions is undone" in again.text


def test_of_a_group_nothing_is_undone_where_one_decision_cannot_be(console: Console) -> None:
    """Neither by somebody else, nor where one of them was undone by itself."""
    takedown, cases = copies(console.staydown, 89, 3)
    browser, other = console.browser(Role.MODERATOR, "slipped"), console.browser(Role.MODERATOR, "decider")
    decided = decide(browser, group_page(browser, takedown), cases, outcome="reject")
    assert undo(other, decided.text).status_code == 403
    first, *_ = re.findall(r'name="decision" value="(dec_\w+)"', decided.text)
    browser.send(f"/console/decisions/{first}/undo")
    assert undo(browser, decided.text).status_code == 409
    assert states(console.staydown, cases) == {"open", "decided"}
    assert undo(browser, decided.text, decision=["dec_none"]).status_code == 404


def test_decision_against_the_recommendation_is_answered_for_each_case(console: Console) -> None:
    """Nothing is decided without the reason."""
    takedown, cases = copies(console.staydown, 84, 2)
    browser = console.browser(Role.MODERATOR)
    answered = decide(browser, group_page(browser, takedown), cases, outcome="uphold")
    assert "2 were not decided" in answered.text
    assert "say why in" in answered.text
    assert states(console.staydown, cases) == {"open"}
    assert "Choose at least one case." in decide(browser, group_page(browser, takedown), [], outcome="reject").text


def test_small_drawing_is_small_and_on_record_once(console: Console) -> None:
    """A sheet of hundreds loads hundreds."""
    takedown, cases = copies(console.staydown, 85, 1)
    browser = console.browser(Role.MODERATOR)
    assert f"/console/cases/{cases[0]}/drawings/small.png" in group_page(browser, takedown)
    for _ in range(2):
        drawn = browser.http.get(f"/console/cases/{cases[0]}/drawings/small.png")
        assert max(Image.open(io.BytesIO(drawn.content)).size) == 256
    looked = [one["action"] for one in console.staydown.get(f"/v1/cases/{cases[0]}")["history"]]
    assert looked.count("case:drawing:viewed") == 1


def test_words_of_strangers_are_shown_as_words_and_who_may_not_decide_sees_no_button(console: Console) -> None:
    """In a group as in a case."""
    takedown, cases = copies(console.staydown, 86, 1, uploader_id=HOSTILE, post_text=HOSTILE)
    browser = console.browser(Role.MODERATOR)
    answered = decide(browser, group_page(browser, takedown), cases, outcome="uphold", note=HOSTILE)
    for page in (group_page(browser, takedown), answered.text, browser.get(f"/console?uploader_id={HOSTILE}&text=x")):
        assert "<script>alert" not in page
        assert "<img src=x" not in page
    auditor = console.browser(Role.AUDITOR)
    assert 'name="outcome"' not in group_page(auditor, takedown)
    assert decide(auditor, group_page(auditor, takedown), cases, outcome="reject").status_code == 403
    assert "there is no group" in browser.get("/console/group?group=tkd_none", 404)


@pytest.fixture
def strict(tmp_path):
    """A console in which more than two are decided at once only by who looked at one."""
    with running(settings_in(tmp_path, sample_above=2, sample_size=1)) as staydown:
        yield Console(staydown)


def test_more_than_the_limit_are_decided_once_a_sample_was_looked_at(strict: Console) -> None:
    """The page says the rule, names cases, and keeps what was chosen."""
    takedown, cases = copies(strict.staydown, 87, 3)
    browser = strict.browser(Role.MODERATOR)
    page = group_page(browser, takedown)
    assert "You have looked at 0." in page
    some = {"outcome": "reject", "note": "a note to keep"}
    answered = decide(browser, page, cases, **some)
    assert answered.status_code == 409
    assert "look at 1 of them first" in answered.text
    assert "a note to keep" in answered.text
    assert set(chosen(answered.text)) == set(cases)
    assert states(strict.staydown, cases) == {"open"}
    browser.send(f"/console/cases/{cases[0]}/claim")
    again = group_page(browser, takedown)
    assert "You have looked at 1." in again
    assert "3 cases decided: not a copy" in decide(browser, again, cases, **some).text
