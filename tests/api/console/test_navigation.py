"""The bar leads to pages that are there, and to no other, also from where something went wrong."""

import re

import pytest

from api.console.navigation import NAVIGATION
from api.security.permissions import PERMISSIONS_OF
from casework.domain.actor import Role
from tests.api.console.browsers import Console

BAR = re.compile(r'<nav aria-label="Console">(.*?)</nav>', re.DOTALL)


def bar(page: str) -> list[str]:
    """List where the bar of a page leads to."""
    return re.findall(r'href="([^"]+)"', BAR.findall(page)[0])


@pytest.mark.parametrize("role", [Role.MODERATOR, Role.SENIOR, Role.ADMIN, Role.AUDITOR])
def test_bar_shows_each_role_the_pages_it_may_open(console: Console, role: Role) -> None:
    """Each of them opens, and says where one is."""
    browser = console.browser(role)
    shown = bar(browser.get("/console"))
    assert shown == [one.address for one in NAVIGATION if one.permission in PERMISSIONS_OF[role]]
    for entry in NAVIGATION:
        if entry.address in shown:
            page = browser.get(entry.address)
            assert re.search(rf'href="{entry.address}" aria-current="page">', page), entry
            assert browser.http.get(entry.address).headers["cache-control"] == "no-store"
        else:
            assert browser.http.get(entry.address).status_code == 403


@pytest.mark.parametrize("address", ["/console/nowhere", "/console/cases/case_0", "/console/cases/case_0/media/0"])
def test_page_of_an_error_keeps_the_bar(console: Console, address: str) -> None:
    """Who mistyped an address goes on by a link, not by the button of the browser."""
    page = console.browser(Role.MODERATOR).get(address, status=404)
    assert "/console" in bar(page)
    assert "Sign out" in page


def test_stranger_is_shown_no_bar_and_no_page(console: Console) -> None:
    """An address that is none tells a stranger nothing."""
    answered = console.stranger().get("/console/nowhere", follow_redirects=False)
    assert answered.status_code == 303
    assert answered.headers["location"].startswith("/console/login")
