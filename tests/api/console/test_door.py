"""Who gets in to the console: the API's table of permissions, and forms of the own session alone."""

import re

import pytest

from api.console.door import SignedInWith, safe_next
from api.http.auth import Open, guarded_routes
from api.security.permissions import PERMISSIONS_OF
from casework.domain.actor import Role
from tests.api.console.browsers import Console

ROLES = [Role.MODERATOR, Role.SENIOR, Role.ADMIN, Role.AUDITOR]
OPEN = {"/console/login", "/console/sso", "/console/sso/callback"}


def doors(console: Console) -> list[tuple[str, str, object]]:
    """List every page and form of the console, with who gets in."""
    found = [
        (method, route.path, guard)
        for route, guard in guarded_routes(console.staydown.http.app.routes)
        if route.path.startswith("/console")
        for method in sorted(route.methods)
    ]
    assert len(found) > 4
    return found


@pytest.mark.parametrize("role", ROLES)
def test_a_role_is_let_in_where_the_table_says_so_and_nowhere_else(console: Console, role: Role) -> None:
    """Whatever a page shows: an action that a role may not do is refused when it is sent by hand."""
    browser, wrong = console.browser(role, f"{role.value} walker"), []
    token = browser.form_token
    for method, path, guard in doors(console):
        if not isinstance(guard, SignedInWith) or path == "/console/logout":
            continue
        address = re.sub(r"\{[^}]+\}", "0", path)
        answered = browser.http.request(method, address, headers={"X-Form-Token": token, "Accept": "application/json"})
        refused = answered.status_code == 403 and answered.json()["type"] == "urn:staydown:problem:wrong-role"
        if refused is (guard.permission in PERMISSIONS_OF[role]) or answered.status_code == 401:
            wrong.append((method, path, answered.status_code))
    assert wrong == []


def test_whoever_is_not_signed_in_is_let_in_nowhere_but_to_the_form(console: Console) -> None:
    """Neither to read nor to change anything."""
    let_in = set()
    for method, path, guard in doors(console):
        if isinstance(guard, Open):
            let_in.add(path)
            continue
        answered = console.stranger().request(method, re.sub(r"\{[^}]+\}", "0", path), follow_redirects=False)
        assert (answered.status_code, answered.headers["location"].split("?")[0]) == (303, "/console/login"), path
    assert let_in == OPEN


@pytest.mark.parametrize("token", ["", "0" * 64, None])
def test_form_without_the_token_of_its_session_is_refused(console: Console, token: str | None) -> None:
    """A page of another site can send a form; what our pages say in it, it cannot know."""
    browser = console.browser(Role.MODERATOR)
    other = console.browser(Role.MODERATOR, "another").form_token
    data = {"form_token": other if token is None else token}
    for method, path, guard in doors(console):
        if method == "POST" and isinstance(guard, SignedInWith) and guard.permission in PERMISSIONS_OF[Role.MODERATOR]:
            answered = browser.http.post(re.sub(r"\{[^}]+\}", "0", path), data=data)
            assert answered.status_code == 403, path
            assert "This form did not come from here" in answered.text


def test_form_that_another_site_sent_is_refused_even_with_the_token(console: Console) -> None:
    """Two walls: one of them may have a hole some day."""
    browser = console.browser(Role.MODERATOR)
    headers = {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}
    answered = browser.http.post("/console/next", data={"form_token": browser.form_token}, headers=headers)
    assert answered.status_code == 403


@pytest.mark.parametrize(
    "wanted",
    ["https://evil.example", "//evil.example", "/console//evil", "/v1/cases", "/console/login", "/consoles", None],
)
def test_address_to_go_on_to_leads_nowhere_else(wanted: str | None) -> None:
    """A link to the form must not send whoever signs in to another site."""
    assert safe_next(wanted) == "/console"
    assert safe_next("/console/cases/case_1?queue=matches") == "/console/cases/case_1?queue=matches"
