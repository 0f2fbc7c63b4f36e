"""A second person answers about a copy without being told what the first one said."""

import re
from collections.abc import Iterator

import pytest

from casework.domain.actor import Role
from tests.api.conftest import Staydown, running, settings_in
from tests.api.console.browsers import Browser, Console
from tests.api.console.pictures import edited, scene
from tests.helpers.media.pictures import jpeg
from tests.helpers.running.waiting import eventually

ADDRESS = "/console/second-looks"


@pytest.fixture(scope="module")
def staydown(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Staydown]:
    """Open a service in which every decision about a copy is looked at twice."""
    with running(settings_in(tmp_path_factory.mktemp("twice"), second_look_percent=100)) as service:
        yield service


def asked(browser: Browser) -> str | None:
    """Return about which decision somebody is asked, if about any."""
    found = re.findall(rf'action="{ADDRESS}/(dec_\w+)"', browser.get(ADDRESS))
    return found[0] if found else None


def test_second_look_is_given_once_by_somebody_else_and_differences_are_for_seniors(console: Console) -> None:
    """The page says nothing of the first answer; nothing follows from the second."""
    staydown = console.staydown
    alex, kim = console.browser(Role.MODERATOR, "alex"), console.browser(Role.MODERATOR, "kim")
    staydown.take_down(jpeg(scene(95)))
    cases = []
    for number, outcome in enumerate(("uphold", "reject")):
        copy = jpeg(edited(scene(95), caption=f"look {number}"))
        case_id = staydown.upload(f"post-{number}", copy)["case_id"]
        alex.send(f"/console/cases/{case_id}/decision", outcome=outcome, override_reason="the same house")
        cases.append(case_id)
    assert asked(alex) is None
    assert "Nothing waits for a second look of yours." in alex.get(ADDRESS)
    first = asked(kim)
    assert first is not None
    page = kim.get(ADDRESS)
    assert "alex" not in page
    assert "2 wait for you" in page
    assert f"/console/cases/{cases[0]}/drawings/copy.png" in page
    assert alex.send(f"{ADDRESS}/{first}", said="copy").status_code == 403
    kim.send(f"{ADDRESS}/{first}", said="copy")
    assert kim.send(f"{ADDRESS}/{first}", said="copy").status_code == 409
    second = asked(kim)
    assert second not in (None, first)
    kim.send(f"{ADDRESS}/{second}", said="copy")
    assert asked(kim) is None
    assert asked(console.browser(Role.MODERATOR, "third")) is None
    assert staydown.get(f"/v1/cases/{cases[1]}")["decisions"][0]["outcome"] == "reject"
    senior = console.browser(Role.SENIOR)
    shown = senior.get(ADDRESS)
    assert "Where two people differ" in shown
    assert cases[1] in shown
    assert cases[0] not in shown
    assert "Where two people differ" not in kim.get(ADDRESS)
    figures = eventually(lambda: senior.get("/console/statistics"), lambda text: "Counted" in text)
    assert "1 of 2 second looks" in figures
    assert console.browser(Role.AUDITOR).http.get(ADDRESS).status_code == 403
