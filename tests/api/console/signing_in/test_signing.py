"""Signing in and out: who they are, and nobody else."""

import pytest

from casework.domain.actor import Role
from tests.api.console.browsers import PASSWORD, Console


def test_person_signs_in_and_sees_the_queue(console: Console) -> None:
    """The first thing a moderator does each day."""
    page = console.browser(Role.MODERATOR).get("/console")
    assert "moderator one" in page
    assert "What waits to be decided" in page


def test_cookie_is_for_this_host_over_tls_and_out_of_reach_of_scripts(console: Console) -> None:
    """Nothing that reads pages, and no other site, ever has it."""
    console.browser(Role.MODERATOR)
    sent = {"name": "moderator one", "password": PASSWORD}
    answered = console.stranger().post("/console/login", data=sent, follow_redirects=False)
    cookie = answered.headers["set-cookie"].lower()
    assert cookie.startswith("__host-staydown=sds_")
    assert {"secure", "httponly", "samesite=strict", "path=/"} <= {part.strip() for part in cookie.split(";")}
    assert "max-age" not in cookie
    assert "expires" not in cookie


@pytest.mark.parametrize(
    ("name", "password"), [("moderator one", "wrong"), ("nobody", PASSWORD), ("", ""), ("x" * 1000, "y" * 1000)]
)
def test_wrong_name_and_wrong_password_are_refused_alike(console: Console, name: str, password: str) -> None:
    """Who tries does not learn which names there are."""
    console.browser(Role.MODERATOR)
    http = console.stranger()
    answered = http.post("/console/login", data={"name": name, "password": password})
    assert answered.status_code == 401
    assert "Name or password is wrong, or the account is disabled." in answered.text
    assert not http.cookies


def test_name_is_taken_whatever_its_case(console: Console) -> None:
    """Nobody remembers how they were written down."""
    console.browser(Role.MODERATOR)
    sent = {"name": " MODERATOR  One", "password": PASSWORD}
    assert console.stranger().post("/console/login", data=sent, follow_redirects=False).status_code == 303


def test_whoever_is_not_signed_in_is_led_to_the_form_and_back(console: Console) -> None:
    """A link in a colleague's message leads to its case, after the password."""
    console.browser(Role.MODERATOR)
    http = console.stranger()
    form = http.get("/console?queue=matches")
    assert 'name="next" value="/console?queue=matches"' in form.text
    sent = {"name": "moderator one", "password": PASSWORD, "next": "/console?queue=matches"}
    answered = http.post("/console/login", data=sent, follow_redirects=False)
    assert answered.headers["location"] == "/console?queue=matches"


def test_signing_out_ends_the_session_here_and_no_other(console: Console) -> None:
    """A shared machine is left, the own one stays."""
    console.browser(Role.MODERATOR, "leaver")
    here, there = console.signed_in("leaver"), console.signed_in("leaver")
    token = here.get("/console").text.split('name="form_token" value="')[1].split('"')[0]
    cookie = dict(here.cookies)
    assert here.post("/console/logout", data={"form_token": token}).url.path == "/console/login"
    here.cookies.update(cookie)
    assert here.get("/console").url.path == "/console/login"
    assert there.get("/console").url.path == "/console"


def test_script_of_a_page_that_is_signed_out_is_answered_401(console: Console) -> None:
    """It shows the way to sign in, and does not take a form for its answer."""
    answered = console.stranger().get("/console", headers={"Accept": "application/json"})
    assert answered.status_code == 401
    assert answered.json()["type"] == "urn:staydown:problem:sign-in-needed"
