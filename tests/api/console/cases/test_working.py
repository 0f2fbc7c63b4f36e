"""Two never hold one case, and whoever passes one on gets the next."""

import re
from concurrent.futures import ThreadPoolExecutor

from casework.domain.actor import Role
from tests.api.console.browsers import Console
from tests.api.console.pictures import edited, scene
from tests.helpers.media.pictures import jpeg


def copies(console: Console, seed: int, count: int) -> list[str]:
    """Take a scene down and register copies of it; return their cases, the most urgent first."""
    console.staydown.take_down(jpeg(scene(seed)), nudity=False)
    cases = []
    for number in range(count):
        copy = jpeg(edited(scene(seed), caption=f"look {number}"))
        cases.append(console.staydown.upload(f"post-{seed}-{number}", copy)["case_id"])
    return cases


def shown(page: str) -> str:
    """Return which case a page shows."""
    return re.findall(r'data-case="(case_\w+)"', page)[0]


def test_two_moderators_are_given_different_cases(console: Console) -> None:
    """From the same list, at the same time."""
    first, second, third = copies(console, 21, 3)
    alex, kim = console.browser(Role.MODERATOR, "alex"), console.browser(Role.MODERATOR, "kim")
    assert shown(alex.send("/console/next?queue=matches").text) == first
    assert shown(kim.send("/console/next?queue=matches").text) == second
    refused = kim.send(f"/console/cases/{first}/claim")
    assert refused.status_code == 409
    assert "Somebody else works on this case" in refused.text
    assert "alex works on this case" in kim.get(f"/console/cases/{first}")
    assert "Also here: alex" in kim.get("/console")
    queue = kim.get("/console?queue=matches")
    assert '<span class="tag">alex</span>' in queue
    assert '<span class="tag accent">you</span>' in queue
    passed = alex.send(f"/console/cases/{first}/pass?queue=matches")
    assert shown(passed.text) == third
    again = kim.send(f"/console/cases/{second}/pass?queue=matches")
    assert shown(again.text) == first


def test_two_at_once_never_hold_one_case(console: Console) -> None:
    """Both take and decide as fast as they can: each case is decided once, by one of them, and none is refused."""
    cases = copies(console, 22, 8)
    takedown = console.staydown.get(f"/v1/cases/{cases[0]}")["lineage"]["takedown_id"]
    asked = f"?takedown_id={takedown}"

    def work(name: str) -> list[str]:
        browser = console.browser(Role.MODERATOR, name)
        answered, held = browser.send(f"/console/next{asked}"), []
        while answered.url.path != "/console":
            assert answered.status_code == 200, answered.text
            held.append(shown(answered.text))
            answered = browser.send(f"/console/cases/{held[-1]}/decision{asked}", outcome="reject")
        return held

    for name in ("one of two", "other of two"):
        console.browser(Role.MODERATOR, name)
    with ThreadPoolExecutor(2) as pool:
        one, other = pool.map(work, ("one of two", "other of two"))
    assert sorted(one + other) == sorted(cases)
    for case_id in cases:
        made = console.staydown.get(f"/v1/cases/{case_id}")["decisions"]
        assert [each["decided_by"]["name"] for each in made] == ["one of two" if case_id in one else "other of two"]


def test_list_with_nothing_left_is_led_back_to(console: Console) -> None:
    """And says that nothing waits."""
    browser = console.browser(Role.MODERATOR, "alex")
    answered = browser.send("/console/next?queue=appeals")
    assert answered.url.path == "/console"
    assert "Nothing waits here." in answered.text
