"""How long each page of the console takes where thousands of cases wait: part of `many_cases`."""

import time
from collections.abc import Mapping
from urllib.parse import urlencode

import httpx2

from api.console.door import cookie_of
from api.console.navigation import NAVIGATION
from api.security.people.accounts import add_person
from api.security.people.sessions import sign_in
from api.service import Service
from casework.domain.actor import Actor, Role

_PASSWORD = "four quiet words here"  # noqa: S105  # of a record that is thrown away
_HTML = "text/html"


def signed_in_admin(service: Service, actor: Actor) -> dict[str, str]:
    """Let an admin in, and return the headers their browser would send."""
    with service.writing() as uow:
        person = add_person(uow, "admin", role=Role.ADMIN, password=_PASSWORD, actor=actor)
        token = sign_in(uow, person, password=_PASSWORD, settings=service.settings).token
    return {"Cookie": f"{cookie_of(service)}={token}", "Accept": _HTML}


def pages_of(takedown_id: str, case_id: str, group: str) -> dict[str, str]:
    """Name the pages of the console, with the most laborious of each kind; `group` has open cases."""
    return {
        **{entry.name: entry.address for entry in NAVIGATION if entry.address != "/console/settings"},
        "Queue, copies found": "/console?queue=matches",
        "Queue, newest first": "/console?order=newest",
        "Groups, by evidence": "/console/groups?by=evidence",
        "Group": f"/console/group?{urlencode({'group': group})}",
        "Case": f"/console/cases/{case_id}",
        "Takedown, most copies": f"/console/takedowns/{takedown_id}",
        "Statistics, 90 days": "/console/statistics?days=90",
        "Settings, people": "/console/settings/people",
        "Settings, keys": "/console/settings/keys",
        "Settings, destinations": "/console/settings/destinations",
        "Settings, never banked": "/console/settings/never-bank",
        "Settings, protected": "/console/settings/protected",
        "Audit, by one person": "/console/audit?who=admin",
        "You": "/console/you",
    }


def time_pages(
    client: httpx2.Client, headers: Mapping[str, str], pages: Mapping[str, str], *, rounds: int
) -> dict[str, list[float]]:
    """
    Ask for each page, one after the other.

    Args:
        client: Of the server.

        headers: Of somebody who is signed in.

        pages: Addresses by name.

        rounds: How often; one more is asked first and not counted.

    Returns:
        Milliseconds of each answer, by name.
    """
    took_ms: dict[str, list[float]] = {}
    for name, address in pages.items():
        took = []
        for _ in range(rounds + 1):
            begun = time.perf_counter()
            answered = client.get(address, headers=dict(headers))
            took.append((time.perf_counter() - begun) * 1000)
            assert answered.status_code == 200, (address, answered.status_code)
            assert answered.headers["content-type"].startswith(_HTML), address
        took_ms[name] = took[1:]
    return took_ms
